//! What is known of the records of a feed.

use async_trait::async_trait;
use attendee_sync_domain::fingerprint::Fingerprints;
use attendee_sync_domain::ids::{EventId, RunNumber};

use super::StoreError;

/// The packed memory of what is known of a feed.
#[async_trait]
pub trait Fingerprinting: Send + Sync {
    /// All of it.
    async fn fingerprints(&self, event: &EventId) -> Result<StoredFingerprints, StoreError>;
    /// Puts base pages in the place of the ones of `stored` and of its journal.
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
    /// The journal since.
    pub journal: Vec<JournalPart>,
}

/// A part of the journal of fingerprints, as one batch wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPart {
    /// The run of the batch.
    pub run: RunNumber,
    /// By what the store finds it.
    pub key: String,
    /// Packed entries.
    pub entries: Vec<u8>,
}

impl StoredFingerprints {
    /// What they say.
    #[must_use]
    pub fn unpacked(&self) -> Fingerprints {
        let parts = self.journal.iter();
        let parts: Vec<(RunNumber, &[u8])> = parts
            .map(|part| (part.run, part.entries.as_slice()))
            .collect();
        Fingerprints::unpack(&self.pages, &parts)
    }
}
