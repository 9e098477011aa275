//! All that the system asks of the outside, on one page.

mod audit;
mod checkpoints;
mod cloud;
mod drafts;
mod erasures;
mod keeping;
mod marks;
mod memberships;
mod migration;
mod restores;
mod secrets;

use async_trait::async_trait;
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::config::{EventDocument, SourceSettings};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::fingerprint::Fingerprints;
use attendee_sync_domain::group::{Group, GroupKey};
use attendee_sync_domain::guard::Loss;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, PersonKey, RunId, RunNumber};
use attendee_sync_domain::invitation::{Invitation, Suppression};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::mail::{Letter, Mailbox};
use attendee_sync_domain::people::{Attendee, LogRef, Tombstone, User, UserState, Versioned};
use attendee_sync_domain::plan::{Actual, Batch, Delta, PersonPlan, Plan, Put};
use attendee_sync_domain::run::{Change, Run, RunMode};
use jiff::Timestamp;

pub use audit::{Audit, Note, TokenStore};
pub use checkpoints::{Checkpoint, Checkpoints};
pub use cloud::{
    BatchMessage, BatchQueue, Cloud, DeadLetter, DeadLetterQueue, DeadLetters, EventRunState,
    Orders, QueueName, RunCommand, RunCoordination, ScheduleError, Schedules,
};
pub use drafts::DraftSecrets;
pub use erasures::{ERASURES_KEPT_DAYS, ErasedPerson, ErasureList, ErasureListError};
pub use keeping::{ExpiringStore, KeptKey, MAX_KEPT};
pub use marks::{BatchMark, MarkedFate, RunMarks, at_least};
pub use memberships::Memberships;
pub use migration::{Migration, Migrator};
pub use restores::{RestoredBackup, Restores};
pub use secrets::{
    Binding, CommunityCount, FormerSecrets, MoveStage, OwnerToken, SecretError, SecretOrigin,
    Secrets,
};

/// What the time is. Order never comes from it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The table: communities, events, runs, people, groups, fingerprints and logs. Every read sees
/// every write that was acknowledged before it.
#[async_trait]
pub trait Store:
    Communities
    + RunStore
    + People
    + Directory
    + Memberships
    + Logs
    + PendingChangeStore
    + Fingerprinting
    + Outbox
    + SuppressionStore
    + Audit
    + TokenStore
    + RunCoordination
    + Checkpoints
    + ExpiringStore
    + DraftSecrets
    + Migration
    + Restores
{
}

impl<T> Store for T where
    T: Communities
        + RunStore
        + People
        + Directory
        + Memberships
        + Logs
        + PendingChangeStore
        + Fingerprinting
        + Outbox
        + SuppressionStore
        + Audit
        + TokenStore
        + RunCoordination
        + Checkpoints
        + ExpiringStore
        + DraftSecrets
        + Migration
        + Restores
{
}

/// Communities and the events configured in them.
#[async_trait]
pub trait Communities: Send + Sync {
    /// Every community, by name.
    async fn communities(&self) -> Result<Vec<CommunityId>, StoreError>;
    /// One community.
    async fn community(&self, id: &CommunityId) -> Result<Option<CommunityRecord>, StoreError>;
    /// Makes a community; where there is one already, it stays and is given back.
    async fn make_community(
        &self,
        community: CommunityRecord,
    ) -> Result<CommunityRecord, StoreError>;
    /// A community's events, by name.
    async fn events(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// An event's configuration.
    async fn event(&self, id: &EventId) -> Result<Option<Versioned<EventDocument>>, StoreError>;
    /// Takes an event out: its configuration is gone and no run of it begins, while what it left
    /// is still to be deleted. [`StoreError::Conflict`] where another version is stored, or where a
    /// run is under way.
    async fn close_event(&self, document: &EventDocument, version: u64) -> Result<(), StoreError>;
    /// The events of a community that were taken out and are not deleted to the end.
    async fn closing(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// Whether this event is one.
    async fn is_closing(&self, event: &EventId) -> Result<bool, StoreError>;
    /// Deletes what is left of such an event but for its people, and notes that it is done. The
    /// number of its last run stays: should it come back, its runs are counted on.
    async fn end_closing(&self, community: &CommunityId, event: &EventId)
    -> Result<(), StoreError>;
    /// Stores a configuration; [`StoreError::Conflict`] where another version than `expected` is
    /// stored.
    async fn put_event(
        &self,
        document: &EventDocument,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
}

/// Runs. At most one is under way per event.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Opens the next run, unless one is under way.
    async fn open_run(
        &self,
        event: &EventId,
        mode: RunMode,
        now: Timestamp,
    ) -> Result<RunOpening, StoreError>;
    /// The run under way, if any.
    async fn run_under_way(&self, event: &EventId) -> Result<Option<RunNumber>, StoreError>;
    /// The number of the newest run; 0 before the first.
    async fn newest_run(&self, event: &EventId) -> Result<RunNumber, StoreError>;
    /// A number that is another one once a run of the event was opened or closed.
    async fn run_mark(&self, event: &EventId) -> Result<u64, StoreError>;
    /// Stores where a run stands.
    async fn put_run(&self, run: &Run) -> Result<(), StoreError>;
    /// Makes a run that had ended the one under way again, unless another is.
    async fn reopen_run(&self, id: &RunId, now: Timestamp) -> Result<RunOpening, StoreError>;
    /// Stores how a run ended, what the next one may go by, and lets it begin. Of a run that is not under
    /// way any more, nothing is stored.
    async fn close_run(&self, run: &Run, mark: &CursorChange) -> Result<(), StoreError>;
    /// What earlier runs left for the next one.
    async fn earlier_runs(&self, event: &EventId) -> Result<EarlierRuns, StoreError>;
    /// One run.
    async fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError>;
    /// An event's runs, newest first, those before `before`.
    async fn runs(
        &self,
        event: &EventId,
        before: Option<RunNumber>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError>;
}

/// Users, attendees and groups.
#[async_trait]
pub trait People: Send + Sync {
    /// What is stored of these people, with the groups named in `groups` or in their records.
    async fn actual(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[PersonId],
        groups: &[GroupKey],
    ) -> Result<Actual, StoreError>;
    /// Applies a plan in one transaction, with its log, its fingerprints and its mark: all or nothing.
    async fn apply(&self, application: Application<'_>) -> Result<Applied, StoreError>;
    /// Those of these groups that the community has.
    async fn groups_named(
        &self,
        community: &CommunityId,
        groups: &[GroupKey],
    ) -> Result<Vec<Group>, StoreError>;
    /// Makes groups; how many of them there were not.
    async fn make_groups(
        &self,
        community: &CommunityId,
        groups: &[Group],
    ) -> Result<u64, StoreError>;
    /// Attendees by the short form of their ids.
    async fn attendees_by_short_id(
        &self,
        event: &EventId,
        people: &[u64],
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError>;
    /// One attendee.
    async fn attendee(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<Option<Versioned<Attendee>>, StoreError>;
    /// One page of an event's attendees, removed ones included, in the order of their ids.
    async fn attendees(
        &self,
        event: &EventId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError>;
    /// Users by id.
    async fn users(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<Vec<(PersonId, UserState)>, StoreError>;
    /// One user, or what is left of them.
    async fn user(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Versioned<UserState>>, StoreError>;
    /// A community's groups, by key.
    async fn groups(&self, community: &CommunityId) -> Result<Vec<Group>, StoreError>;
    /// The erasures that are not finished.
    async fn erasures(&self, community: &CommunityId) -> Result<Vec<Erasure>, StoreError>;
    /// Deletes an attendee; [`StoreError::Conflict`] where another version is stored.
    async fn delete_attendee(
        &self,
        event: &EventId,
        person: PersonId,
        version: u64,
    ) -> Result<(), StoreError>;
    /// Ends erasures of which everything else is done: once it returns, nothing of what was deleted lies in
    /// the store's own logs any more, nor do the notes of these erasures.
    async fn end_erasures(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<(), StoreError>;
}

/// Somebody who leaves an event that is no more.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Who.
    pub person: PersonId,
    /// The version of their attendee.
    pub version: u64,
    /// The user without it, where there is one.
    pub user: Option<Put<User>>,
    /// The groups they leave.
    pub leaves: Vec<GroupKey>,
}

/// A community's people as lists, and what a person changes of them by hand.
#[async_trait]
pub trait Directory: Send + Sync {
    /// What decides whether somebody may come in, in one request.
    async fn access_facts(
        &self,
        community: &CommunityId,
        event: &EventId,
        person: PersonId,
    ) -> Result<AccessFacts, StoreError>;
    /// One page of a community's users, erased ones included, in the order of their ids.
    async fn user_page(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, UserState)>, StoreError>;
    /// One group.
    async fn group(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<Option<Group>, StoreError>;
    /// Stores a user whose groups were changed by hand, with what goes with it, all or nothing;
    /// [`StoreError::Conflict`] where they were changed meanwhile, or the new group was made.
    async fn set_manual_groups(
        &self,
        community: &CommunityId,
        person: PersonId,
        user: &Put<User>,
        regrouping: ManualGroupChange<'_>,
    ) -> Result<(), StoreError>;
    /// Deletes attendees of an event that is no more, with what their users had by it; each person
    /// whole or not at all. [`StoreError::Conflict`] where one was changed meanwhile.
    async fn remove_attendance(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[Departure],
    ) -> Result<(), StoreError>;
    /// Writes a person as a plan says that was made by hand, all or nothing;
    /// [`StoreError::Conflict`] where they were changed meanwhile.
    async fn rewrite(
        &self,
        community: &CommunityId,
        event: &EventId,
        plan: &PersonPlan,
    ) -> Result<(), StoreError>;
    /// Puts a tombstone in a user's place, with the note of what is left to delete;
    /// [`StoreError::Conflict`] where they were changed meanwhile.
    async fn write_tombstone(
        &self,
        community: &CommunityId,
        erasure: &PlannedErasure,
    ) -> Result<(), StoreError>;
}

/// What runs changed, and what they had to say. Kept for 90 days.
#[async_trait]
pub trait Logs: Send + Sync {
    /// A page of a run's changes, with the cursor of the next.
    async fn changes(
        &self,
        run: &RunId,
        cursor: Option<String>,
    ) -> Result<(Vec<Change>, Option<String>), StoreError>;
    /// What one batch of a run changed.
    async fn batch_changes(
        &self,
        event: &EventId,
        batch: LogRef,
    ) -> Result<Vec<Change>, StoreError>;
    /// A run's issues, by position.
    async fn issues(&self, run: &RunId) -> Result<Vec<Issue>, StoreError>;
    /// The mark of one batch; `None` where nothing of it is written.
    async fn mark(
        &self,
        run: &RunId,
        batch: u32,
    ) -> Result<Option<Versioned<BatchMark>>, StoreError>;
    /// The marks of a run's batches in this range.
    async fn marks(
        &self,
        run: &RunId,
        batches: std::ops::RangeInclusive<u32>,
    ) -> Result<RunMarks, StoreError>;
    /// Takes everything that names a person out of an event's logs.
    async fn forget(
        &self,
        event: &EventId,
        person: PersonId,
        log: &[LogRef],
        source_ids: &[String],
    ) -> Result<(), StoreError>;
}

/// Changes that wait: for the end of their run, and then for a person's approval.
#[async_trait]
pub trait PendingChangeStore: Send + Sync {
    /// Stores some, in the place of what was stored under the same part.
    async fn hold(
        &self,
        run: &RunId,
        part: u32,
        held: &[Held],
        keep_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// One part; `None` after the last.
    async fn held(&self, run: &RunId, part: u32) -> Result<Option<Vec<Held>>, StoreError>;
    /// Changes of a run that wait for its end, those behind the cursor, some items of them, each with its
    /// cursor.
    async fn staged(
        &self,
        run: &RunId,
        after: Option<&str>,
    ) -> Result<Vec<(String, Vec<Held>)>, StoreError>;
    /// Deletes all that waits for the end of a run.
    async fn unstage(&self, run: &RunId) -> Result<(), StoreError>;
    /// Deletes a run's parts from this one on.
    async fn release_from(&self, run: &RunId, part: u32) -> Result<(), StoreError>;
    /// Deletes all that waits of a run, for its end or for approval.
    async fn release(&self, run: &RunId) -> Result<(), StoreError>;
}

/// Invitations that wait to be sent. Each waits in the outbox from the write that queues it to the
/// write that says what became of it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The waves of an event that are not at their end.
    async fn invitation_batches(
        &self,
        event: &EventId,
    ) -> Result<Vec<Versioned<InvitationBatch>>, StoreError>;
    /// Stores a wave; [`StoreError::Conflict`] where another version than `expected` is stored.
    async fn put_invitation_batch(
        &self,
        event: &EventId,
        wave: &InvitationBatch,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
    /// Deletes a wave, unless it was stored again meanwhile.
    async fn end_invitation_batch(
        &self,
        event: &EventId,
        wave: &Versioned<InvitationBatch>,
    ) -> Result<(), StoreError>;
    /// Some of those who wait in a wave, in the order of their ids.
    async fn waiting(
        &self,
        event: &EventId,
        wave: InvitationBatchId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError>;
    /// Stores an attendee with their invitation, and with it that it waits in this wave, or, where it
    /// is not under way, that it does so no longer. [`StoreError::Conflict`] where they were changed
    /// meanwhile.
    async fn put_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        wave: InvitationBatchId,
    ) -> Result<(), StoreError>;
    /// The same for an invitation that begins to wait in a wave which may be at its end: the wave
    /// is stored with it. [`StoreError::Conflict`] also where the wave was changed meanwhile.
    async fn queue_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        wave: &Put<InvitationBatch>,
    ) -> Result<(), StoreError>;
    /// Deletes what waits in a wave of someone whose invitation is not in it, as of this version of
    /// them. [`StoreError::Conflict`] where they were changed meanwhile.
    async fn drop_waiting(
        &self,
        event: &EventId,
        wave: InvitationBatchId,
        person: PersonId,
        seen: Option<u64>,
    ) -> Result<(), StoreError>;
}

/// The addresses that get no mail from a community.
#[async_trait]
pub trait SuppressionStore: Send + Sync {
    /// Whether this person's is one.
    async fn suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Suppression>, StoreError>;
    /// Some of them, in the order of their ids.
    async fn suppressions(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Suppression)>, StoreError>;
    /// Makes it one.
    async fn suppress(
        &self,
        community: &CommunityId,
        person: PersonId,
        suppression: &Suppression,
    ) -> Result<(), StoreError>;
    /// Makes it none.
    async fn lift_suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(), StoreError>;
}

/// The packed memory of what is known of a feed.
#[async_trait]
pub trait Fingerprinting: Send + Sync {
    /// All of it.
    async fn fingerprints(&self, event: &EventId) -> Result<StoredFingerprints, StoreError>;
    /// Puts base pages in the place of the ones of `stored` and of its journal.
    async fn fold(
        &self,
        event: &EventId,
        stored: &StoredFingerprints,
        pages: &[Vec<u8>],
    ) -> Result<(), StoreError>;
}

/// Where batches of changed people go.
#[async_trait]
pub trait BatchSink: Send + Sync {
    /// Takes a batch; it will be reconciled at least once, if what was taken is then flushed.
    async fn send(&self, batch: Batch) -> Result<(), QueueError>;
    /// Sees to it that nothing that was taken is in this process alone.
    async fn flush(&self) -> Result<(), QueueError> {
        Ok(())
    }
}

/// Registration systems.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Begins to read what `ask` asks for.
    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError>;
    /// Reads on where an earlier reading of the same was left.
    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError>;
    /// Until when readings of this source wait, because it asked for it.
    fn waits_until(&self, _source: &SourceSettings) -> Option<Timestamp> {
        None
    }
    /// Reads the side lists of `source.lookups`.
    async fn lookups(&self, source: &SourceSettings) -> Result<SourceSideLists, SourceError>;
    /// Begins to ask for the details of records, by `source.details`, where no reading is to wait longer than
    /// somebody does who `watches`.
    async fn details(
        &self,
        _source: &SourceSettings,
        _watched: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        Err(SourceError::new("these sources have no details of records"))
    }
    /// Reads the first page, up to `most` elements of its list, and tells what was asked and
    /// answered, also where that failed.
    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample;
    /// The media type of what is at a public URL, asked without a credential.
    async fn media_type(&self, url: &str) -> Result<String, SourceError>;
}

/// The details of records while a feed is read: asked for with the credential and at the pace of their source.
#[async_trait]
pub trait AskDetails: Send + Sync {
    /// The JSON at these addresses, in order, asked for a few at a time.
    async fn ask(&self, urls: &[String]) -> Vec<Result<serde_json::Value, NoDetails>>;
}

/// Why the details of a record could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDetails {
    /// The reason, naming the address, for people. Holds no credential.
    pub reason: String,
    /// Whether it is about this record alone. Else the source may fail whatever it is asked for.
    pub of_record: bool,
}

/// A feed while it is read.
#[async_trait]
pub trait Feed: Send {
    /// The next records; `None` once the feed has proved to be whole, or not to have changed.
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError>;
    /// Pages and bytes read so far.
    fn read(&self) -> (u64, u64);
    /// Where the reading can go on after the records given out so far, by this process or another;
    /// `None` where it has to begin again.
    fn place(&self) -> Option<SourcePosition> {
        None
    }
    /// What the answers said of the feed as a whole; to be asked after its end.
    fn conclusion(&self) -> Conclusion {
        Conclusion::default()
    }
}

/// Where the reading of a feed was left, in the words of whoever reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourcePosition(pub String);

/// What a source is asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadMode {
    /// Everything.
    Everything,
    /// Everything, unless it is as it was when these came with it.
    Unless(Validators),
    /// What changed since then, by `source.incremental`.
    Since(Timestamp),
    /// One person's records, by `source.one_person`; everything where the source has no such
    /// filter.
    Person(EmailAddress),
}

/// By what a source can tell that its answer would be the same (RFC 9110, section 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Validators {
    /// The entity tag, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The time of the last change, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// What the answers said of a feed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Conclusion {
    /// It is as it was: nothing was sent.
    pub not_modified: bool,
    /// By what to ask next time; only where one answer holds the whole feed.
    pub validators: Option<Validators>,
    /// The source's own time at its first answer.
    pub answered: Option<Timestamp>,
    /// What the answers held that was not read as a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Whether records were left out as their details could not be had.
    #[serde(default)]
    pub lacks_details: bool,
    /// Whether its validators were those of an earlier read, and its records were not.
    #[serde(default)]
    pub validators_lie: bool,
}

impl Conclusion {
    /// Whether everything that the answers held was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.lacks_details && !self.remarks.iter().any(|remark| remark.incomplete)
    }
}

/// The side lists of a source.
#[derive(Debug, Clone, Default)]
pub struct SourceSideLists {
    /// What they hold.
    pub lookups: Lookups,
    /// What their answers held that was not read.
    pub remarks: Vec<Remark>,
}

/// Something that an answer held and that was not read as a record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Remark {
    /// A stable word for programs.
    pub code: String,
    /// The part of the configuration it is about.
    pub field: String,
    /// What it is, where it stands and what to do, for people.
    pub reason: String,
    /// Whether somebody may be in the feed who was not read.
    pub incomplete: bool,
}

impl Remark {
    /// A remark that somebody may be in the feed who was not read.
    #[must_use]
    pub fn incomplete(code: &str, field: &str, reason: String) -> Self {
        Self {
            incomplete: true,
            ..Self::notice(code, field, reason)
        }
    }

    /// A remark on something that was rightly left out.
    #[must_use]
    pub fn notice(code: &str, field: &str, reason: String) -> Self {
        Self {
            code: code.to_owned(),
            field: field.to_owned(),
            reason,
            incomplete: false,
        }
    }

    /// The issue that a run says it by; it is about no record.
    #[must_use]
    pub fn to_issue(&self) -> Issue {
        let severity = if self.incomplete {
            Severity::Warning
        } else {
            Severity::Notice
        };
        Issue::new(severity, 0, &self.code, self.reason.clone()).about(&self.field)
    }
}

/// The beginning of a feed, with what was asked for it. Holds no credential.
#[derive(Debug)]
pub struct FeedSample {
    /// The request that was made, or would have been.
    pub request: RequestMade,
    /// What was answered, if anything was.
    pub answer: Option<ResponseSummary>,
    /// Elements of the list as bytes; `None` for one that was too long.
    pub units: Result<Vec<Option<Vec<u8>>>, SourceError>,
    /// Whether there are more, on this page or on others.
    pub more: bool,
    /// What the answer held that was not read as a record.
    pub remarks: Vec<Remark>,
}

/// A request as people may see it: every credential is a `…`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct RequestMade {
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
}

/// An answer in short.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceAnswer)]
pub struct ResponseSummary {
    /// Its status code.
    pub status: u16,
    /// Its content type, if it named one.
    pub content_type: Option<String>,
    /// Milliseconds until its headers were there.
    pub milliseconds: u64,
    /// Its headers that tell of paging and authentication.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
    /// The text of its body as far as it was seen; personal data.
    #[serde(skip)]
    pub text: Vec<u8>,
}

/// An identity provider: knows people by tokens that it signed.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Whose token it is, and what they may do. Only its signature makes it theirs.
    async fn identify(&self, token: &str) -> Result<Identified, NotIdentified>;
}

/// Somebody whom an identity provider knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Who they are, and what they may do.
    pub authority: Authority,
    /// For how long the token is good.
    pub good_for: std::time::Duration,
}

/// Why nobody was identified. Its text holds nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// The token is not good.
    #[error("{0}")]
    Refused(&'static str),
    /// The provider's keys cannot be had.
    #[error("the identity provider's keys cannot be had")]
    Unavailable,
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over, not faster than the account may send.
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError>;
}

/// Mails that were written into a folder instead of being sent, for people to read.
#[async_trait]
pub trait MailFolder: Send + Sync {
    /// Deletes the mails to a person, and the tests that show somebody's invitation as theirs.
    async fn forget(&self, person: PersonId) -> Result<(), MailError>;
    /// Deletes mails that were written before `old`, and files that were begun before `abandoned` and
    /// never finished. Returns the number of files deleted.
    async fn clear(&self, old: Timestamp, abandoned: Timestamp) -> Result<u64, MailError>;
    /// The newest first, those before `before`.
    async fn list(&self, before: Option<&str>, limit: usize) -> Result<Vec<StoredMail>, MailError>;
    /// One, by its name; `None` where there is none of that name.
    async fn read(&self, name: &str) -> Result<Option<ReadMail>, MailError>;
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// What it is about; `None` for a test that is nobody's invitation.
    pub about: Option<InvitationRef>,
    /// The people a test names: who gets it, and as whose invitation it is shown. An erasure of one of
    /// them deletes what is kept of it. Empty where `about` says whom the mail is about.
    pub concerns: Vec<PersonId>,
    /// To whom.
    pub to: Mailbox,
    /// What it says.
    pub letter: Letter,
    /// Where one click ends all mail of this kind (RFC 8058).
    pub unsubscribe: Option<String>,
    /// When it was written.
    pub date: Timestamp,
}

/// Whose invitation a mail is: what feedback names it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRef {
    /// The event.
    pub event: EventId,
    /// The attendee.
    pub person: PersonId,
    /// The how-manieth.
    pub number: u32,
}

/// A mail that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What the mail service calls it.
    pub message_id: String,
}

/// A mail in the folder, in short.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct StoredMail {
    /// The name it is read by.
    pub name: String,
    /// When it was written.
    pub date: Timestamp,
    /// To whom, as `Name <address>`.
    pub to: String,
    /// Its subject.
    pub subject: String,
}

/// A mail in the folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ReadMail {
    /// In short.
    #[serde(flatten)]
    pub mail: StoredMail,
    /// Its headers, in order, decoded.
    pub headers: Vec<(String, String)>,
    /// Its body as plain text.
    pub text: String,
    /// Its body as HTML.
    pub html: String,
}

/// Why a mail was not handed over. Its text is for people and holds neither a credential nor an
/// address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// No mail is taken for now: the service is away, throttles, or refuses the account.
    #[error("{reason}")]
    Unavailable {
        /// Why.
        reason: String,
        /// After how long it says to try again.
        retry_after: Option<std::time::Duration>,
    },
    /// This mail was not taken; a later try may succeed.
    #[error("{0}")]
    Deferred(String),
    /// This mail will never be taken.
    #[error("{0}")]
    Refused(String),
    /// Nobody knows whether this mail was taken.
    #[error("{0}")]
    InDoubt(String),
}

/// A community.
#[derive(Debug, Clone)]
pub struct CommunityRecord {
    /// Which one.
    pub id: CommunityId,
    /// What its person ids are made with.
    pub key: PersonKey,
}

/// A change that waits, as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Held {
    /// What the run found out.
    pub delta: Delta,
    /// What would change; `None` where only another change of the same person waits.
    pub change: Option<Change>,
    /// What they would lose; `None` for who only changes together with somebody who loses something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

/// Invitations that were queued together, and are sent or held together.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct InvitationBatch {
    /// Which.
    pub id: InvitationBatchId,
    /// Whether they may go.
    pub state: InvitationBatchState,
    /// How many there were.
    pub people: u64,
}

/// What queued a wave.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InvitationBatchId {
    /// People asked for them, one after the other.
    Asked,
    /// This run.
    Run(RunNumber),
}

impl InvitationBatchId {
    /// The one that an invitation waits in.
    #[must_use]
    pub fn of(invitation: &Invitation) -> Self {
        invitation.run().map_or(Self::Asked, Self::Run)
    }
}

/// Whether the invitations of a wave may go.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InvitationBatchState {
    /// They wait for approval.
    Held,
    /// They may.
    Released,
    /// They are taken back, one by one.
    Discarded,
}

/// What earlier runs left for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarlierRuns {
    /// Up to where the source is known; `None` where everything has to be read.
    pub mark: Option<SyncCursor>,
    /// The run whose held changes wait for a decision.
    pub held: Option<RunNumber>,
}

/// Up to where a source is known.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SyncCursor {
    /// What decides what the feed means; another one asks for everything.
    pub meaning: u64,
    /// The source's time when the newest read began.
    pub answered: Timestamp,
    /// When everything was last read.
    pub everything: Timestamp,
    /// By what the source can tell that its answer would be the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validators: Option<Validators>,
    /// Whether the last whole read showed that each source id is of one record alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keys_unique: bool,
    /// Whether validators stayed the same while records changed: nothing is asked for by them any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub validators_lie: bool,
}

/// What becomes of an event's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorChange {
    /// It stays.
    Keep,
    /// This one takes its place.
    Set(SyncCursor),
    /// It goes: everything has to be read.
    Clear,
}

/// The answer to opening a run.
#[derive(Debug)]
pub enum RunOpening {
    /// It is open.
    Run(Box<Run>),
    /// This one is under way.
    Busy(RunNumber),
    /// The event was taken out.
    Closing,
}

/// A plan to apply.
#[derive(Debug, Clone)]
pub struct Application<'p> {
    /// Whose users.
    pub community: &'p CommunityId,
    /// Which event.
    pub event: &'p EventId,
    /// Which batch, as its log is found by.
    pub batch: LogRef,
    /// The name of the part of the batch that the plan is about: its items are named by it.
    pub part: &'p str,
    /// Whether all that the run read was applied before.
    pub after_all: bool,
    /// What to do.
    pub plan: &'p Plan,
    /// The mark that says so, over the version it was read in: where it is another one by now, nothing
    /// is done.
    pub mark: Put<&'p BatchMark>,
    /// Changes that wait for the end of the run.
    pub staged: &'p [Staged],
    /// Fingerprints of records that are out of scope.
    pub ignored: &'p [u64],
    /// The erasures in the plan, ready to be written.
    pub erasures: &'p [PlannedErasure],
    /// When the log may go.
    pub keep_until: Timestamp,
    /// When the mark may go.
    pub mark_until: Timestamp,
}

/// What came of applying a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// All of it is written.
    Written,
    /// Nothing is written: an item was changed meanwhile, the mark of the batch among them.
    Conflict,
    /// Nothing is written: it does not fit into one transaction.
    TooMuch,
}

/// A change that waits for the end of its run, with what it was planned over.
#[derive(Debug, Clone)]
pub struct Staged {
    /// The change.
    pub held: Held,
    /// The version that the user has to have; `None` where there is none.
    pub user_version: Option<u64>,
}

/// An erasure with what it leaves.
#[derive(Debug, Clone)]
pub struct PlannedErasure {
    /// Who, and what is left to delete.
    pub erasure: Erasure,
    /// The version the user must have.
    pub expected: Option<u64>,
    /// What stays.
    pub tombstone: Tombstone,
}

/// What decides whether somebody may come in.
#[derive(Debug, Clone, Default)]
pub struct AccessFacts {
    /// The event's configuration.
    pub document: Option<EventDocument>,
    /// The user, or what is left of them.
    pub user: Option<UserState>,
    /// The attendee.
    pub attendee: Option<Attendee>,
}

/// What goes with a change of a user's groups by hand.
#[derive(Debug, Clone, Copy)]
pub enum ManualGroupChange<'g> {
    /// Nothing: they stay in the group, or were in it already.
    Stays,
    /// They come into a group that there is.
    Joins(&'g GroupKey),
    /// They come into a group that is made with it.
    JoinsNew(&'g Group),
    /// They leave.
    Leaves(&'g GroupKey),
}

/// A person whose data is being deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Erasure {
    /// Who.
    pub person: PersonId,
    /// The groups they were in.
    pub groups: Vec<GroupKey>,
    /// The event whose feed flagged them; `None` where a person asked for it.
    pub event: Option<EventId>,
    /// The ids of the flagged records, until the erasure is finished.
    pub source_ids: Vec<String>,
}

/// Fingerprints as they are stored.
#[derive(Debug, Clone, Default)]
pub struct StoredFingerprints {
    /// Version of the base pages.
    pub generation: u64,
    /// Base pages.
    pub pages: Vec<Vec<u8>>,
    /// The journal since.
    pub journal: Vec<JournalPart>,
}

/// A part of the journal of fingerprints, as one batch wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPart {
    /// The run of the batch.
    pub run: RunNumber,
    /// By what the store finds it.
    pub key: String,
    /// Packed entries.
    pub entries: Vec<u8>,
}

impl StoredFingerprints {
    /// What they say.
    #[must_use]
    pub fn unpacked(&self) -> Fingerprints {
        let parts = self.journal.iter();
        let parts: Vec<(RunNumber, &[u8])> = parts
            .map(|part| (part.run, part.entries.as_slice()))
            .collect();
        Fingerprints::unpack(&self.pages, &parts)
    }
}

/// Some records of a feed, as bytes.
#[derive(Debug, Default)]
pub struct FeedBlock {
    /// The bytes of all of them.
    pub bytes: Vec<u8>,
    /// Where each lies; `None` for one that was too long to be read.
    pub units: Vec<Option<std::ops::Range<usize>>>,
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else was written meanwhile.
    #[error("it was changed by someone else meanwhile")]
    Conflict,
    /// What is stored cannot be read.
    #[error("the stored item {key} cannot be read")]
    Corrupt {
        /// Its key, which names no person.
        key: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It did not answer, or refused.
    #[error("the table could not be used ({operation})")]
    Failed {
        /// What was asked of it.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Whoever takes batches has ended.
    #[error("nobody takes batches any more")]
    Closed,
    /// The queue did not take it, or did not answer.
    #[error("the queue could not be used ({operation})")]
    Failed {
        /// What was asked of it.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a source cannot be read on. Its text is for people and holds no credential.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What happened, where, and what to do.
    pub message: String,
    /// Why.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    /// An error without a cause below it.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }
}
