//! Communities and configurations.

use async_trait::async_trait;
use attendee_sync_app::ports::{Communities, CommunityRecord, StoreError};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonKey};
use attendee_sync_domain::people::Versioned;

use super::TableStore;
use super::keys;
use super::migration;
use crate::table::{Durability, TableItemBuilder, WriteAction};
use crate::table::{KeyRange, QueryPaging};

fn corrupt(key: &crate::table::TableKey, reason: &'static str) -> StoreError {
    StoreError::Corrupt {
        key: format!("{}/{}", key.pk, key.sk),
        source: reason.into(),
    }
}

#[async_trait]
impl Communities for TableStore {
    async fn communities(&self) -> Result<Vec<CommunityId>, StoreError> {
        let items = self
            .table
            .query(keys::COMMUNITIES, &KeyRange::All, QueryPaging::default())
            .await?;
        Ok(items
            .iter()
            .filter_map(|item| item.key.sk.parse().ok())
            .collect())
    }

    async fn community(&self, id: &CommunityId) -> Result<Option<CommunityRecord>, StoreError> {
        let key = keys::community(id);
        let Some(item) = self.table.get(&key).await? else {
            return Ok(None);
        };
        let bytes = item
            .data()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| corrupt(&key, "its key is not 32 bytes"))?;
        Ok(Some(CommunityRecord {
            id: id.clone(),
            key: PersonKey(bytes),
        }))
    }

    async fn make_community(
        &self,
        community: CommunityRecord,
    ) -> Result<CommunityRecord, StoreError> {
        if let Some(stored) = self.community(&community.id).await? {
            return Ok(stored);
        }
        let item = TableItemBuilder::new(keys::community(&community.id))
            .data(community.key.0.to_vec())
            .build();
        let pointer = TableItemBuilder::new(keys::community_pointer(&community.id)).build();
        let actions = vec![
            WriteAction::put_if(item, None),
            WriteAction::put(pointer),
            migration::format_of_new(&community.id)?,
        ];
        match self.table.transact(actions, Durability::Normal).await {
            Ok(()) => Ok(community),
            Err(StoreError::Conflict) => self
                .community(&community.id)
                .await?
                .ok_or(StoreError::Conflict),
            Err(error) => Err(error),
        }
    }

    async fn events(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError> {
        let pk = keys::community_partition(community);
        let range = KeyRange::Prefix(keys::EVENT_PREFIX.to_owned());
        let items = self
            .table
            .query(&pk, &range, QueryPaging::default())
            .await?;
        Ok(items
            .iter()
            .filter_map(|item| item.key.sk.strip_prefix(keys::EVENT_PREFIX)?.parse().ok())
            .collect())
    }

    async fn event(&self, id: &EventId) -> Result<Option<Versioned<EventDocument>>, StoreError> {
        let item = self.table.get(&keys::configuration(id)).await?;
        item.map(|item| item.versioned()).transpose()
    }

    async fn close_event(&self, document: &EventDocument, version: u64) -> Result<(), StoreError> {
        super::closing::close(self, document, version).await
    }

    async fn closing(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError> {
        super::closing::closing(self, community).await
    }

    async fn is_closing(&self, event: &EventId) -> Result<bool, StoreError> {
        let state = self.state(event).await?;
        Ok(state.is_some_and(|state| state.value.closing))
    }

    async fn end_closing(
        &self,
        community: &CommunityId,
        event: &EventId,
    ) -> Result<(), StoreError> {
        super::closing::end(self, community, event).await
    }

    async fn put_event(
        &self,
        document: &EventDocument,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::configuration(&document.event))
            .version(expected.map_or(1, |version| version + 1))
            .doc(document)?
            .build();
        let pointer =
            TableItemBuilder::new(keys::event_pointer(&document.community, &document.event))
                .build();
        let actions = vec![
            WriteAction::put_if(item, expected),
            WriteAction::put(pointer),
        ];
        self.table.transact(actions, Durability::Normal).await
    }
}
