//! The members of a community's groups as packed sets: pages for each group, and a journal of later
//! changes.
//!
//! An entry says whether a person is in a group as of one version of their user; of several entries
//! the one with the highest version is valid. There is one journal for the whole community: an item
//! contains the entries of a batch, whatever their groups. Folding moves its entries into the pages
//! of each group.

mod bytes;
mod journal;
mod pages;
#[cfg(test)]
mod tests;

use std::cmp::{Ordering, Reverse};

use crate::ids::PersonId;

pub use bytes::MalformedEntries;
pub use journal::{JournalItem, JournalPacker};
pub use pages::{PackedPage, PageIndex, pack_pages, unpack_page};

/// Whether a person is in a group, as of one version of their user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipEntry {
    /// The person.
    pub person: PersonId,
    /// The version of the user that was written together with the entry.
    pub version: u64,
    /// Whether the person is in the group.
    pub is_member: bool,
}

/// The newest journal entry of each person for one group, in the order of person ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupUpdates(Vec<MembershipEntry>);

impl From<Vec<MembershipEntry>> for GroupUpdates {
    /// Keeps the highest version of each person's entries.
    fn from(mut entries: Vec<MembershipEntry>) -> Self {
        let newest_first = |entry: &MembershipEntry| {
            let version = Reverse((entry.version, entry.is_member));
            (entry.person, version)
        };
        entries.sort_unstable_by_key(newest_first);
        entries.dedup_by_key(|entry| entry.person);
        Self(entries)
    }
}

impl GroupUpdates {
    /// Returns the entries of the people who belong on this page, in the order of their ids.
    pub fn of_page(
        &self,
        index: &PageIndex,
        page: usize,
    ) -> impl Iterator<Item = &MembershipEntry> {
        let (from, to) = index.bounds(page);
        let before = |bound: PersonId| self.0.partition_point(|entry| entry.person < bound);
        let (from, to) = (from.map_or(0, before), to.map_or(self.0.len(), before));
        self.0.get(from..to).unwrap_or_default().iter()
    }

    /// Returns the pages that the people of the entries belong on, in order.
    #[must_use]
    pub fn pages(&self, index: &PageIndex) -> Vec<usize> {
        let people = self.0.iter().map(|entry| entry.person);
        let mut pages: Vec<usize> = people.map(|person| index.page_of(person)).collect();
        pages.dedup();
        pages
    }
}

/// A valid entry, and whether the journal has an entry of the same person.
struct Overlaid {
    entry: MembershipEntry,
    is_in_journal: bool,
}

/// Merges newer entries into those of a page; both are in the order of ids.
fn overlay<'e>(
    page: impl IntoIterator<Item = &'e MembershipEntry>,
    updates: impl IntoIterator<Item = &'e MembershipEntry>,
) -> Vec<Overlaid> {
    let mut page = page.into_iter().peekable();
    let mut updates = updates.into_iter().peekable();
    let mut overlaid = Vec::new();
    loop {
        let order = match (page.peek(), updates.peek()) {
            (None, None) => return overlaid,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(paged), Some(update)) => paged.person.cmp(&update.person),
        };
        let paged = page.next_if(|_| order != Ordering::Greater);
        let update = updates.next_if(|_| order != Ordering::Less);
        let newest = match (paged, update) {
            (Some(paged), Some(update)) if update.version > paged.version => Some(update),
            (Some(paged), _) => Some(paged),
            (None, update) => update,
        };
        overlaid.extend(newest.map(|entry| Overlaid {
            entry: *entry,
            is_in_journal: update.is_some(),
        }));
    }
}

/// Returns the members on a page after the journal's entries are merged, in the order of their ids.
pub fn members_of<'e>(
    page: impl IntoIterator<Item = &'e MembershipEntry>,
    updates: impl IntoIterator<Item = &'e MembershipEntry>,
) -> impl Iterator<Item = PersonId> {
    let overlaid = overlay(page, updates).into_iter();
    overlaid
        .filter(|overlaid| overlaid.entry.is_member)
        .map(|overlaid| overlaid.entry.person)
}

/// Returns the entries for a group's next pages.
///
/// A person who left stays with their version while the journal has an entry of them: a fold may
/// have read past the place of an older entry before that was written, and have found a later one
/// of the same person. Once the journal has none, no older entry can appear any more, and the
/// person is dropped.
#[must_use]
pub fn fold(pages: &[MembershipEntry], updates: &GroupUpdates) -> Vec<MembershipEntry> {
    let overlaid = overlay(pages, &updates.0).into_iter();
    overlaid
        .filter(|overlaid| overlaid.entry.is_member || overlaid.is_in_journal)
        .map(|overlaid| overlaid.entry)
        .collect()
}

/// Returns how many of the entries are of members.
#[must_use]
pub fn count_members(entries: &[MembershipEntry]) -> u64 {
    entries.iter().filter(|entry| entry.is_member).count() as u64
}

/// The size of a community's journal above which it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldThreshold {
    /// Bytes below which the journal is never folded.
    pub min_bytes: usize,
    /// Items below which the journal is never folded.
    pub min_items: usize,
}

/// The journal may have this fraction of the bytes of all pages.
const PART_OF_PAGES: usize = 10;
/// The journal may have one item for this many bytes of pages: reading an item costs as much.
const PAGE_BYTES_PER_ITEM: usize = 4 * 1024;

impl FoldThreshold {
    /// The threshold at the end of a run and after an edit by hand.
    pub const STANDARD: Self = Self {
        min_bytes: 64 * 1024,
        min_items: 256,
    };
    /// Folds every journal that is not empty.
    pub const ANYTHING: Self = Self {
        min_bytes: 0,
        min_items: 0,
    };

    /// Returns whether a journal of this size has to be folded into pages of this many bytes.
    #[must_use]
    pub fn is_exceeded(self, journal_bytes: usize, items: usize, page_bytes: usize) -> bool {
        if self == Self::ANYTHING {
            return items > 0;
        }
        journal_bytes > self.min_bytes.max(page_bytes / PART_OF_PAGES)
            || items > self.min_items.max(page_bytes / PAGE_BYTES_PER_ITEM)
    }
}
