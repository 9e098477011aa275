//! `approve`, `discard` and `stop`: what a person decides about a run.

use anyhow::bail;
use attendee_sync_app::App;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::{EventId, RunId};

use super::CommandEnd;
use super::sync::in_words;
use crate::cli::Common;
use crate::output;

pub(crate) async fn approve(app: &App, common: &Common, run: &RunId) -> anyhow::Result<CommandEnd> {
    let run = app.as_of(&Actor::Owner).approve(run).await?;
    output::print_either(common, &run.summary(), || in_words(&run.summary()))?;
    Ok(super::sync::ended(&run))
}

pub(crate) async fn discard(app: &App, common: &Common, run: &RunId) -> anyhow::Result<CommandEnd> {
    let run = app.as_of(&Actor::Owner).discard(run).await?;
    output::print_either(common, &run.summary(), || in_words(&run.summary()))?;
    Ok(CommandEnd::Done)
}

/// Stops the run that is under way. This process has the data directory to itself, so no other works on it.
pub(crate) async fn stop(
    app: &App,
    common: &Common,
    event: &EventId,
) -> anyhow::Result<CommandEnd> {
    app.document(event).await?;
    let Some(under_way) = app.run_under_way(event).await? else {
        bail!("no run of the event \"{event}\" is under way, so there is nothing to stop");
    };
    let id = under_way.id;
    app.as_of(&Actor::Owner).stop(&id).await?;
    let run = app.run(&id).await?;
    output::print_either(common, &run.summary(), || in_words(&run.summary()))?;
    Ok(CommandEnd::Done)
}
