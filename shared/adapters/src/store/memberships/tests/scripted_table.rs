//! A table that ends after a number of writes, lets something happen before one of its calls, or hides an
//! item, as a reading does that had passed its place before it was written.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::StoreError;

use crate::table::sqlite::SqliteTable;
use crate::table::{
    Durability, KeyRange, QueryPaging, Table, TableItem, TableKey, TransactionLimits, WriteAction,
    failed,
};

type ScriptedStep = Pin<Box<dyn Future<Output = ()> + Send>>;

struct TableScript {
    writes_left: u64,
    calls: u64,
    happens: Option<(u64, ScriptedStep)>,
    hidden: Option<TableKey>,
}

#[derive(Clone)]
pub(super) struct ScriptedTable {
    engine: SqliteTable,
    script: Arc<Mutex<TableScript>>,
}

impl fmt::Debug for ScriptedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScriptedTable")
    }
}

impl ScriptedTable {
    pub(super) fn new() -> Self {
        Self::over(SqliteTable::in_memory().unwrap())
    }

    /// Another way to the same engine.
    pub(super) fn beside(&self) -> Self {
        Self::over(self.engine.clone())
    }

    fn over(engine: SqliteTable) -> Self {
        let script = TableScript {
            writes_left: u64::MAX,
            calls: 0,
            happens: None,
            hidden: None,
        };
        Self {
            engine,
            script: Arc::new(Mutex::new(script)),
        }
    }

    pub(super) fn engine(&self) -> &SqliteTable {
        &self.engine
    }

    pub(super) fn cut_after(&self, writes: u64) {
        self.script.lock().unwrap().writes_left = writes;
    }

    pub(super) fn mend(&self) {
        self.cut_after(u64::MAX);
    }

    /// Lets something happen before a call, after this many more.
    pub(super) fn before_call(
        &self,
        calls: u64,
        happens: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut script = self.script.lock().unwrap();
        script.happens = Some((script.calls + calls, Box::pin(happens)));
    }

    /// Whether what was to happen did not, as there were no more calls.
    pub(super) fn is_waiting(&self) -> bool {
        self.script.lock().unwrap().happens.take().is_some()
    }

    pub(super) fn hide(&self, key: Option<TableKey>) {
        self.script.lock().unwrap().hidden = key;
    }

    async fn call(&self, is_write: bool) -> Result<(), StoreError> {
        let happening = {
            let mut script = self.script.lock().unwrap();
            let number = script.calls;
            script.calls += 1;
            script.happens.take_if(|(at, _)| *at == number)
        };
        if let Some((_, happening)) = happening {
            happening.await;
        }
        if is_write {
            let mut script = self.script.lock().unwrap();
            if script.writes_left == 0 {
                return Err(failed("test")("cut"));
            }
            script.writes_left -= 1;
        }
        Ok(())
    }
}

#[async_trait]
impl Table for ScriptedTable {
    fn transaction_limits(&self) -> TransactionLimits {
        self.engine.transaction_limits()
    }

    async fn get(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        self.call(false).await?;
        self.engine.get(key).await
    }

    async fn get_many(&self, keys: &[TableKey]) -> Result<Vec<TableItem>, StoreError> {
        self.call(false).await?;
        self.engine.get_many(keys).await
    }

    async fn query(
        &self,
        partition: &str,
        range: &KeyRange,
        paging: QueryPaging,
    ) -> Result<Vec<TableItem>, StoreError> {
        self.call(false).await?;
        let mut items = self.engine.query(partition, range, paging).await?;
        let hidden = self.script.lock().unwrap().hidden.clone();
        items.retain(|item| Some(&item.key) != hidden.as_ref());
        Ok(items)
    }

    async fn count(&self, partition: &str) -> Result<u64, StoreError> {
        self.call(false).await?;
        self.engine.count(partition).await
    }

    async fn write(&self, action: WriteAction) -> Result<(), StoreError> {
        self.call(true).await?;
        self.engine.write(action).await
    }

    async fn take(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        self.call(true).await?;
        self.engine.take(key).await
    }

    /// Deletes one item after the other, as a crash may come between them.
    async fn delete_many(&self, keys: &[TableKey]) -> Result<(), StoreError> {
        for key in keys {
            self.write(WriteAction::delete(key.clone())).await?;
        }
        Ok(())
    }

    async fn transact(
        &self,
        actions: Vec<WriteAction>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        self.call(true).await?;
        self.engine.transact(actions, durability).await
    }

    async fn purge_deleted(&self) -> Result<(), StoreError> {
        self.engine.purge_deleted().await
    }
}
