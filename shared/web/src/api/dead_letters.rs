//! What queues between processes have set aside, where there are such queues.

use attendee_sync_app::ports::{DeadLetterQueue, QueueName};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::ListPage;
use crate::console::SharedConsole;
use crate::extract::Named;
use crate::openapi::{NoQueue, NoSuch, OfQueue};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Lists what was given up after a few tries, queue by queue.
#[utoipa::path(
    get,
    path = "/set-aside",
    tag = "queues",
    responses((status = 200, description = "Every queue.", body = ListPage<DeadLetterQueue>), NoSuch, NoQueue)
)]
pub(super) async fn list(
    State(console): SharedConsole,
) -> Result<Json<ListPage<DeadLetterQueue>>, HttpProblem> {
    let all = console.app.dead_letters().await?;
    Ok(ListPage::whole(all.ok_or_else(HttpProblem::no_queues)?))
}

/// Has what a queue set aside tried again.
///
/// What was done of it already is not done twice.
#[utoipa::path(
    post,
    path = "/set-aside/{queue}/redrive",
    tag = "queues",
    params(OfQueue),
    responses((status = 202, description = "The failed jobs are being retried."), NoSuch, NoQueue)
)]
pub(super) async fn redrive(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(queue): Named<QueueName>,
) -> Result<StatusCode, HttpProblem> {
    if console.app.as_of(&caller.who).redrive(queue).await? {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(HttpProblem::no_queues())
    }
}
