//! The schedules that start syncs from outside, where there are such.

use std::time::Duration;

use attendee_sync_app::ReconciledSchedules;
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use tokio::time::Instant;

use crate::console::SharedConsole;
use crate::problem::HttpProblem;

/// For how long one request works; the gateway of the cloud edition waits for 30 seconds.
const WORKING: Duration = Duration::from_secs(15);

/// Where to continue.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(crate) struct AfterCursor {
    /// What the answer before gave as `next_cursor`.
    cursor: Option<String>,
}

pub(super) async fn reconcile(
    State(console): SharedConsole,
    Query(AfterCursor { cursor }): Query<AfterCursor>,
) -> Result<Json<ReconciledSchedules>, HttpProblem> {
    let until = Instant::now() + WORKING;
    let done = console.app.reconcile_schedules(cursor.as_deref(), until);
    Ok(Json(done.await?))
}
