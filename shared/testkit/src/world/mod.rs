//! The use cases over the real store, with a feed, a clock, a mail service and faults that a test
//! controls.

mod look;
mod records;

use std::sync::Arc;

use async_trait::async_trait;
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::TableStore;
use attendee_sync_app::ports::{ReadMode, SecretError, Secrets, Sources, Store};
use attendee_sync_app::{App, AppParts, Error, SyncScope};
use attendee_sync_domain::config::{SecretName, SourceAddresses};
use attendee_sync_domain::run::{Run, RunState};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;

pub(crate) use look::status_of;
pub use records::{acme, address, crowd, devcon, document, person, with};

use crate::clock::TestClock;
use crate::postbox::Postbox;
use crate::poster::ScriptedPoster;
use crate::queues::{Delivery, QueueStage};
use crate::source::{Scripted, ScriptedSources};
use crate::transport::FaultyTransport;

/// A store of secrets that is always empty.
pub struct WorldWithoutSecrets;

#[async_trait]
impl Secrets for WorldWithoutSecrets {
    async fn secret(&self, _: &SecretName) -> Result<Option<SecretString>, SecretError> {
        Ok(None)
    }

    async fn remove_secret(&self, _: &SecretName) -> Result<(), SecretError> {
        Ok(())
    }

    async fn put_secret(&self, _: &SecretName, _: SecretString) -> Result<(), SecretError> {
        Ok(())
    }
}

/// The dependencies of an application.
#[derive(Clone)]
pub struct WorldBase {
    /// The transport to its table.
    pub line: FaultyTransport,
    /// The queues between its processes, where it is the cloud edition.
    pub stage: Option<QueueStage>,
    /// Its sources.
    pub sources: ScriptedSources,
    /// Sources that replace the scripted ones, such as real HTTP sources.
    pub over_http: Option<Arc<dyn Sources>>,
    /// The addresses that sources may have.
    pub addresses: SourceAddresses,
    /// What it knows the time by.
    pub clock: TestClock,
    /// What its mails go to.
    pub postbox: Postbox,
    /// What its notices are posted to.
    pub poster: ScriptedPoster,
    /// Where its secrets are.
    pub secrets: Arc<dyn Secrets>,
    /// The address of its console.
    pub public_url: &'static str,
}

impl WorldBase {
    /// Returns the dependencies of the one-machine edition, with an empty table.
    #[must_use]
    pub fn of_one_machine() -> Self {
        Self {
            line: FaultyTransport::new(),
            stage: None,
            sources: ScriptedSources::default(),
            over_http: None,
            addresses: SourceAddresses::Public,
            clock: TestClock::ticking_from("2026-11-01T08:00:00Z"),
            postbox: Postbox::default(),
            poster: ScriptedPoster::default(),
            secrets: Arc::new(WorldWithoutSecrets),
            public_url: "https://console.example.org",
        }
    }

    /// Returns the dependencies of the edition that the environment names: `cloud`, or `cloud-wild`
    /// where messages are delivered twice and in any order.
    #[must_use]
    pub fn of_the_edition() -> Self {
        let delivery = match std::env::var("ATTENDEE_SYNC_TEST_EDITION").as_deref() {
            Ok("cloud") => Some(Delivery::Calm),
            Ok("cloud-wild") => Some(Delivery::Wild),
            _ => None,
        };
        Self {
            stage: delivery.map(QueueStage::new),
            ..Self::of_one_machine()
        }
    }

    /// The store over its table.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        let table = match self.stage {
            None => self.line.table_of_one_machine(),
            Some(_) => self.line.table_of_the_cloud(),
        };
        Arc::new(TableStore::new(Arc::new(table)))
    }

    /// Returns the parts of an application with these dependencies.
    #[must_use]
    pub fn parts(&self) -> AppParts {
        let scripted = || Arc::new(self.sources.clone()) as Arc<dyn Sources>;
        let mut parts = AppParts::new(
            self.store(),
            self.over_http.clone().unwrap_or_else(scripted),
            Arc::clone(&self.secrets),
            Arc::new(self.clock.clone()),
            self.addresses.clone(),
        );
        parts.mailer = Some(Arc::new(self.postbox.clone()));
        parts.poster = Some(Arc::new(self.poster.clone()));
        if let Some(stage) = &self.stage {
            stage.join(&mut parts);
        }
        self.public_url.clone_into(&mut parts.public_url);
        parts
    }
}

/// An application with all its dependencies.
pub struct World {
    /// The application.
    pub app: Arc<App>,
    /// The transport to its table.
    pub line: FaultyTransport,
    /// The mail service that gets its mails.
    pub postbox: Postbox,
    /// The queues between its processes, where it is the cloud edition.
    pub stage: Option<QueueStage>,
    /// Its sources.
    pub sources: ScriptedSources,
    /// The clock of the application.
    pub clock: TestClock,
    base: WorldBase,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A world with an empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::on(WorldBase::of_the_edition())
    }

    /// Returns a world whose event `devcon` has this change of the example document, and was synced with these
    /// records.
    pub async fn of(change: Value, records: Vec<Value>) -> Self {
        let world = Self::new();
        world.configure("devcon", change).await;
        world.feed(records);
        world.sync("devcon").await;
        world
    }

    /// Returns a world with these dependencies.
    #[must_use]
    pub fn on(base: WorldBase) -> Self {
        Self::made(base, |parts| Arc::new(App::new(parts)))
    }

    /// Returns a world with these dependencies, whose application `app` builds.
    #[must_use]
    pub fn made(base: WorldBase, app: impl FnOnce(AppParts) -> Arc<App>) -> Self {
        Self {
            app: app(base.parts()),
            line: base.line.clone(),
            postbox: base.postbox.clone(),
            stage: base.stage.clone(),
            sources: base.sources.clone(),
            clock: base.clock.clone(),
            base,
        }
    }

    /// Returns a world with the table of an earlier one: a process that starts again.
    #[must_use]
    pub fn over(line: FaultyTransport) -> Self {
        Self::on(WorldBase {
            line,
            ..WorldBase::of_the_edition()
        })
    }

    /// A world of the cloud edition, whatever the environment says.
    #[must_use]
    pub fn cloud(delivery: Delivery) -> Self {
        Self::cloud_over(FaultyTransport::new(), delivery)
    }

    /// Returns a world of the cloud edition with the table of an earlier one.
    #[must_use]
    pub fn cloud_over(line: FaultyTransport, delivery: Delivery) -> Self {
        Self::on(WorldBase {
            line,
            stage: Some(QueueStage::new(delivery)),
            ..WorldBase::of_one_machine()
        })
    }

    /// Returns a world whose sources are queried over HTTP: at public addresses, and at this
    /// origin.
    #[must_use]
    pub fn over_http(origin: &str) -> Self {
        let addresses = SourceAddresses::PublicAnd(origin.to_owned());
        let base = WorldBase::of_the_edition();
        let sources = http_sources(Arc::new(WorldWithoutSecrets), addresses.clone());
        Self::on(WorldBase {
            over_http: Some(Arc::new(sources.with_lists(base.store()))),
            addresses,
            ..base
        })
    }

    /// Returns the next process: with the same table, source, clock and mail service. Unfinished
    /// work of the earlier process is still unfinished.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self::on(self.base.clone())
    }

    /// Returns its dependencies.
    #[must_use]
    pub fn base(&self) -> &WorldBase {
        &self.base
    }

    /// Advances the clock by some hours.
    pub fn wait_hours(&self, hours: i64) {
        self.clock.later(SignedDuration::from_hours(hours));
    }

    /// Returns the time of the clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.shows()
    }

    /// Sets the clock, also to an earlier time.
    pub fn set_clock(&self, now: Timestamp) {
        self.clock.set(now);
    }

    /// Advances time while the timer works: each sync starts when it is due and ends a few seconds
    /// later. Returns the runs, the oldest first.
    pub async fn serve_until(&self, until: Timestamp) -> Vec<Run> {
        let mut runs = Vec::new();
        loop {
            let next = self.app.next_syncs().await.unwrap().into_iter().next();
            let Some((event, due)) = next.filter(|(_, due)| due.at <= until) else {
                self.set_clock(until.max(self.now()));
                return runs;
            };
            self.set_clock(due.at.max(self.now()));
            let started = self.app.begin_due(&event).await.unwrap();
            let started = started.expect("what is due begins");
            runs.push(self.app.finish(started).await.unwrap());
            assert!(runs.len() < 5_000, "a storm");
        }
    }

    /// Configures an event of the community `acme`; `change` is merged into a small document.
    pub async fn configure(&self, event: &str, change: Value) {
        self.try_configure(event, change).await.unwrap();
    }

    /// Configures an event like [`Self::configure`], but may fail.
    pub async fn try_configure(&self, event: &str, change: Value) -> Result<(), Error> {
        let document = with(document(event), change);
        self.app.configure(&document).await.map(drop)
    }

    /// Sets the feed.
    pub fn feed(&self, records: Vec<Value>) {
        self.script(Scripted {
            records,
            ..Scripted::default()
        });
    }

    /// Sets the feed with all its options.
    pub fn script(&self, scripted: Scripted) {
        self.sources.script(scripted);
    }

    /// Returns the current feed.
    #[must_use]
    pub fn scripted(&self) -> Scripted {
        self.sources.scripted()
    }

    /// Returns the mode of the newest read.
    #[must_use]
    pub fn asked(&self) -> ReadMode {
        self.scripted().asked.last().unwrap().clone()
    }

    /// Sets a feed that ends early.
    pub fn feed_cut_off(&self, records: Vec<Value>) {
        self.script(Scripted {
            records,
            cut_off: Some("page 2: the connection was closed".to_owned()),
            ..Scripted::default()
        });
    }

    /// Runs a sync and expects success.
    pub async fn sync(&self, event: &str) -> Run {
        let run = self.try_sync(event).await.unwrap();
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        assert!(run.counts.add_up(), "{:?}", run.counts);
        run
    }

    /// Runs a sync.
    pub async fn try_sync(&self, event: &str) -> Result<Run, Error> {
        let event = event.parse().unwrap();
        match &self.stage {
            None => self.app.sync(&event, SyncScope::Everyone).await,
            Some(stage) => stage.sync(&self.app, &event, SyncScope::Everyone).await,
        }
    }
}

/// Returns sources that are queried over HTTP.
#[must_use]
pub fn http_sources(secrets: Arc<dyn Secrets>, addresses: SourceAddresses) -> HttpSources {
    // Another test of this process may have installed the provider already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    HttpSources::new(secrets, addresses)
}
