//! Purging an event: first no run of it opens any more, then what is stored of its people is deleted, then it is noted
//! for the audit log.

use async_trait::async_trait;
use attendee_sync_app::ports::{Note, PurgeRecord, Purges, StoreError};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TableStore;
use super::apply::next;
use super::audit;
use super::closing::delete_partition;
use super::keys;
use super::runs::EventState;
use crate::table::{
    Durability, ItemBody, KeyRange, QueryPaging, TableItem, TableItemBuilder, WriteAction,
    WriteCondition,
};

/// How many attendees an event had when its purge began.
#[derive(Debug, Serialize, Deserialize)]
struct PurgeNote {
    attendees: u64,
}

impl TableStore {
    async fn purge_items(
        &self,
        community: &CommunityId,
        prefix: &str,
    ) -> Result<Vec<TableItem>, StoreError> {
        let pk = keys::closings_partition(community);
        let range = KeyRange::Prefix(prefix.to_owned());
        self.table.query(&pk, &range, QueryPaging::default()).await
    }
}

#[async_trait]
impl Purges for TableStore {
    async fn begin_purge(&self, document: &EventDocument) -> Result<(), StoreError> {
        let event = &document.event;
        let stored = self.state_to_write(event).await?;
        let expected = stored.as_ref().map(|stored| stored.version);
        let state = stored.map(|stored| stored.value).unwrap_or_default();
        if state.purging {
            return Ok(());
        }
        if state.under_way.is_some() || state.closing {
            return Err(StoreError::Conflict);
        }
        let mut attendees = 0;
        for shard in 0..keys::SHARDS {
            let partition = keys::attendees_partition(event, shard);
            attendees += self.table.count(&partition).await?;
        }
        let state = TableItemBuilder::new(keys::state(event))
            .version(next(expected))
            .doc(&EventState {
                purging: true,
                held: None,
                mark: None,
                ..state
            })?
            .build();
        let note = TableItemBuilder::new(keys::purge(&document.community, event))
            .doc(&PurgeNote { attendees })?
            .build();
        let actions = vec![WriteAction::put_if(state, expected), WriteAction::put(note)];
        self.table.transact(actions, Durability::Normal).await
    }

    async fn purging(&self, community: &CommunityId) -> Result<Vec<EventId>, StoreError> {
        let items = self.purge_items(community, keys::PURGE).await?;
        let events = items.iter();
        let events = events.filter_map(|item| item.key.sk.strip_prefix(keys::PURGE)?.parse().ok());
        Ok(events.collect())
    }

    async fn end_purge(
        &self,
        community: &CommunityId,
        event: &EventId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let runs = keys::runs_partition(event);
        for partition in keys::partitions_of(event) {
            if partition != runs {
                delete_partition(self, &partition).await?;
            }
        }
        self.table.purge_deleted().await?;
        let note = keys::purge(community, event);
        let begun = self.table.get(&note).await?;
        let stored = self.state_to_write(event).await?;
        let (Some(begun), Some(stored)) = (begun, stored.filter(|stored| stored.value.purging))
        else {
            // The event was deleted meanwhile, or another process was quicker.
            return self.table.write(WriteAction::delete(note)).await;
        };
        let PurgeNote { attendees } = begun.doc()?;
        let record = PurgeRecord {
            at: now,
            attendees,
            newest: stored.value.newest,
        };
        let state = TableItemBuilder::new(keys::state(event))
            .version(next(Some(stored.version)))
            .doc(&EventState {
                purging: false,
                purged: Some(record),
                ..stored.value
            })?
            .build();
        let unrecorded = TableItemBuilder::new(keys::unrecorded_purge(community, event, now))
            .doc(&record)?
            .build();
        let actions = vec![
            WriteAction::put_if(state, Some(stored.version)),
            WriteAction::delete(note),
            WriteAction::put(unrecorded),
        ];
        self.table.transact(actions, Durability::PowerCut).await
    }

    async fn purge_record(&self, event: &EventId) -> Result<Option<PurgeRecord>, StoreError> {
        let state = self.state(event).await?;
        Ok(state.and_then(|state| state.value.purged))
    }

    async fn unrecorded_purges(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<(EventId, PurgeRecord)>, StoreError> {
        let mut found = Vec::new();
        for item in self.purge_items(community, keys::UNRECORDED_PURGE).await? {
            let event = item.key.sk.rsplit('#').next();
            if let Some(event) = event.and_then(|event| event.parse().ok()) {
                found.push((event, item.doc()?));
            }
        }
        Ok(found)
    }

    async fn record_purge(
        &self,
        event: &EventId,
        record: &PurgeRecord,
        note: &Note,
    ) -> Result<(), StoreError> {
        let unrecorded = keys::unrecorded_purge(&note.0, event, record.at);
        let written = self.table.get(&unrecorded).await?;
        let Some(ItemBody::Document(document)) = written.map(|item| item.body) else {
            return Err(StoreError::Conflict);
        };
        let there = WriteCondition::Document(document);
        let actions = vec![
            WriteAction::Delete(unrecorded, there),
            WriteAction::put(audit::item(note)?),
        ];
        self.table.transact(actions, Durability::Normal).await
    }
}
