//! The audit log, and further API tokens.

use async_trait::async_trait;
use attendee_sync_domain::audit::AuditEntry;
use attendee_sync_domain::authority::{AccessToken, TokenName};
use attendee_sync_domain::ids::CommunityId;

use super::StoreError;

/// An entry with the community to whose log it belongs.
pub type Note = (CommunityId, AuditEntry);

/// The audit log of each community. Entries are kept for 400 days and never changed.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds an entry.
    async fn record(&self, note: &Note) -> Result<(), StoreError>;
    /// Returns some entries, the newest first, those before `before`, with the cursor of the next
    /// page.
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
    /// Returns all tokens, by name.
    async fn tokens(&self) -> Result<Vec<AccessToken>, StoreError>;
    /// Stores a token together with its log entries. Fails with [`StoreError::Conflict`] where
    /// there is one of this name.
    async fn add_token(&self, token: &AccessToken, notes: &[Note]) -> Result<(), StoreError>;
    /// Deletes a token together with storing its log entries.
    async fn delete_token(&self, name: &TokenName, notes: &[Note]) -> Result<(), StoreError>;
}
