//! Calls of the table as values, so that a test can count them, stop them, or run something before
//! them.

use async_trait::async_trait;
use attendee_sync_adapters::table::{
    Durability, KeyRange, QueryPaging, Table, TableItem, TableKey, TransactionLimits, WriteAction,
};
use attendee_sync_app::ports::StoreError;
use futures_util::FutureExt;

/// One call of the table port.
#[derive(Debug, Clone)]
pub enum TableCall {
    /// Reads an item.
    Get(TableKey),
    /// Reads several.
    GetMany(Vec<TableKey>),
    /// Reads a range of a partition.
    Query(String, KeyRange, QueryPaging),
    /// Counts a partition.
    Count(String),
    /// Writes an item.
    Write(WriteAction),
    /// Deletes an item and returns it.
    Take(TableKey),
    /// Deletes several items.
    DeleteMany(Vec<TableKey>),
    /// Executes all actions or none.
    Transact(Vec<WriteAction>, Durability),
    /// Empties the engine's own logs.
    PurgeDeleted,
}

/// What a call returned.
#[derive(Debug, Clone)]
pub enum TableAnswer {
    /// The items that were found.
    Items(Vec<TableItem>),
    /// The number of items in the partition.
    Count(u64),
    /// The call was executed.
    Done,
}

impl TableCall {
    /// The name of the operation.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get(_) => "Get",
            Self::GetMany(_) => "GetMany",
            Self::Query(..) => "Query",
            Self::Count(_) => "Count",
            Self::Write(_) => "Write",
            Self::Take(_) => "Take",
            Self::DeleteMany(_) => "DeleteMany",
            Self::Transact(..) => "Transact",
            Self::PurgeDeleted => "PurgeDeleted",
        }
    }

    /// Returns whether the call may change items.
    #[must_use]
    pub fn is_write(&self) -> bool {
        matches!(
            self,
            Self::Write(_) | Self::Take(_) | Self::DeleteMany(_) | Self::Transact(..)
        )
    }

    /// Returns the write actions of the call.
    #[must_use]
    pub fn actions(&self) -> Vec<WriteAction> {
        match self {
            Self::Write(action) => vec![action.clone()],
            Self::Take(key) => vec![WriteAction::delete(key.clone())],
            Self::DeleteMany(keys) => keys.iter().cloned().map(WriteAction::delete).collect(),
            Self::Transact(actions, _) => actions.clone(),
            _ => Vec::new(),
        }
    }

    /// Executes the call.
    pub async fn make(self, table: &dyn Table) -> Result<TableAnswer, StoreError> {
        let one = |item: Option<TableItem>| TableAnswer::Items(item.into_iter().collect());
        Ok(match self {
            Self::Get(key) => one(table.get(&key).await?),
            Self::GetMany(keys) => TableAnswer::Items(table.get_many(&keys).await?),
            Self::Query(partition, range, paging) => {
                TableAnswer::Items(table.query(&partition, &range, paging).await?)
            }
            Self::Count(partition) => TableAnswer::Count(table.count(&partition).await?),
            Self::Write(action) => {
                table.write(action).await?;
                TableAnswer::Done
            }
            Self::Take(key) => one(table.take(&key).await?),
            Self::DeleteMany(keys) => {
                table.delete_many(&keys).await?;
                TableAnswer::Done
            }
            Self::Transact(actions, durability) => {
                table.transact(actions, durability).await?;
                TableAnswer::Done
            }
            Self::PurgeDeleted => {
                table.purge_deleted().await?;
                TableAnswer::Done
            }
        })
    }
}

impl TableAnswer {
    fn items(self) -> Vec<TableItem> {
        match self {
            Self::Items(items) => items,
            Self::Count(_) | Self::Done => Vec::new(),
        }
    }
}

/// The transport between the store and its table.
#[async_trait]
pub trait TableTransport: std::fmt::Debug + Send + Sync {
    /// Returns the limits of a transaction.
    fn limits(&self) -> TransactionLimits;

    /// Delivers a call to the table, or makes it fail.
    async fn send(&self, call: TableCall) -> Result<TableAnswer, StoreError>;
}

/// A table whose calls go through a transport.
#[derive(Debug, Clone)]
pub struct TransportedTable<T>(pub T);

#[async_trait]
impl<T: TableTransport> Table for TransportedTable<T> {
    fn transaction_limits(&self) -> TransactionLimits {
        self.0.limits()
    }

    async fn get(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let answer = self.0.send(TableCall::Get(key.clone())).await?;
        Ok(answer.items().pop())
    }

    async fn get_many(&self, keys: &[TableKey]) -> Result<Vec<TableItem>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self
            .0
            .send(TableCall::GetMany(keys.to_vec()))
            .await?
            .items())
    }

    async fn query(
        &self,
        partition: &str,
        range: &KeyRange,
        paging: QueryPaging,
    ) -> Result<Vec<TableItem>, StoreError> {
        let call = TableCall::Query(partition.to_owned(), range.clone(), paging);
        Ok(self.0.send(call).await?.items())
    }

    async fn count(&self, partition: &str) -> Result<u64, StoreError> {
        match self.0.send(TableCall::Count(partition.to_owned())).await? {
            TableAnswer::Count(count) => Ok(count),
            TableAnswer::Items(_) | TableAnswer::Done => Ok(0),
        }
    }

    async fn write(&self, action: WriteAction) -> Result<(), StoreError> {
        self.0.send(TableCall::Write(action)).await.map(drop)
    }

    async fn take(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let answer = self.0.send(TableCall::Take(key.clone())).await?;
        Ok(answer.items().pop())
    }

    async fn delete_many(&self, keys: &[TableKey]) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let call = TableCall::DeleteMany(keys.to_vec());
        self.0.send(call).await.map(drop)
    }

    async fn transact(
        &self,
        actions: Vec<WriteAction>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let call = TableCall::Transact(actions, durability);
        self.0.send(call).await.map(drop)
    }

    async fn purge_deleted(&self) -> Result<(), StoreError> {
        self.0.send(TableCall::PurgeDeleted).await.map(drop)
    }
}

/// Returns what a table in memory answers immediately.
pub fn at_once<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().unwrap()
}

/// Returns `DynamoDB`'s limits of a transaction, for worlds of the cloud edition.
#[must_use]
pub fn cloud_limits() -> TransactionLimits {
    TransactionLimits {
        actions: 100,
        bytes: 300_000,
    }
}

/// Returns an error of the table that no client retries.
#[must_use]
pub fn refused(reason: &'static str) -> StoreError {
    StoreError::Failed {
        operation: "test",
        source: reason.into(),
    }
}
