//! The changes and issues of runs.

use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::run::Change;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::filters::{ChangeQuery, IssueQuery};
use crate::problem::HttpProblem;

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct RunLogQuery {
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

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
    let (changes, next) = app
        .changes_sought(&id, &sought, from.cursor, usize::MAX)
        .await?;
    Ok(ListPage::page(changes, next))
}

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
