//! Writing: transactions under conditions, on the one connection that writes.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::super::{Durability, ItemBody, TableItem, TableKey, WriteAction, WriteCondition};
use super::growth::Growth;
use super::read::{get, partition_id};
use super::schema::{DATA, DOCUMENT, EMPTY, kind_column};

const INSERT: &str = "INSERT INTO items (partition, sort, version, expires, kind, body) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (partition, sort) DO ";
const UPDATE: &str = "UPDATE items SET version = ?3, expires = ?4, kind = ?5, body = ?6 \
    WHERE partition = ?1 AND sort = ?2 AND ";
const DELETE: &str = "DELETE FROM items WHERE partition = ?1 AND sort = ?2";
const OF_VERSION: &str = " AND version = ?3";

/// The connection that writes, with its cache of partitions.
pub(super) struct WriteConnection {
    connection: Connection,
    partitions: HashMap<String, i64>,
    durability: Durability,
    growth: Growth,
}

impl WriteConnection {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            partitions: HashMap::new(),
            durability: Durability::Normal,
            growth: Growth::default(),
        }
    }

    pub(super) fn reader(&self) -> &Connection {
        &self.connection
    }

    fn set_durability(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.durability == durability {
            return Ok(());
        }
        let level = match durability {
            Durability::Normal => "NORMAL",
            Durability::PowerCut => "FULL",
        };
        self.connection.pragma_update(None, "synchronous", level)?;
        self.durability = durability;
        Ok(())
    }

    /// Does some work in one transaction, which is rolled back where the work fails or returns
    /// `None`.
    fn in_transaction<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&mut Writing<'_>) -> rusqlite::Result<Option<T>>,
    ) -> rusqlite::Result<Option<T>> {
        self.set_durability(durability)?;
        self.growth.follow(&self.connection)?;
        let begun =
            rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut writing = Writing {
            connection: &self.connection,
            partitions: &mut self.partitions,
            emptied: HashSet::new(),
        };
        let done = match work(&mut writing) {
            Ok(Some(done)) => writing.drop_empty_partitions().map(|()| Some(done)),
            other => other,
        };
        let done = match done {
            Ok(Some(done)) => begun.commit().map(|()| Some(done)),
            Ok(None) => begun.rollback().map(|()| None),
            Err(error) => {
                // Where the disk is full, the engine has rolled back itself, and refuses this call.
                let _gone = begun.rollback();
                Err(error)
            }
        };
        if !matches!(done, Ok(Some(_))) {
            // The partitions that were added in this transaction do not exist.
            self.partitions.clear();
        }
        done
    }

    /// Does all actions or none. Returns whether all conditions hold.
    pub(super) fn transact(
        &mut self,
        actions: Vec<WriteAction>,
        durability: Durability,
    ) -> rusqlite::Result<bool> {
        let done = self.in_transaction(durability, |writing| {
            for action in actions {
                if !writing.act(action)? {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })?;
        Ok(done.is_some())
    }

    pub(super) fn take(&mut self, key: &TableKey) -> rusqlite::Result<Option<TableItem>> {
        self.in_transaction(Durability::Normal, |writing| {
            let Some(partition) = writing.known_partition(&key.pk)? else {
                return Ok(None);
            };
            let found = get(writing.connection, partition, key.clone())?;
            if found.is_some() {
                writing.delete(key, &WriteCondition::Always)?;
            }
            Ok(found)
        })
    }

    /// Deletes at most `most` items that expired before `now`.
    pub(super) fn delete_expired(&mut self, now: u64, most: usize) -> rusqlite::Result<usize> {
        let deleted = self.in_transaction(Durability::Normal, |writing| {
            let mut statement = writing.connection.prepare_cached(
                "SELECT items.rowid, partitions.id, partitions.name FROM items \
                 JOIN partitions ON partitions.id = items.partition \
                 WHERE expires IS NOT NULL AND expires < ?1 LIMIT ?2",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows: Vec<(i64, i64, String)> = statement
                .query_map((now.cast_signed(), most), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            for (row, partition, name) in &rows {
                writing
                    .connection
                    .prepare_cached("DELETE FROM items WHERE rowid = ?1")?
                    .execute([row])?;
                writing.emptied.insert((*partition, name.clone()));
            }
            Ok(Some(rows.len()))
        })?;
        Ok(deleted.unwrap_or(0))
    }
}

/// A transaction in progress.
struct Writing<'c> {
    connection: &'c Connection,
    partitions: &'c mut HashMap<String, i64>,
    /// Partitions of which something was deleted.
    emptied: HashSet<(i64, String)>,
}

impl Writing<'_> {
    fn known_partition(&mut self, name: &str) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.partitions.get(name) {
            return Ok(Some(*id));
        }
        let id = partition_id(self.connection, name)?;
        if let Some(id) = id {
            self.partitions.insert(name.to_owned(), id);
        }
        Ok(id)
    }

    fn partition(&mut self, name: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.known_partition(name)? {
            return Ok(id);
        }
        self.connection
            .prepare_cached("INSERT INTO partitions (name) VALUES (?1)")?
            .execute([name])?;
        let id = self.connection.last_insert_rowid();
        self.partitions.insert(name.to_owned(), id);
        Ok(id)
    }

    fn act(&mut self, action: WriteAction) -> rusqlite::Result<bool> {
        match action {
            WriteAction::Put(item, condition) => self.put(&item, &condition),
            WriteAction::Delete(key, condition) => self.delete(&key, &condition),
            WriteAction::Check(key, condition) => self.check(&key, &condition),
        }
    }

    fn put(&mut self, item: &TableItem, condition: &WriteCondition) -> rusqlite::Result<bool> {
        let partition = self.partition(&item.key.pk)?;
        let sort = item.key.sk.as_bytes();
        let version = item.version.map(u64::cast_signed);
        let expires = item.expires.map(u64::cast_signed);
        let (kind, body) = match &item.body {
            ItemBody::Empty => (EMPTY, None),
            ItemBody::Document(json) => (DOCUMENT, Some(json.as_bytes())),
            ItemBody::Data(bytes) => (DATA, Some(bytes.as_slice())),
        };
        let kind = kind_column(kind, item.schema);
        let values = (partition, sort, version, expires, kind, body);
        let prepare = |sql: &str| self.connection.prepare_cached(sql);
        let changed = match condition {
            WriteCondition::Always => prepare(&format!(
                "{INSERT} UPDATE SET version = ?3, expires = ?4, kind = ?5, body = ?6"
            ))?
            .execute(values)?,
            WriteCondition::Absent => prepare(&format!("{INSERT} NOTHING"))?.execute(values)?,
            WriteCondition::Version(expected) => prepare(&format!("{UPDATE} version = ?7"))?
                .execute((
                    partition,
                    sort,
                    version,
                    expires,
                    kind,
                    body,
                    expected.cast_signed(),
                ))?,
            WriteCondition::Document(expected) => {
                prepare(&format!("{UPDATE} kind % 4 = {DOCUMENT} AND body = ?7"))?.execute((
                    partition,
                    sort,
                    version,
                    expires,
                    kind,
                    body,
                    expected.as_bytes(),
                ))?
            }
        };
        Ok(changed > 0)
    }

    fn delete(&mut self, key: &TableKey, condition: &WriteCondition) -> rusqlite::Result<bool> {
        let Some(partition) = self.known_partition(&key.pk)? else {
            return Ok(matches!(
                condition,
                WriteCondition::Always | WriteCondition::Absent
            ));
        };
        let sort = key.sk.as_bytes();
        let prepare = |sql: &str| self.connection.prepare_cached(sql);
        let changed = match condition {
            WriteCondition::Always => {
                prepare(DELETE)?.execute((partition, sort))?;
                true
            }
            WriteCondition::Version(version) => {
                let deleted = prepare(&format!("{DELETE}{OF_VERSION}"))?;
                let mut deleted = deleted;
                deleted.execute((partition, sort, version.cast_signed()))? > 0
            }
            WriteCondition::Absent | WriteCondition::Document(_) => {
                if !self.check(key, condition)? {
                    return Ok(false);
                }
                prepare(DELETE)?.execute((partition, sort))?;
                true
            }
        };
        self.emptied.insert((partition, key.pk.clone()));
        Ok(changed)
    }

    fn check(&mut self, key: &TableKey, condition: &WriteCondition) -> rusqlite::Result<bool> {
        let stored = match self.known_partition(&key.pk)? {
            Some(partition) => get(self.connection, partition, key.clone())?,
            None => None,
        };
        Ok(match (condition, stored) {
            (WriteCondition::Always, _) | (WriteCondition::Absent, None) => true,
            (WriteCondition::Version(expected), Some(item)) => item.version == Some(*expected),
            (WriteCondition::Document(expected), Some(item)) => {
                matches!(&item.body, ItemBody::Document(json) if json == expected)
            }
            (WriteCondition::Absent, Some(_)) | (_, None) => false,
        })
    }

    /// Deletes the numbers of partitions that have no item any more.
    fn drop_empty_partitions(&mut self) -> rusqlite::Result<()> {
        for (id, name) in std::mem::take(&mut self.emptied) {
            let is_used = self
                .connection
                .prepare_cached("SELECT 1 FROM items WHERE partition = ?1 LIMIT 1")?
                .query_row([id], |_| Ok(()))
                .optional()?
                .is_some();
            if !is_used {
                self.connection
                    .prepare_cached("DELETE FROM partitions WHERE id = ?1")?
                    .execute([id])?;
                self.partitions.remove(&name);
            }
        }
        Ok(())
    }
}
