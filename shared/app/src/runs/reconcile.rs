//! Reconcile: reads what is stored of a batch's people, plans, and writes all of it in one transaction.
//!
//! There is one way to write a batch. Where it does not fit into a transaction, or others change its
//! people at the same time, it is halved; the marks say which of its people are done.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::guard::Loss;
use attendee_sync_domain::ids::{CommunityId, PersonId, RunId};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::{LogRef, UserState, Versioned};
use attendee_sync_domain::plan::{
    Actual, Batch, Delta, PersonPlan, Plan, Policy, Put, middle, plan,
};
use attendee_sync_domain::run::Counts;
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::error::Error;
use crate::ports::{Application, Applied, BatchMark, Held, MarkedFate, PlannedErasure, Staged};
use crate::runs::approval::ShownChanges;
use crate::runs::guards::loss_of;
use crate::runs::moves::by_chain;

/// How often a part of a batch is planned again because others changed its people meanwhile.
const MAX_CONFLICTS: u32 = 8;
/// How long a run's log is kept.
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long a mark is kept: longer than queues keep their messages (Amazon SQS, "Message quotas":
/// 14 days).
const MARK_KEPT: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Which planned changes are applied.
#[derive(Clone, Copy)]
pub(crate) enum ApplyMode<'g> {
    /// All changes are applied.
    Open,
    /// Changes that take something away are staged until the end of the run.
    Staging,
    /// Changes that take something away are left to the next sync.
    Late,
    /// Only changes that a person was shown are applied.
    Shown(&'g ShownChanges),
}

/// The decision about one person's change.
pub(crate) enum ApplyDecision {
    /// The change is applied.
    Apply,
    /// The change waits for the end of the run.
    Stage(Option<Loss>),
    /// The change is not applied, and this issue is added.
    Skip(Option<Box<Issue>>),
}

impl ApplyMode<'_> {
    fn judge(self, delta: &Delta, planned: &PersonPlan, policy: &Policy) -> ApplyDecision {
        let loss = || loss_of(planned.change.as_ref(), delta, policy);
        match self {
            Self::Open => ApplyDecision::Apply,
            Self::Staging => loss().map_or(ApplyDecision::Apply, |loss| {
                ApplyDecision::Stage(Some(loss))
            }),
            Self::Late => match loss() {
                Some(_) => ApplyDecision::Skip(None),
                None => ApplyDecision::Apply,
            },
            Self::Shown(shown) => shown.judge(delta, planned),
        }
    }
}

/// The context of a batch.
struct BatchPlace<'p> {
    community: &'p CommunityId,
    policy: &'p Policy,
    /// People in the whole batch.
    batch_people: u32,
}

/// A part of a batch that is written in one transaction.
struct BatchPart {
    batch: Batch,
    /// The position of each of its people in the whole batch.
    positions: Vec<u32>,
    /// How often the write conflicted with other writes.
    conflicts: u32,
}

impl BatchPart {
    /// Returns the name of its items. Another delivery of the same people has the same names.
    fn name(&self) -> String {
        let first = self.positions.iter().min().unwrap_or(&0);
        let last = self.positions.iter().max().unwrap_or(&0);
        format!("{first:04}-{last:04}")
    }

    /// Removes the people who are done.
    fn without(mut self, done: Option<&BatchMark>) -> Self {
        let done: HashSet<u64> = done.into_iter().flat_map(BatchMark::people).collect();
        let is_done = |delta: &Delta| done.contains(&delta.person.short());
        let mut people = self.batch.people.iter();
        self.positions
            .retain(|_| people.next().is_some_and(|delta| !is_done(delta)));
        self.batch.people.retain(|delta| !is_done(delta));
        self
    }

    /// Puts the people whose changes were not applied back in their former places.
    fn take_back(&mut self, judged: Judged, order: &[PersonId]) {
        let staged = judged.staged.into_iter().map(|staged| staged.held.delta);
        let others: Vec<Delta> = staged.chain(judged.kept_out).collect();
        if others.is_empty() {
            return;
        }
        let places: HashMap<PersonId, usize> = order.iter().copied().zip(0..).collect();
        self.batch.people.extend(others);
        let people = &mut self.batch.people;
        people.sort_by_key(|delta| places.get(&delta.person).copied());
    }

    /// Splits it into halves; issues and ignored records go with the first.
    fn halved(mut self) -> [Self; 2] {
        let half = middle(&self.batch.people).unwrap_or(self.positions.len());
        let second = Self {
            batch: Batch {
                people: self.batch.people.split_off(half),
                issues: Vec::new(),
                ignored: Vec::new(),
                ..self.batch
            },
            positions: self.positions.split_off(half),
            conflicts: 0,
        };
        self.conflicts = 0;
        [self, second]
    }
}

/// A planned part of a batch, after the decision about each person.
struct Judged {
    plan: Plan,
    mark: BatchMark,
    /// The changes that wait for the end of the run.
    staged: Vec<Staged>,
    /// The people whose changes are not applied.
    kept_out: Vec<Delta>,
}

impl App {
    /// Applies a batch as far as the mode lets changes pass, and returns what it adds to the counts
    /// of its run. Applying it again changes nothing.
    pub(crate) async fn reconcile(
        &self,
        community: &CommunityId,
        policy: &Policy,
        batch: Batch,
        gate: ApplyMode<'_>,
    ) -> Result<Counts, Error> {
        let run = RunId {
            event: policy.event.clone(),
            number: batch.run,
        };
        let number = batch.number;
        let batch_people = u32::try_from(batch.people.len()).unwrap_or(u32::MAX);
        let place = BatchPlace {
            community,
            policy,
            batch_people,
        };
        let whole = BatchPart {
            batch,
            positions: (0..batch_people).collect(),
            conflicts: 0,
        };
        let mut marked: Option<Versioned<BatchMark>> = None;
        let mut pieces = VecDeque::from([whole]);
        while let Some(mut piece) = pieces.pop_front() {
            let applied = self
                .write_piece(&place, &mut piece, &mut marked, gate)
                .await?;
            if applied == Applied::Conflict {
                marked = self.parts.store.mark(&run, number).await?;
                piece.conflicts += 1;
                let had_people = !piece.positions.is_empty();
                piece = piece.without(marked.as_ref().map(|marked| &marked.value));
                if piece.positions.is_empty() && (had_people || marked.is_some()) {
                    continue;
                }
            }
            let is_many = middle(&piece.batch.people).is_some();
            match applied {
                Applied::Written => {}
                Applied::TooMuch if is_many => push_front(&mut pieces, piece.halved()),
                Applied::TooMuch => return Err(Error::Contended),
                _ if piece.conflicts > 1 && is_many => push_front(&mut pieces, piece.halved()),
                _ if piece.conflicts > MAX_CONFLICTS => return Err(Error::Contended),
                Applied::Conflict => pieces.push_front(piece),
            }
        }
        Ok(marked.map_or_else(Counts::default, |marked| marked.value.counts()))
    }

    /// Plans some people and writes them in one transaction, with the mark that names them.
    async fn write_piece(
        &self,
        place: &BatchPlace<'_>,
        piece: &mut BatchPart,
        marked: &mut Option<Versioned<BatchMark>>,
        gate: ApplyMode<'_>,
    ) -> Result<Applied, Error> {
        let BatchPlace {
            community, policy, ..
        } = *place;
        let is_first_look = piece.conflicts == 0;
        let actual = if piece.batch.expects_strangers && is_first_look {
            self.strangers(community, &piece.batch).await?
        } else {
            self.actual(community, policy, &piece.batch).await?
        };
        let now = self.parts.clock.now();
        let said_before = piece.batch.issues.len();
        let deltas = piece.batch.people.iter();
        let order: Vec<PersonId> = deltas.map(|delta| delta.person).collect();
        let mark = match marked {
            Some(marked) => marked.value.clone(),
            None => BatchMark::new(place.batch_people),
        };
        let judged = judge(place, piece, mark, &actual, gate, now);
        let expected = marked.as_ref().map(|marked| marked.version);
        let erasures = self
            .prepare_erasures(community, &policy.event, &piece.batch, &judged.plan, now)
            .await?;
        let applied = self
            .parts
            .store
            .apply(Application {
                community,
                event: &policy.event,
                batch: LogRef(piece.batch.run, piece.batch.number),
                part: &piece.name(),
                after_all: piece.batch.after_all,
                plan: &judged.plan,
                mark: Put {
                    expected,
                    value: &judged.mark,
                },
                staged: &judged.staged,
                ignored: &piece.batch.ignored,
                erasures: &erasures,
                keep_until: keep_until(now),
                mark_until: now.checked_add(MARK_KEPT).unwrap_or(now),
            })
            .await?;
        if applied != Applied::Written {
            piece.batch.issues.truncate(said_before);
            piece.take_back(judged, &order);
            return Ok(applied);
        }
        let people = judged.plan.people.iter();
        self.index.note_plan(community, &policy.event, people);
        self.forget_late_issues(
            community,
            &policy.event,
            piece.batch.run,
            &judged.plan.issues,
        )
        .await?;
        self.after_erasures(community, &erasures).await?;
        *marked = Some(Versioned {
            version: expected.map_or(1, |version| version + 1),
            value: judged.mark,
        });
        Ok(applied)
    }

    async fn after_erasures(
        &self,
        community: &CommunityId,
        erasures: &[PlannedErasure],
    ) -> Result<(), Error> {
        if erasures.is_empty() {
            return Ok(());
        }
        self.finish_erasures(community).await
    }

    /// Returns what applying the batch would do now.
    pub(crate) async fn plan_batch(
        &self,
        community: &CommunityId,
        policy: &Policy,
        batch: &Batch,
    ) -> Result<Plan, Error> {
        let actual = self.actual(community, policy, batch).await?;
        Ok(plan(batch, &actual, policy, self.parts.clock.now()))
    }

    async fn actual(
        &self,
        community: &CommunityId,
        policy: &Policy,
        batch: &Batch,
    ) -> Result<Actual, Error> {
        let people: Vec<PersonId> = batch.people.iter().map(|delta| delta.person).collect();
        let groups = groups_of(batch);
        let mut actual = self
            .parts
            .store
            .actual(community, &policy.event, &people, &groups)
            .await?;
        let mut users = actual.users.values();
        if users.any(|user| matches!(user.value, UserState::Erased(_))) {
            actual.key = Some(self.known_community(community).await?.key);
        }
        Ok(actual)
    }

    /// Returns what is stored for people who are most likely new: only their groups are read. A
    /// person who is stored all the same makes the write a conflict, and is read then.
    async fn strangers(&self, community: &CommunityId, batch: &Batch) -> Result<Actual, Error> {
        let groups = groups_of(batch);
        let mut known = BTreeMap::new();
        if !groups.is_empty() {
            for group in self.parts.store.groups_named(community, &groups).await? {
                known.insert(group.key, group.name);
            }
        }
        Ok(Actual {
            groups: known,
            ..Actual::default()
        })
    }
}

fn push_front(pieces: &mut VecDeque<BatchPart>, [first, second]: [BatchPart; 2]) {
    pieces.push_front(second);
    pieces.push_front(first);
}

fn groups_of(batch: &Batch) -> Vec<GroupKey> {
    let records = batch.people.iter().flat_map(|delta| &delta.contributions);
    // Each spelling is handled once: many people share few groups.
    let names: HashSet<&GroupName> = records
        .flat_map(|contribution| &contribution.incoming.groups)
        .collect();
    let mut groups: Vec<GroupKey> = names.into_iter().map(GroupName::key).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// Plans a part of a batch and takes out the people whose changes do not pass.
fn judge(
    place: &BatchPlace<'_>,
    piece: &mut BatchPart,
    mut mark: BatchMark,
    actual: &Actual,
    gate: ApplyMode<'_>,
    now: Timestamp,
) -> Judged {
    let first = plan(&piece.batch, actual, place.policy, now);
    let mut staged = Vec::new();
    let mut kept_out = Vec::new();
    let mut passing = Vec::with_capacity(piece.batch.people.len());
    let people = std::mem::take(&mut piece.batch.people);
    let judged = people.into_iter().zip(&first.people);
    let judged = judged.map(|(delta, planned)| {
        let passage = gate.judge(&delta, planned, place.policy);
        (passage, delta, planned)
    });
    for (passage, delta, planned) in alike(judged.collect()) {
        match passage {
            ApplyDecision::Apply => passing.push(delta),
            ApplyDecision::Stage(loss) => {
                mark.name(delta.person, MarkedFate::default());
                let user = actual.users.get(&delta.person);
                staged.push(Staged {
                    user_version: user.map(|user| user.version),
                    held: Held {
                        delta,
                        change: planned.change.clone(),
                        loss,
                    },
                });
            }
            ApplyDecision::Skip(issue) => {
                let counts = Counts {
                    unchanged: delta.records(),
                    ..Counts::default()
                };
                mark.name(delta.person, MarkedFate { counts });
                piece.batch.issues.extend(issue.map(|issue| *issue));
                kept_out.push(delta);
            }
        }
    }
    piece.batch.people = passing;
    let plan = if staged.is_empty() && kept_out.is_empty() {
        first
    } else {
        plan(&piece.batch, actual, place.policy, now)
    };
    for person in &plan.people {
        let fate = MarkedFate {
            counts: person.counts,
        };
        mark.name(person.person, fate);
    }
    mark.beside.groups_created += plan.groups.len() as u64;
    mark.beside.issues += (plan.issues.len() - piece.batch.issues.len()) as u64;
    Judged {
        plan,
        mark,
        staged,
        kept_out,
    }
}

/// Gives people who are written together the same decision: where one stays or waits, all do.
fn alike(
    judged: Vec<(ApplyDecision, Delta, &PersonPlan)>,
) -> Vec<(ApplyDecision, Delta, &PersonPlan)> {
    let mut alike = Vec::with_capacity(judged.len());
    for mut chain in by_chain(judged, |(_, delta, _)| delta.together) {
        let stays = |passage: &ApplyDecision| matches!(passage, ApplyDecision::Skip(_));
        let waits = |passage: &ApplyDecision| matches!(passage, ApplyDecision::Stage(_));
        let any_stays = chain.iter().any(|(passage, ..)| stays(passage));
        let any_waits = chain.iter().any(|(passage, ..)| waits(passage));
        for (passage, ..) in &mut chain {
            if matches!(passage, ApplyDecision::Apply) && any_stays {
                *passage = ApplyDecision::Skip(None);
            } else if matches!(passage, ApplyDecision::Apply) && any_waits {
                *passage = ApplyDecision::Stage(None);
            }
        }
        alike.append(&mut chain);
    }
    alike
}

pub(crate) fn keep_until(now: Timestamp) -> Timestamp {
    now.checked_add(LOG_KEPT).unwrap_or(now)
}
