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
use crate::openapi::{BadQuery, NoAddress, NoSuch, OfAddress, OfCommunity};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Lists the addresses that get no mail from a community.
#[utoipa::path(
    get,
    path = "/communities/{community}/suppressions",
    tag = "suppressions",
    params(OfCommunity, Paging),
    responses((status = 200, description = "A page of them.", body = ListPage<SuppressionView>), BadQuery, NoSuch)
)]
pub(super) async fn list(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<SuppressionView>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (views, next) = console.app.suppressions(&community, after, limit).await?;
    Ok(ListPage::page(views, next))
}

/// Keeps mail from an address.
///
/// Where a stronger reason is known already, that one stays.
#[utoipa::path(
    put,
    path = "/communities/{community}/suppressions/{email}",
    tag = "suppressions",
    params(OfAddress),
    responses((status = 204, description = "The address is suppressed."), NoSuch, NoAddress)
)]
pub(super) async fn add(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<StatusCode, HttpProblem> {
    let app = console.app.as_of(&caller.who);
    app.suppress_address(&community, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets an address get mail again.
#[utoipa::path(
    delete,
    path = "/communities/{community}/suppressions/{email}",
    tag = "suppressions",
    params(OfAddress),
    responses((status = 204, description = "The address can get mail again."), NoSuch, NoAddress)
)]
pub(super) async fn lift(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<StatusCode, HttpProblem> {
    let app = console.app.as_of(&caller.who);
    app.lift_suppression(&community, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}
