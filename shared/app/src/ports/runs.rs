//! Runs, their logs, and what earlier runs leave for the next one.

use async_trait::async_trait;
use attendee_sync_domain::ids::{EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::{LogRef, Versioned};
use attendee_sync_domain::run::{Change, Run, RunMode};
use jiff::Timestamp;

use super::{BatchMark, Held, RunMarks, StoreError, Validators};

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
    /// Returns the number of the run under way, if any.
    async fn run_under_way(&self, event: &EventId) -> Result<Option<RunNumber>, StoreError>;
    /// Returns the number of the newest run; 0 before the first.
    async fn newest_run(&self, event: &EventId) -> Result<RunNumber, StoreError>;
    /// Returns a number that changes whenever a run of the event is opened or closed.
    async fn run_mark(&self, event: &EventId) -> Result<u64, StoreError>;
    /// Stores a run, unless one of its number is stored; returns the one that is stored then.
    async fn add_run(&self, run: Run) -> Result<Run, StoreError>;
    /// Stores the state of a run.
    async fn put_run(&self, run: &Run) -> Result<(), StoreError>;
    /// Makes a finished run the one under way again, unless another run is.
    async fn reopen_run(&self, id: &RunId, now: Timestamp) -> Result<RunOpening, StoreError>;
    /// Stores how a run ended and the cursor for the next one, and lets the next run begin. Stores
    /// nothing where the run is no longer under way.
    async fn close_run(&self, run: &Run, mark: &CursorChange) -> Result<(), StoreError>;
    /// Returns what earlier runs leave for the next one.
    async fn earlier_runs(&self, event: &EventId) -> Result<EarlierRuns, StoreError>;
    /// Returns one run.
    async fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError>;
    /// Returns an event's runs, newest first, those before `before`.
    async fn runs(
        &self,
        event: &EventId,
        before: Option<RunNumber>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError>;
}

/// The logs of runs: changes and issues. They are kept for 90 days.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Returns a page of a run's changes, with the cursor of the next.
    async fn changes(
        &self,
        run: &RunId,
        cursor: Option<String>,
    ) -> Result<(Vec<Change>, Option<String>), StoreError>;
    /// Returns what one batch of a run changed.
    async fn batch_changes(
        &self,
        event: &EventId,
        batch: LogRef,
    ) -> Result<Vec<Change>, StoreError>;
    /// Returns a run's issues, by position.
    async fn issues(&self, run: &RunId) -> Result<Vec<Issue>, StoreError>;
    /// Returns the mark of one batch; `None` where nothing of the batch is written.
    async fn mark(
        &self,
        run: &RunId,
        batch: u32,
    ) -> Result<Option<Versioned<BatchMark>>, StoreError>;
    /// Returns the marks of a run's batches in this range.
    async fn marks(
        &self,
        run: &RunId,
        batches: std::ops::RangeInclusive<u32>,
    ) -> Result<RunMarks, StoreError>;
    /// Removes everything that names a person from an event's logs.
    async fn forget(
        &self,
        event: &EventId,
        person: PersonId,
        log: &[LogRef],
        source_ids: &[String],
    ) -> Result<(), StoreError>;
    /// Returns what waits about a person in an event's logs, and the issues that are about them: those that name
    /// them, and those that name nobody but one of these records. All logs of the event are read.
    async fn logged_about(
        &self,
        event: &EventId,
        person: PersonId,
        source_ids: &[String],
    ) -> Result<LoggedAbout, StoreError>;
}

/// What an event's logs have about a person beside changes, each with its run.
#[derive(Debug, Clone, Default)]
pub struct LoggedAbout {
    /// Changes that wait for the end of the run or for approval.
    pub held: Vec<(RunNumber, Held)>,
    /// Issues.
    pub issues: Vec<(RunNumber, Issue)>,
}

/// What earlier runs leave for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarlierRuns {
    /// The sync cursor; `None` where everything has to be read.
    pub mark: Option<SyncCursor>,
    /// The run whose held changes wait for a decision.
    pub held: Option<RunNumber>,
}

/// Sync cursor: up to which point the source was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SyncCursor {
    /// The hash of the settings that decide how the feed is understood; with another hash,
    /// everything is read.
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
    /// The source's time when the newest read began.
    pub answered: Timestamp,
    /// When everything was last read.
    pub everything: Timestamp,
    /// The validators by which the source can tell that its answer would be the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validators: Option<Validators>,
    /// Whether the last complete read showed that every source id belongs to one record only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keys_unique: bool,
    /// Whether validators stayed the same while records changed: they are no longer used in
    /// requests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub validators_lie: bool,
}

/// What a run does to an event's sync cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorChange {
    /// The cursor stays.
    Keep,
    /// This cursor replaces it.
    Set(SyncCursor),
    /// The cursor is deleted: the next run reads everything.
    Clear,
}

/// The answer to opening a run.
#[derive(Debug)]
pub enum RunOpening {
    /// The run is open.
    Run(Box<Run>),
    /// The run of this number is under way.
    Busy(RunNumber),
    /// The event was deleted.
    Closing,
    /// What is stored about the event's people is being deleted.
    Purging,
}
