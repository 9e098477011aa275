//! The data directory: its files, and the lock that lets only one process use it.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::output::printable;
use crate::privacy::{self, NotPrivate};

/// The table's file in the directory.
pub(crate) const TABLE_FILE: &str = "attendees.db";

/// The list of erasures, which a restore leaves in its place.
pub(crate) const ERASURES_FILE: &str = "erasures";
/// The folder that a restore works in; while it exists and the table does not, the restore is not
/// finished.
pub(crate) const RESTORE_FOLDER: &str = "restore.partial";

/// Returns whether a restore into this directory was interrupted.
pub(crate) fn is_half_restored(path: &Path) -> bool {
    path.join(RESTORE_FOLDER).exists() && !path.join(TABLE_FILE).exists()
}

/// The maximum size of a lock file that this program wrote, in bytes.
const MAX_HOLDER: usize = 4096;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    #[error("the data directory {} cannot be used", path.display())]
    Unusable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    NotPrivate(#[from] NotPrivate),
    #[error(
        "a restore into the data directory {} was not completed; run `attendee-sync restore FILE` again, \
         or delete everything in it but the file `{ERASURES_FILE}` to begin anew",
        path.display()
    )]
    HalfRestored { path: PathBuf },
    #[error("the data directory {} is in use by {holder}; end that process first, or use another --data-dir", path.display())]
    InUse {
        path: PathBuf,
        holder: DataDirHolder,
    },
}

/// The process that uses a data directory, as written in its lock file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct DataDirHolder {
    process: u32,
    command: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl std::fmt::Display for DataDirHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.process == 0 {
            return f.write_str("another process");
        }
        write!(
            f,
            "`attendee-sync {}` (process {})",
            self.command, self.process
        )?;
        match &self.url {
            Some(url) => write!(f, ", which serves {url}"),
            None => Ok(()),
        }
    }
}

/// A data directory that only this process uses, as long as this value exists.
pub(crate) struct DataDir {
    path: PathBuf,
    /// The locked file; the operating system unlocks it when the process ends, however it ends.
    lock: File,
}

impl DataDir {
    /// Locks the directory for `command`, and creates it where it is absent. Fails where another
    /// user owns the directory, where every user can write into it, or where a restore into it was
    /// interrupted. Warns on standard error where others can read it.
    pub(crate) fn take(path: &Path, command: &str) -> Result<Self, DataDirError> {
        let dir = Self::take_for_restore(path, command)?;
        if is_half_restored(path) {
            return Err(DataDirError::HalfRestored {
                path: path.to_owned(),
            });
        }
        let left = path.join(RESTORE_FOLDER);
        if left.exists() {
            // The restore was completed and only its folder was left.
            std::fs::remove_dir_all(&left).map_err(|source| dir.unusable(source))?;
        }
        Ok(dir)
    }

    /// Does the same for a restore, even where an earlier restore was interrupted.
    pub(crate) fn take_for_restore(path: &Path, command: &str) -> Result<Self, DataDirError> {
        let unusable = |source| DataDirError::Unusable {
            path: path.to_owned(),
            source,
        };
        make_private_dir(path).map_err(unusable)?;
        if let Some(warning) = privacy::check(path).map_err(unusable)?? {
            eprintln!("attendee-sync: {}", printable(&warning));
        }
        let mut lock = privacy::open_lock(&path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = match lock.read_to_string(&mut text) {
                    Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
                    Err(_) => DataDirHolder::default(),
                };
                return Err(DataDirError::InUse {
                    path: path.to_owned(),
                    holder,
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let mut dir = Self {
            path: path.to_owned(),
            lock,
        };
        dir.announce(command, None)?;
        Ok(dir)
    }

    /// Writes into the lock file which process uses the directory, for others that find it locked.
    pub(crate) fn announce(
        &mut self,
        command: &str,
        url: Option<String>,
    ) -> Result<(), DataDirError> {
        let holder = DataDirHolder {
            process: std::process::id(),
            command: command.to_owned(),
            url,
        };
        let write = || -> std::io::Result<()> {
            let mut text = serde_json::to_vec(&holder)?;
            let mut lock = &self.lock;
            // The text is padded with spaces instead of truncating the file: some file systems
            // write a truncated file to the disk, and the process would wait for that.
            let before = usize::try_from(lock.metadata()?.len()).unwrap_or(0);
            text.resize(text.len().max(before.min(MAX_HOLDER)), b' ');
            lock.rewind()?;
            lock.write_all(&text)?;
            if before > MAX_HOLDER {
                lock.set_len(text.len() as u64)?;
            }
            Ok(())
        };
        write().map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: std::io::Error) -> DataDirError {
        DataDirError::Unusable {
            path: self.path.clone(),
            source,
        }
    }

    /// The directory itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The table's file.
    pub(crate) fn table(&self) -> PathBuf {
        self.path.join(TABLE_FILE)
    }

    /// The secrets' file.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.path.join("secrets.json")
    }

    /// Returns the file whose time says when expired data was last deleted.
    pub(crate) fn swept(&self) -> PathBuf {
        self.path.join("swept")
    }

    /// The list of erasures.
    pub(crate) fn erasures(&self) -> PathBuf {
        self.path.join(ERASURES_FILE)
    }

    /// The folder that mail is written into where it is not sent.
    pub(crate) fn mail(&self) -> PathBuf {
        self.path.join("mail")
    }
}

/// Creates a directory that only its owner can open: attendees' data must not be readable by
/// others.
fn make_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_has_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        let mut first = DataDir::take(&path, "serve").unwrap();
        first
            .announce("serve", Some("http://127.0.0.1:1".to_owned()))
            .unwrap();
        let error = DataDir::take(&path, "sync").err().unwrap().to_string();
        assert!(error.contains("`attendee-sync serve`"), "{error}");
        assert!(error.contains("serves http://127.0.0.1:1"), "{error}");
        drop(first);
        assert!(DataDir::take(&path, "sync").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_everybody_can_write_into_is_not_taken() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o777)).unwrap();
        let refused = DataDir::take(dir.path(), "serve").err().unwrap();
        assert!(refused.to_string().contains("chmod 700"), "{refused}");
        assert!(!dir.path().join("lock").exists());
        std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).unwrap();
        assert!(DataDir::take(dir.path(), "serve").is_ok());
    }
}
