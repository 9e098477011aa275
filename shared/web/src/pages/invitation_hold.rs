//! Releases invitations that are held since a backup was restored.

use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};

use super::PageResult;
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::Named;

/// Releases the invitations of the event's community, and redirects back to the page.
pub(super) async fn release(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    let community = console.app.document(&event).await?.community;
    let app = console.app.as_of(&session.authority.who);
    app.release_invitations(&community).await?;
    let page = format!("/events/{event}/invitations?released=1");
    Ok(Redirect::to(&page).into_response())
}
