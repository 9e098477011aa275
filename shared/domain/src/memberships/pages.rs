//! The pages of one group: entries in the order of person ids, so that a list of members reads only
//! the pages that it shows.

use super::MembershipEntry;
use super::bytes::{Bytes, MalformedEntries, put_number};
use crate::ids::PersonId;

const FORMAT: u8 = 1;
/// Most bytes of an entry: an id and a number of 64 bits.
const MAX_ENTRY_BYTES: usize = 16 + 10;

/// A packed page, with the person of its first entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedPage {
    /// The person of the first entry.
    pub first: PersonId,
    /// The packed entries.
    pub bytes: Vec<u8>,
}

/// Packs entries, which must be in the order of ids, into pages of at most `page_bytes`; a page has
/// at least one entry.
#[must_use]
pub fn pack_pages(entries: &[MembershipEntry], page_bytes: usize) -> Vec<PackedPage> {
    let mut pages: Vec<PackedPage> = Vec::new();
    for entry in entries {
        let room = |page: &&mut PackedPage| page.bytes.len() + MAX_ENTRY_BYTES <= page_bytes;
        let packed = entry.version << 1 | u64::from(entry.is_member);
        if let Some(page) = pages.last_mut().filter(room) {
            page.bytes.extend_from_slice(&entry.person.to_bytes());
            put_number(&mut page.bytes, packed);
            continue;
        }
        let mut bytes = Vec::with_capacity(page_bytes);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&entry.person.to_bytes());
        put_number(&mut bytes, packed);
        pages.push(PackedPage {
            first: entry.person,
            bytes,
        });
    }
    pages
}

/// Reads the entries of a page.
pub fn unpack_page(bytes: &[u8]) -> Result<Vec<MembershipEntry>, MalformedEntries> {
    let mut bytes = Bytes::of_format(bytes, FORMAT)?;
    let mut entries = Vec::with_capacity(bytes.0.len() / (16 + 1));
    while !bytes.is_at_end() {
        let person = bytes.person()?;
        let packed = bytes.number()?;
        entries.push(MembershipEntry {
            person,
            version: packed >> 1,
            is_member: packed & 1 == 1,
        });
    }
    Ok(entries)
}

/// The first person of each page of a group, from which the page of any person follows.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PageIndex(Vec<PersonId>);

impl PageIndex {
    /// Returns the index of these pages.
    #[must_use]
    pub fn of(pages: &[PackedPage]) -> Self {
        Self(pages.iter().map(|page| page.first).collect())
    }

    /// How many pages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no page.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the page that a person belongs on: the first page for people before all others.
    #[must_use]
    pub fn page_of(&self, person: PersonId) -> usize {
        let pages_before = self.0.partition_point(|first| *first <= person);
        pages_before.saturating_sub(1)
    }

    /// Returns the range of ids that belong on a page: the first id, and the first id after the
    /// page. The range of the first and of the last page is open on its outer side.
    pub(super) fn bounds(&self, page: usize) -> (Option<PersonId>, Option<PersonId>) {
        let from = self.0.get(page).filter(|_| page > 0);
        (from.copied(), self.0.get(page + 1).copied())
    }
}
