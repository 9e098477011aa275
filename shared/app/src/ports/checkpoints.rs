//! Checkpoints of suspended runs.

use async_trait::async_trait;
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use jiff::Timestamp;

use super::StoreError;

/// A run checkpoint, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its version; a write that replaces the checkpoint names the version it read.
    pub version: Option<u64>,
    /// The checkpoint's bytes; `None` where nothing is stored, or only a part.
    pub state: Option<Vec<u8>>,
    /// Whether no pieces of an unfinished write lie beside it.
    pub is_alone: bool,
}

/// Stores run checkpoints for the processes that continue the runs. A checkpoint may name people,
/// so an erasure rewrites it, and the process of the run may write it at the same time: each
/// replaces the version it read.
#[async_trait]
pub trait Checkpoints: Send + Sync {
    /// Stores a checkpoint, replacing whatever is stored.
    async fn save_checkpoint(
        &self,
        run: &RunId,
        state: &[u8],
        keep_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Stores a checkpoint, or that there is none, in place of the version that was read. Fails
    /// with [`StoreError::Conflict`] where another version was stored meanwhile. Once it returns,
    /// nothing older is left.
    async fn replace_checkpoint(
        &self,
        run: &RunId,
        read: Option<u64>,
        state: Option<&[u8]>,
        keep_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Returns the checkpoint of a run; `None` where nothing of it is stored.
    async fn load_checkpoint(&self, run: &RunId) -> Result<Option<Checkpoint>, StoreError>;
    /// Deletes the checkpoint of a run.
    async fn delete_checkpoint(&self, run: &RunId) -> Result<(), StoreError>;
    /// Returns the runs of an event that have a stored checkpoint.
    async fn runs_with_checkpoint(&self, event: &EventId) -> Result<Vec<RunNumber>, StoreError>;
}
