//! What is kept in memory of the people under one key, and how it stays right while it is read in.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use attendee_sync_domain::ids::PersonId;
use jiff::Timestamp;

/// Rows by person.
pub(crate) type PersonRows<V> = HashMap<PersonId, V>;

/// What takes memory beside itself.
pub(crate) trait Weigh {
    /// Returns the bytes that it has elsewhere, about.
    fn bytes(&self) -> usize;
}

/// Rows of people, for each key that somebody asked about.
pub(crate) struct CachePartition<K, V> {
    /// Counts the changes of all parts.
    changes: AtomicU64,
    /// What all parts take, about.
    bytes: AtomicUsize,
    parts: RwLock<HashMap<K, CachePart<V>>>,
    /// Held by whoever reads a part in.
    pub(super) turn: tokio::sync::Mutex<()>,
}

struct CachePart<V> {
    rows: PersonRows<V>,
    /// What the rows take, about.
    bytes: usize,
    /// When it was begun to be read.
    began: Timestamp,
    /// While it is read in: whom to go on after.
    after: Option<PersonId>,
    /// Another one after each change, also where the part is read in anew.
    version: u64,
    /// While it is read in: who was written meanwhile, of whom the reader may know less.
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

/// What a row takes, about: a table of rows is never less than half full after it was shrunk.
fn row_bytes<V: Weigh>(row: &V) -> usize {
    2 * (size_of::<(PersonId, V)>() + 1) + row.bytes()
}

impl<V: Weigh> CachePart<V> {
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

impl<K: Eq + Hash + Clone, V: Weigh> CachePartition<K, V> {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<K, CachePart<V>>> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<K, CachePart<V>>> {
        self.parts.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_version(&self) -> u64 {
        self.changes.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the bytes that all parts take, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts what a part took before as what it takes now; called while the parts are locked.
    fn account(&self, before: usize, now: usize) {
        self.bytes.fetch_add(now, Ordering::Relaxed);
        self.bytes.fetch_sub(before, Ordering::Relaxed);
    }

    /// Takes over what was written of people; `None` where one is gone. What nobody asked about
    /// is not kept, and costs nothing here.
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

    /// Whether a part is whole, and as it was then or later.
    pub(super) fn is_whole(&self, key: &K, since: Timestamp) -> bool {
        let parts = self.read();
        let part = parts.get(key);
        part.is_some_and(|part| part.written.is_none() && part.began >= since)
    }

    /// Begins to read a part in, or goes on where somebody left off since then; gives whom to go
    /// on after. From here on writes are noted in it.
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

    /// Adds what was read, up to this person.
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

    /// Says that all of a part was read.
    pub(super) fn end(&self, key: &K) {
        if let Some(part) = self.write().get_mut(key) {
            part.written = None;
            part.rows.shrink_to_fit();
        }
    }

    /// Forgets a part.
    pub(crate) fn drop(&self, key: &K) {
        if let Some(part) = self.write().remove(key) {
            self.account(part.bytes, 0);
        }
    }

    /// The version of a part.
    pub(super) fn version(&self, key: &K) -> Option<u64> {
        self.read().get(key).map(|part| part.version)
    }

    /// Looks at a part; `None` where nothing of it was read yet.
    pub(crate) fn look<R>(&self, key: &K, look: impl FnOnce(&PersonRows<V>) -> R) -> Option<R> {
        self.look_at(key, |_, rows| look(rows))
    }

    /// The same, with the part's version.
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

    impl Weigh for u8 {
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
