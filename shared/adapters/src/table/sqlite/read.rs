//! Reading: single items, and pages of a partition.

use std::collections::HashMap;
use std::ops::Bound;

use rusqlite::types::{ToSql, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::{ItemBody, KeyRange, QueryPaging, TableItem, TableKey};
use super::schema::{self, DATA, DOCUMENT};

/// The bytes after which a page ends, so that no read delays truncating the log for long.
const PAGE_BYTES: usize = 1024 * 1024;
/// The number of keys that are read in one transaction.
const GETS: usize = 1_000;

/// Some items of a range.
pub(super) struct RangePage {
    pub(super) items: Vec<TableItem>,
    /// Whether the range has no more.
    pub(super) is_last: bool,
}

pub(super) fn partition_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM partitions WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// The columns of an item after its keys: version, expires, kind, body.
fn item(key: TableKey, row: &Row<'_>, first: usize) -> rusqlite::Result<TableItem> {
    let number = |index| -> rusqlite::Result<Option<u64>> {
        let value: Option<i64> = row.get(index)?;
        Ok(value.map(i64::cast_unsigned))
    };
    let (kind, schema) = schema::content(row.get(first + 2)?);
    let body = match kind {
        DOCUMENT => match row.get_ref(first + 3)? {
            ValueRef::Blob(json) | ValueRef::Text(json) => {
                ItemBody::Document(String::from_utf8_lossy(json).into_owned())
            }
            _ => ItemBody::Empty,
        },
        DATA => ItemBody::Data(row.get(first + 3)?),
        _ => ItemBody::Empty,
    };
    let (version, expires) = (number(first)?, number(first + 1)?);
    Ok(TableItem::stored(key, version, expires, body, schema))
}

pub(super) fn get(
    connection: &Connection,
    partition: i64,
    key: TableKey,
) -> rusqlite::Result<Option<TableItem>> {
    let mut statement = connection.prepare_cached(
        "SELECT version, expires, kind, body FROM items WHERE partition = ?1 AND sort = ?2",
    )?;
    let sort = key.sk.clone().into_bytes();
    statement
        .query_row((partition, sort), |row| item(key, row, 0))
        .optional()
}

pub(super) fn get_many(
    connection: &Connection,
    keys: Vec<TableKey>,
) -> rusqlite::Result<Vec<TableItem>> {
    let mut found = Vec::with_capacity(keys.len());
    let mut keys = keys.into_iter().peekable();
    while keys.peek().is_some() {
        // Within a transaction, a partition keeps its number.
        let transaction = connection.unchecked_transaction()?;
        let mut partitions: HashMap<String, Option<i64>> = HashMap::new();
        for key in keys.by_ref().take(GETS) {
            let partition = if let Some(known) = partitions.get(&key.pk) {
                *known
            } else {
                let id = partition_id(connection, &key.pk)?;
                partitions.insert(key.pk.clone(), id);
                id
            };
            if let Some(partition) = partition {
                found.extend(get(connection, partition, key)?);
            }
        }
        transaction.commit()?;
    }
    Ok(found)
}

/// Returns the first text after all those with this prefix. UTF-8 has no byte 255, so there is one.
fn behind(prefix: &str) -> Vec<u8> {
    let mut bytes = prefix.as_bytes().to_vec();
    match bytes.last_mut() {
        Some(last) => *last = last.saturating_add(1),
        None => bytes.push(u8::MAX),
    }
    bytes
}

fn bounds(range: &KeyRange) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let bytes = |text: &String| text.clone().into_bytes();
    match range {
        KeyRange::All => (Bound::Unbounded, Bound::Unbounded),
        KeyRange::Prefix(prefix) => (
            Bound::Included(bytes(prefix)),
            Bound::Excluded(behind(prefix)),
        ),
        KeyRange::After(after) => (Bound::Excluded(bytes(after)), Bound::Unbounded),
        KeyRange::Before(before) => (Bound::Unbounded, Bound::Excluded(bytes(before))),
        KeyRange::Between(from, to) => (Bound::Included(bytes(from)), Bound::Included(bytes(to))),
    }
}

/// Reads one page of a range.
pub(super) fn page(
    connection: &Connection,
    partition: &str,
    range: &KeyRange,
    paging: QueryPaging,
) -> rusqlite::Result<RangePage> {
    read_page(connection, partition, bounds(range), paging)
}

fn read_page(
    connection: &Connection,
    partition: &str,
    (from, to): (Bound<Vec<u8>>, Bound<Vec<u8>>),
    paging: QueryPaging,
) -> rusqlite::Result<RangePage> {
    let mut sql = String::from(
        "SELECT sort, version, expires, kind, body FROM items \
         WHERE partition = (SELECT id FROM partitions WHERE name = ?)",
    );
    let mut values: Vec<&dyn ToSql> = vec![&partition];
    match &from {
        Bound::Unbounded => {}
        Bound::Included(key) => {
            sql.push_str(" AND sort >= ?");
            values.push(key);
        }
        Bound::Excluded(key) => {
            sql.push_str(" AND sort > ?");
            values.push(key);
        }
    }
    match &to {
        Bound::Unbounded => {}
        Bound::Included(key) => {
            sql.push_str(" AND sort <= ?");
            values.push(key);
        }
        Bound::Excluded(key) => {
            sql.push_str(" AND sort < ?");
            values.push(key);
        }
    }
    sql.push_str(if paging.newest_first {
        " ORDER BY sort DESC LIMIT ?"
    } else {
        " ORDER BY sort LIMIT ?"
    });
    let limit = paging
        .limit
        .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    values.push(&limit);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values.as_slice())?;
    let mut items = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let sort = row.get_ref(0)?.as_blob().unwrap_or_default();
        let key = TableKey {
            pk: partition.to_owned(),
            sk: String::from_utf8_lossy(sort).into_owned(),
        };
        let found = item(key, row, 1)?;
        bytes += found.bytes();
        items.push(found);
        if bytes > PAGE_BYTES {
            return Ok(RangePage {
                items,
                is_last: false,
            });
        }
    }
    Ok(RangePage {
        items,
        is_last: true,
    })
}

/// Reads a whole range, or as much of it as is requested, page by page.
pub(super) fn query(
    connection: &Connection,
    partition: &str,
    range: &KeyRange,
    paging: QueryPaging,
) -> rusqlite::Result<Vec<TableItem>> {
    let (mut from, mut to) = bounds(range);
    let mut found: Vec<TableItem> = Vec::new();
    loop {
        let left = paging.limit.map(|limit| limit.saturating_sub(found.len()));
        if left == Some(0) {
            return Ok(found);
        }
        let rest = QueryPaging {
            limit: left,
            ..paging
        };
        let page = read_page(connection, partition, (from.clone(), to.clone()), rest)?;
        let last = page
            .items
            .last()
            .map(|item| item.key.sk.clone().into_bytes());
        found.extend(page.items);
        match last {
            Some(last) if !page.is_last && paging.newest_first => to = Bound::Excluded(last),
            Some(last) if !page.is_last => from = Bound::Excluded(last),
            _ => return Ok(found),
        }
    }
}

pub(super) fn count(connection: &Connection, partition: &str) -> rusqlite::Result<u64> {
    let counted: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM items WHERE partition = (SELECT id FROM partitions WHERE name = ?1)",
        )?
        .query_row([partition], |row| row.get(0))?;
    Ok(counted.cast_unsigned())
}

/// Returns the number of all items.
pub(super) fn items(connection: &Connection) -> rusqlite::Result<u64> {
    let counted: i64 = connection.query_row("SELECT count(*) FROM items", [], |row| row.get(0))?;
    Ok(counted.cast_unsigned())
}

/// The names of all partitions, in order.
pub(super) fn partitions(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM partitions ORDER BY name")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((pragma("page_count")? * pragma("page_size")?).cast_unsigned())
}

/// Checks every page. Returns what is inconsistent, if anything.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}
