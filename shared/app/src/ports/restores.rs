//! What a table that was restored from a backup knows of it.

use async_trait::async_trait;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// That the table is a backup's. Mails that went out after the backup was made are unknown to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RestoredBackup {
    /// When it was restored.
    pub restored: Timestamp,
    /// When the backup was made.
    pub backup_made: Timestamp,
}

/// Restores, and which communities' invitations go out again since.
#[async_trait]
pub trait Restores: Send + Sync {
    /// Stores that the table was restored: from now on the invitations of every community are held.
    async fn note_restore(&self, restore: &RestoredBackup) -> Result<(), StoreError>;
    /// Reads the restore since which a community's invitations are held; `None` where they are not.
    async fn invitation_hold(
        &self,
        community: &CommunityId,
    ) -> Result<Option<RestoredBackup>, StoreError>;
    /// Stores that a community's invitations go out again after this restore.
    async fn release_invitations(
        &self,
        community: &CommunityId,
        restore: &RestoredBackup,
    ) -> Result<(), StoreError>;
}
