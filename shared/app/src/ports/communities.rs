//! Communities and their events.

use async_trait::async_trait;
use attendee_sync_domain::config::{ConfigurationVersion, EventDocument};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonKey};
use attendee_sync_domain::people::Versioned;

use super::StoreError;

/// Communities and the events configured in them.
#[async_trait]
pub trait Communities: Send + Sync {
    /// Returns every community, by name.
    async fn communities(&self) -> Result<Vec<CommunityId>, StoreError>;
    /// Returns one community.
    async fn community(&self, id: &CommunityId) -> Result<Option<CommunityRecord>, StoreError>;
    /// Creates a community. Where it exists already, the stored one is returned unchanged.
    async fn make_community(
        &self,
        community: CommunityRecord,
    ) -> Result<CommunityRecord, StoreError>;
    /// Returns a community's events, by name.
    async fn events(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// Returns an event's configuration.
    async fn event(&self, id: &EventId) -> Result<Option<Versioned<EventDocument>>, StoreError>;
    /// Closes an event: its configuration is deleted and no run of it can begin, while the rest of
    /// it is still to be deleted. Fails with [`StoreError::Conflict`] where another version is
    /// stored, or where a run is under way.
    async fn close_event(&self, document: &EventDocument, version: u64) -> Result<(), StoreError>;
    /// Returns the events of a community that were closed and are not completely deleted yet.
    async fn closing(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError>;
    /// Returns whether this event is closed and not completely deleted yet.
    async fn is_closing(&self, event: &EventId) -> Result<bool, StoreError>;
    /// Deletes the rest of a closed event except its people, and notes that it is deleted. The
    /// number of its last run stays: if the event is created again, its runs are counted from
    /// there.
    async fn end_closing(&self, community: &CommunityId, event: &EventId)
    -> Result<(), StoreError>;
    /// Stores a configuration, and adds it to the history of its event; [`StoreError::Conflict`] where
    /// another version is stored than the one before it.
    async fn put_event(&self, configuration: &ConfigurationVersion) -> Result<(), StoreError>;
    /// Returns some versions of an event's configuration, the newest first, those before the key
    /// `before`, each with its key. Versions are kept for 400 days, and longer than their event.
    async fn configuration_versions(
        &self,
        community: &CommunityId,
        event: &EventId,
        before: Option<String>,
        limit: usize,
    ) -> Result<Vec<(String, ConfigurationVersion)>, StoreError>;
    /// Returns the version of this key.
    async fn configuration_version(
        &self,
        community: &CommunityId,
        event: &EventId,
        key: &str,
    ) -> Result<Option<ConfigurationVersion>, StoreError>;
}

/// A community.
#[derive(Debug, Clone)]
pub struct CommunityRecord {
    /// The community's id.
    pub id: CommunityId,
    /// The key with which its person ids are made.
    pub key: PersonKey,
}
