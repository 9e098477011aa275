//! Migrates the file of version 0.1 to the format of this one.
//!
//! In version 0.1 the table was stored by an engine that speaks `DynamoDB`'s language:
//! `attendee-sync.db`, a table of JSON texts. A new file is written beside it, compared with the
//! old one item by item and renamed; the old one stays as a copy for [`COPY_KEPT`], or until
//! somebody is erased. After an interruption, the next start does the rest.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;

use super::super::{Durability, ItemBody, ItemSchema, TableItem, TableKey, WriteAction};
use super::connection;
use super::error::SqliteError;
use super::read;
use super::write::WriteConnection;

/// The file of version 0.1, beside that of this one.
const OLD_FILE: &str = "attendee-sync.db";
/// The name of the old file once it is migrated.
const COPY_FILE: &str = "attendee-sync.db.before-migration";
/// How long the copy stays.
const COPY_KEPT: Duration = Duration::from_hours(7 * 24);
/// Items that are written in one transaction.
const ITEMS: usize = 2_000;

/// Is called before each step of a migration, so that a test can interrupt it there.
pub(super) type StepHook<'h> = &'h mut dyn FnMut() -> io::Result<()>;

/// Migrates the old file where there is one and no new one. Returns how many items it had.
pub(super) fn migrate(new: &Path, step: StepHook<'_>) -> Result<Option<u64>, SqliteError> {
    let old = new.with_file_name(OLD_FILE);
    let no_access = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| SqliteError::NoAccess {
            path,
            source: Box::new(source),
        }
    };
    if !old.exists() {
        return Ok(None);
    }
    let mut items = None;
    if new.exists() {
        // Either the last start ended before it renamed the old file, or another old file was
        // created.
        if !is_the_same(&old, new) {
            return Err(SqliteError::OldFileAgain {
                path: new.to_owned(),
                old,
            });
        }
    } else {
        let partial = beside(new, ".partial");
        step().map_err(no_access(&partial))?;
        for left in with_logs(&partial) {
            remove(&left).map_err(no_access(&left))?;
        }
        items = Some(bring_over(&old, &partial, step)?);
        step().map_err(no_access(&partial))?;
        fs::rename(&partial, new).map_err(no_access(new))?;
        sync_folder(new).map_err(no_access(new))?;
    }
    step().map_err(no_access(&old))?;
    keep_copy(&old).map_err(no_access(&old))?;
    Ok(items)
}

/// Returns whether there is a file of version 0.1 beside the path of the new one.
pub(super) fn is_wanted(new: &Path) -> bool {
    new.with_file_name(OLD_FILE).exists()
}

/// Returns the path of the copy that a migration leaves.
pub(super) fn copy_beside(new: &Path) -> PathBuf {
    new.with_file_name(COPY_FILE)
}

/// Deletes the copy that a migration left once it is old enough.
pub(super) fn drop_old_copy(new: &Path, now: SystemTime) -> io::Result<()> {
    let copy = copy_beside(new);
    let Ok(made) = copy.metadata().and_then(|about| about.modified()) else {
        return Ok(());
    };
    match now.duration_since(made) {
        Ok(age) if age >= COPY_KEPT => remove(&copy),
        _ => Ok(()),
    }
}

/// Deletes a file, if there is one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Returns a database and the files that the engine may have put beside it.
fn with_logs(path: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-journal"].map(|ending| beside(path, ending))
}

/// Renames the old file to the copy, and sets its modification time to now.
fn keep_copy(old: &Path) -> io::Result<()> {
    // The log is already in the file, as the connection that read it was the last one.
    for log in with_logs(old).into_iter().skip(1) {
        remove(&log)?;
    }
    let copy = old.with_file_name(COPY_FILE);
    fs::rename(old, &copy)?;
    File::options()
        .append(true)
        .open(&copy)?
        .set_modified(SystemTime::now())
}

#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes the new file whole, and compares it with the old one.
fn bring_over(old: &Path, new: &Path, step: StepHook<'_>) -> Result<u64, SqliteError> {
    let of_old = |error| SqliteError::of(old, error);
    let of_new = |error| SqliteError::of(new, error);
    let source =
        Connection::open_with_flags(old, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(of_old)?;
    // The log that an earlier process left counts too.
    connection::truncate_log(&source, old)?;
    let mut target = WriteConnection::new(connection::open(new)?);
    let mut part = Vec::with_capacity(ITEMS);
    let mut count = 0_u64;
    each(&source, old, |item| {
        part.push(WriteAction::put(item));
        count += 1;
        if part.len() == ITEMS {
            step().map_err(|error| SqliteError::NoAccess {
                path: new.to_owned(),
                source: Box::new(error),
            })?;
            let part = std::mem::take(&mut part);
            target.transact(part, Durability::Normal).map_err(of_new)?;
        }
        Ok(())
    })?;
    target.transact(part, Durability::Normal).map_err(of_new)?;
    let mut compared = 0_u64;
    each(&source, old, |item| {
        let stored = read::get_many(target.reader(), vec![item.key.clone()]).map_err(of_new)?;
        if stored.as_slice() == std::slice::from_ref(&item) {
            compared += 1;
            return Ok(());
        }
        let what = format!("the item {}/{} did not come over", item.key.pk, item.key.sk);
        Err(SqliteError::damaged(new, what))
    })?;
    let written = read::items(target.reader()).map_err(of_new)?;
    if compared != count || written != count {
        let what = format!("{count} items were read and {written} written");
        return Err(SqliteError::damaged(new, what));
    }
    connection::truncate_log(target.reader(), new)?;
    drop(target);
    let synced = File::open(new).and_then(|file| file.sync_all());
    synced.map_err(|error| SqliteError::NoAccess {
        path: new.to_owned(),
        source: Box::new(error),
    })?;
    Ok(count)
}

/// Returns whether both files have the same items. A new file that cannot be read differs.
fn is_the_same(old: &Path, new: &Path) -> bool {
    let compare = || -> Result<bool, SqliteError> {
        let of_new = |error| SqliteError::of(new, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let source =
            Connection::open_with_flags(old, flags).map_err(|error| SqliteError::of(old, error))?;
        let target = connection::open(new)?;
        let (mut count, mut differs) = (0_u64, false);
        each(&source, old, |item| {
            count += 1;
            let stored = read::get_many(&target, vec![item.key.clone()]).map_err(of_new)?;
            differs |= stored.as_slice() != std::slice::from_ref(&item);
            Ok(())
        })?;
        Ok(!differs && read::items(&target).map_err(of_new)? == count)
    };
    compare().unwrap_or(false)
}

/// An item in the form of the old engine: `DynamoDB`'s JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldItem {
    pk: OldText,
    sk: OldText,
    v: Option<OldNumber>,
    expires: Option<OldNumber>,
    doc: Option<OldText>,
    data: Option<OldBytes>,
}

#[derive(Deserialize)]
struct OldText {
    #[serde(rename = "S")]
    text: String,
}

#[derive(Deserialize)]
struct OldNumber {
    #[serde(rename = "N")]
    number: String,
}

#[derive(Deserialize)]
struct OldBytes {
    #[serde(rename = "B")]
    base64: String,
}

impl OldItem {
    fn into_item(self) -> Option<TableItem> {
        let number = |stored: Option<OldNumber>| match stored {
            None => Some(None),
            Some(stored) => stored.number.parse().ok().map(Some),
        };
        let body = match (self.doc, self.data) {
            (Some(doc), None) => ItemBody::Document(doc.text),
            (None, Some(data)) => ItemBody::Data(STANDARD.decode(data.base64).ok()?),
            (None, None) => ItemBody::Empty,
            (Some(_), Some(_)) => return None,
        };
        let key = TableKey {
            pk: self.pk.text,
            sk: self.sk.text,
        };
        let (version, expires) = (number(self.v)?, number(self.expires)?);
        Some(TableItem::stored(
            key,
            version,
            expires,
            body,
            ItemSchema::FIRST,
        ))
    }
}

/// Reads every item of the old file, in the order of keys.
fn each(
    source: &Connection,
    path: &Path,
    mut take: impl FnMut(TableItem) -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let mut statement = source
        .prepare("SELECT item_json FROM \"attendee-sync\" ORDER BY pk, sk")
        .map_err(of)?;
    let mut rows = statement.query([]).map_err(of)?;
    while let Some(row) = rows.next().map_err(of)? {
        let json: String = row.get(0).map_err(of)?;
        let item = serde_json::from_str::<OldItem>(&json).ok();
        let item = item.and_then(OldItem::into_item);
        take(item.ok_or_else(|| {
            SqliteError::damaged(path, "it has an item of another shape".to_owned())
        })?)?;
    }
    Ok(())
}
