//! Backups of one machine: one file with the table as it is at one instant, and the other files of
//! the data directory.
//!
//! The file is an `SQLite` database followed by one line with the format and the SHA-256 of all
//! before it. A file without that line was cut off, or is no backup. It is written under another
//! name and renamed once it is complete and on the disk.

mod seal;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::store::KEPT_PARTITIONS;
use crate::table::sqlite::SqliteError;
use crate::table::sqlite::copy::{self, CopyLabel};

/// The format that this version writes, and the newest that it reads.
pub const BACKUP_FORMAT: u32 = 1;

/// Why a backup could not be made, or not be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file already at the backup's path.
    #[error("{} exists already, and a backup overwrites nothing; name another file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no space for the backup.
    #[error("the disk is full, or a quota or limit is reached, so {} could not be written; free space, then try again", path.display())]
    NoSpace {
        /// The backup.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The backup cannot be written at its path.
    #[error("the backup {} cannot be written; name a file in a folder that exists and that you may write into", path.display())]
    NotWritten {
        /// The backup.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The backup cannot be read.
    #[error("the backup {} cannot be read; check its name and its permissions", path.display())]
    NotRead {
        /// The backup.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file is no backup.
    #[error("{} is not a backup of this program", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
    },
    /// The backup is not as it was written.
    #[error("the backup {} is incomplete or damaged ({what}); use another one", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A newer version of the program made it.
    #[error("the backup {} was made by a newer version of this program (format {found}, and this one reads {BACKUP_FORMAT}); use a newer version", path.display())]
    TooNew {
        /// The backup.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The table that is to be copied cannot be used.
    #[error(transparent)]
    Table(SqliteError),
}

impl BackupError {
    fn writing(path: &Path, source: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let path = path.to_owned();
        match source.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::NoSpace {
                path,
                source: Box::new(source),
            },
            _ => Self::NotWritten { path, source },
        }
    }

    fn table(path: &Path, source: SqliteError) -> Self {
        match source {
            SqliteError::DiskFull { source, .. } | SqliteError::NotWritten { source, .. } => {
                Self::NoSpace {
                    path: path.to_owned(),
                    source: Box::new(source),
                }
            }
            other => Self::Table(other),
        }
    }

    /// An error about the copy in a backup that is being read.
    fn reading(path: &Path, source: SqliteError) -> Self {
        let path = path.to_owned();
        match source {
            SqliteError::OtherFile { .. } => Self::NoBackup { path },
            SqliteError::Damaged { what, .. } => Self::Damaged { path, what },
            other => Self::Table(other),
        }
    }
}

/// The label of a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BackupLabel {
    /// The backup's format.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When the backup was begun: nothing that happened later is in it.
    pub made: Timestamp,
}

/// A file of the data directory, by its path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Parts of the path are separated by `/`.
    pub name: String,
    /// All its bytes.
    pub content: Vec<u8>,
}

/// The contents of a backup beside the table.
#[derive(Debug)]
pub struct UnpackedBackup {
    /// The label.
    pub label: BackupLabel,
    /// The files.
    pub files: Vec<BackupFile>,
}

/// Writes a backup of a table, which other processes may write meanwhile. `files` is called after
/// the table was copied, and returns the files to put beside it. Returns the size of the backup in
/// bytes. Where it fails, nothing is left of the backup.
pub fn write_backup(
    table: &Path,
    backup: &Path,
    label: &BackupLabel,
    files: impl FnOnce() -> io::Result<Vec<BackupFile>>,
) -> Result<u64, BackupError> {
    let refuse_present = || match backup.symlink_metadata() {
        Ok(_) => Err(BackupError::Exists {
            path: backup.to_owned(),
        }),
        Err(_) => Ok(()),
    };
    refuse_present()?;
    let writing = |error| BackupError::writing(backup, error);
    let of_table = |error| BackupError::table(backup, error);
    let partial = PartialFile::make(backup).map_err(writing)?;
    copy::copy_table(table, &partial.0, KEPT_PARTITIONS).map_err(of_table)?;
    let files = files().map_err(writing)?;
    let files = files.into_iter().map(|file| (file.name, file.content));
    let label = CopyLabel {
        format: label.format,
        program: label.program.clone(),
        made: label.made.to_string(),
    };
    copy::label_copy(&partial.0, &label, &files.collect()).map_err(of_table)?;
    let bytes = seal::seal(&partial.0, label.format).map_err(writing)?;
    refuse_present()?;
    fs::rename(&partial.0, backup).map_err(writing)?;
    sync_folder_of(backup).map_err(writing)?;
    Ok(bytes)
}

/// Checks a backup and writes its table to a new file; a temporary file beside that is deleted
/// again. Returns the other contents of the backup.
pub fn unpack_backup(backup: &Path, table: &Path) -> Result<UnpackedBackup, BackupError> {
    let sealed = table.with_extension("sealed");
    seal::copy_sealed(backup, &sealed)?;
    let writing = |error| BackupError::writing(table, error);
    drop(make_private(table).map_err(writing)?);
    let unpacked = copy::table_of_copy(&sealed, table, backup);
    let (label, files) = unpacked.map_err(|error| BackupError::reading(backup, error))?;
    fs::remove_file(&sealed).map_err(writing)?;
    let damaged = |what: &str| BackupError::Damaged {
        path: backup.to_owned(),
        what: what.to_owned(),
    };
    let made = label.made.parse();
    Ok(UnpackedBackup {
        label: BackupLabel {
            format: label.format,
            program: label.program,
            made: made.map_err(|_| damaged("it does not say when it was made"))?,
        },
        files: files
            .into_iter()
            .map(|(name, content)| BackupFile { name, content })
            .collect(),
    })
}

/// Makes the names in a file's folder survive a power cut.
#[cfg(unix)]
pub fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Makes the names in a file's folder survive a power cut.
#[cfg(not(unix))]
pub fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Creates a file that only its owner can read. Fails where it exists.
fn make_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file beside the backup that is deleted when this is dropped, unless it was renamed.
struct PartialFile(PathBuf);

impl PartialFile {
    /// Creates the file under a random name: two processes that make the same backup must not write
    /// one file.
    fn make(backup: &Path) -> io::Result<Self> {
        let mut name = backup.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:08x}.partial", rand::random::<u32>()));
        let partial = Self(backup.with_file_name(name));
        make_private(&partial.0)?;
        Ok(partial)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // The file was renamed, or is of no use.
        let _gone = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests;
