//! Lets invitations go that are held since a backup was restored.

use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};

use super::Page;
use crate::access::Session;
use crate::console::Shared;
use crate::extract::Named;

/// Releases the invitations of the event's community, and leads back to the page.
pub(super) async fn release(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> Page {
    let community = console.app.document(&event).await?.community;
    let app = console.app.as_of(&session.authority.who);
    app.release_invitations(&community).await?;
    let page = format!("/events/{event}/invitations?released=1");
    Ok(Redirect::to(&page).into_response())
}
