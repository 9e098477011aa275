//! The rows of people in memory, by community or event, and how they stay correct while they are
//! loaded.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use attendee_sync_domain::ids::PersonId;
use jiff::Timestamp;

pub(crate) type PersonRows<V> = HashMap<PersonId, V>;

/// A value whose heap memory is counted.
pub(crate) trait HeapSize {
    /// Returns the approximate number of bytes that the value owns outside itself.
    fn bytes(&self) -> usize;
}

/// Rows of people, for each key that was requested.
pub(crate) struct CachePartition<K, V> {
    /// The number of changes of all parts so far.
    changes: AtomicU64,
    /// The approximate size of all parts in bytes.
    bytes: AtomicUsize,
    parts: RwLock<HashMap<K, CachePart<V>>>,
    /// The lock of the task that loads a part.
    pub(super) turn: tokio::sync::Mutex<()>,
}

struct CachePart<V> {
    rows: PersonRows<V>,
    /// The approximate size of the rows in bytes.
    bytes: usize,
    /// When loading began.
    began: Timestamp,
    /// While the part is loaded: the last person loaded so far.
    after: Option<PersonId>,
    /// A number that changes with each change of the part, and when the part is loaded again.
    version: u64,
    /// While the part is loaded: the people written meanwhile, of whom a page read may be older.
    written: Option<HashSet<PersonId>>,
}

impl<K, V> Default for CachePartition<K, V> {
    fn default() -> Self {
        Self {
            changes: AtomicU64::new(0),
            bytes: AtomicUsize::new(0),
            parts: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

/// Returns the approximate size of a row: a hash table is at least half full after it was shrunk.
fn row_bytes<V: HeapSize>(row: &V) -> usize {
    2 * (size_of::<(PersonId, V)>() + 1) + row.bytes()
}

impl<V: HeapSize> CachePart<V> {
    fn put(&mut self, person: PersonId, row: V) {
        self.bytes += row_bytes(&row);
        let before = self.rows.insert(person, row);
        self.bytes -= before.as_ref().map_or(0, row_bytes);
    }

    fn remove(&mut self, person: &PersonId) {
        let before = self.rows.remove(person);
        self.bytes -= before.as_ref().map_or(0, row_bytes);
    }
}

impl<K: Eq + Hash + Clone, V: HeapSize> CachePartition<K, V> {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<K, CachePart<V>>> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<K, CachePart<V>>> {
        self.parts.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_version(&self) -> u64 {
        self.changes.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the approximate size of all parts in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Replaces the former size of a part by its new one in the total; called while the parts are
    /// locked.
    fn account(&self, before: usize, now: usize) {
        self.bytes.fetch_add(now, Ordering::Relaxed);
        self.bytes.fetch_sub(before, Ordering::Relaxed);
    }

    /// Updates the rows of people who were written; `None` where one is gone. A part that nobody
    /// requested is not kept, and costs nothing here.
    pub(crate) fn note(&self, key: &K, people: impl Iterator<Item = (PersonId, Option<V>)>) {
        if !self.read().contains_key(key) {
            return;
        }
        if let Some(part) = self.write().get_mut(key) {
            let before = part.bytes;
            part.version = self.next_version();
            for (person, row) in people {
                if let Some(written) = &mut part.written {
                    written.insert(person);
                }
                match row {
                    Some(row) => part.put(person, row),
                    None => part.remove(&person),
                }
            }
            self.account(before, part.bytes);
        }
    }

    /// Returns whether a part is completely loaded, and was loaded no earlier than `since`.
    pub(super) fn is_whole(&self, key: &K, since: Timestamp) -> bool {
        let parts = self.read();
        let part = parts.get(key);
        part.is_some_and(|part| part.written.is_none() && part.began >= since)
    }

    /// Begins to load a part, or continues a load that began no earlier than `since`. Returns the
    /// person after whom to continue. From here on, writes are noted in the part.
    pub(super) fn begin(&self, key: &K, since: Timestamp, now: Timestamp) -> Option<PersonId> {
        let mut parts = self.write();
        if let Some(part) = parts.get(key)
            && part.written.is_some()
            && part.began >= since
        {
            return part.after;
        }
        let part = CachePart {
            rows: PersonRows::new(),
            bytes: 0,
            began: now,
            after: None,
            version: self.next_version(),
            written: Some(HashSet::new()),
        };
        let before = parts.insert(key.clone(), part);
        self.account(before.map_or(0, |part| part.bytes), 0);
        None
    }

    /// Adds rows that were read, up to the person `to`.
    pub(super) fn fill(
        &self,
        key: &K,
        people: impl Iterator<Item = (PersonId, V)>,
        to: Option<PersonId>,
    ) {
        if let Some(part) = self.write().get_mut(key) {
            let before = part.bytes;
            part.version = self.next_version();
            part.after = to;
            for (person, row) in people {
                let is_newer = part.written.as_ref().is_some_and(|w| w.contains(&person));
                if !is_newer {
                    part.put(person, row);
                }
            }
            self.account(before, part.bytes);
        }
    }

    /// Marks a part as completely loaded.
    pub(super) fn end(&self, key: &K) {
        if let Some(part) = self.write().get_mut(key) {
            part.written = None;
            part.rows.shrink_to_fit();
        }
    }

    /// Removes a part.
    pub(crate) fn drop(&self, key: &K) {
        if let Some(part) = self.write().remove(key) {
            self.account(part.bytes, 0);
        }
    }

    /// The version of a part.
    pub(super) fn version(&self, key: &K) -> Option<u64> {
        self.read().get(key).map(|part| part.version)
    }

    /// Calls `look` with the rows of a part; returns `None` where nothing of it was loaded yet.
    pub(crate) fn look<R>(&self, key: &K, look: impl FnOnce(&PersonRows<V>) -> R) -> Option<R> {
        self.look_at(key, |_, rows| look(rows))
    }

    /// Does the same, and passes the part's version too.
    pub(super) fn look_at<R>(
        &self,
        key: &K,
        look: impl FnOnce(u64, &PersonRows<V>) -> R,
    ) -> Option<R> {
        let parts = self.read();
        parts.get(key).map(|part| look(part.version, &part.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl HeapSize for u8 {
        fn bytes(&self) -> usize {
            usize::from(*self)
        }
    }

    /// What rows take, added up anew.
    fn weighed(partition: &CachePartition<u8, u8>) -> usize {
        let parts = partition.read();
        let rows = parts.values().flat_map(|part| part.rows.values());
        rows.map(row_bytes).sum()
    }

    fn person(number: u8) -> PersonId {
        format!("{number:032x}").parse().unwrap()
    }

    fn rows(partition: &CachePartition<u8, u8>) -> Vec<(PersonId, u8)> {
        let mut rows = partition.look(&0, |rows| {
            rows.iter().map(|(p, v)| (*p, *v)).collect::<Vec<_>>()
        });
        rows.as_mut().unwrap().sort_unstable();
        rows.unwrap()
    }

    proptest! {
        /// Whatever is written while pages are read in, the newest stands in the end.
        #[test]
        fn what_is_written_while_it_is_read_in_stands(
            stored in proptest::collection::btree_map(0_u8..20, 0_u8..5, 0..20),
            writes in proptest::collection::vec((0_u8..20, proptest::option::of(5_u8..9), 0_usize..5), 0..20),
        ) {
            let partition = CachePartition::default();
            let mut table = stored;
            partition.begin(&0, Timestamp::MIN, Timestamp::UNIX_EPOCH);
            for page in 0..5 {
                // A page is read, then others write, and then it is filled in.
                let read: Vec<(u8, u8)> = table.iter().map(|(p, v)| (*p, *v)).filter(|(p, _)| usize::from(p / 4) == page).collect();
                for (who, what, _) in writes.iter().filter(|(_, _, at)| *at == page) {
                    match what {
                        Some(value) => table.insert(*who, *value),
                        None => table.remove(who),
                    };
                    partition.note(&0, std::iter::once((person(*who), *what)));
                }
                partition.fill(&0, read.into_iter().map(|(p, v)| (person(p), v)), None);
            }
            partition.end(&0);
            let stands: Vec<(PersonId, u8)> = table.into_iter().map(|(p, v)| (person(p), v)).collect();
            prop_assert_eq!(rows(&partition), stands);
            prop_assert_eq!(partition.bytes(), weighed(&partition));
            // Read in anew, it begins with nothing.
            partition.begin(&0, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
            partition.begin(&0, Timestamp::MAX, Timestamp::MAX);
            prop_assert_eq!(partition.bytes(), 0);
            partition.note(&0, std::iter::once((person(1), Some(1))));
            prop_assert_eq!(partition.bytes(), weighed(&partition));
            partition.drop(&0);
            prop_assert_eq!(partition.bytes(), 0);
        }
    }

    #[test]
    fn a_part_is_read_on_where_it_was_left_and_anew_where_it_is_too_old() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let partition: CachePartition<u8, u8> = CachePartition::default();
        assert_eq!(partition.begin(&0, Timestamp::MIN, at(10)), None);
        partition.fill(&0, std::iter::once((person(1), 1)), Some(person(1)));
        assert_eq!(partition.begin(&0, at(10), at(11)), Some(person(1)));
        assert!(!partition.is_whole(&0, at(10)));
        partition.fill(&0, std::iter::once((person(2), 2)), Some(person(2)));
        partition.end(&0);
        assert_eq!(rows(&partition), [(person(1), 1), (person(2), 2)]);
        assert!(partition.is_whole(&0, at(10)) && !partition.is_whole(&0, at(11)));
        assert_eq!(partition.begin(&0, at(11), at(12)), None);
        assert_eq!(rows(&partition), []);
        // What was left half read is too old, too.
        partition.fill(&0, std::iter::once((person(1), 1)), Some(person(1)));
        assert_eq!(partition.begin(&0, at(13), at(14)), None);
    }
}
