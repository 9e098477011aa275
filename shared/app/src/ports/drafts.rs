//! What the drafts of a community are sealed with.

use async_trait::async_trait;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;

use super::StoreError;

/// The secret of each community's drafts. It lies apart from the drafts, as whoever erases a person deletes it,
/// and not everybody who erases people may write where sessions and drafts are.
#[async_trait]
pub trait DraftSecrets: Send + Sync {
    /// Returns the secret of a community, while its time is not over.
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
