//! Changes that wait for the end of their run or for a person's approval.

use async_trait::async_trait;
use attendee_sync_app::ports::{Held, PendingChangeStore, StoreError};
use attendee_sync_domain::ids::RunId;
use jiff::Timestamp;

use super::TableStore;
use super::keys;
use crate::table::{KeyRange, QueryPaging};
use crate::table::{TableItem, TableItemBuilder, WriteAction};

/// Items of changes that wait which are read at a time.
const STAGED_ITEMS: usize = 10;

#[async_trait]
impl PendingChangeStore for TableStore {
    async fn hold(
        &self,
        run: &RunId,
        part: u32,
        held: &[Held],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::held(run, part))
            .packed(&held)?
            .expires(keep_until)
            .build();
        self.table.write(WriteAction::put(item)).await
    }

    async fn held(&self, run: &RunId, part: u32) -> Result<Option<Vec<Held>>, StoreError> {
        let item = self.table.get(&keys::held(run, part)).await?;
        item.map(|item| item.unpacked()).transpose()
    }

    async fn staged(
        &self,
        run: &RunId,
        after: Option<&str>,
    ) -> Result<Vec<(String, Vec<Held>)>, StoreError> {
        let prefix = keys::staged_prefix(run);
        let range = match after {
            Some(after) if after.starts_with(&prefix) => {
                KeyRange::Between(format!("{after} "), format!("{prefix}~"))
            }
            _ => KeyRange::Prefix(prefix),
        };
        let paging = QueryPaging {
            newest_first: false,
            limit: Some(STAGED_ITEMS),
        };
        let pk = keys::log_partition(&run.event);
        let items = self.table.query(&pk, &range, paging).await?;
        let with_cursor = |item: &TableItem| Ok((item.key.sk.clone(), item.unpacked()?));
        items.iter().map(with_cursor).collect()
    }

    async fn unstage(&self, run: &RunId) -> Result<(), StoreError> {
        let range = KeyRange::Prefix(keys::staged_prefix(run));
        self.delete_range(&keys::log_partition(&run.event), &range)
            .await
    }

    async fn release_from(&self, run: &RunId, part: u32) -> Result<(), StoreError> {
        // This key is after all parts, and before the staged changes.
        let end = format!("{}a", keys::held_prefix(run));
        let range = KeyRange::Between(keys::held(run, part).sk, end);
        self.delete_range(&keys::log_partition(&run.event), &range)
            .await
    }

    async fn release(&self, run: &RunId) -> Result<(), StoreError> {
        let range = KeyRange::Prefix(keys::held_prefix(run));
        self.delete_range(&keys::log_partition(&run.event), &range)
            .await
    }
}

impl TableStore {
    /// Deletes all items of a range.
    pub(super) async fn delete_range(&self, pk: &str, range: &KeyRange) -> Result<(), StoreError> {
        let items = self.table.query(pk, range, QueryPaging::default()).await?;
        let keys: Vec<_> = items.into_iter().map(|item| item.key).collect();
        self.table.delete_many(&keys).await
    }
}
