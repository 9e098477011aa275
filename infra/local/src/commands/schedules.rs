//! `schedules reconcile`.

use std::time::Duration;

use clap::Subcommand;
use tokio::time::Instant;

use super::{CommandEnd, open};
use crate::cli::{Common, SourceArguments};
use crate::output;

/// The schedules that start syncs.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum SchedulesCommand {
    /// Create, change and remove schedules as the configurations of all events say
    ///
    /// On one machine there are none: the timer of `serve` reads the configurations. In the cloud edition the API does
    /// it, `POST /api/v1/schedules/reconcile`, and each day it is done by itself.
    Reconcile,
}

/// Nobody waits behind a gateway here.
const WORKING: Duration = Duration::from_mins(10);

pub(super) async fn reconcile(common: &Common) -> anyhow::Result<CommandEnd> {
    let opened = open(common, "schedules", SourceArguments::default()).await?;
    let done = opened
        .app
        .reconcile_schedules(None, Instant::now() + WORKING)
        .await?;
    output::print_either(common, &done, || {
        if done.has_scheduler {
            format!(
                "{} events: {} schedules created, {} changed, {} removed\n",
                done.events, done.created, done.changed, done.removed
            )
        } else {
            "there are no schedules to reconcile: on one machine the timer of `serve` reads the configurations, and \
             nothing was changed\n"
                .to_owned()
        }
    })?;
    Ok(CommandEnd::Done)
}
