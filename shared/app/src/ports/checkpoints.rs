//! How far runs came that were put down.

use async_trait::async_trait;
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use jiff::Timestamp;

use super::StoreError;

/// How far a run came, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The version, by which it is known whether it is another one.
    pub version: Option<u64>,
    /// What was written down; `None` where nothing is, or nothing whole.
    pub state: Option<Vec<u8>>,
    /// Whether there is nothing beside it that a process left which ended while it wrote.
    pub is_alone: bool,
}

/// Keeps how far runs came, for the processes that go on with them. What is kept may name people, so an erasure
/// rewrites it, while the process whose run it is may write it, too: each writes over the version it read.
#[async_trait]
pub trait Checkpoints: Send + Sync {
    /// Stores how far a run came, in the place of whatever is stored.
    async fn save_checkpoint(
        &self,
        run: &RunId,
        state: &[u8],
        keep_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Stores it, or that nothing is known, in the place of what was read; [`StoreError::Conflict`] where
    /// something else was stored meanwhile. Once it returns, nothing older is left.
    async fn replace_checkpoint(
        &self,
        run: &RunId,
        read: Option<u64>,
        state: Option<&[u8]>,
        keep_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Returns how far a run came; `None` where nothing at all is stored of it.
    async fn load_checkpoint(&self, run: &RunId) -> Result<Option<Checkpoint>, StoreError>;
    /// Deletes how far a run came.
    async fn delete_checkpoint(&self, run: &RunId) -> Result<(), StoreError>;
    /// Returns the runs of an event of which something is stored.
    async fn runs_with_checkpoint(&self, event: &EventId) -> Result<Vec<RunNumber>, StoreError>;
}
