//! The list of erasures in a file: a line for each person, with time, community and id. It is beside the
//! table and in no way part of it, so that it outlives a backup that takes the table's place.
//!
//! ```text
//! attendee-sync erasures, format 1, complete since 2026-11-30T08:52:50Z
//! 2026-12-01T10:15:00.5Z acme 0123456789abcdef0123456789abcdef
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use attendee_sync_app::ports::{ErasedPerson, ErasureList, ErasureListError};
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;

use crate::secrets::write_private;

const HEAD: &str = "attendee-sync erasures, format 1, complete since ";

/// The entries of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErasureEntries {
    /// Since when every erased person is on the list; `None` where that is unknown.
    pub complete_since: Option<Timestamp>,
    /// Who was erased.
    pub people: BTreeSet<ErasedPerson>,
    /// The number of lines that cannot be parsed. The last line may be incomplete: its erasure was
    /// not finished.
    pub unreadable: usize,
}

impl ErasureEntries {
    /// Reads the bytes of a list.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut entries = Self::default();
        for line in String::from_utf8_lossy(bytes).lines() {
            if let Some(since) = line.strip_prefix(HEAD) {
                entries.complete_since = since.parse().ok();
            } else if let Some(erased) = parse_line(line) {
                entries.people.insert(erased);
            } else if !line.is_empty() {
                entries.unreadable += 1;
            }
        }
        entries
    }

    /// Returns the list in the form of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        if let Some(since) = self.complete_since {
            let _infallible = writeln!(text, "{HEAD}{since}");
        }
        for erased in &self.people {
            push_line(&mut text, erased);
        }
        text.into_bytes()
    }
}

fn parse_line(line: &str) -> Option<ErasedPerson> {
    let mut words = line.split(' ');
    let erased = ErasedPerson {
        at: words.next()?.parse().ok()?,
        community: words.next()?.parse().ok()?,
        person: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(erased)
}

fn push_line(text: &mut String, erased: &ErasedPerson) {
    let ErasedPerson {
        at,
        community,
        person,
    } = erased;
    let _infallible = writeln!(text, "{at} {community} {person}");
}

/// A list in a file that only its owner can read.
#[derive(Debug)]
pub struct FileErasureList {
    path: PathBuf,
    /// Serialises the writers.
    writing: Mutex<()>,
}

impl FileErasureList {
    /// The list in this file, which may be absent.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            writing: Mutex::new(()),
        }
    }

    /// Creates an empty list that is complete from now on, unless there is a list.
    pub fn begin(&self, now: Timestamp) -> io::Result<()> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.path.exists() {
            return Ok(());
        }
        let entries = ErasureEntries {
            complete_since: Some(now),
            ..ErasureEntries::default()
        };
        write_private(&self.path, &entries.to_bytes())
    }

    /// Reads the list; `None` where there is none.
    pub fn read(&self) -> io::Result<Option<ErasureEntries>> {
        let bytes = read_if_there(&self.path)?;
        Ok(bytes.map(|bytes| ErasureEntries::parse(&bytes)))
    }

    fn append(&self, erased: &[ErasedPerson]) -> io::Result<()> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        let mut text = String::new();
        if !ends_with_a_line(&mut file)? {
            text.push('\n');
        }
        for erased in erased {
            push_line(&mut text, erased);
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn rewrite_without(&self, time: Timestamp) -> io::Result<u64> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut entries) = self.read()? else {
            return Ok(0);
        };
        let before = entries.people.len();
        entries.people.retain(|erased| erased.at >= time);
        let dropped = before - entries.people.len();
        if dropped > 0 {
            entries.complete_since = entries.complete_since.max(Some(time));
            write_private(&self.path, &entries.to_bytes())?;
        }
        Ok(dropped as u64)
    }
}

/// The bytes of a file, if there is one.
fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether the file ends with a complete line: a process may have ended while it wrote one.
fn ends_with_a_line(file: &mut std::fs::File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn failed(error: io::Error) -> ErasureListError {
    ErasureListError::File(Box::new(error))
}

#[async_trait]
impl ErasureList for FileErasureList {
    async fn add(&self, erased: &[ErasedPerson]) -> Result<(), ErasureListError> {
        self.append(erased).map_err(failed)
    }

    async fn of_community(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<ErasedPerson>, ErasureListError> {
        let entries = self.read().map_err(failed)?.unwrap_or_default();
        let people = entries.people.into_iter();
        Ok(people
            .filter(|erased| erased.community == *community)
            .collect())
    }

    async fn drop_before(&self, time: Timestamp) -> Result<u64, ErasureListError> {
        self.rewrite_without(time).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erased(second: i64) -> ErasedPerson {
        ErasedPerson {
            at: Timestamp::from_second(second).unwrap(),
            community: "acme".parse().unwrap(),
            person: format!("{second:032x}").parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn who_was_erased_is_on_the_list_also_after_a_line_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erasures");
        let list = FileErasureList::new(&path);
        list.begin(Timestamp::from_second(5).unwrap()).unwrap();
        list.begin(Timestamp::from_second(9).unwrap()).unwrap();
        list.add(&[erased(10), erased(11)]).await.unwrap();
        let cut = std::fs::read(&path).unwrap();
        std::fs::write(&path, &cut[..cut.len() - 7]).unwrap();
        list.add(&[erased(12)]).await.unwrap();
        let read = list.read().unwrap().unwrap();
        assert_eq!(read.complete_since, Timestamp::from_second(5).ok());
        assert_eq!(read.people, BTreeSet::from([erased(10), erased(12)]));
        assert_eq!(read.unreadable, 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn what_is_dropped_of_the_list_is_said_to_be_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let list = FileErasureList::new(folder.path().join("erasures"));
        assert_eq!(list.read().unwrap(), None);
        list.begin(Timestamp::from_second(5).unwrap()).unwrap();
        list.add(&[erased(10), erased(20)]).await.unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(list.drop_before(at(10)).await.unwrap(), 0);
        assert_eq!(list.drop_before(at(15)).await.unwrap(), 1);
        let read = list.read().unwrap().unwrap();
        assert_eq!(read.people, BTreeSet::from([erased(20)]));
        assert_eq!(read.complete_since, Some(at(15)));
    }
}
