//! Writing a batch, and storing its pending changes.

use async_trait::async_trait;
use attendee_sync_domain::guard::Loss;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use attendee_sync_domain::people::LogRef;
use attendee_sync_domain::plan::{Delta, Plan, Put};
use attendee_sync_domain::run::Change;
use jiff::Timestamp;

use super::{BatchMark, PlannedErasure, StoreError};

/// Changes that wait: for the end of their run, and then for a person's approval.
#[async_trait]
pub trait PendingChangeStore: Send + Sync {
    /// Stores pending changes under a part number, replacing what was stored under it.
    async fn hold(
        &self,
        run: &RunId,
        part: u32,
        held: &[Held],
        keep_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Returns the changes of one part; `None` after the last.
    async fn held(&self, run: &RunId, part: u32) -> Result<Option<Vec<Held>>, StoreError>;
    /// Returns some items of a run's changes that wait for its end, those after the cursor, each
    /// with its own cursor.
    async fn staged(
        &self,
        run: &RunId,
        after: Option<&str>,
    ) -> Result<Vec<(String, Vec<Held>)>, StoreError>;
    /// Deletes all changes of a run that wait for its end.
    async fn unstage(&self, run: &RunId) -> Result<(), StoreError>;
    /// Deletes a run's parts from this one on.
    async fn release_from(&self, run: &RunId, part: u32) -> Result<(), StoreError>;
    /// Deletes all pending changes of a run, whether they wait for its end or for approval.
    async fn release(&self, run: &RunId) -> Result<(), StoreError>;
}

/// A pending change, as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Held {
    /// What the run read of the person.
    pub delta: Delta,
    /// The change; `None` where what was read of the person changes nothing by itself.
    pub change: Option<Change>,
    /// What the person would lose; `None` for a person who only waits because somebody written
    /// together with them loses something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

/// A plan to apply.
#[derive(Debug, Clone)]
pub struct Application<'p> {
    /// The community whose users are written.
    pub community: &'p CommunityId,
    /// The event.
    pub event: &'p EventId,
    /// The run and batch under which the log is stored.
    pub batch: LogRef,
    /// The name of the part of the batch that the plan is about: its items are named by it.
    pub part: &'p str,
    /// Whether everything that the run read was applied before.
    pub after_all: bool,
    /// The plan.
    pub plan: &'p Plan,
    /// The mark that names these people as done, over the version that was read. Nothing is written
    /// where the stored mark has another version.
    pub mark: Put<&'p BatchMark>,
    /// Changes that wait for the end of the run.
    pub staged: &'p [Staged],
    /// Fingerprints of records that are out of scope.
    pub ignored: &'p [u64],
    /// The prepared erasures of the plan.
    pub erasures: &'p [PlannedErasure],
    /// When the log may be deleted.
    pub keep_until: Timestamp,
    /// When the mark may be deleted.
    pub mark_until: Timestamp,
}

/// The result of applying a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// All of it is written.
    Written,
    /// Nothing is written: an item was changed meanwhile, the mark of the batch among them.
    Conflict,
    /// Nothing is written: it does not fit into one transaction.
    TooMuch,
}

/// A change that waits for the end of its run, with the version it was planned over.
#[derive(Debug, Clone)]
pub struct Staged {
    /// The change.
    pub held: Held,
    /// The version that the user has to have; `None` where there is none.
    pub user_version: Option<u64>,
}
