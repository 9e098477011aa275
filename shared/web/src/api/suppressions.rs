//! The addresses of a community that get no mail.

use attendee_sync_app::SuppressionView;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters, Two};
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) async fn list(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<SuppressionView>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (views, next) = console.app.suppressions(&community, after, limit).await?;
    Ok(ListPage::page(views, next))
}

pub(super) async fn add(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<StatusCode, HttpProblem> {
    let app = console.app.as_of(&caller.who);
    app.suppress_address(&community, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn lift(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<StatusCode, HttpProblem> {
    let app = console.app.as_of(&caller.who);
    app.lift_suppression(&community, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}
