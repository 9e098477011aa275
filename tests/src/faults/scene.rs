//! What is played: an event that has synced before, whose feed then changes in every way, in a
//! community where people do things by hand and another event has some of the same people.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::{ItemBody, TableItem, WriteAction};
use attendee_sync_app::ports::{CommunityRecord, OutgoingMail, Store};
use attendee_sync_app::{App, Error, SyncScope};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonKey};
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_testkit::postbox::Postbox;
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::table_calls::TableCall;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{WorldBase, document, person, with};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::cloud::Functions;
use super::control::{Doing, FaultControl, Sabotage, beside};
use super::line::{TableFaults, settled};
use super::machine;
use super::ports::{FaultyMail, FaultySources};
use super::queues::FaultyQueues;
use super::schedule::{ConcurrentAction, Edition, FaultSchedule, Memory};

pub(super) fn event() -> EventId {
    "devcon".parse().unwrap()
}

pub(super) fn community() -> CommunityId {
    "acme".parse().unwrap()
}

fn address(name: &str) -> attendee_sync_domain::email::EmailAddress {
    format!("{name}@example.org").parse().unwrap()
}

/// What ids of people are made with, so that they come in the same order always.
pub(super) const KEY: [u8; 32] = [7; 32];

/// Who comes new with the second feed.
pub(super) const NEW: [&str; 4] = ["ivy", "jo", "kim", "nora"];

/// Who loses a record to another address, or has one of somebody else.
pub(super) const MOVED: [&str; 7] = ["nia", "nora", "oli", "oliver", "pat", "quin", "rex"];

/// Whoever was there before.
pub(super) const KNOWN: [&str; 15] = [
    "ada", "bo", "cy", "di", "ed", "flo", "gus", "hal", "lee", "max", "nia", "oli", "pat", "quin",
    "rex",
];

/// Who has the group of the crew by hand.
pub(super) const CREW: [&str; 3] = ["cy", "oli", "pat"];

/// Who was taken out by hand.
pub(super) const BARRED: &str = "gus";

/// The feed of the other event.
pub(super) fn summit_feed() -> Vec<Value> {
    let summit = |name| with(person(name), json!({"groups": ["Summit"]}));
    ["ada", "di"].map(summit).into()
}

/// The feed of the first sync.
pub(super) fn first_feed() -> Vec<Value> {
    let employer = |name: &str| with(person(name), json!({"employer": format!("{name} & Sons")}));
    KNOWN.into_iter().map(employer).collect()
}

/// Somebody changes, is taken out by a rule, flagged, or gone; comes new, twice, or so that their record
/// cannot be taken, or only in part.
pub(super) fn second_feed(memory: Memory) -> Vec<Value> {
    let mut feed = first_feed();
    for (name, change) in [
        (
            "ada",
            json!({"company": "Hooli", "groups": ["Regular", "VIP"]}),
        ),
        ("bo", json!({"cancelled": true})),
        ("di", json!({"erased": "yes"})),
        ("flo", json!({"groups": ["Speakers"], "badge": null})),
        ("gus", json!({"company": "Globex"})),
        (
            "hal",
            json!({"email": " HAL@Example.ORG ", "last": "Hallberg"}),
        ),
        // A ticket changes hands, an address is corrected, two are exchanged, and one is lost.
        ("nia", json!({"email": "nora@example.org", "first": "nora"})),
        ("oli", json!({"email": "oliver@example.org"})),
        ("pat", json!({"email": "quin@example.org"})),
        ("quin", json!({"email": "pat@example.org"})),
        ("rex", json!({"email": null, "erased": "yes"})),
    ] {
        let at = KNOWN.iter().position(|known| *known == name).unwrap();
        feed[at] = with(feed[at].clone(), change);
    }
    if memory == Memory::Whole {
        feed.retain(|record| record["id"] != "R-ed");
    }
    feed.extend([
        person("ivy"),
        with(person("jo"), json!({"groups": ["VIP"]})),
        with(
            person("jo"),
            json!({"id": "R-jo-2", "email": "JO@example.org", "groups": ["Speakers"]}),
        ),
        json!({"id": "R-bad", "email": "nobody at all", "first": "x", "last": "y"}),
        with(
            person("kim"),
            json!({"first": "K\u{0}im", "company": "x".repeat(40_000)}),
        ),
    ]);
    feed
}

/// A configuration; `company` is where the company comes from.
fn configuration(company: &str) -> Value {
    let mut document = with(
        document("devcon"),
        json!({
            "name": "DevCon", "missing": "remove_attendee",
            "invitations": {"enabled": true, "template": {
                "from": "DevCon <noreply@devcon.example>", "subject": "Welcome",
                "body_markdown": "Dear {{ first_name }}"
            }}
        }),
    );
    document["mapping"]["company"] = json!(company);
    document
}

/// The event's state after its first sync, to play from.
pub(super) struct ScenarioBase {
    items: TableCall,
    mails: Vec<OutgoingMail>,
    now: Timestamp,
    /// The number of the event's newest run.
    pub(super) runs: u32,
}

/// One play's stage and all around it.
pub(super) struct FaultScenario {
    edition: Edition,
    pub(super) faults: FaultControl,
    pub(super) table: TableFaults,
    pub(super) line: FaultyTransport,
    pub(super) postbox: Postbox,
    pub(super) queues: FaultyQueues,
    base: WorldBase,
    store: Arc<dyn Store>,
    /// Whether a process has the time for more than a page.
    has_time: AtomicBool,
}

impl FaultScenario {
    fn new(schedule: &FaultSchedule, sabotage: Option<Sabotage>, start: Timestamp) -> Self {
        let edition = schedule.edition;
        let faults = FaultControl::new(schedule, sabotage, start);
        let table = TableFaults::new(faults.clone());
        let line = FaultyTransport::meeting(Arc::new(table.clone()));
        let way = if edition.is_cloud() {
            line.table_of_the_cloud()
        } else {
            line.table_of_one_machine()
        };
        let base = WorldBase::of_one_machine();
        Self {
            edition,
            queues: FaultyQueues::new(faults.clone()),
            faults,
            table,
            line,
            postbox: base.postbox.clone(),
            base,
            store: Arc::new(TableStore::new(Arc::new(way))),
            has_time: AtomicBool::new(edition != Edition::ShortProcesses),
        }
    }

    /// From now on a process has the time that it needs.
    pub(super) fn give_time(&self) {
        self.has_time.store(true, Ordering::Relaxed);
    }

    /// How long a process has that works on a run, and how long a page takes.
    fn times(&self) -> (Duration, Duration) {
        if self.has_time.load(Ordering::Relaxed) {
            (Duration::from_mins(10), Duration::ZERO)
        } else {
            (Duration::from_secs(30), Duration::from_secs(40))
        }
    }

    /// The state that plays begin from.
    pub(super) async fn base(edition: Edition) -> ScenarioBase {
        let schedule = FaultSchedule::calm(edition, Memory::Whole);
        let start = "2026-11-01T08:00:00Z".parse().unwrap();
        let scene = Self::new(&schedule, None, start);
        let app = scene.app();
        let key = PersonKey(KEY);
        let (id, event) = (community(), event());
        app.parts()
            .store
            .make_community(CommunityRecord { id, key })
            .await
            .unwrap();
        let mut summit = configuration("company");
        summit["event"] = json!("summit");
        summit["invitations"] = Value::Null;
        summit.as_object_mut().unwrap().remove("invitations");
        app.configure(&summit).await.unwrap();
        scene.feed(summit_feed());
        scene.sync("summit").await;
        app.configure(&configuration("company")).await.unwrap();
        scene.feed(first_feed());
        scene.sync("devcon").await;
        for name in CREW {
            grant(&app, name).await;
        }
        app.set_blocked(&event, &address(BARRED), BlockChange::Put)
            .await
            .unwrap();
        ScenarioBase {
            items: settled(&scene.line),
            mails: scene.postbox.taken(),
            now: attendee_sync_app::ports::Clock::now(&scene.faults),
            runs: app.parts().store.newest_run(&event).await.unwrap().0,
        }
    }

    /// A scene as the base left it, with the feed changed.
    pub(super) async fn from(
        base: &ScenarioBase,
        schedule: &FaultSchedule,
        sabotage: Option<Sabotage>,
    ) -> Self {
        let scene = Self::new(schedule, sabotage, base.now);
        scene.line.pass(base.items.clone()).await.unwrap();
        scene.postbox.has_taken(&base.mails);
        scene.feed(second_feed(schedule.memory));
        scene
    }

    fn feed(&self, records: Vec<Value>) {
        self.base.sources.script(Scripted {
            records,
            ..Scripted::default()
        });
    }

    /// An application as a process has it that begins.
    pub(super) fn app(&self) -> Arc<App> {
        let sources = FaultySources {
            faults: self.faults.clone(),
            inner: self.base.sources.clone(),
            page: self.times().1,
        };
        let mut parts = self.base.parts();
        parts.store = Arc::clone(&self.store);
        parts.sources = Arc::new(sources);
        parts.clock = Arc::new(self.faults.clone());
        parts.mailer = Some(Arc::new(FaultyMail {
            faults: self.faults.clone(),
            inner: self.postbox.clone(),
        }));
        if self.edition.is_cloud() {
            self.queues.join(&mut parts);
        }
        Arc::new(App::new(parts))
    }

    /// A sync in preparation of a play.
    async fn sync(&self, event: &str) {
        let app = self.app();
        let id: EventId = event.parse().unwrap();
        if self.edition.is_cloud() {
            app.order_sync(&id, SyncScope::Everyone).await.unwrap();
            self.work().await;
        } else {
            app.sync(&id, SyncScope::Everyone).await.unwrap();
            app.dispatch_invitations(&id).await.unwrap();
        }
    }

    /// Lets everything come to its end that is under way; asks for a sync before, if wanted. Gives
    /// what did not go as it should.
    pub(super) async fn round(&self, ask: bool) -> Vec<String> {
        if !self.edition.is_cloud() {
            let ended = machine::serve(&|| self.app(), ask).await;
            return wrong_if(!ended, "the process never has nothing to do");
        }
        let asked = if ask {
            self.functions(&|| self.app()).ask().await
        } else {
            None
        };
        let ended = self.work().await;
        let mut wrong = wrong_if(!ended, "the queues are never empty");
        wrong.extend(asked.map(|error: Error| format!("a sync was refused: {error}")));
        wrong
    }

    async fn work(&self) -> bool {
        self.functions(&|| self.app()).drain().await
    }

    fn functions<'s>(&'s self, new_app: &'s dyn Fn() -> Arc<App>) -> Functions<'s> {
        Functions {
            queues: &self.queues,
            process_time: self.times().0,
            new_app,
        }
    }

    /// Does a action.
    pub(super) async fn action(&self, action: ConcurrentAction) {
        Box::pin(beside(do_it(self.app(), self.line.clone(), action))).await;
    }

    /// What does the actions of a play in the middle of it.
    pub(super) fn doer(&self) -> Arc<dyn Fn(ConcurrentAction) -> Doing + Send + Sync> {
        let (app, line) = (self.app(), self.line.clone());
        Arc::new(move |action| Box::pin(do_it(Arc::clone(&app), line.clone(), action)))
    }
}

pub(super) fn wrong_if(is_wrong: bool, what: &str) -> Vec<String> {
    is_wrong.then(|| what.to_owned()).into_iter().collect()
}

/// Gives somebody the group of the crew, by hand.
async fn grant(app: &App, name: &str) {
    let crew = GroupName::parse("Crew").unwrap();
    app.grant(&community(), &crew, &address(name))
        .await
        .unwrap();
}

async fn do_it(app: Arc<App>, line: FaultyTransport, action: ConcurrentAction) {
    let (acme, event) = (community(), event());
    let crew = GroupName::parse("Crew").unwrap();
    match action {
        ConcurrentAction::Grants => grant(&app, "ada").await,
        ConcurrentAction::Revokes => drop(app.revoke(&acme, &crew, &address("cy")).await.unwrap()),
        ConcurrentAction::Bars => drop(
            app.set_blocked(&event, &address("max"), BlockChange::Put)
                .await,
        ),
        ConcurrentAction::LetsIn => drop(
            app.set_blocked(&event, &address(BARRED), BlockChange::Lifted)
                .await,
        ),
        ConcurrentAction::Erases => drop(app.erase_user(&acme, &address("lee")).await.unwrap()),
        // Once it is taken out, it would be another event of the same name, which invites anew.
        ConcurrentAction::Configures => {
            let stored = line.partition("E#devcon");
            if stored.iter().any(|item| item.key.sk == "CONFIG") {
                drop(app.configure(&configuration("employer")).await);
            }
        }
        // Refused while a run is under way.
        ConcurrentAction::Syncs if app.parts().cloud.is_some() => {
            drop(app.order_sync(&event, SyncScope::Everyone).await);
        }
        ConcurrentAction::Syncs => {
            if let Ok(started) = app.begin(&event, SyncScope::Everyone).await {
                app.finish(started).await.unwrap();
            }
        }
        ConcurrentAction::Removes => {
            if let Some(stored) = app.parts().store.event(&event).await.unwrap() {
                drop(app.close_event(&event, stored.version).await);
            }
        }
        ConcurrentAction::LosesFingerprints | ConcurrentAction::SpoilsFingerprints => {
            for item in line.partition("E#devcon#FP") {
                line.pass(without_memory(action, item)).await.unwrap();
            }
        }
    }
}

/// The write that takes a part of the fingerprints away, or makes them unreadable.
fn without_memory(action: ConcurrentAction, item: TableItem) -> TableCall {
    if action == ConcurrentAction::LosesFingerprints || item.data().is_none() {
        return TableCall::Write(WriteAction::delete(item.key));
    }
    // Neither a whole number of entries nor any that is known.
    let body = ItemBody::Data(b"not fingerprints at all".to_vec());
    TableCall::Write(WriteAction::put(TableItem { body, ..item }))
}

/// The actions among faults that were met.
pub(super) fn actions(met: &[super::schedule::CallKind]) -> BTreeSet<ConcurrentAction> {
    let action = |kind: &super::schedule::CallKind| match kind {
        super::schedule::CallKind::Deed(action) => Some(*action),
        _ => None,
    };
    met.iter().filter_map(action).collect()
}
