//! The addresses of a community that get no mail.

use attendee_sync_app::SuppressionView;
use attendee_sync_domain::email::{EmailAddress, EmailError};
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::{List, Paging};
use crate::console::Shared;
use crate::extract::{Asked, Named};
use crate::openapi::{BadQuery, NoAddress, NoSuch, OfAddress, OfCommunity};
use crate::problem::Problem;

/// The community and the address that a path names.
pub(super) struct NamedAddress(CommunityId, EmailAddress);

impl<S: Send + Sync> FromRequestParts<S> for NamedAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Ok(Path((community, email))) = path else {
            return Err(Problem::not_found());
        };
        let community = community.parse().map_err(|_| Problem::not_found())?;
        let email = email
            .parse()
            .map_err(|error: EmailError| Problem::at("email", error.to_string()))?;
        Ok(Self(community, email))
    }
}

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
    NamedAddress(community, email): NamedAddress,
) -> Result<StatusCode, Problem> {
    console.app.suppress_address(&community, &email).await?;
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
    NamedAddress(community, email): NamedAddress,
) -> Result<StatusCode, Problem> {
    console.app.lift_suppression(&community, &email).await?;
    Ok(StatusCode::NO_CONTENT)
}
