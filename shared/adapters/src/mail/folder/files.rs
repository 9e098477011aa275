//! Reads, writes and deletes the files of the mail folder.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::secrets::write_private;

/// The size of the largest file that is read, in bytes; an invitation is far smaller.
const MAX_FILE: u64 = 10 * 1024 * 1024;

/// Writes a file that only its owner can read, completely or not at all, and syncs it to the disk.
pub(super) fn write(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    make(dir)?;
    write_private(&dir.join(name), bytes)?;
    sync(dir)
}

/// Creates a folder that only its owner can open.
fn make(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

/// Makes renames and deletions in the folder survive a power cut.
fn sync(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Returns what `wanted` returns for the names in the folder; a missing folder has no names.
pub(super) fn names<T>(
    dir: &Path,
    mut wanted: impl FnMut(&str) -> Option<T>,
) -> io::Result<Vec<T>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        // A name that is not UTF-8 does not belong to this program.
        found.extend(entry?.file_name().to_str().and_then(&mut wanted));
    }
    Ok(found)
}

/// Returns a file's content; `None` where there is no such file, or it is no ordinary file.
pub(super) fn read(dir: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let path = dir.join(name);
    let opened = fs::symlink_metadata(&path).and_then(|metadata| {
        // A symbolic link might point out of the folder.
        if metadata.is_file() {
            fs::File::open(&path)
        } else {
            Err(ErrorKind::NotFound.into())
        }
    });
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // The mail is shown as unreadable: the others must not be lost with it.
        Err(_) => return Ok(Some(Vec::new())),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Deletes the files that `doomed` names, and returns how many there were.
pub(super) fn delete(dir: &Path, doomed: impl Fn(&str) -> bool) -> io::Result<u64> {
    let names = names(dir, |name| doomed(name).then(|| name.to_owned()))?;
    if names.is_empty() {
        return Ok(0);
    }
    let mut deleted = 0;
    for name in names {
        match fs::remove_file(dir.join(name)) {
            Ok(()) => deleted += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    sync(dir)?;
    Ok(deleted)
}
