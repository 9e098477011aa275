//! The errors of the file, with advice on what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the table's file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// There is no space for the file to grow.
    #[error("the disk is full, so {} cannot grow; free space on it, then try again", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// The engine's error.
        #[source]
        source: rusqlite::Error,
    },
    /// The file cannot grow, and the engine does not say why: a quota, a limit of the process, or a
    /// disk that fails.
    #[error("the file {} cannot be written any further; free space on its disk, or raise the quota or limit that keeps it small, then try again", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// The engine's error.
        #[source]
        source: rusqlite::Error,
    },
    /// Version 0.1 was started in a directory whose data had been migrated.
    #[error(
        "version 0.1 of this program was run in this directory after its data had been brought over into {}, and made {} again. \
         If nothing of what it did is wanted, delete that file, and those whose names begin alike and end in -wal or -shm; then start again. \
         Do not start version 0.1 here any more",
        path.display(), old.display()
    )]
    OldFileAgain {
        /// The file of this version.
        path: PathBuf,
        /// The file of version 0.1.
        old: PathBuf,
    },
    /// The content of the file is damaged.
    #[error("the file {} is damaged ({what}); restore the backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit, in the engine's words.
        what: String,
    },
    /// The file may not be written, or not even be opened.
    #[error("the file {} cannot be opened for writing; check who owns it and its permissions", path.display())]
    NoAccess {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer version of this program wrote it.
    #[error("the file {} was written by a newer version of this program (format {found}); use that version", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// The file is no table of this program.
    #[error("the file {} is not a database of this program", path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
    },
    /// The log could not be truncated, as another process reads it for too long.
    #[error("what was deleted still lies in the log beside {}: another program has been reading the file for minutes; once it has ended, the next sync or start goes on with the erasure", path.display())]
    LogInUse {
        /// The file.
        path: PathBuf,
    },
    /// The thread that writes has ended.
    #[error("the table is closed")]
    Closed,
    /// Another error occurred.
    #[error("the file {} could not be used", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The engine's error.
        #[source]
        source: rusqlite::Error,
    },
}

impl SqliteError {
    /// An error of the engine about a file.
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path, source },
            Some(ErrorCode::SystemIoFailure) if is_of_writing(&source) => {
                Self::NotWritten { path, source }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged {
                path,
                what: source.to_string(),
            },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NoAccess {
                    path,
                    source: Box::new(source),
                }
            }
            _ => Self::Other { path, source },
        }
    }

    /// Returns whether the file could not grow.
    pub(crate) fn is_of_space(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::NotWritten { .. })
    }

    pub(super) fn in_memory(source: rusqlite::Error) -> Self {
        Self::of(Path::new(":memory:"), source)
    }

    pub(super) fn damaged(path: &Path, what: String) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what,
        }
    }

    /// Returns whether only a backup can repair the file.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

/// Returns whether an error of the operating system came from writing, except for a full disk: for
/// example a quota that is used up.
fn is_of_writing(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(SQLITE_IOERR_WRITE | SQLITE_IOERR_SHMSIZE))
}
