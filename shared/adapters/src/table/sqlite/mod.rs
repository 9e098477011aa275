//! The table of one machine: one `SQLite` file, inside this process.
//!
//! The file has a write-ahead log. One thread writes; a few connections read, and see every write
//! that was acknowledged before. A commit survives the end of the process, however it ends; its
//! [`Durability`] says what a power cut may do to it. Deleted data is overwritten.

mod closing_mark;
mod connection;
pub(crate) mod copy;
mod error;
mod growth;
mod migrate;
mod read;
mod schema;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use attendee_sync_app::ports::StoreError;
use rusqlite::Connection;

use super::{
    Durability, KeyRange, QueryPaging, Table, TableItem, TableKey, TransactionLimits, WriteAction,
    failed,
};
use connection::{Readers, WriterThread};
pub use error::SqliteError;
use write::WriteConnection;

/// The maximum number of actions of a transaction: it is written in well under a second, and others
/// wait no longer.
const MAX_ACTIONS: usize = 5_000;
/// The maximum size of the people in one transaction, in bytes; the log item beside them stays
/// below 4 MB.
const MAX_TRANSACTION_BYTES: usize = 3_000_000;
/// The number of items that are deleted in one transaction, so that other writes can run in
/// between.
const SWEEP_ITEMS: usize = 500;

/// A table in a file, or in memory. Copies are the same table.
#[derive(Clone)]
pub struct SqliteTable {
    engine: Arc<Engine>,
}

enum Engine {
    /// The table in memory answers at once and in the order of the calls, so that tests replay
    /// exactly.
    Memory(Mutex<WriteConnection>),
    File {
        path: PathBuf,
        /// The readers are closed before the writer, which empties the log when it is the last
        /// connection.
        readers: Readers,
        writer: WriterThread,
    },
}

impl fmt::Debug for SqliteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteTable")
    }
}

impl SqliteTable {
    /// Opens the file, and creates it where it is absent, readable by its owner alone. Fails where
    /// the file is damaged, as far as its pages show that: they are checked where the file is not
    /// as the last process left it. Where there is only the file of version 0.1, it is migrated
    /// first.
    pub fn open(path: &Path) -> Result<Self, SqliteError> {
        if let Some(items) = migrate::migrate(path, &mut || Ok(()))? {
            tracing::info!(
                items,
                "the table was brought into the format of this version"
            );
        }
        if let Err(error) = migrate::drop_old_copy(path, SystemTime::now()) {
            tracing::warn!(%error, "the copy of the table from before the migration was not deleted");
        }
        let is_as_closed = closing_mark::is_as_noted(path);
        let connection = connection::open(path)?;
        if !is_as_closed {
            let found = read::check(&connection).map_err(|error| SqliteError::of(path, error))?;
            if let Some(what) = found {
                return Err(SqliteError::damaged(path, what));
            }
        }
        // Data that an earlier process deleted may still be in the log that it left.
        connection::truncate_log(&connection, path)?;
        Ok(Self {
            engine: Arc::new(Engine::File {
                path: path.to_owned(),
                writer: WriterThread::start(WriteConnection::new(connection), path)?,
                readers: Readers::new(path),
            }),
        })
    }

    /// Returns whether there is a table at this path, or one of version 0.1 to migrate.
    #[must_use]
    pub fn exists(path: &Path) -> bool {
        path.exists() || migrate::is_wanted(path)
    }

    /// A table in memory, for tests.
    pub fn in_memory() -> Result<Self, SqliteError> {
        let connection = connection::in_memory()?;
        let memory = Mutex::new(WriteConnection::new(connection));
        Ok(Self {
            engine: Arc::new(Engine::Memory(memory)),
        })
    }

    /// Reads, on a connection of its own.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        match &*self.engine {
            Engine::Memory(memory) => {
                let connection = memory.lock().unwrap_or_else(PoisonError::into_inner);
                read(connection.reader()).map_err(SqliteError::in_memory)
            }
            Engine::File { readers, .. } => readers.read(read).await,
        }
    }

    /// Writes, after the writes that were requested before.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut WriteConnection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        match &*self.engine {
            Engine::Memory(memory) => {
                let mut connection = memory.lock().unwrap_or_else(PoisonError::into_inner);
                change(&mut connection).map_err(SqliteError::in_memory)
            }
            Engine::File { path, writer, .. } => writer.change(change, path).await,
        }
    }

    /// Deletes the items that expired before `now` (seconds since 1970). Returns their number.
    pub async fn delete_expired(&self, now: u64) -> Result<usize, SqliteError> {
        let mut deleted = 0;
        loop {
            let part = self
                .change(move |connection| connection.delete_expired(now, SWEEP_ITEMS))
                .await?;
            deleted += part;
            if part < SWEEP_ITEMS {
                return Ok(deleted);
            }
        }
    }

    /// Passes every item to `look`, partition by partition, in the order of keys.
    pub async fn each_item(&self, mut look: impl FnMut(TableItem)) -> Result<(), SqliteError> {
        for partition in self.read(read::partitions).await? {
            let mut after = KeyRange::All;
            loop {
                let (pk, range) = (partition.clone(), after);
                let page = self
                    .read(move |connection| {
                        read::page(connection, &pk, &range, QueryPaging::default())
                    })
                    .await?;
                let Some(last) = page.items.last() else { break };
                after = KeyRange::After(last.key.sk.clone());
                let is_last = page.is_last;
                page.items.into_iter().for_each(&mut look);
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Returns the size of the file, or of the memory that takes its place, in bytes. Free pages
    /// are included.
    pub async fn size(&self) -> Result<u64, SqliteError> {
        self.read(read::size).await
    }
}

#[async_trait]
impl Table for SqliteTable {
    fn transaction_limits(&self) -> TransactionLimits {
        TransactionLimits {
            actions: MAX_ACTIONS,
            bytes: MAX_TRANSACTION_BYTES,
        }
    }

    async fn get(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        Ok(self.get_many(std::slice::from_ref(key)).await?.pop())
    }

    async fn get_many(&self, keys: &[TableKey]) -> Result<Vec<TableItem>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |connection| read::get_many(connection, keys))
            .await
            .map_err(failed("reading"))
    }

    async fn query(
        &self,
        partition: &str,
        range: &KeyRange,
        paging: QueryPaging,
    ) -> Result<Vec<TableItem>, StoreError> {
        let (partition, range) = (partition.to_owned(), range.clone());
        self.read(move |connection| read::query(connection, &partition, &range, paging))
            .await
            .map_err(failed("reading"))
    }

    async fn count(&self, partition: &str) -> Result<u64, StoreError> {
        let partition = partition.to_owned();
        self.read(move |connection| read::count(connection, &partition))
            .await
            .map_err(failed("reading"))
    }

    async fn write(&self, action: WriteAction) -> Result<(), StoreError> {
        self.transact(vec![action], Durability::Normal).await
    }

    async fn take(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let key = key.clone();
        self.change(move |connection| connection.take(&key))
            .await
            .map_err(failed("writing"))
    }

    async fn delete_many(&self, keys: &[TableKey]) -> Result<(), StoreError> {
        for part in keys.chunks(MAX_ACTIONS) {
            let actions = part.iter().cloned().map(WriteAction::delete).collect();
            self.transact(actions, Durability::Normal).await?;
        }
        Ok(())
    }

    async fn transact(
        &self,
        actions: Vec<WriteAction>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let done = self
            .change(move |connection| connection.transact(actions, durability))
            .await
            .map_err(failed("writing"))?;
        if done {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    async fn purge_deleted(&self) -> Result<(), StoreError> {
        let Engine::File { path, writer, .. } = &*self.engine else {
            return Ok(());
        };
        migrate::remove(&migrate::copy_beside(path)).map_err(failed("erasing"))?;
        writer.truncate_log(path).await.map_err(failed("erasing"))
    }
}

#[cfg(test)]
mod tests;
