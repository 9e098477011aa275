//! Moves at the end of a run: records that have another address than before. Decides which moves
//! are corrections, and what each person loses and gets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use attendee_sync_domain::evaluate::Disposition;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::people::{Attendee, Presence};
use attendee_sync_domain::plan::{
    Actual, Batch, Delta, MAX_TOGETHER, MoveView, MovedRecord, Policy, RecordMove, corrected,
    name_of, together,
};

use crate::App;
use crate::error::Error;
use crate::ports::Held;
use crate::runs::guards::loss_of;
use crate::runs::source_keys::Moves;

/// People read at a time.
const PART: usize = 200;
/// Attendees read at a time to see who else has a name.
const PAGE: usize = 1_000;

/// The effect of moves on people; people who are written together stand next to each other.
#[derive(Default)]
pub(crate) struct MoveDeltas {
    pub(crate) people: Vec<Delta>,
    /// The part that is applied after all the others: people of chains that are too long to be
    /// written together have not lost their records before.
    pub(crate) after: Vec<Delta>,
    pub(crate) issues: Vec<Issue>,
}

/// One chain of moves, whose people are written together.
struct Chain<'m> {
    number: u32,
    people: BTreeSet<PersonId>,
    moves: Vec<&'m RecordMove>,
}

impl Chain<'_> {
    fn is_too_long(&self) -> bool {
        self.people.len() > MAX_TOGETHER
    }
}

impl App {
    /// Returns the effect of moves on people. `said` has records that are not stored yet, as in a
    /// preview.
    pub(crate) async fn move_deltas(
        &self,
        community: &CommunityId,
        event: &EventId,
        moves: &Moves,
        said: &BTreeMap<PersonId, Delta>,
    ) -> Result<MoveDeltas, Error> {
        let mut deltas = MoveDeltas::default();
        if moves.is_empty() {
            return Ok(deltas);
        }
        let mut people: BTreeSet<PersonId> = moves.gone.keys().copied().collect();
        people.extend(
            moves
                .records
                .iter()
                .flat_map(|moved| [moved.from, moved.to]),
        );
        people.extend(moves.settled.iter().map(|(person, _)| *person));
        let people: Vec<PersonId> = people.into_iter().collect();
        let mut actual = Actual::default();
        for part in people.chunks(PART) {
            let read = self.parts.store.actual(community, event, part, &[]).await?;
            actual.attendees.extend(read.attendees);
        }
        let mut attendees: HashMap<PersonId, Attendee> = HashMap::new();
        for (person, stored) in actual.attendees {
            attendees.insert(person, stored.value);
        }
        let chains = chains(&moves.records);
        let same = self
            .corrections(event, &chains, moves, &attendees, said)
            .await?;
        for chain in &chains {
            if chain.is_too_long() {
                deltas.issues.push(too_long(chain.people.len()));
            }
        }
        let mut people = DeltasOfPeople::new(&chains, &attendees, said);
        people.say(moves, &same);
        for delta in people.deltas.into_values() {
            deltas.add(delta);
        }
        Ok(deltas)
    }

    /// The fingerprints of the records whose address was corrected.
    async fn corrections(
        &self,
        event: &EventId,
        chains: &[Chain<'_>],
        moves: &Moves,
        attendees: &HashMap<PersonId, Attendee>,
        said: &BTreeMap<PersonId, Delta>,
    ) -> Result<BTreeSet<u64>, Error> {
        let mut names: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        let moved_here: BTreeSet<u64> = moves.records.iter().map(|moved| moved.to_hash).collect();
        for chain in chains.iter().filter(|chain| !chain.is_too_long()) {
            for moved in &chain.moves {
                let Some(giver) = attendees.get(&moved.from) else {
                    continue;
                };
                let stored = attendees.get(&moved.to).map(|taker| &taker.records);
                let new = said.get(&moved.to).map(|delta| &delta.contributions);
                let mut records = new.into_iter().chain(stored).flatten();
                let Some(record) = records.find(|record| record.hash == moved.to_hash) else {
                    continue;
                };
                let gone = moves.gone.get(&moved.from);
                let not_their_own = gone.into_iter().flatten().chain(&moved_here);
                let not_their_own = not_their_own.copied().collect();
                let view = MoveView {
                    giver,
                    not_their_own: &not_their_own,
                    record,
                };
                if (giver.presence == Presence::Attending
                    || giver.blocked.is_some()
                    || giver.by_hand.is_some())
                    && let Some(name) = corrected(moved, view)
                {
                    names.entry(name).or_default().insert(moved.to_hash);
                }
            }
        }
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut shared_by: BTreeMap<u64, u32> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.parts.store.attendees(event, after, PAGE).await?;
            after = page.last().map(|(person, _)| *person);
            for (_, attendee) in &page {
                for name in names_before(attendee) {
                    if names.contains_key(&name) {
                        *shared_by.entry(name).or_default() += 1;
                    }
                }
            }
            if page.len() < PAGE {
                break;
            }
        }
        let alone = |name: &u64| shared_by.get(name).is_none_or(|people| *people <= 1);
        let corrections = names.into_iter().filter(|(name, _)| alone(name));
        Ok(corrections.flat_map(|(_, hashes)| hashes).collect())
    }

    /// Plans what moves do, as changes that may wait for a person.
    pub(crate) async fn plan_moves(
        &self,
        run: RunNumber,
        community: &CommunityId,
        policy: &Policy,
        people: Vec<Delta>,
    ) -> Result<Vec<Held>, Error> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let mut held = Vec::new();
        for part in parts(people, PART) {
            let batch = Batch::new(run, 0, part);
            let plan = self.plan_batch(community, policy, &batch).await?;
            for (delta, planned) in batch.people.into_iter().zip(plan.people) {
                held.push(Held {
                    loss: loss_of(planned.change.as_ref(), &delta, policy),
                    delta,
                    change: planned.change,
                });
            }
        }
        Ok(held)
    }
}

/// Collects the effects of moves by person, chain by chain.
struct DeltasOfPeople<'d> {
    chain_of: HashMap<PersonId, u32>,
    attendees: &'d HashMap<PersonId, Attendee>,
    said: &'d BTreeMap<PersonId, Delta>,
    deltas: BTreeMap<(u32, PersonId), Delta>,
}

impl<'d> DeltasOfPeople<'d> {
    fn new(
        chains: &[Chain<'_>],
        attendees: &'d HashMap<PersonId, Attendee>,
        said: &'d BTreeMap<PersonId, Delta>,
    ) -> Self {
        let mut chain_of = HashMap::new();
        for chain in chains.iter().filter(|chain| !chain.is_too_long()) {
            chain_of.extend(chain.people.iter().map(|person| (*person, chain.number)));
        }
        Self {
            chain_of,
            attendees,
            said,
            deltas: BTreeMap::new(),
        }
    }

    fn of(&mut self, person: PersonId) -> Option<&mut Delta> {
        let attendee = self.attendees.get(&person);
        let email = attendee.map(|attendee| &attendee.email);
        let email = email.or_else(|| Some(&self.said.get(&person)?.email))?;
        let together = self.chain_of.get(&person).copied().unwrap_or_default();
        let delta = self.deltas.entry((together, person));
        Some(delta.or_insert_with(|| Delta {
            partial: true,
            together,
            ..Delta::new(person, email.clone())
        }))
    }

    fn say(&mut self, moves: &Moves, same: &BTreeSet<u64>) {
        for (person, gone) in &moves.gone {
            if let Some(delta) = self.of(*person) {
                // Each hash is listed as it is stored, and as it is remembered once the record was
                // replaced.
                delta.gone = gone.iter().flat_map(|hash| [*hash, !*hash]).collect();
            }
        }
        for moved in &moves.records {
            let corrected = same.contains(&moved.to_hash);
            if let Some(delta) = self.of(moved.from) {
                delta.moved_to.push(MovedRecord {
                    hash: moved.from_hash,
                    other: moved.to,
                    corrected,
                });
            }
            self.has(moved.to, moved.to_hash, moved.from, corrected);
        }
        for (person, hash) in &moves.settled {
            self.has(*person, *hash, *person, false);
        }
    }

    /// Adds to a person a record that another one had before.
    fn has(&mut self, person: PersonId, hash: u64, other: PersonId, corrected: bool) {
        if let Some(delta) = self.of(person) {
            delta.moved_from.push(MovedRecord {
                hash,
                other,
                corrected,
            });
            delta.settles = true;
        }
    }
}

impl MoveDeltas {
    /// Adds a person's effects. Where the person is in no chain and gets a record from somebody who
    /// does not lose it in the same write, the record counts as known only afterwards.
    fn add(&mut self, mut delta: Delta) {
        let from_others = delta.moved_from.iter();
        let mut from_others = from_others.filter(|moved| moved.other != delta.person);
        if delta.together == 0 && from_others.next().is_some() {
            self.after.push(Delta {
                gone: Vec::new(),
                moved_to: Vec::new(),
                ..delta.clone()
            });
            delta.settles = false;
        }
        self.people.push(delta);
    }
}

/// Returns the effect on a person who gets a ticket while its former holder's change is held: they
/// attend, and are invited.
pub(crate) fn welcome(delta: &Delta) -> Option<Delta> {
    let from_others = delta.moved_from.iter();
    let moved_from: Vec<MovedRecord> = from_others
        .filter(|moved| !moved.corrected)
        .copied()
        .collect();
    (!moved_from.is_empty()).then(|| Delta {
        partial: true,
        moved_from,
        ..Delta::new(delta.person, delta.email.clone())
    })
}

/// Groups neighbouring items that are written together into lists.
pub(crate) fn by_chain<T>(items: Vec<T>, together: impl Fn(&T) -> u32) -> Vec<Vec<T>> {
    let mut lists: Vec<Vec<T>> = Vec::new();
    for item in items {
        let number = together(&item);
        match lists.last_mut() {
            Some(list) if number > 0 && list.last().map(&together) == Some(number) => {
                list.push(item);
            }
            _ => lists.push(vec![item]),
        }
    }
    lists
}

/// Splits people into parts of about `many`, but never between people who are written together.
pub(crate) fn parts(people: Vec<Delta>, many: usize) -> Vec<Vec<Delta>> {
    let mut parts: Vec<Vec<Delta>> = Vec::new();
    for chain in by_chain(people, |delta| delta.together) {
        match parts.last_mut() {
            Some(part) if part.len() + chain.len() <= many => part.extend(chain),
            _ => parts.push(chain),
        }
    }
    parts
}

fn chains(moves: &[RecordMove]) -> Vec<Chain<'_>> {
    let mut chains: Vec<Chain<'_>> = (1..)
        .zip(together(moves))
        .map(|(number, people)| Chain {
            number,
            people,
            moves: Vec::new(),
        })
        .collect();
    let mut chain_of = HashMap::new();
    for (index, chain) in chains.iter().enumerate() {
        chain_of.extend(chain.people.iter().map(|person| (*person, index)));
    }
    for moved in moves {
        let index = chain_of.get(&moved.from);
        if let Some(chain) = index.and_then(|index| chains.get_mut(*index)) {
            chain.moves.push(moved);
        }
    }
    chains
}

/// Returns the hashes of the names that an attendee had before the run.
fn names_before(attendee: &Attendee) -> BTreeSet<u64> {
    let records = attendee.records.iter();
    let live = records
        .filter(|record| record.disposition == Disposition::Live && !record.unsettled)
        .filter_map(|record| name_of(&record.incoming));
    let former = attendee.former.iter().filter_map(|record| record.name);
    live.chain(former).collect()
}

fn too_long(people: usize) -> Issue {
    Issue::new(
        Severity::Warning,
        0,
        "moved_in_a_chain",
        format!(
            "{people} people have exchanged their source IDs, so groups assigned by hand were not moved with them; \
             check whether the source has renumbered its records"
        ),
    )
}
