//! The addresses that get no mail from a community, under the ids of their owners.

use async_trait::async_trait;
use attendee_sync_app::ports::{StoreError, SuppressionStore};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::invitation::Suppression;

use super::TableStore;
use super::keys;
use super::people::with_person;
use crate::table::{TableItemBuilder, WriteAction};

#[async_trait]
impl SuppressionStore for TableStore {
    async fn suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Suppression>, StoreError> {
        let item = self
            .table
            .get(&keys::suppression(community, person))
            .await?;
        item.map(|item| item.doc()).transpose()
    }

    async fn suppressions(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Suppression)>, StoreError> {
        let partition = |shard| keys::suppressions_partition(community, shard);
        let items = self.page_of_people(partition, after, limit).await?;
        items.iter().map(with_person).collect()
    }

    async fn suppress(
        &self,
        community: &CommunityId,
        person: PersonId,
        suppression: &Suppression,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::suppression(community, person))
            .doc(suppression)?
            .build();
        self.table.write(WriteAction::put(item)).await
    }

    async fn lift_suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(), StoreError> {
        self.table
            .write(WriteAction::delete(keys::suppression(community, person)))
            .await
    }
}
