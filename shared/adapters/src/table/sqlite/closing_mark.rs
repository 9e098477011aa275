//! Remembers the length and the modification time of the file when it was last closed.
//!
//! Reading every page to check the file takes about a second for each gigabyte, too long for each
//! start. Only this program writes the file, so it is checked only where its length or modification
//! time differs from the last orderly end: after a crash, and after another program changed it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

fn mark_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".closed");
    path.with_file_name(name)
}

fn look(path: &Path) -> io::Result<String> {
    let about = path.metadata()?;
    let changed = about.modified()?.duration_since(UNIX_EPOCH);
    let changed = changed.map_err(io::Error::other)?.as_nanos();
    Ok(format!("{} {changed}\n", about.len()))
}

/// Notes the length and the modification time of the file, once it is closed.
pub(super) fn note(path: &Path) {
    let noted = look(path).and_then(|look| overwrite(&mark_of(path), &look));
    if let Err(error) = noted {
        tracing::debug!(%error, "the next start will look at the whole table");
    }
}

/// Overwrites the mark in place. Some file systems write a file that was truncated first to the
/// disk before they close it, and the process would wait for that; an incomplete mark matches
/// nothing.
fn overwrite(mark: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(mark)?;
    file.write_all(text.as_bytes())?;
    let length = text.len() as u64;
    if file.metadata()?.len() != length {
        file.set_len(length)?;
    }
    Ok(())
}

/// Returns whether the file has the length and the modification time that were noted.
pub(super) fn is_as_noted(path: &Path) -> bool {
    let noted = std::fs::read_to_string(mark_of(path));
    matches!((noted, look(path)), (Ok(noted), Ok(look)) if noted == look)
}
