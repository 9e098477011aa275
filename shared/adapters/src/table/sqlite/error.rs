//! What can be wrong with the file, in words that say what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the table's file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// It cannot grow.
    #[error("the disk is full, so {} cannot grow; free space on it, then try again", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        #[source]
        source: rusqlite::Error,
    },
    /// Its content does not make sense.
    #[error("the file {} is damaged ({what}); restore the backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit, in the engine's words.
        what: String,
    },
    /// It may not be written, or not even be opened.
    #[error("the file {} cannot be opened for writing; check who owns it and its permissions", path.display())]
    NoAccess {
        /// The file.
        path: PathBuf,
        /// What was said.
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
    /// It holds something else.
    #[error("the file {} is no table of this program", path.display())]
    OtherFile {
        /// The file.
        path: PathBuf,
    },
    /// The log could not be emptied, as somebody reads it for too long.
    #[error("what was deleted still lies in the log beside {}: another program reads the file", path.display())]
    LogInUse {
        /// The file.
        path: PathBuf,
    },
    /// Whoever writes has ended.
    #[error("the table is closed")]
    Closed,
    /// Something else.
    #[error("the file {} could not be used", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What the engine said.
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

    pub(super) fn in_memory(source: rusqlite::Error) -> Self {
        Self::of(Path::new(":memory:"), source)
    }

    pub(super) fn damaged(path: &Path, what: String) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what,
        }
    }

    /// Whether the file can be made good only by a backup.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}
