//! Where an event stands: which run is under way, and which waits for a decision.

use attendee_sync_app::{App, Error};
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{Run, RunState};

/// Whether changes of the run wait for a decision.
pub(crate) fn waits(run: &Run) -> bool {
    let undecided = |run: &Run| {
        run.hold
            .as_ref()
            .is_some_and(|hold| hold.decision.is_none())
    };
    run.state == RunState::Held && undecided(run)
}

/// The run whose changes wait for a decision.
pub(crate) async fn waiting(app: &App, event: &EventId) -> Result<Option<Run>, Error> {
    let held = app.store.standing(event).await?.held;
    Ok(run(app, event, held).await?.filter(waits))
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
