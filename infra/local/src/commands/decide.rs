//! `approve` and `discard`: what becomes of changes that a guard holds.

use attendee_sync_app::App;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::RunId;

use super::Ended;
use super::sync::in_words;
use crate::cli::Common;
use crate::output;

pub(crate) async fn approve(app: &App, common: &Common, run: &RunId) -> anyhow::Result<Ended> {
    let run = app.as_of(&Actor::Owner).approve(run).await?;
    output::print_either(common, &run.summary(), || in_words(&run.summary()))?;
    Ok(super::sync::ended(&run))
}

pub(crate) async fn discard(app: &App, common: &Common, run: &RunId) -> anyhow::Result<Ended> {
    let run = app.as_of(&Actor::Owner).discard(run).await?;
    output::print_either(common, &run.summary(), || in_words(&run.summary()))?;
    Ok(Ended::Done)
}
