//! Restores a backup into an empty data directory.
//!
//! Everything is prepared in a folder inside the directory: the backup is unpacked and checked,
//! invitations are held, and people who were erased since are erased again. Then the files are
//! moved to their places, the table last. A restore that was interrupted before that leaves the
//! folder and no table: nothing starts with that, and the next restore begins anew.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use attendee_sync_adapters::backup::{BackupLabel, UnpackedBackup, sync_folder_of, unpack_backup};
use attendee_sync_adapters::erasure_list::{ErasureEntries, FileErasureList};
use attendee_sync_adapters::secrets::write_private;
use attendee_sync_app::AfterRestore;
use attendee_sync_app::ports::{ErasedPerson, RestoredBackup};
use attendee_sync_domain::config::SourceAddresses;
use jiff::Timestamp;

use crate::backup::{FILES, PRESETS};
use crate::data_dir::{DataDir, ERASURES_FILE, RESTORE_FOLDER, TABLE_FILE};
use crate::setup::{MailSetup, set_up};
use crate::sweep;

const SWEPT_FILE: &str = "swept";
/// The files that a directory may have and still count as empty; the last one exists where the
/// directory is a disk of its own.
const OF_AN_EMPTY_DIRECTORY: [&str; 3] = ["lock", ERASURES_FILE, "lost+found"];

/// A completed restore.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Restored {
    #[serde(flatten)]
    pub(crate) label: BackupLabel,
    #[serde(flatten)]
    pub(crate) done: AfterRestore,
    /// Warnings about erasures that may be unknown.
    pub(crate) warnings: Vec<String>,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
enum RestoreRefused {
    #[error(
        "the data directory {} is not empty (`{found}` is in it), and a restore overwrites nothing; name an empty \
         one with --data-dir, or move everything in it but the file `{ERASURES_FILE}` to another place",
        path.display()
    )]
    NotEmpty { path: PathBuf, found: String },
    #[error("the backup has a file of the name {0:?}, which no backup of this program has")]
    ForeignFile(String),
}

/// Restores a backup into the directory, which must be empty except for the list of erasures.
pub(crate) async fn restore(data_dir: &Path, backup: &Path) -> anyhow::Result<Restored> {
    let dir = DataDir::take_for_restore(data_dir, "restore")?;
    refuse_others(data_dir)?;
    let in_dir = || format!("the data directory {} cannot be used", data_dir.display());
    clear_cut_off(data_dir).with_context(in_dir)?;
    let restored = restore_into(&dir, backup).await;
    if restored.is_err() {
        // Removes what this restore created; what cannot be deleted is found by the next restore.
        let _left = clear_cut_off(data_dir);
    }
    restored
}

async fn restore_into(dir: &DataDir, backup: &Path) -> anyhow::Result<Restored> {
    let now = Timestamp::now();
    let in_dir = || format!("the data directory {} cannot be used", dir.path().display());
    let staged = DataDir::take_for_restore(&dir.path().join(RESTORE_FOLDER), "restore")?;
    let UnpackedBackup { label, files } = unpack_backup(backup, &staged.table())?;
    for file in files {
        let name = known_name(&file.name)?;
        let path = staged.path().join(name);
        make_folder_of(&path)
            .and_then(|()| write_private(&path, &file.content))
            .with_context(in_dir)?;
    }
    let here = FileErasureList::new(dir.erasures()).read();
    let here = here.with_context(in_dir)?;
    let list = FileErasureList::new(staged.erasures());
    let in_backup = list.read().with_context(in_dir)?.unwrap_or_default();
    let warnings = warnings(here.as_ref(), label.made, &dir.erasures());
    let (merged, since) = merge(here, in_backup, label.made, now);
    write_private(&staged.erasures(), &merged.to_bytes()).with_context(in_dir)?;
    let restore = RestoredBackup {
        restored: now,
        backup_made: label.made,
    };
    let done = settle(&staged, &restore, &since).await?;
    sweep::note_at(&staged.swept(), system_time(label.made)).with_context(in_dir)?;
    move_into_place(&staged, dir.path()).with_context(in_dir)?;
    Ok(Restored {
        label,
        done,
        warnings,
    })
}

fn system_time(time: Timestamp) -> SystemTime {
    let seconds = u64::try_from(time.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Prepares the restored table, and closes it.
async fn settle(
    staged: &DataDir,
    restore: &RestoredBackup,
    erased_since: &[ErasedPerson],
) -> anyhow::Result<AfterRestore> {
    let setup = set_up(staged, SourceAddresses::Public, MailSetup::nobody()).await?;
    let done = setup.app.settle_restore(restore, erased_since).await;
    // The last that has the table open empties its log.
    drop(setup);
    Ok(done?)
}

/// Refuses names that no backup has, so that nothing else is written anywhere.
fn known_name(name: &str) -> Result<PathBuf, RestoreRefused> {
    let preset = name.strip_prefix(PRESETS).and_then(|n| n.strip_prefix('/'));
    let is_plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\', '\0']);
    let is_preset = preset.is_some_and(|name| is_plain(name) && !name.starts_with('.'));
    if FILES.contains(&name) || is_preset {
        return Ok(PathBuf::from(name));
    }
    Err(RestoreRefused::ForeignFile(name.to_owned()))
}

fn make_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => fs::create_dir_all(folder),
        None => Ok(()),
    }
}

/// Returns the list of the directory merged with that of the backup, and the people who were erased
/// since the backup was made: those whom the backup's own list lacks.
fn merge(
    here: Option<ErasureEntries>,
    mut in_backup: ErasureEntries,
    made: Timestamp,
    now: Timestamp,
) -> (ErasureEntries, Vec<ErasedPerson>) {
    let is_gapless = here
        .as_ref()
        .is_some_and(|here| here.complete_since.is_some_and(|since| since <= made));
    let here_since = here.as_ref().and_then(|here| here.complete_since);
    let people = here.unwrap_or_default().people;
    let since: Vec<ErasedPerson> = people.difference(&in_backup.people).cloned().collect();
    let complete_since = match (is_gapless, in_backup.complete_since) {
        (true, Some(before)) => here_since.map(|since| since.min(before)),
        (true, None) => here_since,
        (false, _) => Some(here_since.unwrap_or(now)),
    };
    in_backup.complete_since = complete_since;
    in_backup.unreadable = 0;
    in_backup.people.extend(people);
    (in_backup, since)
}

/// Returns warnings where the list does not reach back to the backup.
fn warnings(here: Option<&ErasureEntries>, made: Timestamp, path: &Path) -> Vec<String> {
    let path = path.display();
    let come_back = "people who were erased after it was made may be back";
    let Some(here) = here else {
        return vec![format!(
            "there is no list of erasures {path}, so {come_back} (the backup is of {made}). If the former data directory's \
             file `{ERASURES_FILE}` still exists, put it into an empty directory and restore into that; otherwise erase \
             these people again"
        )];
    };
    let mut warnings = Vec::new();
    match here.complete_since {
        Some(since) if since <= made => {}
        since => {
            let since =
                since.map_or_else(|| "an unknown time".to_owned(), |since| since.to_string());
            warnings.push(format!(
                "the list of erasures {path} reaches back to {since} only, and the backup is of {made}: {come_back}; erase \
                 them again"
            ));
        }
    }
    if here.unreadable > 0 {
        warnings.push(format!(
            "{} lines of the list of erasures {path} cannot be read; one may be an erasure that was never finished, more mean \
             that {come_back}",
            here.unreadable
        ));
    }
    warnings
}

fn entries(path: &Path) -> io::Result<BTreeSet<String>> {
    let names = fs::read_dir(path)?.map(|entry| {
        let name = entry?.file_name();
        Ok(name.to_string_lossy().into_owned())
    });
    names.collect()
}

/// Returns whether an interrupted restore may have moved this file to its place before the table.
fn may_be_moved(name: &str) -> bool {
    FILES.contains(&name) || [PRESETS, SWEPT_FILE].contains(&name)
}

/// Fails where a directory contains anything that no restore left there.
fn refuse_others(path: &Path) -> anyhow::Result<()> {
    let entries = entries(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let is_cut_off = entries.contains(RESTORE_FOLDER) && !entries.contains(TABLE_FILE);
    let is_allowed = |name: &str| {
        OF_AN_EMPTY_DIRECTORY.contains(&name)
            || is_cut_off && (name == RESTORE_FOLDER || may_be_moved(name))
    };
    match entries.into_iter().find(|name| !is_allowed(name)) {
        None => Ok(()),
        Some(found) => Err(RestoreRefused::NotEmpty {
            path: path.to_owned(),
            found,
        }
        .into()),
    }
}

/// Deletes the files of an interrupted restore; the list of erasures stays.
fn clear_cut_off(path: &Path) -> io::Result<()> {
    let folder = path.join(RESTORE_FOLDER);
    if !folder.exists() || path.join(TABLE_FILE).exists() {
        return Ok(());
    }
    for name in entries(path)? {
        let moved = path.join(&name);
        if name == ERASURES_FILE || !may_be_moved(&name) {
            continue;
        }
        if moved.is_dir() {
            fs::remove_dir_all(&moved)?;
        } else {
            fs::remove_file(&moved)?;
        }
    }
    fs::remove_dir_all(&folder)
}

/// Moves everything out of the folder: the table last, which completes the restore.
fn move_into_place(staged: &DataDir, data_dir: &Path) -> io::Result<()> {
    File::open(staged.table())?.sync_all()?;
    for name in entries(staged.path())? {
        if may_be_moved(&name) {
            fs::rename(staged.path().join(&name), data_dir.join(&name))?;
        }
    }
    let table = data_dir.join(TABLE_FILE);
    sync_folder_of(&table)?;
    fs::rename(staged.table(), &table)?;
    sync_folder_of(&table)?;
    // If this fails, the next start does it.
    let _left = fs::remove_dir_all(staged.path());
    Ok(())
}
