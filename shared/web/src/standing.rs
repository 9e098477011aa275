//! Where an event stands: which run is under way, and which waits for a decision.

use std::collections::BTreeSet;

use attendee_sync_app::ports::{InvitationBatch, InvitationBatchId, InvitationBatchState};
use attendee_sync_app::{App, Error};
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::Run;

/// Whether changes or invitations of the run wait for a decision. What a run queued that failed
/// later waits too.
pub(crate) fn waits(run: &Run) -> bool {
    let undecided = |run: &Run| {
        run.hold
            .as_ref()
            .is_some_and(|hold| hold.decision.is_none())
    };
    run.state.is_over() && undecided(run)
}

/// The run whose changes wait for a decision.
pub(crate) async fn waiting(app: &App, event: &EventId) -> Result<Option<Run>, Error> {
    let held = app.store.earlier_runs(event).await?.held;
    Ok(run(app, event, held).await?.filter(waits))
}

/// The runs that wait for a decision, the oldest first: any number for their invitations, and one
/// for its changes.
pub(crate) async fn all_waiting(app: &App, event: &EventId) -> Result<Vec<RunNumber>, Error> {
    let changes = waiting(app, event).await?.map(|run| run.id.number);
    let waves = app.store.invitation_batches(event).await?;
    let held = waves.iter().filter_map(|wave| held(&wave.value));
    let all: BTreeSet<RunNumber> = held.chain(changes).collect();
    Ok(all.into_iter().collect())
}

fn held(wave: &InvitationBatch) -> Option<RunNumber> {
    match (wave.id, wave.state) {
        (InvitationBatchId::Run(run), InvitationBatchState::Held) => Some(run),
        _ => None,
    }
}

/// The run under way: the newest, or one that was approved.
pub(crate) async fn under_way(app: &App, event: &EventId) -> Result<Option<Run>, Error> {
    let number = app.store.run_under_way(event).await?;
    let run = run(app, event, number).await?;
    Ok(run.filter(|run| !run.state.is_over()))
}

async fn run(app: &App, event: &EventId, number: Option<RunNumber>) -> Result<Option<Run>, Error> {
    let Some(number) = number else {
        return Ok(None);
    };
    let event = event.clone();
    Ok(app.store.run(&RunId { event, number }).await?)
}
