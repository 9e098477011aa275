//! Invitations that are held since a backup was restored.

use attendee_sync_domain::ids::CommunityId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use crate::console::SharedConsole;
use crate::extract::Named;
use crate::openapi::{NoSuch, OfCommunity};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Releases a community's invitations that are held since a backup was restored.
///
/// `held_since_restore` of an event's invitations says whether they are. Who got an invitation after the
/// backup was made is unknown: they get it again. Where nothing is held, nothing changes.
#[utoipa::path(
    post,
    path = "/communities/{community}/invitations/release",
    tag = "invitations",
    params(OfCommunity),
    responses((status = 204, description = "The invitations are being sent, one after the other."), NoSuch)
)]
pub(super) async fn release(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(community): Named<CommunityId>,
) -> Result<StatusCode, HttpProblem> {
    let app = console.app.as_of(&caller.who);
    app.release_invitations(&community).await?;
    Ok(StatusCode::NO_CONTENT)
}
