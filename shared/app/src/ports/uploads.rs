//! Lists that people uploaded, each stored with its event until another takes its place.

use async_trait::async_trait;
use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::ids::EventId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// What is known of an uploaded list without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedHead {
    /// Tells it from the lists before it; by it the source is known to be unchanged.
    pub generation: String,
    /// How many parts it is stored in.
    pub parts: u32,
    /// Its length in bytes.
    pub bytes: u64,
    /// What it is written in.
    pub format: FeedFormat,
    /// The name of the file.
    pub name: String,
    /// When it was uploaded.
    pub uploaded: Timestamp,
    /// Whether somebody was erased while a run read it: it goes when that run is over.
    #[serde(default)]
    pub is_to_go: bool,
}

/// The lists that people uploaded.
#[async_trait]
pub trait UploadedLists: Send + Sync {
    /// Returns what is known of an event's list, if it has one.
    async fn uploaded_list(&self, event: &EventId) -> Result<Option<UploadedHead>, StoreError>;
    /// Returns one part of a list, counting from 0; nothing where another took the list's place.
    async fn uploaded_part(
        &self,
        event: &EventId,
        head: &UploadedHead,
        part: u32,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Stores a list in the place of the one before, and returns its head with the parts counted.
    /// [`StoreError::Conflict`] where somebody else does so at the same time; nothing of this one is left then.
    async fn put_uploaded_list(
        &self,
        event: &EventId,
        head: UploadedHead,
        bytes: &[u8],
    ) -> Result<UploadedHead, StoreError>;
    /// Notes that a list is to go when the run that reads it is over.
    async fn let_uploaded_list_go(&self, event: &EventId) -> Result<(), StoreError>;
    /// Deletes an event's list, if it has one.
    async fn delete_uploaded_list(&self, event: &EventId) -> Result<(), StoreError>;
}
