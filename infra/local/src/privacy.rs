//! Checks that other users cannot use the data directory, as it contains attendees' data and
//! credentials.
//!
//! A directory that this program creates is private. An existing one is checked, and nothing in it
//! is changed.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// Why a directory is not used. The texts say what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotPrivate {
    /// The owner of the directory could read and change everything in it.
    #[error(
        "the data directory {} belongs to another user (number {owner}, and this is number {process}); \
         name a directory of your own with --data-dir, or have this one given to you with chown",
        path.display()
    )]
    Foreign {
        path: PathBuf,
        owner: u32,
        process: u32,
    },
    /// Every user could replace the files in it.
    #[error(
        "every user of this machine can write into the data directory {} (mode {mode:o}); \
         `chmod 700 {}` keeps them out",
        path.display(), path.display()
    )]
    WritableByAll { path: PathBuf, mode: u32 },
}

/// Checks a directory before it is used. Returns a warning for its owner where others can read it,
/// or members of its group can write into it.
#[cfg(unix)]
pub(crate) fn check(path: &Path) -> std::io::Result<Result<Option<String>, NotPrivate>> {
    use std::os::unix::fs::MetadataExt;
    let about = std::fs::metadata(path)?;
    let process = rustix::process::geteuid().as_raw();
    Ok(judge(path, about.uid(), process, about.mode() & 0o777))
}

/// Permissions of a directory are not checked on this platform.
#[cfg(not(unix))]
pub(crate) fn check(_: &Path) -> std::io::Result<Result<Option<String>, NotPrivate>> {
    Ok(Ok(None))
}

/// Judges a directory. One that root owns is as good as one's own, and root may use anybody's, as
/// it can read everything anyway.
#[cfg(unix)]
fn judge(path: &Path, owner: u32, process: u32, mode: u32) -> Result<Option<String>, NotPrivate> {
    const ROOT: u32 = 0;
    let path = path.to_owned();
    if owner != process && owner != ROOT && process != ROOT {
        return Err(NotPrivate::Foreign {
            path,
            owner,
            process,
        });
    }
    if mode & 0o002 != 0 {
        return Err(NotPrivate::WritableByAll { path, mode });
    }
    let is_open = mode & 0o077 != 0;
    let path = path.display();
    Ok(is_open.then(|| {
        format!(
            "other users of this machine can get into the data directory {path} (mode {mode:o}), which \
             holds attendees' data; `chmod 700 {path}` keeps them out"
        )
    }))
}

/// Opens the lock file, and creates it where there is none. A link or a special file in its place
/// is refused, as the file is overwritten.
pub(crate) fn open_lock(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        // Opening a pipe would otherwise wait for its other end.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let opened = options.open(path);
    match std::fs::symlink_metadata(path) {
        Ok(about) if !about.is_file() => Err(std::io::Error::other(format!(
            "{} is a link, or no ordinary file, and is not used; delete it and start again",
            path.display()
        ))),
        _ => opened,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn said(owner: u32, process: u32, mode: u32) -> String {
        match judge(Path::new("/srv/data"), owner, process, mode) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(warning)) => warning,
            Err(error) => format!("refused: {error}"),
        }
    }

    #[test]
    fn a_directory_of_another_user_is_refused() {
        let foreign = said(1001, 1000, 0o700);
        assert!(foreign.starts_with("refused: "), "{foreign}");
        assert!(
            foreign.contains("belongs to another user (number 1001, and this is number 1000)"),
            "{foreign}"
        );
        for (owner, process) in [(1000, 1000), (0, 1000), (1000, 0)] {
            assert_eq!(said(owner, process, 0o700), "nothing");
        }
    }

    #[test]
    fn a_directory_that_others_get_into_is_warned_of_and_one_they_write_into_refused() {
        for mode in [0o750, 0o755, 0o770, 0o710, 0o701] {
            let warning = said(1000, 1000, mode);
            assert!(
                warning.starts_with("other users of this machine can get into")
                    && warning.contains(&format!("mode {mode:o}"))
                    && warning.contains("`chmod 700 /srv/data`"),
                "{warning}"
            );
        }
        for mode in [0o777, 0o702, 0o007] {
            let refused = said(1000, 1000, mode);
            assert!(refused.starts_with("refused: every user"), "{refused}");
        }
    }

    #[test]
    fn the_mode_of_a_directory_that_is_there_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let open = |mode| {
            std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(mode)).unwrap();
            check(dir.path()).unwrap()
        };
        assert_eq!(open(0o700), Ok(None));
        assert!(matches!(open(0o755), Ok(Some(_))));
        assert!(matches!(open(0o777), Err(NotPrivate::WritableByAll { .. })));
    }

    #[test]
    fn a_lock_that_leads_elsewhere_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, elsewhere) = (dir.path().join("lock"), dir.path().join("elsewhere"));
        std::fs::write(&elsewhere, "precious").unwrap();
        for target in [&elsewhere, &dir.path().join("nowhere")] {
            symlink(target, &lock).unwrap();
            let refused = open_lock(&lock).unwrap_err().to_string();
            assert!(refused.contains("lock is a link"), "{refused}");
            std::fs::remove_file(&lock).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "precious");
        assert!(!dir.path().join("nowhere").exists());
        std::fs::create_dir(&lock).unwrap();
        assert!(open_lock(&lock).is_err());
        std::fs::remove_dir(&lock).unwrap();
        open_lock(&lock).unwrap();
        let mode = std::fs::metadata(&lock).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
