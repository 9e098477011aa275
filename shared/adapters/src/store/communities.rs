//! Stores communities and configurations.

use async_trait::async_trait;
use attendee_sync_app::ports::{Communities, CommunityRecord, StoreError};
use attendee_sync_domain::config::{ConfigurationVersion, EventDocument, VERSION_KEPT_DAYS};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonKey};
use attendee_sync_domain::people::Versioned;
use jiff::SignedDuration;

use super::TableStore;
use super::keys;
use super::migration;
use crate::table::{Durability, TableItemBuilder, WriteAction};
use crate::table::{KeyRange, QueryPaging, TableKey};

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

    async fn put_event(&self, configuration: &ConfigurationVersion) -> Result<(), StoreError> {
        let ConfigurationVersion {
            version,
            at,
            document,
            ..
        } = configuration;
        let item = TableItemBuilder::new(keys::configuration(&document.event))
            .version(*version)
            .doc(document)?
            .build();
        let kept = SignedDuration::from_hours(24 * VERSION_KEPT_DAYS);
        let key = keys::configuration_version(&document.community, &document.event, *at, *version);
        let history = TableItemBuilder::new(key)
            .expires(at.saturating_add(kept).unwrap_or(*at))
            .doc(configuration)?
            .build();
        let pointer =
            TableItemBuilder::new(keys::event_pointer(&document.community, &document.event))
                .build();
        let actions = vec![
            WriteAction::put_if(item, configuration.expected()),
            WriteAction::put(pointer),
            WriteAction::put(history),
        ];
        self.table.transact(actions, Durability::Normal).await
    }

    async fn configuration_versions(
        &self,
        community: &CommunityId,
        event: &EventId,
        before: Option<String>,
        limit: usize,
    ) -> Result<Vec<(String, ConfigurationVersion)>, StoreError> {
        let range = before.map_or(KeyRange::All, KeyRange::Before);
        let paging = QueryPaging {
            newest_first: true,
            limit: Some(limit),
        };
        let partition = keys::configuration_versions(community, event);
        let items = self.table.query(&partition, &range, paging).await?;
        items
            .into_iter()
            .map(|item| Ok((item.key.sk.clone(), item.doc()?)))
            .collect()
    }

    async fn configuration_version(
        &self,
        community: &CommunityId,
        event: &EventId,
        key: &str,
    ) -> Result<Option<ConfigurationVersion>, StoreError> {
        let key = TableKey {
            pk: keys::configuration_versions(community, event),
            sk: key.to_owned(),
        };
        let item = self.table.get(&key).await?;
        item.map(|item| item.doc()).transpose()
    }
}
