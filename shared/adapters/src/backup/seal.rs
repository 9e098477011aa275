//! The last line of a backup: its format, and the SHA-256 of all bytes before the line.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{BACKUP_FORMAT, BackupError, make_private};

/// How the line begins; no format changes that, nor the line's length.
const BEGINNING: &str = "\nattendee-sync backup, format ";
const MIDDLE: &str = ", SHA-256 ";
/// Digits of the format.
const FORMAT_DIGITS: usize = 4;
/// Digits of the hash.
const HASH_DIGITS: usize = 64;
const LENGTH: usize = BEGINNING.len() + FORMAT_DIGITS + MIDDLE.len() + HASH_DIGITS + 1;
/// Bytes that are read at a time.
const PART: usize = 256 * 1024;

fn line(format: u32, hash: &str) -> String {
    format!("{BEGINNING}{format:04}{MIDDLE}{hash}\n")
}

/// Returns the format and the hash of a seal line; `None` for any other line.
fn parse(line: &[u8]) -> Option<(u32, String)> {
    let line = std::str::from_utf8(line).ok()?;
    let rest = line.strip_prefix(BEGINNING)?.strip_suffix('\n')?;
    let (format, hash) = rest.split_once(MIDDLE)?;
    let is_hash = hash.len() == HASH_DIGITS;
    is_hash.then(|| Some((format.parse().ok()?, hash.to_owned())))?
}

/// Passes the first bytes of a file on, part by part, and returns their hash.
fn hash_of<E>(
    file: &mut File,
    mut bytes: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
    reading: impl Fn(io::Error) -> E,
) -> Result<String, E> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; PART];
    file.rewind().map_err(&reading)?;
    while bytes > 0 {
        let wanted = usize::try_from(bytes).unwrap_or(PART).min(PART);
        let part = buffer.get_mut(..wanted).unwrap_or_default();
        file.read_exact(part).map_err(&reading)?;
        hash.update(&*part);
        each(part)?;
        bytes -= wanted as u64;
    }
    let digits = hash.finalize();
    Ok(digits.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    }))
}

/// Appends the seal line and syncs the file to the disk. Returns the file's length in bytes.
pub(super) fn seal(path: &Path, format: u32) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let bytes = file.metadata()?.len();
    let hash = hash_of(&mut file, bytes, |_| Ok(()), |error| error)?;
    file.write_all(line(format, &hash).as_bytes())?;
    file.sync_all()?;
    Ok(bytes + LENGTH as u64)
}

/// Copies the sealed bytes of a backup to a new file, and checks their hash.
pub(super) fn copy_sealed(backup: &Path, copy: &Path) -> Result<(), BackupError> {
    let reading = |source| BackupError::NotRead {
        path: backup.to_owned(),
        source,
    };
    let mut source = File::open(backup).map_err(reading)?;
    let length = source.metadata().map_err(reading)?.len();
    let Some(content) = length.checked_sub(LENGTH as u64) else {
        return Err(unsealed(&mut source, backup));
    };
    let mut last = [0; LENGTH];
    source.seek(SeekFrom::Start(content)).map_err(reading)?;
    source.read_exact(&mut last).map_err(reading)?;
    let Some((format, sealed)) = parse(&last) else {
        return Err(unsealed(&mut source, backup));
    };
    if format > BACKUP_FORMAT {
        return Err(BackupError::TooNew {
            path: backup.to_owned(),
            found: format,
        });
    }
    let writing = |error| BackupError::writing(copy, error);
    let mut target = make_private(copy).map_err(writing)?;
    let write = |part: &[u8]| target.write_all(part).map_err(writing);
    let hash = hash_of(&mut source, content, write, reading)?;
    if hash != sealed {
        return Err(BackupError::Damaged {
            path: backup.to_owned(),
            what: "it has other bytes than were written".to_owned(),
        });
    }
    Ok(())
}

/// Returns the error for a file without a seal line: an incomplete backup, or another kind of file.
fn unsealed(file: &mut File, path: &Path) -> BackupError {
    const DATABASE: &[u8] = b"SQLite format 3\0";
    let mut first = [0; DATABASE.len()];
    let read = file.rewind().and_then(|()| file.read_exact(&mut first));
    let path = path.to_owned();
    if read.is_ok() && first == DATABASE {
        let what = "its end is missing: it was cut off, or it is another kind of file".to_owned();
        return BackupError::Damaged { path, what };
    }
    BackupError::NoBackup { path }
}
