//! Where changes that take something away wait, until their run has been read to its end and the
//! guards have judged all of them together.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use attendee_sync_domain::guard::{Loss, Losses};
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::plan::{Batch, Delta, PersonPlan, Plan};
use jiff::Timestamp;

use crate::error::Error;
use crate::ports::{Held, Holding};

/// People kept in memory; more are put into the table.
const IN_MEMORY: usize = 2_000;
/// People and bytes of one part: an item takes 400 KB (`DynamoDB` documentation, "Quotas").
const PART_PEOPLE: usize = 100;
const PART_BYTES: usize = 300_000;

/// The changes of one run that wait.
pub(crate) struct Parking {
    run: RunId,
    keep_until: Timestamp,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What each of the people loses, by the short form of their ids.
    people: HashMap<u64, Loss>,
    waiting: Vec<Held>,
    /// Where in `waiting` each of its people is.
    places: HashMap<u64, usize>,
    /// People of whom more came up once they had been put into the table.
    apart: HashSet<u64>,
    losses: Losses,
    /// Records that stand for those who wait.
    records: u64,
    /// Parts put into the table.
    parts: u32,
}

/// What has come together at the end of a run.
pub(crate) struct Parked {
    /// What is in memory.
    pub(crate) waiting: Vec<Held>,
    /// How many parts are in the table.
    pub(crate) parts: u32,
    /// People who are in several parts.
    pub(crate) apart: HashSet<u64>,
    /// What would be lost, by what was known when each came up.
    pub(crate) losses: Losses,
    /// Records that stand for those who wait.
    pub(crate) records: u64,
}

impl Parking {
    pub(crate) fn new(run: RunId, keep_until: Timestamp) -> Self {
        Self {
            run,
            keep_until,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes those out of a batch who would lose something by its plan, or of whom something
    /// waits already. True where there was one: what is left has to be planned again.
    pub(crate) async fn take_from(
        &self,
        batch: &mut Batch,
        plan: &Plan,
        store: &(impl Holding + ?Sized),
    ) -> Result<bool, Error> {
        let spilled = {
            let mut inner = self.inner();
            let before = batch.people.len();
            let people = std::mem::take(&mut batch.people);
            for (delta, planned) in people.into_iter().zip(&plan.people) {
                if let Some(delta) = inner.keep(delta, planned) {
                    batch.people.push(delta);
                }
            }
            if batch.people.len() == before {
                return Ok(false);
            }
            inner.spill()
        };
        for (number, part) in spilled {
            store
                .hold(&self.run, number, &part, self.keep_until)
                .await?;
        }
        Ok(true)
    }

    /// Takes what another process kept of a batch of the run.
    pub(crate) async fn take_over(
        &self,
        held: Vec<Held>,
        store: &(impl Holding + ?Sized),
    ) -> Result<(), Error> {
        let spilled = {
            let mut inner = self.inner();
            for held in held {
                inner.put(held);
            }
            inner.spill()
        };
        for (number, part) in spilled {
            store
                .hold(&self.run, number, &part, self.keep_until)
                .await?;
        }
        Ok(())
    }

    /// All that waits.
    pub(crate) fn into_parked(self) -> Parked {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Parked {
            waiting: inner.waiting,
            parts: inner.parts,
            apart: inner.apart,
            losses: inner.losses,
            records: inner.records,
        }
    }
}

impl Inner {
    /// Keeps a person where she has to wait; gives her back otherwise.
    fn keep(&mut self, delta: Delta, planned: &PersonPlan) -> Option<Delta> {
        let loss = match (
            self.people.get(&delta.person.short()),
            planned.change.as_ref(),
        ) {
            (Some(known), _) => known.clone(),
            (None, Some(change)) => match Loss::of(change) {
                Some(loss) => loss,
                None => return Some(delta),
            },
            (None, None) => return Some(delta),
        };
        self.put(Held {
            delta,
            change: planned.change.clone(),
            loss,
        });
        None
    }

    /// Adds what waits of a person.
    fn put(&mut self, held: Held) {
        let short = held.delta.person.short();
        let is_known = self.people.contains_key(&short);
        let place = self.places.get(&short);
        let here = place.and_then(|place| self.waiting.get_mut(*place));
        match here {
            // Kept twice of a batch that came twice.
            Some(known) if known.delta == held.delta => return,
            Some(known) => {
                self.records += held.delta.records();
                known.delta.absorb(held.delta);
                return;
            }
            None => {}
        }
        self.records += held.delta.records();
        if is_known {
            self.apart.insert(short);
        } else {
            self.losses.add(&held.loss);
            self.people.insert(short, held.loss.clone());
        }
        self.places.insert(short, self.waiting.len());
        self.waiting.push(held);
    }

    /// What is too much for the memory, in parts with their numbers.
    fn spill(&mut self) -> Vec<(u32, Vec<Held>)> {
        if self.waiting.len() < IN_MEMORY {
            return Vec::new();
        }
        self.places.clear();
        let parts = parts(std::mem::take(&mut self.waiting));
        let numbered: Vec<_> = (self.parts..).zip(parts).collect();
        self.parts += u32::try_from(numbered.len()).unwrap_or(u32::MAX);
        numbered
    }
}

/// Cuts what waits into parts that fit into an item.
pub(crate) fn parts(held: Vec<Held>) -> Vec<Vec<Held>> {
    let mut parts: Vec<Vec<Held>> = Vec::new();
    let mut bytes = 0;
    for one in held {
        let length = serde_json::to_string(&one).map_or(0, |text| text.len());
        bytes += length;
        match parts.last_mut() {
            Some(part) if part.len() < PART_PEOPLE && bytes <= PART_BYTES => part.push(one),
            _ => {
                bytes = length;
                parts.push(vec![one]);
            }
        }
    }
    parts
}
