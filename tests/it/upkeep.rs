//! What an installation in the cloud does for itself: it reconciles the schedules outside with the table, and adopts a
//! table that is a copy.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_adapters::erasure_table::TableErasureList;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::ports::TableIdentity;
use attendee_sync_app::{App, Error, ReconciledSchedules, Upkeep, UpkeepState};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::scheduler::MemoryScheduler;
use attendee_sync_testkit::world::{World, acme, crowd};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

/// An installation with a scheduler, a table of this name, and a list of erasures.
struct Installation {
    world: World,
    scheduler: MemoryScheduler,
    erasures: TableErasureList,
}

impl Installation {
    fn new() -> Self {
        let erasures = SqliteTable::in_memory().unwrap();
        Self {
            world: World::cloud(Delivery::Calm),
            scheduler: MemoryScheduler::default(),
            erasures: TableErasureList::new(Arc::new(erasures)),
        }
    }

    /// A process of it, over a table of this name.
    fn over(&self, table: &str, is_given: bool) -> App {
        let mut parts = self.world.app.parts().clone();
        let cloud = parts.cloud.as_mut().unwrap();
        cloud.schedules = Some(Arc::new(self.scheduler.clone()));
        parts.erasure_list = Some(Arc::new(self.erasures.clone()));
        parts.table = Some(TableIdentity {
            name: table.to_owned(),
            is_given,
        });
        App::new(parts)
    }

    fn app(&self) -> App {
        self.over("first", false)
    }

    fn later(&self, hours: i64) {
        self.world
            .set_clock(self.world.now() + SignedDuration::from_hours(hours));
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(5)
}

async fn reconciled(app: &App) -> ReconciledSchedules {
    app.reconcile_schedules(None, soon()).await.unwrap()
}

async fn looked_after(app: &App) -> Upkeep {
    app.upkeep(soon()).await.unwrap()
}

fn hourly() -> Value {
    json!({"schedule": {"auto_sync": "hourly"}})
}

/// Events with an hourly schedule each; one of them has a name too long for the names of schedules.
async fn events(installation: &Installation) -> Vec<String> {
    let long = format!("{}-2026", "long".repeat(14));
    let events = vec!["camp".to_owned(), "devcon".to_owned(), long];
    for event in &events {
        installation.world.configure(event, hourly()).await;
    }
    events
}

#[tokio::test]
async fn every_events_schedules_are_remade_from_the_table_and_asked_again_nothing_changes() {
    let installation = Installation::new();
    events(&installation).await;
    let app = installation.app();
    let done = reconciled(&app).await;
    assert_eq!((done.events, done.created), (3, 3), "{done:?}");
    assert_eq!((done.changed, done.removed), (0, 0), "{done:?}");
    assert_eq!(done.next_cursor, None);
    let names = installation.scheduler.all();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.contains(&"devcon.hourly".to_owned()), "{names:?}");

    let again = reconciled(&app).await;
    assert_eq!(again.events, 3);
    assert_eq!((again.created, again.changed, again.removed), (0, 0, 0));

    installation
        .scheduler
        .change("devcon.hourly", "rate(5 minutes)");
    assert_eq!(reconciled(&app).await.changed, 1);
    installation.scheduler.lose();
    assert_eq!(reconciled(&app).await.created, 3);
    assert_eq!(installation.scheduler.all(), names);
}

#[tokio::test]
async fn schedules_of_events_that_do_not_exist_go_and_what_is_not_ours_stays() {
    let installation = Installation::new();
    events(&installation).await;
    let app = installation.app();
    reconciled(&app).await;
    let scheduler = &installation.scheduler;
    scheduler.put("gone.hourly", Some("gone"));
    scheduler.put("gone.final", Some("gone"));
    scheduler.put("_0123456789abcdef.daily", Some("gone-and-long"));
    scheduler.put("devcon-2025.hourly", Some("devcon-2025"));
    scheduler.put("somebodys.job", None);
    scheduler.put("somebodys", None);
    let done = reconciled(&app).await;
    // Of the long name, the prefix is that of no event: a scheduler that says so is not believed.
    assert_eq!(done.removed, 3, "{done:?} {:?}", scheduler.all());
    let names = scheduler.all();
    assert!(
        !names.iter().any(|name| name.starts_with("gone.")),
        "{names:?}"
    );
    assert!(!names.contains(&"devcon-2025.hourly".to_owned()));
    for others in ["somebodys", "somebodys.job"] {
        assert!(names.contains(&others.to_owned()), "{names:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn reconciling_is_cut_off_anywhere_and_continues() {
    let installation = Installation::new();
    for number in 0..30 {
        installation
            .world
            .configure(&format!("event-{number}"), hourly())
            .await;
    }
    installation.scheduler.put("gone.hourly", Some("gone"));
    let app = installation.app();
    // Each time it is over after the first few, as the scheduler takes its time.
    let mut sum = ReconciledSchedules::default();
    let none = app.reconcile_schedules(None, Instant::now()).await.unwrap();
    assert_eq!(none.events, 0);
    assert!(none.next_cursor.is_some(), "all of it is left");
    let mut rounds = 0;
    installation.scheduler.takes(Duration::from_secs(3));
    loop {
        let until = Instant::now() + Duration::from_secs(2);
        let done = app.reconcile_schedules(sum.next_cursor.as_deref(), until);
        let done = done.await.unwrap();
        assert!(done.events <= 8, "{done:?}");
        rounds += 1;
        sum.events += done.events;
        sum.created += done.created;
        sum.removed += done.removed;
        sum.next_cursor = done.next_cursor;
        if sum.next_cursor.is_none() {
            break;
        }
    }
    assert_eq!((sum.events, sum.created, sum.removed), (31, 30, 1));
    assert_eq!(rounds, 5);
    assert_eq!(installation.scheduler.all().len(), 30);
}

#[tokio::test]
async fn an_event_that_fails_keeps_no_other_from_its_schedules() {
    let installation = Installation::new();
    events(&installation).await;
    let app = installation.app();
    installation.scheduler.refuse(Some("camp"));
    let done = reconciled(&app).await;
    assert_eq!(done.failed, ["camp".parse().unwrap()]);
    assert_eq!(done.created, 2);
    assert_eq!(done.next_cursor, None);
}

#[tokio::test]
async fn upkeep_reconciles_once_a_day() {
    let installation = Installation::new();
    events(&installation).await;
    let app = installation.app();
    let first = looked_after(&app).await;
    assert_eq!(first.state, UpkeepState::Done);
    assert_eq!(first.schedules.unwrap().created, 3);
    installation.scheduler.lose();
    installation.later(23);
    assert_eq!(looked_after(&app).await.schedules, None);
    installation.later(1);
    assert_eq!(looked_after(&app).await.schedules.unwrap().created, 3);
}

#[tokio::test]
async fn an_event_that_syncs_daily_for_years_keeps_its_days_of_other_clocks() {
    let installation = Installation::new();
    let daily = json!({"time_zone": "Europe/Amsterdam", "schedule": {"auto_sync": "daily", "daily_at": "02:30"}});
    installation.world.configure("devcon", daily).await;
    let app = installation.app();
    looked_after(&app).await;
    let first = installation.scheduler.all();
    // Three years on, the days that were known have passed.
    installation.later(24 * 366 * 3);
    let done = looked_after(&app).await.schedules.unwrap();
    assert!(done.created > 0, "{done:?}");
    let then = installation.scheduler.all();
    assert_ne!(first, then);
    assert!(
        then.iter().any(|name| name.contains("daily-on-")),
        "{then:?}"
    );
}

#[tokio::test]
async fn without_a_scheduler_there_is_nothing_to_reconcile() {
    let world = World::cloud(Delivery::Calm);
    let done = world.app.reconcile_schedules(None, soon()).await.unwrap();
    assert_eq!(done, ReconciledSchedules::default());
    assert!(!done.has_scheduler);
}

fn inviting() -> Value {
    json!({"invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}})
}

async fn erase(app: &App, address: &str) {
    let address = address.parse().unwrap();
    app.as_of(&Actor::Owner)
        .erase_user(&acme(), &address)
        .await
        .unwrap();
}

async fn is_known(app: &App, address: &str) -> bool {
    app.user(&acme(), &address.parse().unwrap()).await.is_ok()
}

#[tokio::test]
async fn a_copy_brings_back_nobody_who_was_erased_and_sends_no_invitation_again() {
    let installation = Installation::new();
    let world = &installation.world;
    world.configure("devcon", inviting()).await;
    world.feed(crowd(5));
    world.sync("devcon").await;
    let app = installation.app();
    looked_after(&app).await;
    installation.later(1);
    // The list is kept beside the table: this is what it says of later erasures, while the copy still has the people.
    let community = app.parts().store.community(&acme()).await.unwrap();
    let address = "p0001@example.org".parse().unwrap();
    let gone = PersonId::of(&community.unwrap().key, &address);
    installation.erased(gone, world.now()).await;

    let copy = installation.over("copy", true);
    let event = "devcon".parse().unwrap();
    let view = copy.invitations(&event).await.unwrap();
    assert!(view.held_since_restore.is_some());
    let posted = copy.dispatch_invitations(&event).await.unwrap();
    assert_eq!(posted.sent, 0);
    assert!(posted.trouble.is_some(), "{posted:?}");
    let early = copy.as_of(&Actor::Owner).release_invitations(&acme()).await;
    assert!(matches!(early, Err(Error::TableNotAdopted)), "{early:?}");

    let upkeep = looked_after(&copy).await;
    let adopted = upkeep.adopted.unwrap();
    assert!(adopted.is_complete);
    assert_eq!(adopted.copy_of.as_deref(), Some("first"));
    assert_eq!(adopted.erased_again, 1);
    assert!(!is_known(&copy, "p0001@example.org").await);
    assert!(is_known(&copy, "p0002@example.org").await);
    // Its schedules are those of the table at once, not of the next day.
    assert!(upkeep.schedules.is_some());
    assert_eq!(copy.dispatch_invitations(&event).await.unwrap().sent, 0);
    assert_eq!(looked_after(&copy).await.adopted, None);

    let released = copy.as_of(&Actor::Owner).release_invitations(&acme()).await;
    assert!(released.unwrap());
    assert_eq!(copy.dispatch_invitations(&event).await.unwrap().sent, 4);
    assert_eq!(world.postbox.recipients().len(), 4);
}

#[tokio::test]
async fn a_copy_keeps_who_was_erased_before_it_and_came_back() {
    let installation = Installation::new();
    let world = &installation.world;
    world.configure("devcon", json!({})).await;
    world.feed(crowd(3));
    world.sync("devcon").await;
    let app = installation.app();
    erase(&app, "p0001@example.org").await;
    let mut feed = crowd(3);
    feed[1]["company"] = json!("Initrode");
    feed[1]["id"] = json!("another ticket");
    world.feed(feed);
    world.sync("devcon").await;
    assert!(is_known(&app, "p0001@example.org").await);
    installation.later(1);
    looked_after(&app).await;
    let copy = installation.over("copy", false);
    assert_eq!(looked_after(&copy).await.adopted.unwrap().erased_again, 0);
    assert!(is_known(&copy, "p0001@example.org").await);
}

#[tokio::test]
async fn a_given_table_that_knows_no_name_is_taken_for_a_copy_and_a_new_one_is_not() {
    let installation = Installation::new();
    installation.world.configure("devcon", inviting()).await;
    let event = "devcon".parse().unwrap();
    let fresh = installation.over("fresh", false);
    let view = fresh.invitations(&event).await.unwrap();
    assert_eq!(view.held_since_restore, None);
    let given = installation.over("given", true);
    let view = given.invitations(&event).await.unwrap();
    assert!(view.held_since_restore.is_some());
    let adopted = looked_after(&given).await.adopted.unwrap();
    assert_eq!((adopted.copy_of, adopted.is_complete), (None, true));
    // The same table again, by a new installation: nothing of it is old.
    assert_eq!(looked_after(&given).await.adopted, None);
}

#[tokio::test]
async fn an_erasure_is_not_finished_before_it_is_on_the_list() {
    use attendee_sync_app::ports::ErasureList;
    let installation = Installation::new();
    let world = &installation.world;
    world.configure("devcon", json!({})).await;
    world.feed(crowd(3));
    world.sync("devcon").await;
    let app = installation.app();
    erase(&app, "p0002@example.org").await;
    let listed = installation.erasures.of_community(&acme()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed.iter().all(|erased| erased.at <= world.now()));
}

impl Installation {
    async fn erased(&self, person: PersonId, at: Timestamp) {
        use attendee_sync_app::ports::{ErasedPerson, ErasureList};
        let erased = ErasedPerson {
            at,
            community: acme(),
            person,
        };
        self.erasures.add(&[erased]).await.unwrap();
    }
}
