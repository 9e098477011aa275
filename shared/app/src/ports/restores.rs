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

/// Which table an installation uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableIdentity {
    /// Its name.
    pub name: String,
    /// Whether it was there before the installation, which was told to use it.
    pub is_given: bool,
}

/// What a table knows of itself. A copy of it knows the same, and has another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMark {
    /// The name that it was used under.
    pub name: String,
    /// When it was last used under this name.
    pub seen: Timestamp,
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
    /// Reads what the table knows of itself; `None` before it was first marked.
    async fn table_mark(&self) -> Result<Option<TableMark>, StoreError>;
    /// Marks the table.
    async fn put_table_mark(&self, mark: &TableMark) -> Result<(), StoreError>;
}
