//! The schema of the file.
//!
//! Partitions are stored as integers, so that a key is short in the one index; a partition's number
//! is deleted with its last item, as its name may contain an event, a group or a handle. Rows are
//! in the order in which they were written, and only the narrow index is in the order of keys:
//! people's ids are random, and with wide rows every insertion would move a page of them.

use std::path::Path;

use rusqlite::Connection;

use super::super::ItemSchema;
use super::error::SqliteError;

/// Distinguishes files of this program from others: `ASyn` in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x4153_796e;
/// The format that this version writes.
pub(super) const FORMAT: i64 = 1;

/// Content of an item, in the column `kind`.
pub(super) const EMPTY: i64 = 0;
pub(super) const DOCUMENT: i64 = 1;
pub(super) const DATA: i64 = 2;

/// How many values of the column `kind` an item's content takes. What is above them is the item's schema
/// version, counted from the first: so the column of an item of that version is as it was before items had one.
const KINDS: i64 = 4;

/// Returns the column `kind` of an item.
pub(super) fn kind_column(content: i64, schema: ItemSchema) -> i64 {
    let since = schema.number().saturating_sub(ItemSchema::FIRST.number());
    content + KINDS * i64::from(since)
}

/// Returns the content and the schema version that a column `kind` says.
pub(super) fn content(kind: i64) -> (i64, ItemSchema) {
    let since = u32::try_from(kind.div_euclid(KINDS)).unwrap_or_default();
    let number = ItemSchema::FIRST.number().saturating_add(since);
    (kind.rem_euclid(KINDS), ItemSchema::from_number(number))
}

pub(super) const TABLES: &str = "
CREATE TABLE partitions (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE items (
    partition INTEGER NOT NULL,
    sort BLOB NOT NULL,
    version INTEGER,
    expires INTEGER,
    kind INTEGER NOT NULL,
    body BLOB
);
";

pub(super) const INDEXES: &str = "
CREATE UNIQUE INDEX items_by_key ON items (partition, sort);
CREATE INDEX items_by_expiry ON items (expires) WHERE expires IS NOT NULL;
";

/// Creates what is absent; fails for a file of another program or of a newer version.
pub(super) fn prepare(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, format) = (
        pragma("application_id").map_err(of)?,
        pragma("user_version").map_err(of)?,
    );
    match (application, format) {
        (APPLICATION_ID, FORMAT) => Ok(()),
        (APPLICATION_ID, found) => Err(SqliteError::TooNew {
            path: path.to_owned(),
            found,
        }),
        (0, 0) => create(connection, path),
        _ => Err(SqliteError::OtherFile {
            path: path.to_owned(),
        }),
    }
}

fn create(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(of)?;
    if tables > 0 {
        return Err(SqliteError::OtherFile {
            path: path.to_owned(),
        });
    }
    let all = format!(
        "BEGIN IMMEDIATE; {TABLES} {INDEXES}
         PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
    );
    connection.execute_batch(&all).map_err(of)
}
