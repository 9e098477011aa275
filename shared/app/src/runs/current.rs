//! Finds which run of an event is under way, and which runs wait for a decision.

use std::collections::BTreeSet;

use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{Coverage, Run};

use crate::App;
use crate::error::Error;
use crate::ports::{InvitationBatch, InvitationBatchId, InvitationBatchState};

/// Returns whether changes or invitations of the run wait for a decision. What a run queued that failed
/// later waits too.
#[must_use]
pub fn waits(run: &Run) -> bool {
    let hold = run.hold.as_ref();
    run.state.is_over() && hold.is_some_and(|hold| hold.decision.is_none())
}

impl App {
    /// Returns the run whose changes wait for a decision.
    pub async fn run_with_pending_changes(&self, event: &EventId) -> Result<Option<Run>, Error> {
        let held = self.parts.store.earlier_runs(event).await?.held;
        Ok(self.run_of(event, held).await?.filter(waits))
    }

    /// Returns the runs that wait for a decision, the oldest first: any number for their invitations, and one
    /// for its changes.
    pub async fn runs_that_wait(&self, event: &EventId) -> Result<Vec<RunNumber>, Error> {
        let changes = self.run_with_pending_changes(event).await?;
        let batches = self.parts.store.invitation_batches(event).await?;
        let held = batches.iter().filter_map(|batch| held(&batch.value));
        let all: BTreeSet<RunNumber> = held.chain(changes.map(|run| run.id.number)).collect();
        Ok(all.into_iter().collect())
    }

    /// Returns the run under way: the newest, or one that was approved.
    pub async fn run_under_way(&self, event: &EventId) -> Result<Option<Run>, Error> {
        let number = self.parts.store.run_under_way(event).await?;
        let run = self.run_of(event, number).await?;
        Ok(run.filter(|run| !run.state.is_over()))
    }

    /// Returns how many records a run under way is expected to read: as many as the last read of everything
    /// did. Nothing where there was none, or where the run may read less.
    pub async fn expected_records(&self, run: &Run) -> Result<Option<u64>, Error> {
        let document = self.document(&run.id.event).await?;
        if document.source.incremental.is_some() || run.hold.is_some() {
            return Ok(None);
        }
        let last = self.last_complete(&run.id.event).await?;
        let whole = last.filter(|last| last.extent == Coverage::Everything);
        Ok(whole.map(|last| last.counts.records_read))
    }

    async fn run_of(
        &self,
        event: &EventId,
        number: Option<RunNumber>,
    ) -> Result<Option<Run>, Error> {
        let Some(number) = number else {
            return Ok(None);
        };
        let event = event.clone();
        Ok(self.parts.store.run(&RunId { event, number }).await?)
    }
}

fn held(batch: &InvitationBatch) -> Option<RunNumber> {
    match (batch.id, batch.state) {
        (InvitationBatchId::Run(run), InvitationBatchState::Held) => Some(run),
        _ => None,
    }
}
