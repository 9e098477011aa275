//! Communities and their events.

use async_trait::async_trait;
use attendee_sync_domain::config::{ConfigurationVersion, EventDocument};
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
    /// Which one.
    pub id: CommunityId,
    /// What its person ids are made with.
    pub key: PersonKey,
}
