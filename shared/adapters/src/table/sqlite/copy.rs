//! Copies the file for a backup: what the table contains at one instant, with other files of the
//! data directory beside it; and restores a table from such a copy.
//!
//! A copy has an application id of its own, so that it cannot be used as a table by mistake.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::SqliteError;
use super::schema;

/// Distinguishes copies from tables: `ASyB` in ASCII.
const COPY_ID: i64 = 0x4153_7942;

const COPY_TABLES: &str = "
CREATE TABLE backup (format INTEGER NOT NULL, program TEXT NOT NULL, made TEXT NOT NULL);
CREATE TABLE backup_files (name TEXT PRIMARY KEY, content BLOB NOT NULL);
";

/// The label in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyLabel {
    /// The format of the backup.
    pub(crate) format: u32,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When the copy was begun, as RFC 3339.
    pub(crate) made: String,
}

/// Names of files and their content.
pub(crate) type CopiedFiles = Vec<(String, Vec<u8>)>;

fn open(path: &Path) -> Result<Connection, SqliteError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| SqliteError::of(path, error))
}

fn application_id(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// Settings of a file that is written once and thrown away where that fails. What is moved within it while
/// it grows is overwritten, so that no free page has anybody's data twice.
const NEW_FILE: &str = "
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -24000;
";

/// Writes what a table, or a backup's copy of one, contains now to an empty file. Partitions whose
/// names begin with `left_out` are left out, if that is not empty. Other processes may write the
/// table meanwhile. Data that was deleted before is not in the new file, not even in its free
/// pages. `shown` is the name of the source in errors.
fn rewrite(
    source: &Path,
    expected_id: i64,
    target: &Path,
    left_out: &str,
    shown: &Path,
) -> Result<(), SqliteError> {
    let of_source = |error| SqliteError::of(shown, error);
    let pragma = |name: &str| -> Result<i64, SqliteError> {
        let value = open(source)?.pragma_query_value(None, name, |row| row.get(0));
        value.map_err(of_source)
    };
    let format = pragma("user_version")?;
    if pragma("application_id")? != expected_id {
        return Err(SqliteError::OtherFile {
            path: shown.to_owned(),
        });
    }
    if format != schema::FORMAT {
        return Err(SqliteError::TooNew {
            path: shown.to_owned(),
            found: format,
        });
    }
    let write = |new: &Connection| -> rusqlite::Result<()> {
        new.busy_timeout(super::connection::BUSY_TIMEOUT)?;
        new.execute_batch(NEW_FILE)?;
        new.execute("ATTACH ?1 AS source", [source.to_string_lossy()])?;
        // The source is read as it is at one instant, as long as the transaction lasts.
        new.execute_batch("BEGIN;")?;
        new.execute_batch(schema::TABLES)?;
        let kept = "?1 = '' OR substr(name, 1, length(?1)) <> ?1";
        new.execute(
            &format!(
                "INSERT INTO main.partitions SELECT id, name FROM source.partitions WHERE {kept}"
            ),
            [left_out],
        )?;
        new.execute(
            "INSERT INTO main.items SELECT partition, sort, version, expires, kind, body \
             FROM source.items WHERE partition IN (SELECT id FROM main.partitions) ORDER BY rowid",
            [],
        )?;
        new.execute_batch(schema::INDEXES)?;
        new.pragma_update(None, "user_version", schema::FORMAT)?;
        new.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        new.execute_batch("COMMIT; DETACH source;")
    };
    write(&open(target)?).map_err(|error| match SqliteError::of(target, error) {
        full if full.is_of_space() => full,
        SqliteError::Damaged { what, .. } => SqliteError::damaged(shown, what),
        other => other,
    })
}

/// Copies what the table contains now to an empty file, without partitions whose names begin with
/// `left_out`. Other processes may write the table meanwhile.
pub(crate) fn copy_table(table: &Path, copy: &Path, left_out: &str) -> Result<(), SqliteError> {
    rewrite(table, schema::APPLICATION_ID, copy, left_out, table)
}

/// Makes a copy of the table a backup: adds the other files and the label.
pub(crate) fn label_copy(
    copy: &Path,
    label: &CopyLabel,
    files: &CopiedFiles,
) -> Result<(), SqliteError> {
    let write = |target: &Connection| -> rusqlite::Result<()> {
        target.execute_batch(NEW_FILE)?;
        target.execute_batch(COPY_TABLES)?;
        target.execute(
            "INSERT INTO backup (format, program, made) VALUES (?1, ?2, ?3)",
            (label.format, &label.program, &label.made),
        )?;
        for (name, content) in files {
            let insert = "INSERT INTO backup_files (name, content) VALUES (?1, ?2)";
            target.execute(insert, (name, content))?;
        }
        target.pragma_update(None, "application_id", COPY_ID)
    };
    write(&open(copy)?).map_err(|error| SqliteError::of(copy, error))
}

/// Writes a table to an empty file from a backup's copy, which is checked first. Returns the label
/// of the copy, and the files beside the table in it. `shown` is the name of the copy in errors.
pub(crate) fn table_of_copy(
    copy: &Path,
    table: &Path,
    shown: &Path,
) -> Result<(CopyLabel, CopiedFiles), SqliteError> {
    let of = |error| SqliteError::of(shown, error);
    let source = open(copy)?;
    if application_id(&source).map_err(of)? != COPY_ID {
        return Err(SqliteError::OtherFile {
            path: shown.to_owned(),
        });
    }
    let check = "PRAGMA integrity_check(1)";
    let found: String = source.query_row(check, [], |row| row.get(0)).map_err(of)?;
    if found != "ok" {
        return Err(SqliteError::damaged(shown, found));
    }
    let read = || -> rusqlite::Result<(CopyLabel, CopiedFiles)> {
        let label = source.query_row("SELECT format, program, made FROM backup", [], |row| {
            Ok(CopyLabel {
                format: row.get(0)?,
                program: row.get(1)?,
                made: row.get(2)?,
            })
        })?;
        let mut statement = source.prepare("SELECT name, content FROM backup_files")?;
        let files = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((label, files.collect::<rusqlite::Result<CopiedFiles>>()?))
    };
    let (label, files) = read().map_err(of)?;
    rewrite(copy, COPY_ID, table, "", shown)?;
    Ok((label, files))
}
