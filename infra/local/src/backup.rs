//! Makes a backup of a data directory, even while another process of this program uses it.
//!
//! It contains the table, credentials, the owner's token, the presets of the data directory, and
//! the list of erasures. It does not contain the mails in the folder, sessions and form input.

use std::io;
use std::path::{Path, PathBuf};

use attendee_sync_adapters::backup::{BACKUP_FORMAT, BackupFile, BackupLabel, write_backup};
use jiff::Timestamp;

use crate::data_dir::{DataDir, DataDirError, ERASURES_FILE, TABLE_FILE};
use crate::setup::open_table;

/// Files of the data directory that are in a backup where they are in the directory.
pub(crate) const FILES: [&str; 3] = ["secrets.json", "token", ERASURES_FILE];
/// A folder whose files a backup contains.
pub(crate) const PRESETS: &str = "presets";

/// A backup that was made.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Backup {
    pub(crate) file: PathBuf,
    pub(crate) bytes: u64,
    #[serde(flatten)]
    pub(crate) label: BackupLabel,
}

/// Why no backup was begun.
#[derive(Debug, thiserror::Error)]
enum BackupRefused {
    #[error(
        "{} is in the data directory, and would be lost with it; name a file somewhere else, preferably on another disk",
        file.display()
    )]
    Inside { file: PathBuf },
    #[error("the folder of {} cannot be used; name a file in a folder that exists", file.display())]
    NoFolder {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "there is no table {} yet: another process is making it; try again once it is done",
        table.display()
    )]
    NoTable { table: PathBuf },
    #[error("the data directory {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Writes a backup of the directory into a file that is not there yet.
pub(crate) fn make(data_dir: &Path, file: &Path) -> anyhow::Result<Backup> {
    refuse_inside(data_dir, file)?;
    let held = match DataDir::take(data_dir, "backup") {
        Ok(dir) => {
            // This migrates a table of version 0.1, and checks the table.
            drop(open_table(&dir)?);
            Some(dir)
        }
        // `serve` or another command uses the directory: the table is read while it works.
        Err(DataDirError::InUse { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let table = data_dir.join(TABLE_FILE);
    if !table.exists() {
        return Err(BackupRefused::NoTable { table }.into());
    }
    let unreadable = |source| BackupRefused::Unreadable {
        path: data_dir.to_owned(),
        source,
    };
    // The list is read before the table: everybody on it is erased in the table that is copied.
    let erasures = read(data_dir, ERASURES_FILE).map_err(unreadable)?;
    let label = BackupLabel {
        format: BACKUP_FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made: Timestamp::now(),
    };
    let bytes = write_backup(&table, file, &label, || {
        let mut files = other_files(data_dir)?;
        files.extend(erasures);
        Ok(files)
    })?;
    drop(held);
    Ok(Backup {
        file: file.to_owned(),
        bytes,
        label,
    })
}

fn refuse_inside(data_dir: &Path, file: &Path) -> Result<(), BackupRefused> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    let folder = folder.map_err(|source| BackupRefused::NoFolder {
        file: file.to_owned(),
        source,
    })?;
    match data_dir.canonicalize() {
        Ok(data_dir) if folder.starts_with(&data_dir) => Err(BackupRefused::Inside {
            file: file.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Returns a file of the directory, if it exists.
fn read(data_dir: &Path, name: &str) -> io::Result<Option<BackupFile>> {
    match std::fs::read(data_dir.join(name)) {
        Ok(content) => Ok(Some(BackupFile {
            name: name.to_owned(),
            content,
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the other files of the backup, except the list of erasures.
fn other_files(data_dir: &Path) -> io::Result<Vec<BackupFile>> {
    let mut files = Vec::new();
    for name in FILES.into_iter().filter(|name| *name != ERASURES_FILE) {
        files.extend(read(data_dir, name)?);
    }
    let entries = match std::fs::read_dir(data_dir.join(PRESETS)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let is_preset = entry.path().extension().is_some_and(|kind| kind == "toml");
        if is_preset && let Ok(name) = entry.file_name().into_string() {
            files.extend(read(data_dir, &format!("{PRESETS}/{name}"))?);
        }
    }
    Ok(files)
}
