//! The checkpoint of a fetch, for the process that continues it.

use std::fmt::Write as _;

use attendee_sync_domain::evaluate::NameWatch;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::plan::Delta;
use attendee_sync_domain::run::Counts;
use serde::{Deserialize, Serialize};

use super::Fetch;
use crate::runs::sight::Sight;
use crate::runs::source_keys::SourceKeys;

/// The state of a reading that another process needs to continue it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something that was found out, and all combinations occur"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FetchCheckpoint {
    /// Packed short ids of people, and packed fingerprints with positions.
    touched: String,
    #[serde(default)]
    holders: String,
    seen: String,
    waiting: Vec<Delta>,
    rejected: Vec<u64>,
    is_unclear: bool,
    #[serde(default)]
    sight: Sight,
    #[serde(default)]
    lacks_details: bool,
    #[serde(default)]
    has_news: bool,
    next_batch: u32,
    position: u32,
    again: u32,
    #[serde(default)]
    names: Option<NameWatch>,
    counts: Counts,
    sent: u64,
    #[serde(default)]
    expects_strangers: bool,
    #[serde(default)]
    keys: SourceKeys,
    #[serde(default)]
    unreadable: Vec<u64>,
}

impl FetchCheckpoint {
    /// The people it names.
    pub(crate) fn people(&self) -> impl Iterator<Item = PersonId> {
        self.waiting.iter().map(|delta| delta.person)
    }

    /// What it has of a person.
    pub(crate) fn about(&self, person: PersonId) -> impl Iterator<Item = &Delta> {
        self.waiting
            .iter()
            .filter(move |delta| delta.person == person)
    }

    /// Removes an erased person from it. Returns whether it named them. Their records change
    /// nothing any more.
    pub(crate) fn forget(&mut self, person: PersonId) -> bool {
        let before = self.waiting.len();
        for delta in self.waiting.extract_if(.., |delta| delta.person == person) {
            self.counts.unchanged += delta.records();
        }
        self.waiting.len() < before
    }

    /// Returns the number of groups that the run had created.
    pub(crate) fn groups_created(&self) -> u64 {
        self.counts.groups_created
    }
}

/// Returns pairs of numbers as hexadecimal text, with 16 digits and 8 digits.
fn pack(numbers: impl Iterator<Item = (u64, u32)>) -> String {
    let mut text = String::new();
    for (number, position) in numbers {
        // Writing to a string does not fail.
        let _ = write!(text, "{number:016x}{position:08x}");
    }
    text
}

fn unpack(text: &str) -> impl Iterator<Item = (u64, u32)> {
    let digits = text.as_bytes().chunks_exact(24);
    digits.filter_map(|digits| {
        let digits = std::str::from_utf8(digits).ok()?;
        let (number, position) = digits.split_at_checked(16)?;
        Some((
            u64::from_str_radix(number, 16).ok()?,
            u32::from_str_radix(position, 16).ok()?,
        ))
    })
}

impl Fetch<'_> {
    /// Returns what another process needs to continue; the batch has to be empty.
    pub(crate) fn checkpoint(&self) -> FetchCheckpoint {
        FetchCheckpoint {
            touched: pack(self.touched.iter().map(|person| (*person, 0))),
            holders: pack(self.holders.iter().map(|person| (*person, 0))),
            seen: pack(self.fingerprints.seen()),
            waiting: self.waiting.values().cloned().collect(),
            rejected: self.rejected.iter().copied().collect(),
            is_unclear: self.is_unclear,
            sight: self.sight.clone(),
            lacks_details: self.lacks_details,
            has_news: self.has_news,
            next_batch: self.next_batch,
            position: self.position,
            again: self.again,
            names: self.names.clone(),
            counts: self.counts,
            sent: self.sent,
            expects_strangers: self.expects_strangers,
            keys: self.keys.clone(),
            unreadable: self.unreadable.iter().copied().collect(),
        }
    }

    /// Continues from the state that another process saved.
    pub(crate) fn resume_from(&mut self, down: FetchCheckpoint) {
        self.touched = unpack(&down.touched).map(|(person, _)| person).collect();
        for (hash, position) in unpack(&down.seen) {
            // A fingerprint that this run replaced meanwhile belongs to people who were sent.
            if let Some(entry) = self.fingerprints.find(hash) {
                self.fingerprints.see(entry, position);
            }
        }
        let waiting = down.waiting.into_iter();
        self.waiting = waiting.map(|delta| (delta.person, delta)).collect();
        self.rejected = down.rejected.into_iter().collect();
        self.is_unclear = down.is_unclear;
        self.sight = down.sight;
        self.lacks_details = down.lacks_details;
        self.has_news = down.has_news;
        self.next_batch = down.next_batch;
        self.position = down.position;
        self.again = down.again;
        self.names = down.names;
        self.counts = down.counts;
        self.sent = down.sent;
        self.expects_strangers = down.expects_strangers;
        self.keys = down.keys;
        self.unreadable = down.unreadable.into_iter().collect();
        self.holders = self.keys.holders(&mut self.fingerprints);
        self.holders
            .extend(unpack(&down.holders).map(|(person, _)| person));
    }
}
