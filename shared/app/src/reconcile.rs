//! Reconcile: reads what is stored of a batch's people, plans, and applies the plan.

use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::people::{LogRef, UserState};
use attendee_sync_domain::plan::{Actual, Batch, Plan, Policy, Step, plan};
use attendee_sync_domain::run::Counts;
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::approve::Shown;
use crate::error::Error;
use crate::parking::Parking;
use crate::ports::{Application, Applied, PlannedErasure};

/// How often a batch is planned again because others changed its people meanwhile.
const MAX_TRIES: u32 = 8;
/// How long a run's log is kept.
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What keeps people's changes from being applied as they are planned.
#[derive(Clone, Copy)]
pub(crate) enum Gate<'g> {
    /// Nothing does.
    Open,
    /// What takes something away waits here.
    Parking(&'g Parking),
    /// Only what was shown passes.
    Shown(&'g Shown),
}

impl App {
    /// Applies a batch, but for what the gate keeps; asked twice, it changes nothing the second
    /// time.
    pub(crate) async fn reconcile(
        &self,
        community: &CommunityId,
        policy: &Policy,
        mut batch: Batch,
        gate: Gate<'_>,
    ) -> Result<Counts, Error> {
        let mut counts = Counts::default();
        for attempt in 0..MAX_TRIES {
            let actual = self.actual(community, policy, &batch).await?;
            let now = self.clock.now();
            let mut plan = plan(&batch, &actual, policy, now);
            let kept = match gate {
                Gate::Open => false,
                Gate::Parking(parking) => {
                    parking.take_from(&mut batch, &plan, &*self.store).await?
                }
                Gate::Shown(shown) => shown.take_from(&mut batch, &plan),
            };
            if kept {
                plan = attendee_sync_domain::plan::plan(&batch, &actual, policy, now);
            }
            let erasures = self
                .prepare_erasures(community, &policy.event, &batch, &plan, self.clock.now())
                .await?;
            let known = Known::of(&actual, LogRef(batch.run, batch.number));
            let Applied { changed, told } = self
                .apply(community, policy, &batch, attempt, &plan, &erasures, &known)
                .await?;
            self.forget_late_issues(community, &policy.event, batch.run, &plan.issues)
                .await?;
            for person in plan.people.iter().filter(|p| !changed.contains(&p.person)) {
                let told = told.iter().find(|(told, _)| *told == person.person);
                counts.add(told.map_or(&person.counts, |(_, counts)| counts));
            }
            counts.issues += (plan.issues.len() - batch.issues.len()) as u64;
            if changed.is_empty() {
                counts.groups_created += plan.groups.len() as u64;
                return Ok(counts);
            }
            batch.people.retain(|delta| changed.contains(&delta.person));
            batch.issues.clear();
            batch.ignored.clear();
        }
        Err(Error::Contended)
    }

    /// What applying the batch would do now.
    pub(crate) async fn plan_batch(
        &self,
        community: &CommunityId,
        policy: &Policy,
        batch: &Batch,
    ) -> Result<Plan, Error> {
        let actual = self.actual(community, policy, batch).await?;
        Ok(plan(batch, &actual, policy, self.clock.now()))
    }

    async fn actual(
        &self,
        community: &CommunityId,
        policy: &Policy,
        batch: &Batch,
    ) -> Result<Actual, Error> {
        let people: Vec<PersonId> = batch.people.iter().map(|delta| delta.person).collect();
        let mut groups: Vec<GroupKey> = batch
            .people
            .iter()
            .flat_map(|delta| &delta.contributions)
            .flat_map(|contribution| &contribution.incoming.groups)
            .map(GroupName::key)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        Ok(self
            .store
            .actual(community, &policy.event, &people, &groups)
            .await?)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one place where a planned batch is handed to the store"
    )]
    async fn apply(
        &self,
        community: &CommunityId,
        policy: &Policy,
        batch: &Batch,
        attempt: u32,
        plan: &Plan,
        erasures: &[PlannedErasure],
        known: &Known,
    ) -> Result<Applied, Error> {
        let counted: Vec<(PersonId, Vec<u64>)> = batch
            .people
            .iter()
            .map(|delta| (delta.person, delta.hashes()))
            .collect();
        let applied = self
            .store
            .apply(Application {
                community,
                event: &policy.event,
                batch: LogRef(batch.run, batch.number),
                attempt,
                plan,
                counted: &counted,
                ignored: &batch.ignored,
                erasures,
                erased: &known.erased,
                committed: &known.committed,
                keep_until: keep_until(self.clock.now()),
            })
            .await?;
        let written = plan
            .people
            .iter()
            .filter(|person| !applied.changed.contains(&person.person));
        self.index.note_plan(community, &policy.event, written);
        if plan.people.iter().any(|person| person.step == Step::Erase) {
            self.finish_erasures(community).await?;
        }
        Ok(applied)
    }
}

/// What is stored of a batch's people that matters for what the log says of them.
struct Known {
    erased: Vec<PersonId>,
    committed: Vec<PersonId>,
}

impl Known {
    fn of(actual: &Actual, batch: LogRef) -> Self {
        let users = actual.users.iter();
        let attendees = actual.attendees.iter();
        Self {
            erased: users
                .filter(|(_, user)| matches!(user.value, UserState::Erased(_)))
                .map(|(person, _)| *person)
                .collect(),
            committed: attendees
                .filter(|(_, attendee)| attendee.value.log.contains(&batch))
                .map(|(person, _)| *person)
                .collect(),
        }
    }
}

pub(crate) fn keep_until(now: Timestamp) -> Timestamp {
    now.checked_add(LOG_KEPT).unwrap_or(now)
}
