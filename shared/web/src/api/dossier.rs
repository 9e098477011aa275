//! Everything that is stored about a person.

use attendee_sync_app::Dossier;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::{Extension, State};

use crate::console::SharedConsole;
use crate::extract::Two;
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) async fn open(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<Json<Dossier>, HttpProblem> {
    let acting = console.app.as_of(&caller.who);
    Ok(Json(acting.dossier(&community, &email).await?))
}
