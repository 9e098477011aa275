//! What queues between processes have set aside, where there are such queues.

use attendee_sync_app::ports::{QueueName, SetAside};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::List;
use crate::console::Shared;
use crate::extract::Named;
use crate::openapi::{NoQueue, NoSuch, OfQueue};
use crate::permits::Caller;
use crate::problem::Problem;

/// Lists what was given up after a few tries, queue by queue.
#[utoipa::path(
    get,
    path = "/set-aside",
    tag = "queues",
    responses((status = 200, description = "Every queue.", body = List<SetAside>), NoSuch, NoQueue)
)]
pub(super) async fn list(State(console): Shared) -> Result<Json<List<SetAside>>, Problem> {
    let all = console.app.set_aside().await?;
    Ok(List::whole(all.ok_or_else(Problem::no_queues)?))
}

/// Has what a queue set aside tried again.
///
/// What was done of it already is not done twice.
#[utoipa::path(
    post,
    path = "/set-aside/{queue}/redrive",
    tag = "queues",
    params(OfQueue),
    responses((status = 202, description = "It is on its way back."), NoSuch, NoQueue)
)]
pub(super) async fn redrive(
    State(console): Shared,
    Extension(caller): Caller,
    Named(queue): Named<QueueName>,
) -> Result<StatusCode, Problem> {
    if console.app.as_of(&caller.who).redrive(queue).await? {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Problem::no_queues())
    }
}
