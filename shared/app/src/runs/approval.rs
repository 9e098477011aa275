//! Decisions about changes that guards hold: a person approves or discards them, or a newer run
//! supersedes them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{PersonId, RunId};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::plan::{Batch, Delta, PersonPlan, Policy};
use attendee_sync_domain::run::{Change, HoldDecision, Run, RunHold, RunState};

use crate::App;
use crate::error::Error;
use crate::ports::{CommunityRecord, CursorChange, Held, InvitationBatchState, RunOpening};
use crate::runs::current::waits;
use crate::runs::reconcile::{ApplyDecision, ApplyMode};
use crate::runs::start::{StartedRun, Task};

impl App {
    /// Returns some of the changes of a run that wait for approval, with the cursor of the next
    /// page.
    pub async fn held(&self, id: &RunId, part: u32) -> Result<(Vec<Change>, Option<u32>), Error> {
        self.run(id).await?;
        let Some(held) = self.parts.store.held(id, part).await? else {
            return Ok((Vec::new(), None));
        };
        let changes = held.into_iter().filter_map(|held| held.change).collect();
        let next = self.parts.store.held(id, part + 1).await?.map(|_| part + 1);
        Ok((changes, next))
    }

    /// Approves the pending changes of a run and applies all of them.
    pub async fn approve(&self, id: &RunId) -> Result<Run, Error> {
        let started = self.begin_approval(id).await?;
        self.finish(started).await
    }

    /// Approves the pending changes of a run; [`finish`](Self::finish) applies them.
    pub async fn begin_approval(&self, id: &RunId) -> Result<StartedRun, Error> {
        let run = self.waiting_run(id).await?;
        let (document, community) = self.event_and_community(&id.event).await?;
        if !holds_changes(&run) {
            self.decide(id, HoldDecision::Approved).await?;
            return Ok(StartedRun {
                run: self.run(id).await?,
                document,
                community,
                task: Task::Nothing,
            });
        }
        let mut run = match self
            .parts
            .store
            .reopen_run(id, self.parts.clock.now())
            .await?
        {
            RunOpening::Run(run) => *run,
            RunOpening::Closing => return Err(Error::NoEvent(id.event.clone())),
            RunOpening::Purging => return Err(Error::Purged(id.event.clone())),
            RunOpening::Busy(number) => {
                return Err(Error::Busy(RunId {
                    event: id.event.clone(),
                    number,
                }));
            }
        };
        if !waits(&run) {
            // Somebody decided between the two reads of the run.
            self.parts
                .store
                .close_run(&run, &CursorChange::Keep)
                .await?;
            return Err(Error::NotHeld(id.clone()));
        }
        run.state = RunState::Applying;
        run.finished = None;
        if let Some(hold) = &mut run.hold {
            hold.decision = Some(HoldDecision::Approved);
        }
        self.parts.store.put_run(&run).await?;
        Ok(StartedRun {
            run,
            document,
            community,
            task: Task::Approved,
        })
    }

    /// Applies the approved changes: those that were shown, and no others. People who changed
    /// meanwhile are skipped until the next sync.
    pub(crate) async fn finish_approval(
        &self,
        mut run: Run,
        document: &EventDocument,
        community: &CommunityRecord,
    ) -> Result<Run, Error> {
        let reporter = self.report(&run);
        let done = Box::pin(self.apply_held(&mut run, document, community)).await;
        self.count_applied(&mut run).await?;
        self.fold_memberships_after(&community.id, &run.counts)
            .await;
        run.finished = Some(self.parts.clock.now());
        match done {
            Ok(skipped) => {
                run.state = RunState::Succeeded;
                run.reason = approved(&run, skipped);
            }
            Err(error) => {
                run.state = RunState::Failed;
                run.reason = Some(with_causes(&error));
            }
        }
        // What was not applied is found again by the next sync.
        self.parts.store.release(&run.id).await?;
        if run.counts.invitations_queued > 0 {
            self.put_run_batch(&run, InvitationBatchState::Released)
                .await?;
        }
        self.parts
            .store
            .close_run(&run, &CursorChange::Keep)
            .await?;
        drop(reporter);
        Ok(run)
    }

    /// Discards the pending changes of a run. The next sync checks the same people again.
    pub async fn discard(&self, id: &RunId) -> Result<Run, Error> {
        let discarded = self.discard_held(id).await;
        if let Err(error @ Error::Store(_)) = &discarded {
            self.note_unclosed_run(id, &with_causes(error));
        }
        discarded
    }

    async fn discard_held(&self, id: &RunId) -> Result<Run, Error> {
        let run = self.waiting_run(id).await?;
        if !holds_changes(&run) {
            self.decide(id, HoldDecision::Discarded).await?;
            return self.run(id).await;
        }
        match self
            .parts
            .store
            .reopen_run(id, self.parts.clock.now())
            .await?
        {
            RunOpening::Run(run) if waits(&run) => {
                self.decide(id, HoldDecision::Discarded).await?;
                let run = self.run(id).await?;
                self.parts
                    .store
                    .close_run(&run, &CursorChange::Keep)
                    .await?;
                Ok(run)
            }
            RunOpening::Run(run) => {
                self.parts
                    .store
                    .close_run(&run, &CursorChange::Keep)
                    .await?;
                Err(Error::NotHeld(id.clone()))
            }
            RunOpening::Closing => Err(Error::NoEvent(id.event.clone())),
            RunOpening::Purging => Err(Error::Purged(id.event.clone())),
            RunOpening::Busy(number) => Err(Error::Busy(RunId {
                event: id.event.clone(),
                number,
            })),
        }
    }

    /// Stores the decision about a run's pending changes, and deletes them. A newer run that
    /// supersedes them leaves the run's invitations waiting, as it knows nothing of them.
    pub(crate) async fn decide(&self, id: &RunId, decision: HoldDecision) -> Result<(), Error> {
        if let Some(run) = self.parts.store.run(id).await?.filter(waits) {
            let hold = run.hold.as_ref();
            let invitations = hold.is_some_and(|hold| hold.invitations > 0);
            match decision {
                HoldDecision::Superseded => {}
                _ if !invitations => {}
                HoldDecision::Approved => {
                    self.decide_batch(id, InvitationBatchState::Released)
                        .await?;
                }
                HoldDecision::Discarded => {
                    self.decide_batch(id, InvitationBatchState::Discarded)
                        .await?;
                }
            }
            let rest = hold
                .filter(|_| decision == HoldDecision::Superseded)
                .and_then(RunHold::without_changes);
            let run = match rest {
                Some(rest) => Run {
                    reason: Some(rest.in_words()),
                    hold: Some(rest),
                    ..run
                },
                None => decided(run, decision),
            };
            self.parts.store.put_run(&run).await?;
        }
        self.parts.store.release(id).await?;
        Ok(())
    }

    async fn waiting_run(&self, id: &RunId) -> Result<Run, Error> {
        let run = self.run(id).await?;
        if waits(&run) {
            Ok(run)
        } else {
            Err(Error::NotHeld(id.clone()))
        }
    }

    /// Counts what was done, also where it failed in the end.
    async fn count_applied(&self, run: &mut Run) -> Result<(), Error> {
        // These records were counted as unchanged while they waited.
        let done = self
            .parts
            .store
            .marks(&run.id, run.next_batch..=u32::MAX)
            .await?;
        let done = done.counts();
        run.counts.unchanged = run.counts.unchanged.saturating_sub(done.accounted());
        run.counts.add(&done);
        run.counts.issues = self.parts.store.issues(&run.id).await?.len() as u64;
        Ok(())
    }

    /// Applies the changes that are still the ones that were shown. Returns the number of people
    /// who were skipped.
    async fn apply_held(
        &self,
        run: &mut Run,
        document: &EventDocument,
        community: &CommunityRecord,
    ) -> Result<u64, Error> {
        self.finish_erasures(&community.id).await?;
        let policy = Policy::new(document);
        let mut skipped = 0;
        // Each part is a batch of its own. An earlier attempt may have applied some of them.
        for (part, number) in (0..).zip(run.next_batch..) {
            let Some(held) = self.parts.store.held(&run.id, part).await? else {
                break;
            };
            let people = held.iter().map(|held| held.delta.clone()).collect();
            let batch = Batch {
                after_all: true,
                ..Batch::new(run.id.number, number, people)
            };
            let shown = ShownChanges::new(held);
            let gate = ApplyMode::Shown(&shown);
            self.reconcile(&community.id, &policy, batch, gate).await?;
            skipped += shown.others.into_inner();
        }
        Ok(skipped)
    }
}

/// The changes of some people that a person was shown and approved.
pub(crate) struct ShownChanges {
    changes: HashMap<PersonId, Option<Change>>,
    /// The number of people for whom the plan is now another one.
    others: AtomicU64,
}

impl ShownChanges {
    fn new(held: Vec<Held>) -> Self {
        let shown = held
            .into_iter()
            .map(|held| (held.delta.person, held.change));
        Self {
            changes: shown.collect(),
            others: AtomicU64::new(0),
        }
    }

    /// Lets a person's change pass where it is still the one that was shown.
    pub(crate) fn judge(&self, delta: &Delta, planned: &PersonPlan) -> ApplyDecision {
        let shown = self.changes.get(&delta.person);
        if shown.is_some_and(|shown| is_the_same(shown.as_ref(), planned.change.as_ref())) {
            return ApplyDecision::Apply;
        }
        if planned.change.is_none() {
            return ApplyDecision::Skip(None);
        }
        self.others.fetch_add(1, Ordering::Relaxed);
        ApplyDecision::Skip(Some(Box::new(changed_meanwhile(delta))))
    }
}

/// Returns whether two changes have the same effect. Their reasons may differ: another version may
/// have planned the change that waited.
fn is_the_same(shown: Option<&Change>, planned: Option<&Change>) -> bool {
    let without_words = |change: Option<&Change>| {
        change.map(|change| Change {
            reason: None,
            moved_to: None,
            ..change.clone()
        })
    };
    without_words(shown) == without_words(planned)
}

fn holds_changes(run: &Run) -> bool {
    run.hold.as_ref().is_some_and(RunHold::is_about_changes)
}

fn decided(mut run: Run, decision: HoldDecision) -> Run {
    let Some(hold) = &mut run.hold else {
        return run;
    };
    let undecided = hold.in_words();
    hold.decision = Some(decision);
    let words = hold.in_words();
    if run.state == RunState::Held {
        run.state = RunState::Succeeded;
        run.reason = Some(words);
    } else if let Some(reason) = &mut run.reason {
        // The reason of a failed run still has to say why it failed.
        *reason = reason.replace(&undecided, &words);
    }
    run
}

fn changed_meanwhile(delta: &Delta) -> Issue {
    let position = delta
        .contributions
        .first()
        .map_or(0, |record| record.position);
    Issue::new(
        Severity::Notice,
        position,
        "changed_meanwhile",
        "this person changed after the approval was requested, so the approved change was skipped; the next sync checks them again",
    )
    .of_person(delta.person)
}

fn approved(run: &Run, skipped: u64) -> Option<String> {
    let reason = run.hold.as_ref()?.in_words();
    Some(match skipped {
        0 => reason,
        _ => format!("{reason}, but for {skipped} who changed meanwhile"),
    })
}
