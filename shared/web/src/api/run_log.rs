//! What runs changed and had to say: as lists, and as files.

use attendee_sync_app::ExportFormat;
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::run::Change;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::openapi::{BadQuery, NoSuch, OfRun};
use crate::permits::Caller;
use crate::problem::HttpProblem;
use crate::run_export;
use crate::run_query::{ChangeQuery, IssueQuery};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RunLogQuery {
    /// What the page before gave as `next_cursor`.
    cursor: Option<String>,
}

/// Lists what a run changed, person by person.
#[utoipa::path(
    get,
    path = "/runs/{run}/changes",
    tag = "runs",
    params(OfRun, ChangeQuery, RunLogQuery),
    responses((status = 200, description = "A page of them. One that looks for something can have few or none, and still a `next_cursor` from which to look on.", body = ListPage<Change>), BadQuery, NoSuch)
)]
pub(super) async fn changes(
    State(console): SharedConsole,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<ChangeQuery>,
    QueryParameters(from): QueryParameters<RunLogQuery>,
) -> Result<Json<ListPage<Change>>, HttpProblem> {
    let app = &console.app;
    let filter = query.filter()?;
    app.run(&id).await?;
    let sought = app.sought(&id, filter).await?;
    let (changes, next) = app.changes_sought(&id, &sought, from.cursor).await?;
    Ok(ListPage::page(changes, next))
}

/// Gives what a run changed as CSV: a line for each person and field.
///
/// The first line names the columns. Cells that a spreadsheet would take for formulas begin with
/// an apostrophe.
#[utoipa::path(
    get,
    path = "/runs/{run}/changes.csv",
    tag = "runs",
    params(OfRun, ChangeQuery),
    responses(
        (status = 200, description = "All of it.", body = String, content_type = "text/csv; charset=utf-8"),
        BadQuery,
        NoSuch
    )
)]
pub(super) async fn changes_csv(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<ChangeQuery>,
) -> Result<Response, HttpProblem> {
    run_export::changes(
        &console,
        &caller.who,
        id,
        query.filter()?,
        ExportFormat::Csv,
    )
    .await
}

/// Gives what a run changed as JSON Lines: a line for each person and field.
#[utoipa::path(
    get,
    path = "/runs/{run}/changes.jsonl",
    tag = "runs",
    params(OfRun, ChangeQuery),
    responses(
        (status = 200, description = "All of it.", body = String, content_type = "application/jsonl"),
        BadQuery,
        NoSuch
    )
)]
pub(super) async fn changes_jsonl(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<ChangeQuery>,
) -> Result<Response, HttpProblem> {
    run_export::changes(
        &console,
        &caller.who,
        id,
        query.filter()?,
        ExportFormat::JsonLines,
    )
    .await
}

/// Lists what a run had to say about records.
#[utoipa::path(
    get,
    path = "/runs/{run}/issues",
    tag = "runs",
    params(OfRun, IssueQuery, Paging),
    responses((status = 200, description = "A page of them, by position.", body = ListPage<Issue>), BadQuery, NoSuch)
)]
pub(super) async fn issues(
    State(console): SharedConsole,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<IssueQuery>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<Issue>>, HttpProblem> {
    let (from, limit) = (paging.cursor()?.unwrap_or(0), paging.limit()?);
    let filter = query.filter()?;
    let mut issues = console.app.issues(&id).await?;
    issues.retain(|issue| filter.takes(issue));
    let next = usize::saturating_add(from, limit);
    let next = (issues.len() > next).then_some(next);
    let page = issues.into_iter().skip(from).take(limit).collect();
    Ok(ListPage::page(page, next))
}

/// Gives what a run had to say about records as CSV.
///
/// The first line names the columns. Cells that a spreadsheet would take for formulas begin with
/// an apostrophe.
#[utoipa::path(
    get,
    path = "/runs/{run}/issues.csv",
    tag = "runs",
    params(OfRun, IssueQuery),
    responses(
        (status = 200, description = "All that is kept, by position.", body = String, content_type = "text/csv; charset=utf-8"),
        BadQuery,
        NoSuch
    )
)]
pub(super) async fn issues_csv(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<IssueQuery>,
) -> Result<Response, HttpProblem> {
    run_export::issues(
        &console,
        &caller.who,
        id,
        query.filter()?,
        ExportFormat::Csv,
    )
    .await
}

/// Gives what a run had to say about records as JSON Lines: an issue a line, as in lists.
#[utoipa::path(
    get,
    path = "/runs/{run}/issues.jsonl",
    tag = "runs",
    params(OfRun, IssueQuery),
    responses(
        (status = 200, description = "All that is kept, by position.", body = String, content_type = "application/jsonl"),
        BadQuery,
        NoSuch
    )
)]
pub(super) async fn issues_jsonl(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
    QueryParameters(query): QueryParameters<IssueQuery>,
) -> Result<Response, HttpProblem> {
    run_export::issues(
        &console,
        &caller.who,
        id,
        query.filter()?,
        ExportFormat::JsonLines,
    )
    .await
}
