//! The addresses of a community that get no mail.

use attendee_sync_app::SuppressionView;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::{List, Paging};
use crate::console::Shared;
use crate::extract::{Asked, Named, Two};
use crate::openapi::{BadQuery, NoAddress, NoSuch, OfAddress, OfCommunity};
use crate::permits::Caller;
use crate::problem::Problem;

/// Lists the addresses that get no mail from a community.
#[utoipa::path(
    get,
    path = "/communities/{community}/suppressions",
    tag = "suppressions",
    params(OfCommunity, Paging),
    responses((status = 200, description = "A page of them.", body = List<SuppressionView>), BadQuery, NoSuch)
)]
pub(super) async fn list(
    State(console): Shared,
    Named(community): Named<CommunityId>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<SuppressionView>>, Problem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (views, next) = console.app.suppressions(&community, after, limit).await?;
    Ok(List::page(views, next))
}

/// Keeps mail from an address.
///
/// Where a stronger reason is known already, that one stays.
#[utoipa::path(
    put,
    path = "/communities/{community}/suppressions/{email}",
    tag = "suppressions",
    params(OfAddress),
    responses((status = 204, description = "It gets no mail."), NoSuch, NoAddress)
)]
pub(super) async fn add(
    State(console): Shared,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<StatusCode, Problem> {
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
    responses((status = 204, description = "It may get mail."), NoSuch, NoAddress)
)]
pub(super) async fn lift(
    State(console): Shared,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<StatusCode, Problem> {
    let app = console.app.as_of(&caller.who);
    app.lift_suppression(&community, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}
