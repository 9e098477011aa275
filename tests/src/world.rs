//! The use cases over the real store, with a feed, a clock and faults that a test sets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_adapters::table::{ItemBody, Table as _, TableItem, TransactionLimits};
use attendee_sync_app::ports::{
    AskDetails, Clock, Conclusion, Feed, FeedBlock, FeedSample, NoDetails, ReadMode, RequestMade,
    SecretError, Secrets, SourceError, SourcePosition, SourceSideLists, Sources, StoreError,
    Validators,
};
use attendee_sync_app::{
    App, AppParts, AttendeeFilter, AttendeeView, Error, ListOrder, PresenceFilter, SyncScope,
};
use attendee_sync_domain::config::{SecretName, SourceAddresses, SourceSettings};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::run::{Change, Run, RunState};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::meter::{Meter, item_bytes};
use crate::permissions::{Function, acting_as, refusal};
use crate::postbox::Postbox;
use crate::stage::{Delivery, QueueStage};
use crate::table_calls::{
    TableAnswer, TableCall, TableTransport, TransportedTable, at_once, cloud_limits, refused,
};

/// A feed as a test sets it.
#[derive(Debug, Clone, Default)]
pub struct Scripted {
    /// Its records.
    pub records: Vec<Value>,
    /// The reason it ends early with, after its records.
    pub cut_off: Option<String>,
    /// Its side lists.
    pub lookups: Lookups,
    /// By what it can tell that it is as it was; asked with the same, it says so.
    pub validators: Option<Validators>,
    /// The source's time.
    pub answered: Option<Timestamp>,
    /// What it was asked for, the newest last.
    pub asked: Vec<ReadMode>,
    /// The details of records by their addresses; others are not there.
    pub details: BTreeMap<String, Value>,
    /// Which of them were asked for, the newest last.
    pub asked_details: Vec<String>,
    /// How long each takes.
    pub details_take: Duration,
    /// Records of a page; 7 where it is 0.
    pub page: usize,
}

/// Sources that give a feed as it is set; copies share it.
#[derive(Clone, Default)]
pub(crate) struct ScriptedSources(pub(crate) Arc<Mutex<Scripted>>);

struct ScriptedFeed {
    conclusion: Conclusion,
    left: std::vec::IntoIter<Value>,
    cut_off: Option<String>,
    pages: u64,
    bytes: u64,
    /// Records given out.
    taken: usize,
    page: usize,
}

/// Records of a page.
const PAGE: usize = 7;

#[async_trait]
impl Sources for ScriptedSources {
    async fn lookups(&self, _: &SourceSettings) -> Result<SourceSideLists, SourceError> {
        Ok(SourceSideLists {
            lookups: self.0.lock().unwrap().lookups.clone(),
            remarks: Vec::new(),
        })
    }

    async fn sample(&self, _: &SourceSettings, most: usize) -> FeedSample {
        let records = self.0.lock().unwrap().records.clone();
        let bytes = |record: &Value| Some(record.to_string().into_bytes());
        FeedSample {
            request: RequestMade::default(),
            answer: None,
            more: records.len() > most,
            remarks: Vec::new(),
            units: Ok(records.iter().take(most).map(bytes).collect()),
        }
    }

    async fn details(
        &self,
        _: &SourceSettings,
        _: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        Ok(Box::new(self.clone()))
    }

    async fn media_type(&self, _: &str) -> Result<String, SourceError> {
        Ok("application/pdf".to_owned())
    }

    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError> {
        let taken: usize = place.0.parse().unwrap();
        let mut feed = self.begin(source, ask);
        feed.pages = taken.div_ceil(feed.page) as u64;
        feed.taken = taken;
        for record in feed.left.by_ref().take(taken) {
            feed.bytes += record.to_string().len() as u64;
        }
        Ok(Box::new(feed))
    }

    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError> {
        Ok(Box::new(self.begin(source, ask)))
    }
}

impl ScriptedSources {
    fn begin(&self, _: &SourceSettings, ask: &ReadMode) -> ScriptedFeed {
        let scripted = {
            let mut scripted = self.0.lock().unwrap();
            scripted.asked.push(ask.clone());
            scripted.clone()
        };
        let not_modified = match ask {
            ReadMode::Unless(validators) => scripted.validators.as_ref() == Some(validators),
            _ => false,
        };
        let records = if not_modified {
            Vec::new()
        } else {
            scripted.records
        };
        ScriptedFeed {
            conclusion: Conclusion {
                not_modified,
                validators: scripted.validators,
                answered: scripted.answered,
                ..Conclusion::default()
            },
            left: records.into_iter(),
            cut_off: scripted.cut_off,
            pages: 0,
            bytes: 0,
            taken: 0,
            page: match scripted.page {
                0 => PAGE,
                page => page,
            },
        }
    }
}

#[async_trait]
impl AskDetails for ScriptedSources {
    async fn ask(&self, urls: &[String]) -> Vec<Result<Value, NoDetails>> {
        let mut answers = Vec::new();
        for url in urls {
            let (answer, takes) = {
                let mut scripted = self.0.lock().unwrap();
                scripted.asked_details.push(url.clone());
                (scripted.details.get(url).cloned(), scripted.details_take)
            };
            tokio::time::sleep(takes).await;
            answers.push(answer.ok_or_else(|| NoDetails {
                reason: format!("there is nothing at {url}"),
                of_record: true,
            }));
        }
        answers
    }
}

#[async_trait]
impl Feed for ScriptedFeed {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        // Lets reconcile in between; before anything is given out, as somebody may not wait for it.
        tokio::task::yield_now().await;
        let mut block = FeedBlock::default();
        for record in self.left.by_ref().take(self.page) {
            let start = block.bytes.len();
            block.bytes.extend(record.to_string().into_bytes());
            block.units.push(Some(start..block.bytes.len()));
        }
        if block.units.is_empty() {
            return match self.cut_off.take() {
                Some(reason) => Err(SourceError::new(reason)),
                None => Ok(None),
            };
        }
        self.pages += 1;
        self.taken += block.units.len();
        self.bytes += block.bytes.len() as u64;
        Ok(Some(block))
    }

    fn read(&self) -> (u64, u64) {
        (self.pages, self.bytes)
    }

    fn place(&self) -> Option<SourcePosition> {
        (self.taken > 0).then(|| SourcePosition(self.taken.to_string()))
    }

    fn conclusion(&self) -> Conclusion {
        self.conclusion.clone()
    }
}

pub(crate) struct WorldWithoutSecrets;

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

/// A clock that moves a second each time it is looked at.
#[derive(Clone)]
struct Ticking(Arc<Mutex<Timestamp>>);

impl Ticking {
    fn advance(&self, by: SignedDuration) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
        *now
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.advance(SignedDuration::from_secs(1))
    }
}

/// An item by its key, with what it has beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredItem {
    /// Its partition key.
    pub pk: String,
    /// Its sort key.
    pub sk: String,
    /// Its bytes, as `DynamoDB` counts them.
    pub bytes: usize,
    /// Its document as JSON, where it has one.
    pub doc: Option<String>,
    /// When it may be deleted, in seconds since 1970.
    pub expires: Option<u64>,
}

impl From<TableItem> for MeasuredItem {
    fn from(item: TableItem) -> Self {
        let bytes = item_bytes(&item);
        Self {
            bytes,
            expires: item.expires,
            doc: match item.body {
                ItemBody::Document(json) => Some(json),
                ItemBody::Empty | ItemBody::Data(_) => None,
            },
            pk: item.key.pk,
            sk: item.key.sk,
        }
    }
}

/// The way to the engine, which a test can cut after a number of writes: from then on nothing is
/// answered, as after a crash. It can also fail a single write, or let something happen before one.
#[derive(Debug, Clone)]
pub struct CutLine {
    pub(crate) engine: SqliteTable,
    writes_left: Arc<AtomicI64>,
    writes: Arc<AtomicI64>,
    reads: Arc<AtomicI64>,
    fails_at: Arc<AtomicI64>,
    first: Arc<Mutex<Option<First>>>,
    first_read: Arc<Mutex<Option<First>>>,
    /// What its calls cost.
    pub meter: Meter,
}

/// What happens before a write, by the number of writes before that.
struct First(i64, WorldStep);

type WorldStep = Pin<Box<dyn Future<Output = ()> + Send>>;

impl std::fmt::Debug for First {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "First({})", self.0)
    }
}

impl CutLine {
    /// An engine in memory with a whole line to it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            engine: SqliteTable::in_memory().unwrap(),
            writes_left: Arc::new(AtomicI64::new(i64::MAX)),
            writes: Arc::default(),
            reads: Arc::default(),
            fails_at: Arc::new(AtomicI64::new(i64::MAX)),
            first: Arc::default(),
            first_read: Arc::default(),
            meter: Meter::default(),
        }
    }

    /// Deletes what may go at this time, as `serve` does each hour; gives how many items went.
    #[must_use]
    pub fn sweep(&self, now: Timestamp) -> usize {
        let now = u64::try_from(now.as_second()).unwrap();
        at_once(self.engine.delete_expired(now)).unwrap()
    }

    /// Every item of the table, in the order of keys.
    #[must_use]
    pub fn items(&self) -> Vec<MeasuredItem> {
        let mut all = Vec::new();
        at_once(self.engine.each_item(|item| all.push(item.into()))).unwrap();
        all
    }

    /// Bytes that the table takes in memory.
    #[must_use]
    pub fn size(&self) -> u64 {
        at_once(self.engine.size()).unwrap()
    }

    /// Fails one write, after this many more that succeed; those after it succeed again.
    pub fn fail_one_after(&self, writes: i64) {
        self.fails_at
            .store(self.writes() + writes, Ordering::SeqCst);
    }

    /// Lets something happen before a write, after this many more.
    pub fn before_write(&self, writes: i64, happens: impl Future<Output = ()> + Send + 'static) {
        let first = First(self.writes() + writes, Box::pin(happens));
        *self.first.lock().unwrap() = Some(first);
    }

    /// Lets something happen before a read, after this many more.
    pub fn before_read(&self, reads: i64, happens: impl Future<Output = ()> + Send + 'static) {
        let first = First(self.reads() + reads, Box::pin(happens));
        *self.first_read.lock().unwrap() = Some(first);
    }

    fn first(first: &Mutex<Option<First>>, number: i64) -> Option<WorldStep> {
        let mut first = first.lock().unwrap();
        first
            .take_if(|first| first.0 == number)
            .map(|first| first.1)
    }

    /// Cuts the line after this many more writes.
    pub fn cut_after(&self, writes: i64) {
        self.writes_left.store(writes, Ordering::SeqCst);
    }

    /// Mends the line.
    pub fn mend(&self) {
        self.cut_after(i64::MAX);
    }

    /// Whether it was cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.writes_left.load(Ordering::SeqCst) <= 0
    }

    /// Read calls so far.
    #[must_use]
    pub fn reads(&self) -> i64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// Write calls so far.
    #[must_use]
    pub fn writes(&self) -> i64 {
        self.writes.load(Ordering::SeqCst)
    }
}

impl Default for CutLine {
    fn default() -> Self {
        Self::new()
    }
}

/// The way that worlds of an edition take: transactions of the cloud are smaller, and each of its functions may
/// write what the template says.
#[derive(Debug)]
struct LineOf {
    line: CutLine,
    is_cloud: bool,
    limits: TransactionLimits,
}

#[async_trait]
impl TableTransport for LineOf {
    fn limits(&self) -> TransactionLimits {
        self.limits
    }

    async fn send(&self, call: TableCall) -> Result<TableAnswer, StoreError> {
        let line = &self.line;
        let (number, happening) = if call.is_write() {
            let number = line.writes.fetch_add(1, Ordering::SeqCst);
            (number, CutLine::first(&line.first, number))
        } else {
            let number = line.reads.fetch_add(1, Ordering::SeqCst);
            (number, CutLine::first(&line.first_read, number))
        };
        let cut = match happening {
            Some(happening) => {
                acting_as(Function::Http, happening).await;
                false
            }
            None if call.is_write() => {
                line.writes_left.fetch_sub(1, Ordering::SeqCst) <= 0
                    || number == line.fails_at.load(Ordering::SeqCst)
            }
            None => line.is_cut(),
        };
        if cut {
            return Err(refused("cut"));
        }
        if let Some(refusal) = self.is_cloud.then(|| refusal(&call)).flatten() {
            return Err(StoreError::Failed {
                operation: "test",
                source: refusal.into(),
            });
        }
        if line.meter.is_on() {
            line.meter.call(&line.engine, call).await
        } else {
            call.make(&line.engine).await
        }
    }
}

/// An application with everything around it.
pub struct World {
    /// The application.
    pub app: Arc<App>,
    /// The way to its table.
    pub line: CutLine,
    /// What its mails go to.
    pub postbox: Postbox,
    /// The queues between its processes, where it is the cloud edition.
    pub stage: Option<QueueStage>,
    sources: ScriptedSources,
    clock: Ticking,
}

/// What the environment says of the edition that worlds are of: `cloud`, or `cloud-wild` where
/// messages come twice and in any order.
fn edition() -> Option<Delivery> {
    match std::env::var("ATTENDEE_SYNC_TEST_EDITION").as_deref() {
        Ok("cloud") => Some(Delivery::Calm),
        Ok("cloud-wild") => Some(Delivery::Wild),
        _ => None,
    }
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
        Self::over(CutLine::new())
    }

    /// A world of the cloud edition, whatever the environment says.
    #[must_use]
    pub fn cloud(delivery: Delivery) -> Self {
        Self::cloud_over(CutLine::new(), delivery)
    }

    /// The same over a table that another one left.
    #[must_use]
    pub fn cloud_over(line: CutLine, delivery: Delivery) -> Self {
        let scripted = ScriptedSources::default();
        let sources = Arc::new(scripted.clone());
        let stage = Some(QueueStage::new(delivery));
        let world = Self::staged(line, sources, SourceAddresses::Public, stage);
        Self {
            sources: scripted,
            ..world
        }
    }

    /// A world whose sources are asked over HTTP: at public addresses, and at this origin.
    #[must_use]
    pub fn over_http(origin: &str) -> Self {
        // Another test of this process may have installed it.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let addresses = SourceAddresses::PublicAnd(origin.to_owned());
        let sources = HttpSources::new(Arc::new(WorldWithoutSecrets), addresses.clone());
        Self::with_sources(CutLine::new(), Arc::new(sources), addresses)
    }

    /// A world over a table that another one left: a process that starts again.
    #[must_use]
    pub fn over(line: CutLine) -> Self {
        let scripted = ScriptedSources::default();
        let sources = Arc::new(scripted.clone());
        Self {
            sources: scripted,
            ..Self::with_sources(line, sources, SourceAddresses::Public)
        }
    }

    /// The process after this one: over the same table, source, clock and mail service. What was
    /// left unfinished is not finished yet.
    #[must_use]
    pub fn restarted(&self) -> Self {
        let sources = Arc::new(self.sources.clone());
        let (line, stage) = (self.line.clone(), self.stage.clone());
        let next = Self::staged(line, sources, SourceAddresses::Public, stage);
        Self {
            sources: self.sources.clone(),
            ..next.with(self.clock.clone(), self.postbox.clone())
        }
    }

    fn with(self, clock: Ticking, postbox: Postbox) -> Self {
        let mut parts = self.app.parts().clone();
        parts.clock = Arc::new(clock.clone());
        parts.mailer = Some(Arc::new(postbox.clone()));
        if let Some(stage) = &self.stage {
            stage.join(&mut parts);
        }
        "https://console.example.org".clone_into(&mut parts.public_url);
        Self {
            app: Arc::new(App::new(parts)),
            postbox,
            clock,
            ..self
        }
    }

    pub(crate) fn with_sources(
        line: CutLine,
        sources: Arc<dyn Sources>,
        addresses: SourceAddresses,
    ) -> Self {
        Self::staged(line, sources, addresses, edition().map(QueueStage::new))
    }

    fn staged(
        line: CutLine,
        sources: Arc<dyn Sources>,
        addresses: SourceAddresses,
        stage: Option<QueueStage>,
    ) -> Self {
        let limits = match stage {
            None => line.engine.transaction_limits(),
            Some(_) => cloud_limits(),
        };
        let way = TransportedTable(LineOf {
            line: line.clone(),
            is_cloud: stage.is_some(),
            limits,
        });
        let store = TableStore::new(Arc::new(way));
        let start = "2026-11-01T08:00:00Z".parse().unwrap();
        let clock = Ticking(Arc::new(Mutex::new(start)));
        let parts = AppParts::new(
            Arc::new(store),
            sources,
            Arc::new(WorldWithoutSecrets),
            Arc::new(clock.clone()),
            addresses,
        );
        let world = Self {
            app: Arc::new(App::new(parts)),
            line,
            postbox: Postbox::default(),
            stage,
            sources: ScriptedSources::default(),
            clock: clock.clone(),
        };
        world.with(clock, Postbox::default())
    }

    /// Lets hours pass.
    pub fn wait_hours(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        *self.clock.0.lock().unwrap()
    }

    /// Sets the clock, also back.
    pub fn set_clock(&self, now: Timestamp) {
        *self.clock.0.lock().unwrap() = now;
    }

    /// Lets time pass with the timer at work: each sync begins when it is due and is over a few
    /// seconds later. Gives them, the oldest first.
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

    /// Configures an event of the community `acme`; `change` is laid over a small document.
    pub async fn configure(&self, event: &str, change: Value) {
        self.try_configure(event, change).await.unwrap();
    }

    /// The same, where it may be refused.
    pub async fn try_configure(&self, event: &str, change: Value) -> Result<(), Error> {
        let mut document = json!({
            "community": "acme", "event": event, "name": event,
            "source": {"url": "https://registration.example.org/"},
            "mapping": {
                "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
                "company": "company", "groups": "groups", "digital_badge": "badge"
            },
            "delete_flag": {"path": "erased"},
            "rules": [{"when": "cancelled", "then": "remove_attendee"}, {"when": "test", "then": "ignore"}]
        });
        for (key, value) in change.as_object().unwrap() {
            document[key] = value.clone();
        }
        self.app.configure(&document).await.map(drop)
    }

    /// Sets the feed.
    pub fn feed(&self, records: Vec<Value>) {
        *self.sources.0.lock().unwrap() = Scripted {
            records,
            ..Scripted::default()
        };
    }

    /// Sets a feed in all that a test may set of it.
    pub fn script(&self, scripted: Scripted) {
        *self.sources.0.lock().unwrap() = scripted;
    }

    /// The feed as it is set.
    #[must_use]
    pub fn scripted(&self) -> Scripted {
        self.sources.0.lock().unwrap().clone()
    }

    /// What the newest reading asked for.
    #[must_use]
    pub fn asked(&self) -> ReadMode {
        self.sources.0.lock().unwrap().asked.last().unwrap().clone()
    }

    /// Sets a feed that ends early.
    pub fn feed_cut_off(&self, records: Vec<Value>) {
        *self.sources.0.lock().unwrap() = Scripted {
            records,
            cut_off: Some("page 2: the connection was closed".to_owned()),
            ..Scripted::default()
        };
    }

    /// Syncs and expects success.
    pub async fn sync(&self, event: &str) -> Run {
        let run = self.try_sync(event).await.unwrap();
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        assert!(run.counts.add_up(), "{:?}", run.counts);
        run
    }

    /// Syncs.
    pub async fn try_sync(&self, event: &str) -> Result<Run, Error> {
        let event = event.parse().unwrap();
        match &self.stage {
            None => self.app.sync(&event, SyncScope::Everyone).await,
            Some(stage) => stage.sync(&self.app, &event, SyncScope::Everyone).await,
        }
    }

    /// Everybody of an event, removed ones included, by address.
    pub async fn people(&self, event: &str) -> Vec<AttendeeView> {
        let event: EventId = event.parse().unwrap();
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = self
                .app
                .attendees(
                    &event,
                    &AttendeeFilter {
                        presence: PresenceFilter::All,
                        ..AttendeeFilter::default()
                    },
                    ListOrder::default(),
                    cursor,
                    50,
                )
                .await
                .unwrap();
            all.extend(page.attendees);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        all.sort_by(|a, b| a.email.cmp(&b.email));
        all
    }

    /// Everybody of an event in a line each: address, status, name, company, groups, badge.
    pub async fn state(&self, event: &str) -> String {
        let mut text = String::new();
        for person in self.people(event).await {
            let groups: Vec<&str> = person.groups.iter().map(GroupName::as_str).collect();
            let status = serde_json::to_value(person.status).unwrap();
            let company = person
                .profile
                .get(attendee_sync_domain::profile::ProfileField::Company)
                .unwrap_or("-");
            let _written = writeln!(
                text,
                "{} {} {} @ {company} [{}] {}",
                person.email,
                status.as_str().unwrap(),
                person.profile.full_name(),
                groups.join(", "),
                person.digital_badge.as_deref().unwrap_or("-"),
            );
        }
        text
    }

    /// A community's groups and their sizes.
    pub async fn groups(&self) -> String {
        let groups = self.app.groups(&"acme".parse().unwrap()).await.unwrap();
        let lines: Vec<String> = groups
            .iter()
            .map(|group| format!("{}: {}", group.name, group.members))
            .collect();
        lines.join(", ")
    }

    /// All changes of a run.
    pub async fn changes(&self, run: &RunId) -> Vec<Change> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let (page, next) = self.app.changes(run, cursor).await.unwrap();
            all.extend(page);
            cursor = next;
            if cursor.is_none() {
                return all;
            }
        }
    }

    /// All issues of a run.
    pub async fn issues(&self, run: &RunId) -> Vec<Issue> {
        self.app.issues(run).await.unwrap()
    }
}

/// A record of the person called `name`.
#[must_use]
pub fn person(name: &str) -> Value {
    json!({
        "id": format!("R-{name}"), "email": format!("{name}@example.org"), "first": name, "last": "Example",
        "company": "Initech", "groups": ["Regular"], "badge": format!("https://badges.example.org/{name}.pdf")
    })
}

/// The same record with some fields changed.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "it is called with literals")]
pub fn with(mut record: Value, change: Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// A crowd of people.
#[must_use]
pub fn crowd(count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| person(&format!("p{number:04}")))
        .collect()
}
