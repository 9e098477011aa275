//! The table of the store, whatever version of the program wrote its items: what a newer one added is kept
//! when its item is written anew, and what this one cannot read is refused by name.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use attendee_sync_app::ports::StoreError;

use super::{
    Durability, KeyRange, QueryPaging, Table, TableItem, TableKey, TransactionLimits, WriteAction,
    WriteCondition,
};

/// A table whose items may have been written by a newer version of the program.
#[derive(Debug)]
pub(crate) struct VersionedTable {
    table: Arc<dyn Table>,
    /// Whether this process has read an item of a newer version. Until then no write costs a read.
    has_newer: AtomicBool,
}

impl VersionedTable {
    pub(crate) fn new(table: Arc<dyn Table>) -> Self {
        Self {
            table,
            has_newer: AtomicBool::new(false),
        }
    }

    fn readable(&self, item: TableItem) -> Result<TableItem, StoreError> {
        if item.schema.is_newer() {
            if !item.schema.is_readable() {
                return Err(item.newer());
            }
            self.has_newer.store(true, Ordering::Relaxed);
        }
        Ok(item)
    }

    fn all_readable(&self, items: Vec<TableItem>) -> Result<Vec<TableItem>, StoreError> {
        items.into_iter().map(|item| self.readable(item)).collect()
    }

    /// Returns the actions with what newer items have and this version does not know. The conditions of the
    /// actions say whether the items are still the ones that were read here.
    async fn keep_unknown(
        &self,
        mut actions: Vec<WriteAction>,
    ) -> Result<Vec<WriteAction>, StoreError> {
        if !self.has_newer.load(Ordering::Relaxed) {
            return Ok(actions);
        }
        let over: Vec<TableKey> = actions
            .iter()
            .filter(|action| {
                matches!(action, WriteAction::Put(_, condition) if *condition != WriteCondition::Absent)
            })
            .map(|action| action.key().clone())
            .collect();
        if over.is_empty() {
            return Ok(actions);
        }
        let stored = self.all_readable(self.table.get_many(&over).await?)?;
        let stored: HashMap<&TableKey, &TableItem> =
            stored.iter().map(|item| (&item.key, item)).collect();
        for action in &mut actions {
            if let WriteAction::Put(item, condition) = action
                && *condition != WriteCondition::Absent
                && let Some(stored) = stored.get(&item.key)
            {
                item.keep_unknown_of(stored);
            }
        }
        Ok(actions)
    }
}

#[async_trait]
impl Table for VersionedTable {
    fn transaction_limits(&self) -> TransactionLimits {
        self.table.transaction_limits()
    }

    async fn get(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let item = self.table.get(key).await?;
        item.map(|item| self.readable(item)).transpose()
    }

    async fn get_many(&self, keys: &[TableKey]) -> Result<Vec<TableItem>, StoreError> {
        self.all_readable(self.table.get_many(keys).await?)
    }

    async fn query(
        &self,
        partition: &str,
        range: &KeyRange,
        paging: QueryPaging,
    ) -> Result<Vec<TableItem>, StoreError> {
        self.all_readable(self.table.query(partition, range, paging).await?)
    }

    async fn count(&self, partition: &str) -> Result<u64, StoreError> {
        self.table.count(partition).await
    }

    async fn write(&self, action: WriteAction) -> Result<(), StoreError> {
        for action in self.keep_unknown(vec![action]).await? {
            self.table.write(action).await?;
        }
        Ok(())
    }

    async fn take(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let item = self.table.take(key).await?;
        item.map(|item| self.readable(item)).transpose()
    }

    async fn delete_many(&self, keys: &[TableKey]) -> Result<(), StoreError> {
        self.table.delete_many(keys).await
    }

    async fn transact(
        &self,
        actions: Vec<WriteAction>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let actions = self.keep_unknown(actions).await?;
        self.table.transact(actions, durability).await
    }

    async fn purge_deleted(&self) -> Result<(), StoreError> {
        self.table.purge_deleted().await
    }
}
