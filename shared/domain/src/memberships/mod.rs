//! The members of a community's groups as packed sets: pages of each group, and a journal since.
//!
//! An entry says whether a person is in a group as of one version of their user; of several entries the one
//! of the highest version holds. The journal is one for the whole community: an item of it holds the entries
//! of a batch, whatever their groups. Folding puts its entries into the pages of each group.

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
    /// Who is in the group, or is not.
    pub person: PersonId,
    /// The version of the user that was written together with the entry.
    pub version: u64,
    /// Whether the person is in the group.
    pub is_member: bool,
}

/// The newest entry of each person that the journal has of one group, in the order of their ids.
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
    /// Returns the entries of the people whose place is on this page, in the order of their ids.
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

    /// Returns the pages on which the people of the entries have their place, in order.
    #[must_use]
    pub fn pages(&self, index: &PageIndex) -> Vec<usize> {
        let people = self.0.iter().map(|entry| entry.person);
        let mut pages: Vec<usize> = people.map(|person| index.page_of(person)).collect();
        pages.dedup();
        pages
    }
}

/// An entry as it holds, and whether the journal has one of the same person.
struct Overlaid {
    entry: MembershipEntry,
    is_in_journal: bool,
}

/// Lays newer entries over those of a page; both are in the order of ids.
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

/// Returns the members on a page once the journal's entries are laid over it, in the order of their ids.
pub fn members_of<'e>(
    page: impl IntoIterator<Item = &'e MembershipEntry>,
    updates: impl IntoIterator<Item = &'e MembershipEntry>,
) -> impl Iterator<Item = PersonId> {
    let overlaid = overlay(page, updates).into_iter();
    overlaid
        .filter(|overlaid| overlaid.entry.is_member)
        .map(|overlaid| overlaid.entry.person)
}

/// Returns the entries that a group's next pages have.
///
/// Who is out stays with their version while the journal has an entry of them: a fold may have read past the
/// place of an entry before it was written, and have found a later one of the same person. Once the journal
/// has none, no entry of an older version can come up any more, and the person is dropped.
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

/// How long the journal of a community may grow before it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldThreshold {
    /// Bytes that the journal may have in any case.
    pub min_bytes: usize,
    /// Items that the journal may have in any case.
    pub min_items: usize,
}

/// The journal may have this part of the bytes of all pages.
const PART_OF_PAGES: usize = 10;
/// The journal may have an item for so many bytes of pages: an item costs as much to read as these.
const PAGE_BYTES_PER_ITEM: usize = 4 * 1024;

impl FoldThreshold {
    /// What the end of a run and an edit by hand go by.
    pub const STANDARD: Self = Self {
        min_bytes: 64 * 1024,
        min_items: 256,
    };
    /// Folds whatever there is.
    pub const ANYTHING: Self = Self {
        min_bytes: 0,
        min_items: 0,
    };

    /// Whether a journal of this length is to be folded into pages of this many bytes.
    #[must_use]
    pub fn is_exceeded(self, journal_bytes: usize, items: usize, page_bytes: usize) -> bool {
        if self == Self::ANYTHING {
            return items > 0;
        }
        journal_bytes > self.min_bytes.max(page_bytes / PART_OF_PAGES)
            || items > self.min_items.max(page_bytes / PAGE_BYTES_PER_ITEM)
    }
}
