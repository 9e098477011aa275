//! Lists as files with the API's filters. Files of unfiltered lists have their handlers in
//! `lists::export`.

use attendee_sync_domain::ids::{EventId, RunId};
use axum::extract::{Extension, State};
use axum::response::Response;

use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::export::{self, FileFormat};
use crate::lists::filters::{AttendeeQuery, ChangeQuery, IssueQuery};
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) use crate::lists::export::{audit, runs, suppressions, users};

pub(super) async fn attendees(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<AttendeeQuery>,
    format: FileFormat,
) -> Result<Response, HttpProblem> {
    export::attendees(&console, &caller.who, event, &query, format).await
}

pub(super) async fn changes(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<ChangeQuery>,
    format: FileFormat,
) -> Result<Response, HttpProblem> {
    export::changes(&console, &caller.who, id, query.filter()?, format).await
}

pub(super) async fn issues(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<IssueQuery>,
    format: FileFormat,
) -> Result<Response, HttpProblem> {
    export::issues(&console, &caller.who, id, query.filter()?, format).await
}
