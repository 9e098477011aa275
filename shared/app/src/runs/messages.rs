//! Reconciling batches that another process sent: each at least once, in any order, late or twice.

use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Counts, Run};

use crate::App;
use crate::error::Error;
use crate::ports::{BatchMessage, StoreError, at_least};
use crate::runs::reconcile::ApplyMode;

/// How often the counts of a run that is over are corrected where others do so, too.
const MAX_TRIES: u32 = 50;
/// Runs before one among which it looks for those that ended early.
const LATEST_RUNS: usize = 5;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconciled {
    /// It was applied, now or before, but for what waits for the end of its run.
    Applied(Box<Counts>),
    /// A newer run looked at the same people, or the event is gone: nothing was done.
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
            // An earlier delivery may have ended between what it wrote and what it counted.
            self.add_to_the_past(&run).await?;
            return Ok(Reconciled::Outdated);
        }
        if stand.under_way != Some(run.number) && self.parts.store.run(&run).await?.is_none() {
            // The event was taken out, and with it what its runs had done.
            return Ok(Reconciled::Outdated);
        }
        let of_run_under_way = stand.under_way == Some(run.number);
        // Nobody judges any more what is many; the next sync looks at the same people again.
        let gate = if of_run_under_way {
            ApplyMode::Staging
        } else {
            ApplyMode::Late
        };
        let counts = self.reconcile(&community, &policy, batch, gate).await?;
        self.add_to_the_past(&run).await?;
        Ok(Reconciled::Applied(Box::new(counts)))
    }

    /// Where the run was closed before the batch was applied, what it did is counted all the same,
    /// and the invitations it queued may go as far as the limit lets them.
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
                // It waited for all of its batches.
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

    /// Counts what a batch wrote of a run that ended early after it was counted, by a process that ended
    /// itself before it could say so.
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
