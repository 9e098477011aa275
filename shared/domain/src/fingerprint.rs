//! Fingerprints: the known records of an event's feed, packed into 24 bytes a record, so that a run
//! over an unchanged feed reads a few pages and writes nothing.
//!
//! They are a cache: losing them makes a run slower, never wrong. A record counts as known only
//! once its content is stored.
//!
//! They are stored as sorted base pages and an append-only journal of parts, each written by a run.
//! The parts of a run that mention a person together replace what was known of them before that
//! run. Parts of one run add up, because its batches may be applied in any order.

use std::cmp::Reverse;

use crate::ids::RunNumber;

/// Bytes of one packed entry: 8 each of the person, the record and its source key, big endian.
pub const ENTRY_BYTES: usize = 24;
/// The first bytes of packed entries. In the previous version, an entry came first; one with this
/// value, for a person whose id is 2, has a probability of 2⁻⁶⁴.
const FORMAT: [u8; 8] = 2_u64.to_be_bytes();
/// The first bytes of entries that were written after everything their run had read was applied.
const LAST_FORMAT: [u8; 8] = 3_u64.to_be_bytes();
/// Bytes of an entry of the previous version, which had no source keys.
const FORMER_ENTRY_BYTES: usize = 16;
/// The source key of a record that was stored before source keys existed.
pub const KEY_UNKNOWN: u64 = 0;
/// The source key of a record without an id in the source.
pub const NO_KEY: u64 = 1;
/// The person in entries of records that a rule ignores.
pub const NOBODY: u64 = 0;
/// The record in the journal entry of a person of whom no record is known any more. If the person
/// has other entries too, it replaces records that cannot be determined: if they are in the feed,
/// they count as new, and if none is, they count as missing.
const NO_RECORD: u64 = 0;

/// One known record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The record's fingerprint.
    pub hash: u64,
    /// The short id of its person ([`crate::ids::PersonId::short`]), or [`NOBODY`].
    pub person: u64,
    /// A hash of the record's id in the source, [`NO_KEY`] or [`KEY_UNKNOWN`].
    pub key: u64,
}

/// A record of a person: its fingerprint and its source key, as an [`Entry`] has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRecord {
    /// The record's fingerprint.
    pub hash: u64,
    /// Its source key.
    pub key: u64,
}

/// Packs entries for storage.
#[must_use]
pub fn pack(entries: &[Entry]) -> Vec<u8> {
    pack_as(FORMAT, entries)
}

/// Packs entries of a run's journal that replace the run's earlier entries of the same people.
#[must_use]
pub fn pack_last(entries: &[Entry]) -> Vec<u8> {
    pack_as(LAST_FORMAT, entries)
}

fn pack_as(format: [u8; 8], entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(format.len() + entries.len() * ENTRY_BYTES);
    bytes.extend_from_slice(&format);
    for entry in entries {
        for number in [entry.person, entry.hash, entry.key] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    bytes
}

/// Returns the journal entries that make `records` the only known records of `person`.
pub fn journal_of(person: u64, records: &[KnownRecord]) -> impl Iterator<Item = Entry> {
    let none = records.is_empty().then_some(KnownRecord {
        hash: NO_RECORD,
        key: NO_KEY,
    });
    let records = records.iter().copied().chain(none);
    records.map(move |KnownRecord { hash, key }| Entry { hash, person, key })
}

fn unpack(bytes: &[u8]) -> impl Iterator<Item = Entry> {
    let current = bytes.strip_prefix(&FORMAT);
    let (entries, size) = match current.or_else(|| bytes.strip_prefix(&LAST_FORMAT)) {
        Some(entries) => (entries, ENTRY_BYTES),
        None => (bytes, FORMER_ENTRY_BYTES),
    };
    entries.chunks_exact(size).map(|chunk| {
        let number = |range: std::ops::Range<usize>| {
            chunk
                .get(range)
                .and_then(|part| part.try_into().ok())
                .map_or(0, u64::from_be_bytes)
        };
        Entry {
            person: number(0..8),
            hash: number(8..16),
            key: number(16..24),
        }
    })
}

/// The order of a part of the journal: its run, and whether it was written after everything that
/// run had read was applied.
type JournalTime = (RunNumber, bool);

fn when(run: RunNumber, part: &[u8]) -> JournalTime {
    (run, part.starts_with(&LAST_FORMAT))
}

/// The newest parts of the journal that mention a person.
#[derive(Debug, Clone, Copy)]
struct Newest {
    person: u64,
    when: JournalTime,
    /// Whether one of these parts says that no record of the person is known any more.
    is_emptied: bool,
}

/// The newest parts that mention each person, sorted by person: 16 bytes each. A map would use at
/// least twice that, and more while it grows.
struct NewestRuns(Vec<Newest>);

impl NewestRuns {
    fn of(journal: &[(RunNumber, impl AsRef<[u8]>)]) -> Self {
        let parts = journal.iter().map(|(_, part)| part.as_ref().len());
        let mut all = Vec::with_capacity(parts.sum::<usize>() / ENTRY_BYTES);
        for (run, part) in journal {
            let written = when(*run, part.as_ref());
            let entries = unpack(part.as_ref()).filter(|entry| entry.person != NOBODY);
            all.extend(entries.map(|entry| Newest {
                person: entry.person,
                when: written,
                is_emptied: entry.hash == NO_RECORD,
            }));
        }
        all.sort_unstable_by_key(|one| (one.person, Reverse((one.when, one.is_emptied))));
        all.dedup_by_key(|one| one.person);
        Self(all)
    }

    fn of_person(&self, person: u64) -> Option<&Newest> {
        let at = self.0.binary_search_by_key(&person, |one| one.person);
        self.0.get(at.ok()?)
    }
}

/// The known records of an event's feed, and which of them a run has seen: 28 bytes a record.
#[derive(Debug, Default)]
pub struct Fingerprints {
    /// Sorted by hash.
    entries: Vec<Entry>,
    /// The position at which this run saw each entry; 0 where it did not.
    seen_at: Vec<u32>,
    /// Indexes of `entries`, sorted by person; built when first needed.
    by_person: Vec<u32>,
    /// Indexes of the entries that have a source key, sorted by it; built when first needed.
    by_key: Option<Vec<u32>>,
}

impl Fingerprints {
    /// Combines stored parts: base pages, and the journal's parts with the number of the run that
    /// wrote each. Bytes that are not whole entries are ignored; their records count as new.
    #[must_use]
    pub fn unpack(pages: &[Vec<u8>], journal: &[(RunNumber, impl AsRef<[u8]>)]) -> Self {
        let newest = NewestRuns::of(journal);
        let from_pages = pages
            .iter()
            .flat_map(|page| unpack(page))
            .filter(|entry| newest.of_person(entry.person).is_none());
        let from_journal = journal.iter().flat_map(|(run, part)| {
            let newest = &newest;
            unpack(part.as_ref()).filter_map(move |entry| {
                let of_person = newest.of_person(entry.person);
                let written = when(*run, part.as_ref());
                if entry.hash == NO_RECORD || of_person.is_some_and(|newest| newest.when != written)
                {
                    return None;
                }
                match of_person {
                    // The order of the two is unknown: one attempt of the run found records of the
                    // person, another found none.
                    Some(newest) if newest.is_emptied => Some(Entry {
                        hash: NO_RECORD,
                        ..entry
                    }),
                    _ => Some(entry),
                }
            })
        });
        // This is the exact size if no entry is dropped. With millions of entries, a growing vector
        // would use twice the memory.
        let bytes = pages.iter().map(Vec::len).sum::<usize>()
            + journal
                .iter()
                .map(|(_, part)| part.as_ref().len())
                .sum::<usize>();
        let mut entries: Vec<Entry> = Vec::with_capacity(bytes / ENTRY_BYTES);
        entries.extend(from_pages.chain(from_journal));
        drop(newest);
        if !entries.is_sorted() {
            entries.sort_unstable();
        }
        entries.dedup();
        entries.shrink_to_fit();
        Self {
            seen_at: vec![0; entries.len()],
            entries,
            by_person: Vec::new(),
            by_key: None,
        }
    }

    /// Returns the number of known records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the index of a known record.
    #[must_use]
    pub fn find(&self, hash: u64) -> Option<usize> {
        let at = self.entries.partition_point(|entry| entry.hash < hash);
        (self.entries.get(at)?.hash == hash).then_some(at)
    }

    /// Returns the short id of an entry's person.
    #[must_use]
    pub fn person(&self, index: usize) -> u64 {
        self.entries.get(index).map_or(NOBODY, |entry| entry.person)
    }

    /// The source key of an entry's record.
    #[must_use]
    pub fn key(&self, index: usize) -> u64 {
        self.entries
            .get(index)
            .map_or(KEY_UNKNOWN, |entry| entry.key)
    }

    /// Returns the indexes of the known records with a source key; none for the two reserved keys.
    pub fn of_key(&mut self, key: u64) -> Vec<usize> {
        if key <= NO_KEY {
            return Vec::new();
        }
        let by_key = self.by_key.take().unwrap_or_else(|| self.index_by_key());
        let start = by_key.partition_point(|index| self.key(*index as usize) < key);
        let entries = by_key.iter().skip(start).map(|index| *index as usize);
        let found = entries
            .take_while(|index| self.key(*index) == key)
            .collect();
        self.by_key = Some(by_key);
        found
    }

    fn index_by_key(&self) -> Vec<u32> {
        let indexes = (0..).zip(&self.entries);
        let mut by_key: Vec<u32> = indexes
            .filter(|(_, entry)| entry.key > NO_KEY && entry.person != NOBODY)
            .map(|(index, _)| index)
            .collect();
        by_key.sort_unstable_by_key(|index| self.key(*index as usize));
        by_key
    }

    /// The source keys of the known records that were seen, each with the record's fingerprint.
    pub fn seen_keys(&self) -> impl Iterator<Item = (u64, u64)> {
        let entries = self.entries.iter().zip(&self.seen_at);
        entries
            .filter(|(entry, seen)| **seen > 0 && entry.key > NO_KEY && entry.person != NOBODY)
            .map(|(entry, _)| (entry.key, entry.hash))
    }

    /// The fingerprint of an entry's record.
    #[must_use]
    pub fn hash(&self, index: usize) -> u64 {
        self.entries
            .get(index)
            .map_or(NO_RECORD, |entry| entry.hash)
    }

    /// Whether an entry's record was seen.
    #[must_use]
    pub fn is_seen(&self, index: usize) -> bool {
        self.seen_at.get(index).is_some_and(|seen| *seen > 0)
    }

    /// The known records of a person that were not seen, as their fingerprint and source key.
    pub fn unseen_of(&mut self, person: u64) -> Vec<KnownRecord> {
        self.index_by_person();
        let start = self
            .by_person
            .partition_point(|index| self.person(*index as usize) < person);
        self.by_person
            .iter()
            .skip(start)
            .map(|index| *index as usize)
            .take_while(|index| self.person(*index) == person)
            .filter(|index| !self.is_seen(*index))
            .map(|index| KnownRecord {
                hash: self.hash(index),
                key: self.key(index),
            })
            .collect()
    }

    /// Returns whether at least one record of a person has a known source key.
    #[must_use]
    pub fn have_keys(&self) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.person != NOBODY && entry.key > NO_KEY)
    }

    /// Notes that an entry's record is in the feed, at this position.
    pub fn see(&mut self, index: usize, position: u32) {
        if let Some(seen) = self.seen_at.get_mut(index) {
            *seen = position;
        }
    }

    /// The known records that were seen, each with its position.
    pub fn seen(&self) -> impl Iterator<Item = (u64, u32)> {
        let entries = self.entries.iter().zip(&self.seen_at);
        entries
            .filter(|(_, seen)| **seen > 0)
            .map(|(entry, seen)| (entry.hash, *seen))
    }

    /// Returns the known records of a person: the fingerprint, and the position at which it was
    /// seen, or 0.
    pub fn of_person(&mut self, person: u64) -> Vec<(u64, u32)> {
        self.index_by_person();
        let start = self
            .by_person
            .partition_point(|index| self.person(*index as usize) < person);
        self.by_person
            .iter()
            .skip(start)
            .map(|index| *index as usize)
            .take_while(|index| self.person(*index) == person)
            .filter_map(|index| Some((self.entries.get(index)?.hash, *self.seen_at.get(index)?)))
            .collect()
    }

    fn index_by_person(&mut self) {
        if self.by_person.len() == self.entries.len() {
            return;
        }
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let mut index: Vec<u32> = (0..count).collect();
        index.sort_unstable_by_key(|index| self.person(*index as usize));
        self.by_person = index;
    }

    /// The people of whom at least one known record was not in the feed.
    #[must_use]
    pub fn people_with_unseen(&self) -> Vec<u64> {
        let mut people: Vec<u64> = self
            .entries
            .iter()
            .zip(&self.seen_at)
            .filter(|(entry, seen)| **seen == 0 && entry.person != NOBODY)
            .map(|(entry, _)| entry.person)
            .collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// The entries as base pages of at most `page_bytes`, sorted by record.
    #[must_use]
    pub fn pages(&self, page_bytes: usize) -> Vec<Vec<u8>> {
        self.entries
            .chunks((page_bytes / ENTRY_BYTES).max(1))
            .map(pack)
            .collect()
    }
}

#[cfg(test)]
mod tests;
