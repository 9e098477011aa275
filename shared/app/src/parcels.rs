//! Reconciling batches that another process sent: each at least once, in any order, late or twice.

use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Counts, Run};

use crate::App;
use crate::error::Error;
use crate::parking::{Parking, parts};
use crate::ports::{BatchDone, Parcel, StoreError};
use crate::reconcile::{Gate, keep_until};

/// How often the counts of a run that is over are corrected where others do so, too.
const MAX_TRIES: u32 = 50;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconciled {
    /// It was applied, but for what waits for the end of its run.
    Applied(Box<Counts>),
    /// It had been before.
    Before,
    /// A newer run looked at the same people, or the event is gone: nothing was done.
    Outdated,
}

impl App {
    /// Reconciles a batch. Delivered twice, it changes nothing the second time.
    pub async fn reconcile_parcel(&self, parcel: Parcel) -> Result<Reconciled, Error> {
        let Parcel {
            community,
            policy,
            batch,
        } = parcel;
        let run = RunId {
            event: policy.event.clone(),
            number: batch.run,
        };
        let number = batch.number;
        let Some(stand) = self.store.standing_of(&run.event).await? else {
            return Ok(Reconciled::Outdated);
        };
        if stand.closing || stand.newest != run.number {
            return Ok(Reconciled::Outdated);
        }
        if stand.under_way != Some(run.number) && self.store.run(&run).await?.is_none() {
            // The event was taken out, and with it what its runs had done.
            return Ok(Reconciled::Outdated);
        }
        if self.store.done(&run, number).await?.is_some() {
            return Ok(Reconciled::Before);
        }
        let keep = keep_until(self.clock.now());
        let parking = Parking::new(run.clone(), keep);
        let gate = Gate::Parking(&parking);
        let mut counts = self.reconcile(&community, &policy, batch, gate).await?;
        let parked = parking.into_parked();
        let is_parked = stand.under_way == Some(run.number) && !parked.waiting.is_empty();
        if is_parked {
            for (part, held) in (0..).zip(parts(parked.waiting)) {
                self.store.park(&run, (number, part), &held, keep).await?;
            }
        } else {
            // Nobody judges any more what is many; the next sync looks at them again.
            counts.unchanged += parked.records;
        }
        let done = BatchDone {
            counts,
            parked: is_parked,
        };
        self.store.note_done(&run, number, &done, keep).await?;
        self.add_to_the_past(&run).await?;
        Ok(Reconciled::Applied(Box::new(counts)))
    }

    /// Where the run was closed before the batch was applied, what it did is counted all the same,
    /// and the invitations it queued may go as far as the limit lets them.
    pub(crate) async fn add_to_the_past(&self, id: &RunId) -> Result<(), Error> {
        for _ in 0..MAX_TRIES {
            let stand = self.store.standing_of(&id.event).await?;
            if stand.is_none_or(|stand| stand.under_way == Some(id.number)) {
                return Ok(());
            }
            let Some(before) = self.store.run(id).await? else {
                return Ok(());
            };
            let done = self.store.done_so_far(id, 0).await?.counts;
            let mut after = Run {
                counts: Counts {
                    added: done.added,
                    updated: done.updated,
                    removed: done.removed,
                    erased: done.erased,
                    missing_removed: done.missing_removed,
                    invitations_queued: done.invitations_queued,
                    ..before.counts
                },
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
            match self.store.amend_run(&before, &after).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        Err(Error::Contended)
    }
}
