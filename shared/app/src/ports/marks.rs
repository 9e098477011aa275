//! Marks: they say which people of a batch are done.

use std::collections::BTreeMap;

use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::run::Counts;
use serde::{Deserialize, Serialize};

/// The people of a batch who are done. Each transaction of the batch writes the mark over the
/// version it read, and adds its own people: everybody whom the mark names is done, and the batch
/// is done once it names all of its people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BatchMark {
    /// The number of people in the whole batch.
    pub batch_people: u32,
    /// The outcomes of its people, each different one once.
    fates: Vec<MarkedFate>,
    /// The people who are done, by the short form of their ids, each with the index of their
    /// outcome.
    people: Vec<(u64, u16)>,
    /// What the batch adds to the run's counts in addition to its people.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub beside: Counts,
}

fn is_nothing(counts: &Counts) -> bool {
    *counts == Counts::default()
}

/// The outcome of a person of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkedFate {
    /// What the person adds to the run's counts.
    pub counts: Counts,
}

impl BatchMark {
    /// Returns a mark of a batch of this size that names nobody yet.
    #[must_use]
    pub fn new(batch_people: u32) -> Self {
        Self {
            batch_people,
            ..Self::default()
        }
    }

    /// Adds a person who is done.
    pub fn name(&mut self, person: PersonId, fate: MarkedFate) {
        let known = self.fates.iter().position(|known| *known == fate);
        let index = known.unwrap_or_else(|| {
            self.fates.push(fate);
            self.fates.len() - 1
        });
        // A batch has far fewer different outcomes than `u16::MAX`, as a person has few records.
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        self.people.push((person.short(), index));
    }

    /// Returns whether the mark names everybody.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.people.len() >= self.batch_people as usize
    }

    /// Returns the people who are done, by the short form of their ids.
    pub fn people(&self) -> impl Iterator<Item = u64> {
        self.people.iter().map(|(person, _)| *person)
    }

    /// Returns what the batch adds to the counts of its run.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = self.beside;
        for (_, fate) in &self.people {
            if let Some(fate) = self.fates.get(usize::from(*fate)) {
                counts.add(&fate.counts);
            }
        }
        counts
    }
}

/// The marks of a run, by the number of the batch.
#[derive(Debug, Clone, Default)]
pub struct RunMarks(pub BTreeMap<u32, BatchMark>);

impl RunMarks {
    /// Returns what all batches add to the counts of the run.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for batch in self.0.values() {
            counts.add(&batch.counts());
        }
        counts
    }
}

/// Returns the counts of a run, raised to at least what its marks prove as done. Marks expire
/// before runs do, and runs of the previous version have none, so no count is lowered.
#[must_use]
pub fn at_least(counts: Counts, done: &Counts) -> Counts {
    Counts {
        added: counts.added.max(done.added),
        updated: counts.updated.max(done.updated),
        removed: counts.removed.max(done.removed),
        erased: counts.erased.max(done.erased),
        missing_removed: counts.missing_removed.max(done.missing_removed),
        moved: counts.moved.max(done.moved),
        invitations_queued: counts.invitations_queued.max(done.invitations_queued),
        ..counts
    }
}
