//! Events of whose people nothing is stored any more.

use async_trait::async_trait;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Note, StoreError};

/// What stays of a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeRecord {
    /// When it ended.
    pub at: Timestamp,
    /// How many attendees the event had, removed ones included.
    pub attendees: u64,
    /// The newest run at that time: one after it may have brought people back.
    pub newest: RunNumber,
}

/// Purges: from their beginning to their end no run of the event opens.
#[async_trait]
pub trait Purges: Send + Sync {
    /// Begins a purge, or finds it begun. [`StoreError::Conflict`] where a run is under way, or something changed
    /// meanwhile.
    async fn begin_purge(&self, document: &EventDocument) -> Result<(), StoreError>;
    /// Returns the events of a community whose purge was begun and is not ended.
    async fn purging(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// Deletes what is left of an event but for its configuration, its state and its runs, and ends its purge. Attendees
    /// have to be gone before. Once it returns, nothing of what was deleted lies in the store's own logs.
    async fn end_purge(
        &self,
        community: &CommunityId,
        event: &EventId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Returns what stays of the last purge of an event.
    async fn purge_record(&self, event: &EventId) -> Result<Option<PurgeRecord>, StoreError>;
    /// Returns the purges of which the audit log has no entry: whoever purges may not write that log.
    async fn unrecorded_purges(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<(EventId, PurgeRecord)>, StoreError>;
    /// Writes the entry of a purge into the audit log; it is recorded then. [`StoreError::Conflict`] where it is already.
    async fn record_purge(
        &self,
        event: &EventId,
        record: &PurgeRecord,
        note: &Note,
    ) -> Result<(), StoreError>;
}
