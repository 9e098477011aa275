//! What waits in the table for a while: sessions, what was typed and is not stored yet, and what
//! one process tells the next.

use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::StoreError;

/// Most bytes kept under one key: an item has at most 400 KB (`DynamoDB` documentation, "Quotas").
pub const MAX_KEPT: usize = 390_000;

/// What something is found by. Who may know it must not follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeptKey(pub [u8; 32]);

impl KeptKey {
    /// The key of something with this name: its SHA-256, from which nobody learns a name that cannot
    /// be guessed.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(Sha256::digest(name.as_bytes()).into())
    }
}

/// What waits, by its key. The table does not hide what is given to it.
#[async_trait]
pub trait ExpiringStore: Send + Sync {
    /// Keeps up to [`MAX_KEPT`] bytes until then, in the place of what was kept under the key.
    async fn keep(&self, key: KeptKey, bytes: Vec<u8>, until: Timestamp) -> Result<(), StoreError>;
    /// What is kept, while its time is not over.
    async fn kept(&self, key: KeptKey, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps up to [`MAX_KEPT`] bytes until then in the place of what [`ExpiringStore::kept`] gave before;
    /// [`StoreError::Conflict`] where that is not what is kept now. Only for keys that nothing else
    /// writes to.
    async fn replace_kept(
        &self,
        key: KeptKey,
        before: Option<&[u8]>,
        bytes: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// The same as [`ExpiringStore::kept`], and ends it; of several who ask at once, one gets it.
    async fn take_kept(&self, key: KeptKey, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
}
