//! Invitations that are held since a backup was restored.

use attendee_sync_domain::ids::CommunityId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use crate::console::SharedConsole;
use crate::extract::Named;
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) async fn release(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(community): Named<CommunityId>,
) -> Result<StatusCode, HttpProblem> {
    let app = console.app.as_of(&caller.who);
    app.release_invitations(&community).await?;
    Ok(StatusCode::NO_CONTENT)
}
