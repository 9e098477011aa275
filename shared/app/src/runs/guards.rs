//! The guards at the end of a run: they judge all losses of the run together, and pending changes
//! are applied, or held for a person's approval.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::guard::{Census, Guard, GuardVerdict, Loss, Losses, Tripped, judge};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use attendee_sync_domain::people::{Attendee, Grantor, Presence, UserState};
use attendee_sync_domain::plan::{Batch, Delta, Policy};
use attendee_sync_domain::profile::{AttendeeField, ProfileField};
use attendee_sync_domain::run::{Change, Counts, Run, RunHold};

use crate::App;
use crate::error::Error;
use crate::ports::Held;
use crate::runs::moves::{by_chain, welcome};
use crate::runs::progress::Reporter;
use crate::runs::reconcile::{ApplyMode, keep_until};
use crate::runs::sight::Lost;
use crate::runs::source_keys::Moves;

/// Attendees read at a time to count them.
const CENSUS_PAGE: usize = 1_000;
/// The maximum number of people and bytes in one part of the pending changes: an item has at most
/// 400 KB (`DynamoDB` documentation, "Quotas").
const PART_PEOPLE: usize = 100;
const PART_BYTES: usize = 300_000;

/// The inputs of evaluating the guards.
pub(crate) struct GuardInputs<'a> {
    pub(crate) document: &'a EventDocument,
    pub(crate) community: &'a CommunityId,
    pub(crate) policy: &'a Policy,
    /// The number of the run's next batch.
    pub(crate) next_batch: u32,
    /// The moves of people by the source ids of records.
    pub(crate) moves: &'a Moves,
    /// What the feed no longer has.
    pub(crate) lost: &'a Lost,
    pub(crate) reporter: &'a Reporter<'a>,
}

impl App {
    /// Applies the changes that wait for the end of the run, or holds them for approval.
    pub(crate) async fn evaluate_guards(
        &self,
        run: &mut Run,
        mut settling: GuardInputs<'_>,
    ) -> Result<(), Error> {
        let mut waiting = self.what_waits(&run.id).await?;
        let mut moves = self
            .moves_that_wait(run, &mut waiting, &mut settling)
            .await?;
        let (document, lost) = (settling.document, settling.lost);
        let verdict = self.verdict(document, &waiting.losses, &run.counts, lost);
        if verdict.await?.is_clear() {
            self.apply_all_pending(run, &waiting, moves.people, &mut settling)
                .await?;
        } else {
            let held = self
                .hold_tripped_changes(run, &waiting, moves.people, &mut settling)
                .await?;
            moves.after.retain(|delta| !held.contains(&delta.person));
            // A person who has a ticket of somebody who is held attends all the same; the record
            // counts as known later.
            if !held.is_empty() {
                moves
                    .after
                    .iter_mut()
                    .for_each(|delta| delta.settles = false);
            }
        }
        self.apply_moves(run, moves.after, &mut settling).await?;
        run.next_batch = settling.next_batch;
        if waiting.people.is_empty() {
            return Ok(());
        }
        Ok(self.parts.store.unstage(&run.id).await?)
    }

    /// Plans the moves, and counts them among the losses.
    async fn moves_that_wait(
        &self,
        run: &mut Run,
        waiting: &mut PendingFigures,
        settling: &mut GuardInputs<'_>,
    ) -> Result<MovesPlanned, Error> {
        let (community, event) = (settling.community, &settling.document.event);
        let moves = self
            .move_deltas(community, event, settling.moves, &BTreeMap::new())
            .await?;
        if !moves.issues.is_empty() {
            run.counts.issues += moves.issues.len() as u64;
            let batch = Batch {
                issues: moves.issues,
                ..Batch::new(run.id.number, settling.next_batch, Vec::new())
            };
            settling.next_batch += 1;
            self.reconcile(community, settling.policy, batch, ApplyMode::Open)
                .await?;
        }
        let people = self
            .plan_moves(run.id.number, community, settling.policy, moves.people)
            .await?;
        for held in &people {
            let short = held.delta.person.short();
            if waiting.people.contains(&short) {
                // The waiting changes of the person are merged with the move.
                waiting.in_parts.insert(short);
            } else if let Some(loss) = &held.loss {
                waiting.losses.add(loss);
            }
        }
        Ok(MovesPlanned {
            people,
            after: moves.after,
        })
    }

    async fn apply_moves(
        &self,
        run: &mut Run,
        people: Vec<Delta>,
        settling: &mut GuardInputs<'_>,
    ) -> Result<(), Error> {
        let held = people.into_iter().map(|delta| Held {
            delta,
            change: None,
            loss: None,
        });
        self.apply_pending(run, held.collect(), settling).await
    }

    /// Returns the number of records of the people whose changes wait for the end of a run.
    pub(crate) async fn records_that_wait(&self, run: &RunId) -> Result<u64, Error> {
        Ok(self.what_waits(run).await?.records)
    }

    async fn what_waits(&self, run: &RunId) -> Result<PendingFigures, Error> {
        let mut waiting = PendingFigures::default();
        let mut staged = StagedPages::new(run);
        while let Some(held) = staged.next(self).await? {
            for held in &held {
                waiting.records += held.delta.records();
                let short = held.delta.person.short();
                if waiting.people.insert(short) {
                    if let Some(loss) = &held.loss {
                        waiting.losses.add(loss);
                    }
                } else {
                    waiting.in_parts.insert(short);
                }
            }
        }
        Ok(waiting)
    }

    async fn apply_all_pending(
        &self,
        run: &mut Run,
        waiting: &PendingFigures,
        moves: Vec<Held>,
        settling: &mut GuardInputs<'_>,
    ) -> Result<(), Error> {
        let mut whole = Whole::new(moves);
        let mut staged = StagedPages::new(&run.id);
        while let Some(mut held) = staged.next(self).await? {
            whole.take_from(&mut held, waiting);
            self.apply_pending(run, held, settling).await?;
        }
        self.apply_pending(run, whole.people, settling).await
    }

    /// Plans the waiting changes again before a person is asked: when each was planned first, not
    /// all records of its person had come up. People who lose nothing by all of their records are
    /// applied, and so are changes that no guard holds.
    async fn hold_tripped_changes(
        &self,
        run: &mut Run,
        waiting: &PendingFigures,
        moves: Vec<Held>,
        settling: &mut GuardInputs<'_>,
    ) -> Result<HashSet<PersonId>, Error> {
        let keep = keep_until(run.started);
        let mut losses = Losses::default();
        let mut whole = Whole::new(moves);
        let mut parts = 0;
        let mut staged = StagedPages::new(&run.id);
        while let Some(mut held) = staged.next(self).await? {
            whole.take_from(&mut held, waiting);
            let held = self.losing(run, held, &mut losses, settling).await?;
            self.parts.store.hold(&run.id, parts, &held, keep).await?;
            parts += 1;
        }
        for part in parts_of(whole.people) {
            let held = self.losing(run, part, &mut losses, settling).await?;
            self.parts.store.hold(&run.id, parts, &held, keep).await?;
            parts += 1;
        }
        let verdict = self
            .verdict(settling.document, &losses, &run.counts, settling.lost)
            .await?;
        let (mut held_people, mut kept_parts) = (0, 0);
        let mut holding = HashSet::new();
        for part in 0..parts {
            let all = self
                .parts
                .store
                .held(&run.id, part)
                .await?
                .unwrap_or_default();
            let holds = |held: &Held| held.loss.as_ref().is_some_and(|loss| verdict.holds(loss));
            let (stay, go) = split(all, holds);
            let welcome = stay.iter().filter_map(|held| welcome(&held.delta));
            self.apply_moves(run, welcome.collect(), settling).await?;
            holding.extend(stay.iter().map(|held| held.delta.person));
            held_people += people(&stay);
            run.counts.unchanged += records(&stay);
            self.apply_pending(run, go, settling).await?;
            // The remaining changes are moved up, so that the numbers of parts have no gap.
            if !stay.is_empty() {
                self.parts
                    .store
                    .hold(&run.id, kept_parts, &stay, keep)
                    .await?;
                kept_parts += 1;
            }
        }
        if parts > kept_parts {
            self.parts.store.release_from(&run.id, kept_parts).await?;
        }
        if verdict.is_clear() {
            return Ok(holding);
        }
        let hold = RunHold {
            people: held_people,
            invitations: 0,
            guards: verdict.tripped,
            decision: None,
        };
        run.reason = Some(hold.in_words() + &gone(&hold, settling.lost));
        run.hold = Some(hold);
        Ok(holding)
    }

    /// Returns the people who lose something compared to what is stored now, and applies the
    /// others.
    async fn losing(
        &self,
        run: &mut Run,
        held: Vec<Held>,
        losses: &mut Losses,
        settling: &mut GuardInputs<'_>,
    ) -> Result<Vec<Held>, Error> {
        let people = held.iter().map(|held| held.delta.clone()).collect();
        let batch = Batch::new(run.id.number, settling.next_batch, people);
        let plan = self
            .plan_batch(settling.community, settling.policy, &batch)
            .await?;
        let planned = held.into_iter().zip(plan.people);
        let planned = planned.map(|(held, planned)| Held {
            loss: loss_of(planned.change.as_ref(), &held.delta, settling.policy),
            delta: held.delta,
            change: planned.change,
        });
        let (losing, others) = split(planned.collect(), |held| held.loss.is_some());
        for loss in losing.iter().filter_map(|held| held.loss.as_ref()) {
            losses.add(loss);
        }
        self.apply_pending(run, others, settling).await?;
        Ok(losing)
    }

    /// Judges the losses. Attendees are counted only where the verdict depends on their number.
    pub(crate) async fn verdict(
        &self,
        document: &EventDocument,
        losses: &Losses,
        counts: &Counts,
        lost: &Lost,
    ) -> Result<GuardVerdict, Error> {
        let mut census = Census::default();
        let is_emptied = lost.everybody && losses.removals > 0;
        if is_emptied || losses.are_many(&document.guards) {
            census = self.census(&document.community, &document.event).await?;
            census.attending = census.attending.saturating_sub(counts.added);
        } else if let most @ 1.. = losses.attendees_needed_to_pass(&document.guards) {
            let attending = self.attending(&document.event, most + counts.added).await?;
            census.attending = attending.saturating_sub(counts.added);
        }
        let mut verdict = judge(&document.guards, losses, counts, &census);
        let guards = &document.guards;
        if is_emptied {
            let (count, of) = (losses.removals, census.attending);
            trip(
                &mut verdict,
                Guard::Removals,
                count,
                of,
                guards.removals_percent,
            );
        }
        for field in &lost.fields {
            if let Some(count) = losses.blanks.get(field) {
                let guard = Guard::Blanked(*field);
                trip(&mut verdict, guard, *count, *count, guards.blanked_percent);
            }
        }
        Ok(verdict)
    }

    /// Counts the attendees of an event, reading on no further once there are `most`.
    async fn attending(&self, event: &EventId, most: u64) -> Result<u64, Error> {
        let (mut attending, mut after) = (0, None);
        loop {
            let page = self
                .parts
                .store
                .attendees(event, after, CENSUS_PAGE)
                .await?;
            let is_last = page.len() < CENSUS_PAGE;
            after = page.last().map(|(person, _)| *person);
            let attends = |attendee: &Attendee| attendee.presence == Presence::Attending;
            attending += page.iter().filter(|(_, one)| attends(one)).count() as u64;
            if is_last || attending >= most {
                return Ok(attending);
            }
        }
    }

    async fn census(&self, community: &CommunityId, event: &EventId) -> Result<Census, Error> {
        let mut census = Census::default();
        let mut after = None;
        loop {
            let page = self
                .parts
                .store
                .attendees(event, after, CENSUS_PAGE)
                .await?;
            let more = page.len() == CENSUS_PAGE;
            after = page.last().map(|(person, _)| *person);
            let attending: Vec<(PersonId, Attendee)> = page
                .into_iter()
                .filter(|(_, attendee)| attendee.presence == Presence::Attending)
                .collect();
            let people: Vec<PersonId> = attending.iter().map(|(person, _)| *person).collect();
            let users = self.parts.store.users(community, &people).await?;
            census.attending += attending.len() as u64;
            for (_, attendee) in &attending {
                fill(
                    &mut census.filled,
                    AttendeeField::DigitalBadge,
                    attendee.digital_badge.is_some(),
                );
            }
            for (_, user) in &users {
                count_fields(&mut census.filled, user, event);
            }
            if !more {
                return Ok(census);
            }
        }
    }

    /// Applies changes that waited.
    async fn apply_pending(
        &self,
        run: &mut Run,
        held: Vec<Held>,
        settling: &mut GuardInputs<'_>,
    ) -> Result<(), Error> {
        for part in parts_of(held) {
            let people: Vec<Delta> = part.into_iter().map(|held| held.delta).collect();
            let count = people.len() as u64;
            let counts = self
                .apply_now(
                    run,
                    people,
                    settling.community,
                    settling.policy,
                    settling.next_batch,
                )
                .await?;
            settling.next_batch += 1;
            run.counts.add(&counts);
            settling
                .reporter
                .update(|progress| progress.applied += count);
        }
        Ok(())
    }

    /// Applies some people of a run as a batch of their own, whatever they lose.
    pub(crate) async fn apply_now(
        &self,
        run: &Run,
        people: Vec<Delta>,
        community: &CommunityId,
        policy: &Policy,
        number: u32,
    ) -> Result<Counts, Error> {
        let batch = Batch {
            after_all: true,
            ..Batch::new(run.id.number, number, people)
        };
        self.reconcile(community, policy, batch, ApplyMode::Open)
            .await
    }
}

/// Trips a guard regardless of its limit, unless it has tripped already.
fn trip(verdict: &mut GuardVerdict, guard: Guard, count: u64, of: u64, limit_percent: u8) {
    if verdict.tripped.iter().all(|tripped| tripped.guard != guard) {
        verdict.tripped.push(Tripped {
            guard,
            count,
            of,
            limit_percent: limit_percent.into(),
        });
    }
}

/// Returns the end of a held run's reason: what the feed lacks.
pub(crate) fn gone(hold: &RunHold, lost: &Lost) -> String {
    let is_blanked = |field: &&AttendeeField| {
        let guard = Guard::Blanked(**field);
        hold.guards.iter().any(|tripped| tripped.guard == guard)
    };
    let fields: Vec<String> = lost
        .fields
        .iter()
        .filter(is_blanked)
        .map(|field| format!("mapping.{field}"))
        .collect();
    if lost.everybody {
        return "; no record of the source can be used".to_owned();
    }
    if fields.is_empty() {
        return String::new();
    }
    format!(
        "; no record has the field that {} uses: was it renamed in the source?",
        fields.join(" and ")
    )
}

/// The changes that wait for the end of a run, in numbers.
#[derive(Default)]
struct PendingFigures {
    /// The people, by the short form of their ids.
    people: HashSet<u64>,
    /// People whose waiting changes come from several batches.
    in_parts: HashSet<u64>,
    /// The losses, as planned when each change came up.
    losses: Losses,
    /// The number of records of these people.
    records: u64,
}

/// The planned moves: of people whose changes may wait, and what is applied after those.
struct MovesPlanned {
    people: Vec<Held>,
    after: Vec<Delta>,
}

/// The people whose changes come from several parts, merged.
struct Whole {
    people: Vec<Held>,
    places: HashMap<PersonId, usize>,
}

impl Whole {
    /// Begins with the people of moves.
    fn new(moves: Vec<Held>) -> Self {
        let places = moves.iter().map(|held| held.delta.person).zip(0..);
        Self {
            places: places.collect(),
            people: moves,
        }
    }

    /// Takes out of some changes those whose person has other parts, and merges them.
    fn take_from(&mut self, held: &mut Vec<Held>, waiting: &PendingFigures) {
        let is_part = |held: &mut Held| waiting.in_parts.contains(&held.delta.person.short());
        for part in held.extract_if(.., is_part) {
            let new = self.people.len();
            let place = *self.places.entry(part.delta.person).or_insert(new);
            match self.people.get_mut(place) {
                Some(known) => known.delta.absorb(part.delta),
                None => self.people.push(part),
            }
        }
    }
}

/// Reads the changes that wait for the end of a run, item by item.
struct StagedPages {
    run: RunId,
    after: Option<String>,
    read: VecDeque<Vec<Held>>,
}

impl StagedPages {
    fn new(run: &RunId) -> Self {
        Self {
            run: run.clone(),
            after: None,
            read: VecDeque::new(),
        }
    }

    async fn next(&mut self, app: &App) -> Result<Option<Vec<Held>>, Error> {
        if self.read.is_empty() {
            let page = app
                .parts
                .store
                .staged(&self.run, self.after.as_deref())
                .await?;
            if let Some((cursor, _)) = page.last() {
                self.after = Some(cursor.clone());
            }
            self.read = page.into_iter().map(|(_, held)| held).collect();
        }
        Ok(self.read.pop_front())
    }
}

/// Splits changes into parts that fit into an item.
fn parts_of(held: Vec<Held>) -> Vec<Vec<Held>> {
    let mut parts: Vec<Vec<Held>> = Vec::new();
    let mut bytes = 0;
    for chain in by_chain(held, |held| held.delta.together) {
        let length = serde_json::to_string(&chain).map_or(0, |text| text.len());
        bytes += length;
        match parts.last_mut() {
            Some(part) if part.len() + chain.len() <= PART_PEOPLE && bytes <= PART_BYTES => {
                part.extend(chain);
            }
            _ => {
                bytes = length;
                parts.push(chain);
            }
        }
    }
    parts
}

/// Separates the changes for which `holds` is true, and those that are written together with one of
/// them, from the others.
fn split(held: Vec<Held>, holds: impl Fn(&Held) -> bool) -> (Vec<Held>, Vec<Held>) {
    let (mut theirs, mut others) = (Vec::new(), Vec::new());
    for chain in by_chain(held, |held| held.delta.together) {
        if chain.iter().any(&holds) {
            theirs.extend(chain);
        } else {
            others.extend(chain);
        }
    }
    (theirs, others)
}

fn people(held: &[Held]) -> u64 {
    held.iter().filter(|held| held.change.is_some()).count() as u64
}

/// Returns the number of records of these changes, which count as unchanged while they wait.
fn records(held: &[Held]) -> u64 {
    held.iter().map(|held| held.delta.records()).sum()
}

/// Returns the loss for which a person's change has to wait, if any.
pub(crate) fn loss_of(change: Option<&Change>, delta: &Delta, policy: &Policy) -> Option<Loss> {
    let change = change?;
    if policy.holds_additions {
        Loss::or_addition(change, delta)
    } else {
        Loss::of(change, delta)
    }
}

fn fill(filled: &mut BTreeMap<AttendeeField, u64>, field: AttendeeField, has_it: bool) {
    if has_it {
        *filled.entry(field).or_default() += 1;
    }
}

fn count_fields(filled: &mut BTreeMap<AttendeeField, u64>, user: &UserState, event: &EventId) {
    let UserState::User(user) = user else { return };
    for field in ProfileField::ALL {
        fill(filled, field.into(), user.profile.get(field).is_some());
    }
    let grantor = Grantor::Event(event.clone());
    let granted = |by: &std::collections::BTreeSet<Grantor>| by.contains(&grantor);
    let has_groups = user
        .groups
        .values()
        .any(|membership| granted(&membership.by));
    fill(filled, AttendeeField::Groups, has_groups);
}
