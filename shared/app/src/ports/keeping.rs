//! Values that are kept in the table until they expire: sessions, form input that is not saved yet,
//! and what one process leaves for the next.

use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::StoreError;

/// The maximum size of a value in bytes: an item has at most 400 KB (`DynamoDB` documentation,
/// "Quotas").
pub const MAX_KEPT: usize = 390_000;

/// Lookup key of a value; it must not reveal the handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeptKey(pub [u8; 32]);

impl KeptKey {
    /// Returns the key for a name: its SHA-256, which reveals no name that cannot be guessed.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(Sha256::digest(name.as_bytes()).into())
    }
}

/// Stores values that expire, by key. The table does not encrypt them.
#[async_trait]
pub trait ExpiringStore: Send + Sync {
    /// Stores up to [`MAX_KEPT`] bytes until the time `until`, replacing the value of the key.
    async fn keep(&self, key: KeptKey, bytes: Vec<u8>, until: Timestamp) -> Result<(), StoreError>;
    /// Returns the value of a key, unless it has expired.
    async fn kept(&self, key: KeptKey, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
    /// Stores up to [`MAX_KEPT`] bytes until the time `until`, in place of the value that
    /// [`ExpiringStore::kept`] returned before. Fails with [`StoreError::Conflict`] where the value
    /// is another one now. Only for keys that nothing else writes.
    async fn replace_kept(
        &self,
        key: KeptKey,
        before: Option<&[u8]>,
        bytes: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Returns the value like [`ExpiringStore::kept`] and deletes it; of several simultaneous
    /// calls, one gets it.
    async fn take_kept(&self, key: KeptKey, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
}
