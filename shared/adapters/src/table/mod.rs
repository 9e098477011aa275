//! The table port: items under a partition key and a sort key, conditional writes, transactions.
//!
//! The store speaks to a [`Table`] and knows nothing of the engine behind it: [`dynamodb`] is the
//! cloud's, [`sqlite`] that of one machine. Both keep one contract (`tests/contract`).

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
mod item;
mod schema;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod versions;

use std::fmt::Debug;

use async_trait::async_trait;
use attendee_sync_app::ports::StoreError;

pub use item::{ItemBody, TableItem, TableItemBuilder, TableKey};
pub use schema::{ItemSchema, KnownShape};
pub(crate) use versions::VersionedTable;

/// A range of the sort keys of one partition. Keys are ordered by their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRange {
    /// Every key.
    All,
    /// The keys that begin with this text.
    Prefix(String),
    /// The keys behind this one.
    After(String),
    /// The keys before this one.
    Before(String),
    /// The keys from the first to the second, both included.
    Between(String, String),
}

/// The direction and the length of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryPaging {
    /// Whether the greatest key comes first.
    pub newest_first: bool,
    /// The maximum number of items to return; the whole range where there is none.
    pub limit: Option<usize>,
}

/// The condition on the stored item under which a write is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteCondition {
    /// There is no condition.
    Always,
    /// There is no item with this key.
    Absent,
    /// The stored item has this version.
    Version(u64),
    /// The stored item has exactly this document.
    Document(String),
}

impl WriteCondition {
    /// Returns the condition that the item is as it was read: absent, or of this version.
    #[must_use]
    pub fn unchanged(expected: Option<u64>) -> Self {
        expected.map_or(Self::Absent, Self::Version)
    }
}

/// One write, or one check of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteAction {
    /// Stores an item in the place of whatever has its key.
    Put(TableItem, WriteCondition),
    /// Deletes an item, if there is one.
    Delete(TableKey, WriteCondition),
    /// Writes nothing; its condition has to hold.
    Check(TableKey, WriteCondition),
}

impl WriteAction {
    /// Returns the write of an item, whatever is stored.
    #[must_use]
    pub fn put(item: TableItem) -> Self {
        Self::Put(item, WriteCondition::Always)
    }

    /// Returns the write of an item over this version, or, where none is expected, only where there
    /// is no item.
    #[must_use]
    pub fn put_if(item: TableItem, expected: Option<u64>) -> Self {
        Self::Put(item, WriteCondition::unchanged(expected))
    }

    /// Returns the deletion of an item, if there is one.
    #[must_use]
    pub fn delete(key: TableKey) -> Self {
        Self::Delete(key, WriteCondition::Always)
    }

    /// Returns the deletion of the item of this version.
    #[must_use]
    pub fn delete_if(key: TableKey, version: u64) -> Self {
        Self::Delete(key, WriteCondition::Version(version))
    }

    /// Returns the check that the stored item has this version, or is absent if none is expected.
    #[must_use]
    pub fn check(key: TableKey, expected: Option<u64>) -> Self {
        Self::Check(key, WriteCondition::unchanged(expected))
    }

    /// Returns the key of the item that the action is about.
    #[must_use]
    pub fn key(&self) -> &TableKey {
        match self {
            Self::Put(item, _) => &item.key,
            Self::Delete(key, _) | Self::Check(key, _) => key,
        }
    }

    /// Returns the approximate number of bytes that the action writes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Put(item, _) => item.bytes(),
            Self::Delete(..) | Self::Check(..) => 0,
        }
    }
}

/// What a power cut may do to a commit that was acknowledged. The end of the process does it no
/// harm in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The commits of the last moments may be lost; the next sync writes them again.
    Normal,
    /// Nothing is lost: the commit is on the disk before it is acknowledged.
    PowerCut,
}

/// The limits of one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    /// The maximum number of actions.
    pub actions: usize,
    /// The maximum size of the items of people together, in bytes, so that the log item beside
    /// them, which repeats their changes, fits into one item.
    pub bytes: usize,
}

/// A table with one kind of key. Every read sees every write that was acknowledged before it.
#[async_trait]
pub trait Table: Debug + Send + Sync {
    /// Returns the limits of one transaction of this engine.
    fn transaction_limits(&self) -> TransactionLimits;

    /// Returns the item with this key.
    async fn get(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError>;

    /// Returns those of the items that exist, in any order.
    async fn get_many(&self, keys: &[TableKey]) -> Result<Vec<TableItem>, StoreError>;

    /// Returns the items of a range of one partition, in the order of their sort keys.
    async fn query(
        &self,
        partition: &str,
        range: &KeyRange,
        paging: QueryPaging,
    ) -> Result<Vec<TableItem>, StoreError>;

    /// Returns how many items a partition has.
    async fn count(&self, partition: &str) -> Result<u64, StoreError>;

    /// Does one write. [`StoreError::Conflict`] where its condition does not hold.
    async fn write(&self, action: WriteAction) -> Result<(), StoreError>;

    /// Deletes an item and returns it; of several simultaneous callers, one gets it.
    async fn take(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError>;

    /// Deletes items whatever they are; some may be deleted where it fails.
    async fn delete_many(&self, keys: &[TableKey]) -> Result<(), StoreError>;

    /// Does all actions or none. [`StoreError::Conflict`] where a condition does not hold, or where
    /// another transaction is at the same items. No two actions may name the same key.
    async fn transact(
        &self,
        actions: Vec<WriteAction>,
        durability: Durability,
    ) -> Result<(), StoreError>;

    /// Removes what was deleted from the engine's own logs, as far as it keeps any beside the items.
    /// Returns once nothing of it is left there.
    async fn purge_deleted(&self) -> Result<(), StoreError>;
}

/// Converts an engine's error to the error of the port.
pub(crate) fn failed<E>(operation: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |error| StoreError::Failed {
        operation,
        source: error.into(),
    }
}
