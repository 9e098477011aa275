//! The addresses that get no mail from a community, under the ids of their owners.

use async_trait::async_trait;
use attendee_sync_app::ports::{StoreError, Suppressions};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::invitation::Suppression;

use super::DynamoStore;
use super::client::{Paging, Range};
use super::item::Builder;
use super::keys;
use super::people::with_person;

#[async_trait]
impl Suppressions for DynamoStore {
    async fn suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Suppression>, StoreError> {
        let item = self.get(&keys::suppression(community, person)).await?;
        item.map(|item| item.doc()).transpose()
    }

    async fn suppressions(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Suppression)>, StoreError> {
        let mut found = Vec::new();
        let first = after.map_or(0, PersonId::shard);
        for shard in first..keys::SHARDS {
            let range = match after {
                Some(person) if shard == first => Range::After(person.to_string()),
                _ => Range::All,
            };
            let paging = Paging {
                newest_first: false,
                limit: Some(limit - found.len()),
            };
            let pk = keys::suppressions_partition(community, shard);
            for item in self.query(&pk, &range, paging).await? {
                found.push(with_person(&item)?);
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    async fn suppress(
        &self,
        community: &CommunityId,
        person: PersonId,
        suppression: &Suppression,
    ) -> Result<(), StoreError> {
        let item = Builder::new(keys::suppression(community, person))
            .doc(suppression)?
            .build();
        self.put(item).await
    }

    async fn lift_suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(), StoreError> {
        self.delete(&keys::suppression(community, person)).await
    }
}
