//! Communities and their events.

use async_trait::async_trait;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonKey};
use attendee_sync_domain::people::Versioned;

use super::StoreError;

/// Communities and the events configured in them.
#[async_trait]
pub trait Communities: Send + Sync {
    /// Every community, by name.
    async fn communities(&self) -> Result<Vec<CommunityId>, StoreError>;
    /// One community.
    async fn community(&self, id: &CommunityId) -> Result<Option<CommunityRecord>, StoreError>;
    /// Makes a community; where there is one already, it stays and is given back.
    async fn make_community(
        &self,
        community: CommunityRecord,
    ) -> Result<CommunityRecord, StoreError>;
    /// A community's events, by name.
    async fn events(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// An event's configuration.
    async fn event(&self, id: &EventId) -> Result<Option<Versioned<EventDocument>>, StoreError>;
    /// Takes an event out: its configuration is gone and no run of it begins, while what it left
    /// is still to be deleted. [`StoreError::Conflict`] where another version is stored, or where a
    /// run is under way.
    async fn close_event(&self, document: &EventDocument, version: u64) -> Result<(), StoreError>;
    /// The events of a community that were taken out and are not deleted to the end.
    async fn closing(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// Whether this event is one.
    async fn is_closing(&self, event: &EventId) -> Result<bool, StoreError>;
    /// Deletes what is left of such an event but for its people, and notes that it is done. The
    /// number of its last run stays: should it come back, its runs are counted on.
    async fn end_closing(&self, community: &CommunityId, event: &EventId)
    -> Result<(), StoreError>;
    /// Stores a configuration; [`StoreError::Conflict`] where another version than `expected` is
    /// stored.
    async fn put_event(
        &self,
        document: &EventDocument,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
}

/// A community.
#[derive(Debug, Clone)]
pub struct CommunityRecord {
    /// Which one.
    pub id: CommunityId,
    /// What its person ids are made with.
    pub key: PersonKey,
}
