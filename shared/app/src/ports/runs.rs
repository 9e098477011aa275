//! Runs, their logs, and what earlier runs left for the next one.

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
    /// The run under way, if any.
    async fn run_under_way(&self, event: &EventId) -> Result<Option<RunNumber>, StoreError>;
    /// The number of the newest run; 0 before the first.
    async fn newest_run(&self, event: &EventId) -> Result<RunNumber, StoreError>;
    /// A number that is another one once a run of the event was opened or closed.
    async fn run_mark(&self, event: &EventId) -> Result<u64, StoreError>;
    /// Stores a run, unless one of its number is stored; returns the one that is stored then.
    async fn add_run(&self, run: Run) -> Result<Run, StoreError>;
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
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
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
    /// What is stored about the event's people is being deleted.
    Purging,
}
