//! Reconciling batches that another process sent: each at least once, in any order, late or twice.

use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Counts, Run};

use crate::App;
use crate::error::Error;
use crate::ports::{BatchMessage, StoreError, at_least};
use crate::runs::reconcile::ApplyMode;

/// How often the counts of a finished run are corrected where others correct them too.
const MAX_TRIES: u32 = 50;
/// The number of previous runs that are checked for ones that ended early.
const LATEST_RUNS: usize = 5;

/// The result of reconciling a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconciled {
    /// The batch was applied, now or before, except changes that wait for the end of the run.
    Applied(Box<Counts>),
    /// Nothing was done, because there is a newer run, or the event is gone.
    Outdated,
}

impl App {
    /// Reconciles a batch. Delivered twice, it changes nothing the second time.
    pub async fn reconcile_message(
        &self,
        batch_message: BatchMessage,
    ) -> Result<Reconciled, Error> {
        let BatchMessage {
            community,
            policy,
            batch,
        } = batch_message;
        let run = RunId {
            event: policy.event.clone(),
            number: batch.run,
        };
        let Some(stand) = self.parts.store.run_state(&run.event).await? else {
            return Ok(Reconciled::Outdated);
        };
        if stand.closing {
            return Ok(Reconciled::Outdated);
        }
        if stand.newest != run.number {
            // An earlier delivery may have been interrupted after writing and before counting.
            self.add_to_the_past(&run).await?;
            return Ok(Reconciled::Outdated);
        }
        if stand.under_way != Some(run.number) && self.parts.store.run(&run).await?.is_none() {
            // The event was deleted with everything its runs had done.
            return Ok(Reconciled::Outdated);
        }
        let of_run_under_way = stand.under_way == Some(run.number);
        // A finished run has no more guards, so losses are skipped; the next sync checks the same
        // people again.
        let gate = if of_run_under_way {
            ApplyMode::Staging
        } else {
            ApplyMode::Late
        };
        let counts = self.reconcile(&community, &policy, batch, gate).await?;
        self.add_to_the_past(&run).await?;
        Ok(Reconciled::Applied(Box::new(counts)))
    }

    /// Adds what was applied after a run was closed to the run's counts, and releases the
    /// invitations that it queued as far as the limit allows.
    pub(crate) async fn add_to_the_past(&self, id: &RunId) -> Result<(), Error> {
        for _ in 0..MAX_TRIES {
            let stand = self.parts.store.run_state(&id.event).await?;
            if stand.is_none_or(|stand| stand.closing || stand.under_way == Some(id.number)) {
                return Ok(());
            }
            let Some(before) = self.parts.store.run(id).await? else {
                return Ok(());
            };
            if !before.state.ended_early() {
                // The run waited for all of its batches.
                return Ok(());
            }
            let done = self.parts.store.marks(id, 0..=u32::MAX).await?.counts();
            let mut after = Run {
                counts: at_least(before.counts, &done),
                ..before.clone()
            };
            after.counts.records_read = after.counts.accounted();
            if after.counts == before.counts {
                return Ok(());
            }
            let more = after.counts.invitations_queued > before.counts.invitations_queued;
            if more {
                let document = self.document(&id.event).await?;
                after.hold = None;
                self.gather_invitations(&mut after, &document).await?;
            }
            match self.parts.store.amend_run(&before, &after).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(Error::Contended)
    }

    /// Corrects the counts of recent runs that ended early: a batch may have been written after the
    /// run was counted, by a process that ended before it could correct the counts.
    pub(crate) async fn recount_latest(&self, run: &RunId) -> Result<(), Error> {
        let latest = self
            .parts
            .store
            .runs(&run.event, Some(run.number), LATEST_RUNS);
        for older in latest.await? {
            if older.state.ended_early() {
                self.add_to_the_past(&older.id).await?;
            }
        }
        Ok(())
    }
}
