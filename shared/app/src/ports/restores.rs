//! The restore of a backup, as far as the table records it.

use async_trait::async_trait;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// The restore of the backup that the table came from. Mails that were sent after the backup was
/// made are unknown to the table.
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

/// Restores, and the communities whose invitations were released since.
#[async_trait]
pub trait Restores: Send + Sync {
    /// Stores that the table was restored: from now on the invitations of every community are held.
    async fn note_restore(&self, restore: &RestoredBackup) -> Result<(), StoreError>;
    /// Returns the restore because of which a community's invitations are held; `None` where they
    /// are not.
    async fn invitation_hold(
        &self,
        community: &CommunityId,
    ) -> Result<Option<RestoredBackup>, StoreError>;
    /// Stores that a community's invitations are released after this restore.
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
