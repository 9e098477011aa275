//! What becomes of changes that a guard holds: a person lets them through or drops them, or a newer
//! run takes their place.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::plan::{Batch, Delta, Policy};
use attendee_sync_domain::run::{Change, Decision, Hold, Run, RunState};

use crate::App;
use crate::error::Error;
use crate::ports::{Community, Held, MarkChange, Opened};
use crate::sync::{Started, Task, explain};

impl App {
    /// The changes of a run that wait for approval, some at a time; with the cursor of the next.
    pub async fn held(&self, id: &RunId, part: u32) -> Result<(Vec<Change>, Option<u32>), Error> {
        self.run(id).await?;
        let Some(held) = self.store.held(id, part).await? else {
            return Ok((Vec::new(), None));
        };
        let changes = held.into_iter().filter_map(|held| held.change).collect();
        let next = self.store.held(id, part + 1).await?.map(|_| part + 1);
        Ok((changes, next))
    }

    /// Approves what a run holds and applies it, to its end.
    pub async fn approve(&self, id: &RunId) -> Result<Run, Error> {
        let started = self.begin_approval(id).await?;
        self.finish(started).await
    }

    /// Approves what a run holds; [`finish`](Self::finish) applies it.
    pub async fn begin_approval(&self, id: &RunId) -> Result<Started, Error> {
        self.waiting_run(id).await?;
        let (document, community) = self.event_and_community(&id.event).await?;
        let mut run = match self.store.reopen_run(id).await? {
            Opened::Run(run) => *run,
            Opened::Busy(number) => {
                return Err(Error::Busy(RunId {
                    event: id.event.clone(),
                    number,
                }));
            }
        };
        if !waits(&run) {
            // Somebody decided between the two looks.
            self.store.close_run(&run, &MarkChange::Keep).await?;
            return Err(Error::NotHeld(id.clone()));
        }
        run.state = RunState::Applying;
        run.finished = None;
        if let Some(hold) = &mut run.hold {
            hold.decision = Some(Decision::Approved);
        }
        self.store.put_run(&run).await?;
        Ok(Started {
            run,
            document,
            community,
            task: Task::Approved,
        })
    }

    /// Applies what was approved: the changes that were shown, and no others. Whoever changed
    /// meanwhile is left for the next sync.
    pub(crate) async fn finish_approval(
        &self,
        mut run: Run,
        document: &EventDocument,
        community: &Community,
    ) -> Result<Run, Error> {
        let reporter = self.report(&run);
        let done = Box::pin(self.apply_held(&mut run, document, community)).await;
        run.finished = Some(self.clock.now());
        match done {
            Ok(skipped) => {
                run.state = RunState::Succeeded;
                run.reason = approved(&run, skipped);
                self.store.release(&run.id).await?;
            }
            Err(error) => {
                run.state = RunState::Failed;
                run.reason = Some(explain(&error));
            }
        }
        self.store.close_run(&run, &MarkChange::Keep).await?;
        drop(reporter);
        Ok(run)
    }

    /// Drops what a run holds. The next sync looks at the same people again.
    pub async fn discard(&self, id: &RunId) -> Result<Run, Error> {
        self.waiting_run(id).await?;
        match self.store.reopen_run(id).await? {
            Opened::Run(run) if waits(&run) => {
                self.decide(id, Decision::Discarded).await?;
                let run = self.run(id).await?;
                self.store.close_run(&run, &MarkChange::Keep).await?;
                Ok(run)
            }
            Opened::Run(run) => {
                self.store.close_run(&run, &MarkChange::Keep).await?;
                Err(Error::NotHeld(id.clone()))
            }
            Opened::Busy(number) => Err(Error::Busy(RunId {
                event: id.event.clone(),
                number,
            })),
        }
    }

    /// Stores that what a run held is dropped, and deletes it.
    pub(crate) async fn decide(&self, id: &RunId, decision: Decision) -> Result<(), Error> {
        self.store.release(id).await?;
        let Some(mut run) = self.store.run(id).await? else {
            return Ok(());
        };
        if !waits(&run) {
            return Ok(());
        }
        run.state = RunState::Succeeded;
        if let Some(hold) = &mut run.hold {
            hold.decision = Some(decision);
        }
        run.reason = run.hold.as_ref().map(Hold::in_words);
        self.store.put_run(&run).await?;
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

    /// Applies the changes that still are what was shown; gives the number of the others.
    async fn apply_held(
        &self,
        run: &mut Run,
        document: &EventDocument,
        community: &Community,
    ) -> Result<u64, Error> {
        self.finish_erasures(&community.id).await?;
        let policy = Policy::new(document);
        let first = run.next_batch;
        // An attempt before this one may have been cut off.
        let mut next_batch = self.store.done_so_far(&run.id, first).await?.next_batch;
        let mut skipped = 0;
        let mut part = 0;
        while let Some(held) = self.store.held(&run.id, part).await? {
            let (same, others) = self.still_the_same(run, held, &policy, community).await?;
            skipped += others.len() as u64;
            let batch = Batch {
                run: run.id.number,
                number: next_batch,
                people: same,
                issues: others,
                ignored: Vec::new(),
            };
            let counts = self.reconcile(&community.id, &policy, batch, None).await?;
            run.counts.groups_created += counts.groups_created;
            next_batch += 1;
            part += 1;
        }
        // They were counted as unchanged while they waited.
        let done = self.store.done_so_far(&run.id, first).await?.counts;
        run.counts.unchanged = run.counts.unchanged.saturating_sub(done.accounted());
        run.counts.add(&done);
        run.counts.issues = self.store.issues(&run.id).await?.len() as u64;
        Ok(skipped)
    }

    /// The people of whom what was approved still is what would happen, and what there is to say
    /// about those who changed meanwhile. Of whom nothing is left to do belongs to neither.
    async fn still_the_same(
        &self,
        run: &Run,
        held: Vec<Held>,
        policy: &Policy,
        community: &Community,
    ) -> Result<(Vec<Delta>, Vec<Issue>), Error> {
        let batch = Batch {
            run: run.id.number,
            number: 0,
            people: held.iter().map(|held| held.delta.clone()).collect(),
            issues: Vec::new(),
            ignored: Vec::new(),
        };
        let plan = self.plan_batch(&community.id, policy, &batch).await?;
        let (mut same, mut others) = (Vec::new(), Vec::new());
        for (held, planned) in held.into_iter().zip(plan.people) {
            if planned.change.is_none() && held.change.is_some() {
                continue;
            }
            if planned.change == held.change {
                same.push(held.delta);
            } else {
                others.push(changed_meanwhile(&held));
            }
        }
        Ok((same, others))
    }
}

fn waits(run: &Run) -> bool {
    run.state == RunState::Held
        && run
            .hold
            .as_ref()
            .is_some_and(|hold| hold.decision.is_none())
}

fn changed_meanwhile(held: &Held) -> Issue {
    let position = held
        .delta
        .contributions
        .first()
        .map_or(0, |record| record.position);
    Issue::new(
        Severity::Notice,
        position,
        "changed_meanwhile",
        "what was approved is no longer what would happen to this person; the next sync looks at her again",
    )
    .of_person(held.delta.person)
}

fn approved(run: &Run, skipped: u64) -> Option<String> {
    let reason = run.hold.as_ref()?.in_words();
    Some(match skipped {
        0 => reason,
        _ => format!("{reason}, but for {skipped} who changed meanwhile"),
    })
}
