//! What a batch writes, and what waits for approval.

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
