//! The failed jobs of queues between processes, where there are such queues.

use attendee_sync_app::ports::{DeadLetterQueue, QueueName};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::ListPage;
use crate::console::SharedConsole;
use crate::extract::Named;
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) async fn list(
    State(console): SharedConsole,
) -> Result<Json<ListPage<DeadLetterQueue>>, HttpProblem> {
    let all = console.app.dead_letters().await?;
    Ok(ListPage::whole(all.ok_or_else(HttpProblem::no_queues)?))
}

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
