//! Stores the secrets with which the drafts of communities are sealed.

use async_trait::async_trait;
use attendee_sync_app::ports::{DraftSecrets, StoreError};
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;

use super::TableStore;
use super::keeping::current;
use super::keys;
use crate::table::{TableItemBuilder, WriteAction};

#[async_trait]
impl DraftSecrets for TableStore {
    async fn draft_secret(
        &self,
        community: &CommunityId,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let item = self.table.get(&keys::draft_secret(community)).await?;
        Ok(item.and_then(|item| current(item, now)))
    }

    async fn put_draft_secret(
        &self,
        community: &CommunityId,
        secret: &[u8],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::draft_secret(community))
            .expires(until)
            .data(secret.to_vec());
        self.table.write(WriteAction::put(item.build())).await
    }

    async fn delete_draft_secret(&self, community: &CommunityId) -> Result<(), StoreError> {
        let delete = WriteAction::delete(keys::draft_secret(community));
        self.table.write(delete).await
    }
}
