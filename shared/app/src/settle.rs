//! The end of a run: the guards judge what would be lost, all of it together, and it is let
//! through or held for a person's approval.

use std::collections::{BTreeMap, HashMap};

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::guard::{Census, Loss, Losses, Verdict, judge};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Attendee, Grantor, Presence, UserState};
use attendee_sync_domain::plan::{Batch, Delta, Policy};
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::{Counts, Hold, Run};

use crate::App;
use crate::error::Error;
use crate::parking::{Parked, Parking, parts};
use crate::ports::Held;
use crate::progress::Reporter;
use crate::reconcile::{Gate, keep_until};

/// Attendees read at a time to count them.
const CENSUS_PAGE: usize = 1_000;

/// What settling goes by.
pub(crate) struct Settling<'a> {
    pub(crate) document: &'a EventDocument,
    pub(crate) community: &'a CommunityId,
    pub(crate) policy: &'a Policy,
    /// The number of the run's next batch.
    pub(crate) next_batch: u32,
    pub(crate) reporter: &'a Reporter<'a>,
}

impl App {
    /// Lets through what waits in `parking`, or holds it.
    pub(crate) async fn settle(
        &self,
        run: &mut Run,
        parking: Parking,
        mut settling: Settling<'_>,
    ) -> Result<(), Error> {
        let mut parked = parking.into_parked();
        let mut verdict = self
            .verdict(settling.document, &parked.losses, &run.counts)
            .await?;
        if !verdict.is_clear() {
            parked = self.plan_anew(run, parked, &mut settling).await?;
            verdict = self
                .verdict(settling.document, &parked.losses, &run.counts)
                .await?;
        }
        let Parked {
            waiting,
            parts: spilled,
            ..
        } = parked;
        let (mut held_people, mut kept_parts) = (0, 0);
        for part in 0..spilled {
            let all = self.store.held(&run.id, part).await?.unwrap_or_default();
            let (stay, go) = divide(all, &verdict);
            held_people += people(&stay);
            run.counts.unchanged += records(&stay);
            if !go.is_empty() {
                self.let_through(run, go, &mut settling).await?;
            }
            // What stays is moved up, so that the parts have no gap.
            if !stay.is_empty() {
                self.store
                    .hold(&run.id, kept_parts, &stay, keep_until(run.started))
                    .await?;
                kept_parts += 1;
            }
        }
        let (stay, go) = divide(waiting, &verdict);
        self.let_through(run, go, &mut settling).await?;
        run.next_batch = settling.next_batch;
        if verdict.is_clear() {
            if spilled > 0 {
                self.store.release(&run.id).await?;
            }
            return Ok(());
        }
        for part in parts(stay) {
            held_people += people(&part);
            run.counts.unchanged += records(&part);
            self.store
                .hold(&run.id, kept_parts, &part, keep_until(run.started))
                .await?;
            kept_parts += 1;
        }
        for gone in kept_parts..spilled {
            self.store
                .hold(&run.id, gone, &[], keep_until(run.started))
                .await?;
        }
        let hold = Hold {
            people: held_people,
            invitations: 0,
            guards: verdict.tripped,
            decision: None,
        };
        run.reason = Some(hold.in_words());
        run.hold = Some(hold);
        Ok(())
    }

    /// Plans again what waits, before a person is asked: when it was planned first, not all of
    /// everybody's records had come up. Who loses nothing by all of them is let through.
    async fn plan_anew(
        &self,
        run: &mut Run,
        parked: Parked,
        settling: &mut Settling<'_>,
    ) -> Result<Parked, Error> {
        let mut anew = Parked {
            waiting: Vec::new(),
            losses: Losses::default(),
            ..parked
        };
        let mut whole = Vec::new();
        let mut places = HashMap::new();
        for part in 0..anew.parts {
            let mut held = self.store.held(&run.id, part).await?.unwrap_or_default();
            for apart in held.extract_if(.., |held| anew.apart.contains(&held.delta.person.short()))
            {
                join(&mut whole, &mut places, apart);
            }
            let held = self.losing(run, held, &mut anew.losses, settling).await?;
            self.store
                .hold(&run.id, part, &held, keep_until(run.started))
                .await?;
        }
        for held in parked.waiting {
            join(&mut whole, &mut places, held);
        }
        for part in parts(whole) {
            let held = self.losing(run, part, &mut anew.losses, settling).await?;
            anew.waiting.extend(held);
        }
        Ok(anew)
    }

    /// Those who lose something by what is stored now; the others are let through.
    async fn losing(
        &self,
        run: &mut Run,
        held: Vec<Held>,
        losses: &mut Losses,
        settling: &mut Settling<'_>,
    ) -> Result<Vec<Held>, Error> {
        let batch = Batch {
            run: run.id.number,
            number: settling.next_batch,
            people: held.iter().map(|held| held.delta.clone()).collect(),
            issues: Vec::new(),
            ignored: Vec::new(),
        };
        let plan = self
            .plan_batch(settling.community, settling.policy, &batch)
            .await?;
        let (mut losing, mut others) = (Vec::new(), Vec::new());
        for (held, planned) in held.into_iter().zip(plan.people) {
            match planned.change.as_ref().and_then(Loss::of) {
                Some(loss) => {
                    losses.add(&loss);
                    losing.push(Held {
                        delta: held.delta,
                        change: planned.change,
                        loss,
                    });
                }
                None => others.push(held),
            }
        }
        self.let_through(run, others, settling).await?;
        Ok(losing)
    }

    /// What the guards say; attendees are counted only where it depends on how many there are.
    pub(crate) async fn verdict(
        &self,
        document: &EventDocument,
        losses: &Losses,
        counts: &Counts,
    ) -> Result<Verdict, Error> {
        let mut census = Census::default();
        if losses.are_many(&document.guards) {
            census = self.census(&document.community, &document.event).await?;
            census.attending = census.attending.saturating_sub(counts.added);
        }
        Ok(judge(&document.guards, losses, counts, &census))
    }

    async fn census(&self, community: &CommunityId, event: &EventId) -> Result<Census, Error> {
        let mut census = Census::default();
        let mut after = None;
        loop {
            let page = self.store.attendees(event, after, CENSUS_PAGE).await?;
            let more = page.len() == CENSUS_PAGE;
            after = page.last().map(|(person, _)| *person);
            let attending: Vec<(PersonId, Attendee)> = page
                .into_iter()
                .filter(|(_, attendee)| attendee.presence == Presence::Attending)
                .collect();
            let people: Vec<PersonId> = attending.iter().map(|(person, _)| *person).collect();
            let users = self.store.users(community, &people).await?;
            census.attending += attending.len() as u64;
            for (_, attendee) in &attending {
                fill(
                    &mut census.filled,
                    "digital_badge",
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
    async fn let_through(
        &self,
        run: &mut Run,
        held: Vec<Held>,
        settling: &mut Settling<'_>,
    ) -> Result<(), Error> {
        for part in parts(held) {
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
            run: run.id.number,
            number,
            people,
            issues: Vec::new(),
            ignored: Vec::new(),
        };
        self.reconcile(community, policy, batch, Gate::Open).await
    }
}

/// Adds to what waits of a person, or begins with it.
fn join(whole: &mut Vec<Held>, places: &mut HashMap<PersonId, usize>, held: Held) {
    let place = *places.entry(held.delta.person).or_insert(whole.len());
    match whole.get_mut(place) {
        Some(known) => known.delta.absorb(held.delta),
        None => whole.push(held),
    }
}

/// Those who stay and those who may go.
fn divide(held: Vec<Held>, verdict: &Verdict) -> (Vec<Held>, Vec<Held>) {
    held.into_iter().partition(|held| verdict.holds(&held.loss))
}

fn people(held: &[Held]) -> u64 {
    held.iter().filter(|held| held.change.is_some()).count() as u64
}

/// Records that change nothing while they wait.
fn records(held: &[Held]) -> u64 {
    held.iter().map(|held| held.delta.records()).sum()
}

fn fill(filled: &mut BTreeMap<String, u64>, field: &str, has_it: bool) {
    if has_it {
        *filled.entry(field.to_owned()).or_default() += 1;
    }
}

fn count_fields(filled: &mut BTreeMap<String, u64>, user: &UserState, event: &EventId) {
    let UserState::User(user) = user else { return };
    for field in ProfileField::ALL {
        fill(filled, field.name(), user.profile.get(field).is_some());
    }
    let grantor = Grantor::Event(event.clone());
    let granted = |by: &std::collections::BTreeSet<Grantor>| by.contains(&grantor);
    let has_groups = user
        .groups
        .values()
        .any(|membership| granted(&membership.by));
    fill(filled, "groups", has_groups);
}
