//! Hooks in: their addresses, and what they reported.

use async_trait::async_trait;
use attendee_sync_domain::hook::HookQueue;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::people::Versioned;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::StoreError;

/// The address of an event's hooks, as it is stored: nobody can read the key out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAddress {
    /// The SHA-256 of the key at its end.
    pub key_hash: [u8; 32],
    /// When it was made.
    pub made: Timestamp,
}

impl HookAddress {
    /// Returns what is stored of an address with this key.
    #[must_use]
    pub fn of(key: &str, made: Timestamp) -> Self {
        Self {
            key_hash: Self::hash(key),
            made,
        }
    }

    /// Whether this is its key. Takes the same time wherever a wrong one differs.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        let pairs = self.key_hash.iter().zip(Self::hash(key));
        pairs.fold(0, |all, (one, other)| all | (one ^ other)) == 0
    }

    fn hash(key: &str) -> [u8; 32] {
        Sha256::digest(key.as_bytes()).into()
    }
}

/// What is stored about the hooks of events.
#[async_trait]
pub trait HookStore: Send + Sync {
    /// Returns the address of an event's hooks, if it has one.
    async fn hook_address(&self, event: &EventId) -> Result<Option<HookAddress>, StoreError>;
    /// Stores an address in the place of the one before.
    async fn put_hook_address(
        &self,
        event: &EventId,
        address: &HookAddress,
    ) -> Result<(), StoreError>;
    /// Returns what an event's hooks reported.
    async fn hook_queue(&self, event: &EventId)
    -> Result<Option<Versioned<HookQueue>>, StoreError>;
    /// Stores it over the version that was read; [`StoreError::Conflict`] where it is another by now.
    async fn put_hook_queue(
        &self,
        event: &EventId,
        queue: &HookQueue,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
}
