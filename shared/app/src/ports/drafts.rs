//! The secrets with which the drafts of communities are sealed.

use async_trait::async_trait;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;

use super::StoreError;

/// The secret of each community's drafts. It is stored apart from the drafts, because every process
/// that erases people deletes it, and not all of these may write where sessions and drafts are.
#[async_trait]
pub trait DraftSecrets: Send + Sync {
    /// Returns the secret of a community, unless it has expired.
    async fn draft_secret(
        &self,
        community: &CommunityId,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Stores a secret in the place of the one before.
    async fn put_draft_secret(
        &self,
        community: &CommunityId,
        secret: &[u8],
        until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Deletes the secret of a community, if it has one.
    async fn delete_draft_secret(&self, community: &CommunityId) -> Result<(), StoreError>;
}
