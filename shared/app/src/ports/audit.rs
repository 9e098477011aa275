//! What the table keeps of who may come in and of what people did.

use async_trait::async_trait;
use attendee_sync_domain::audit::AuditEntry;
use attendee_sync_domain::authority::{AccessToken, TokenName};
use attendee_sync_domain::ids::CommunityId;

use super::StoreError;

/// An entry with whose log it belongs to.
pub type Note = (CommunityId, AuditEntry);

/// What people did, by community. Entries are kept for 400 days and never changed.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds an entry.
    async fn record(&self, note: &Note) -> Result<(), StoreError>;
    /// Some entries, the newest first, those before `before`; with the cursor of the next.
    async fn audit(
        &self,
        community: &CommunityId,
        before: Option<String>,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, Option<String>), StoreError>;
}

/// Further API tokens, by their names.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// All of them, by name.
    async fn tokens(&self) -> Result<Vec<AccessToken>, StoreError>;
    /// Stores one together with its notes; [`StoreError::Conflict`] where there is one of its name.
    async fn add_token(&self, token: &AccessToken, notes: &[Note]) -> Result<(), StoreError>;
    /// Deletes one together with its notes.
    async fn delete_token(&self, name: &TokenName, notes: &[Note]) -> Result<(), StoreError>;
}
