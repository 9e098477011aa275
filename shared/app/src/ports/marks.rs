//! Marks: what says which people of a batch are done.

use std::collections::BTreeMap;

use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::run::Counts;
use serde::{Deserialize, Serialize};

/// What was done of a batch. Each transaction of the batch writes it, under the version it read, with its
/// own people named in it too: whoever it names is done, and the batch is done once it names everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BatchMark {
    /// How many people the whole batch has.
    pub batch_people: u32,
    /// What became of its people, each kind once.
    fates: Vec<MarkedFate>,
    /// Its people, by the short form of their ids, each with the index of what became of them.
    people: Vec<(u64, u16)>,
    /// What it adds to the run's counts beside its people.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub beside: Counts,
}

fn is_nothing(counts: &Counts) -> bool {
    *counts == Counts::default()
}

/// What became of a person of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkedFate {
    /// What that adds to the run's counts.
    pub counts: Counts,
}

impl BatchMark {
    /// A mark of a batch with so many people, which names nobody yet.
    #[must_use]
    pub fn new(batch_people: u32) -> Self {
        Self {
            batch_people,
            ..Self::default()
        }
    }

    /// Names a person.
    pub fn name(&mut self, person: PersonId, fate: MarkedFate) {
        let known = self.fates.iter().position(|known| *known == fate);
        let index = known.unwrap_or_else(|| {
            self.fates.push(fate);
            self.fates.len() - 1
        });
        // There are fewer kinds of counts than that: a person has few records.
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        self.people.push((person.short(), index));
    }

    /// Whether it names everybody.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.people.len() >= self.batch_people as usize
    }

    /// The people it names, by the short form of their ids.
    pub fn people(&self) -> impl Iterator<Item = u64> {
        self.people.iter().map(|(person, _)| *person)
    }

    /// What the batch adds to the counts of its run.
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
    /// What all of them add to the counts of the run.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for batch in self.0.values() {
            counts.add(&batch.counts());
        }
        counts
    }
}

/// Returns the counts of a run of which at least this is known to be done, by its marks. Marks go before runs do,
/// and runs of the version before have none: what a run was once counted by stays.
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
