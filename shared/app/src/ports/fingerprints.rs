//! Fingerprints: what is known of the records of a feed.

use async_trait::async_trait;
use attendee_sync_domain::fingerprint::Fingerprints;
use attendee_sync_domain::ids::{EventId, RunNumber};

use super::StoreError;

/// Stores the packed fingerprints of each event's feed.
#[async_trait]
pub trait Fingerprinting: Send + Sync {
    /// Returns all fingerprints of an event.
    async fn fingerprints(&self, event: &EventId) -> Result<StoredFingerprints, StoreError>;
    /// Replaces the base pages and the journal that were read as `stored` by new base pages.
    async fn fold(
        &self,
        event: &EventId,
        stored: &StoredFingerprints,
        pages: &[Vec<u8>],
    ) -> Result<(), StoreError>;
}

/// Fingerprints as they are stored.
#[derive(Debug, Clone, Default)]
pub struct StoredFingerprints {
    /// Version of the base pages.
    pub generation: u64,
    /// Base pages.
    pub pages: Vec<Vec<u8>>,
    /// The journal since the base pages were written.
    pub journal: Vec<JournalPart>,
}

/// A part of the journal of fingerprints, as one batch wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPart {
    /// The run of the batch.
    pub run: RunNumber,
    /// The key under which the store finds it.
    pub key: String,
    /// Packed entries.
    pub entries: Vec<u8>,
}

impl StoredFingerprints {
    /// Returns the fingerprints of the pages and the journal together.
    #[must_use]
    pub fn unpacked(&self) -> Fingerprints {
        let parts = self.journal.iter();
        let parts: Vec<(RunNumber, &[u8])> = parts
            .map(|part| (part.run, part.entries.as_slice()))
            .collect();
        Fingerprints::unpack(&self.pages, &parts)
    }
}
