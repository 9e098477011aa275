//! The hooks by which a registration system reports changes of an event.

use attendee_sync_app::HookView;
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::console::SharedConsole;
use crate::extract::Named;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// The address of an event's hooks. It is given once.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct HookAddressMade {
    /// Where the registration system posts to.
    url: String,
}

pub(super) async fn show(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Json<HookView>, HttpProblem> {
    Ok(Json(console.app.hooks(&event).await?))
}

pub(super) async fn make_address(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
) -> Result<(StatusCode, Json<HookAddressMade>), HttpProblem> {
    let url = console
        .app
        .as_of(&caller.who)
        .make_hook_address(&event)
        .await?;
    let url = url.expose_secret().to_owned();
    Ok((StatusCode::CREATED, Json(HookAddressMade { url })))
}

/// What notices to programs are signed with.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct NoticeSecret {
    /// A secret of Standard Webhooks, the same for as long as the community exists.
    secret: String,
}

pub(super) async fn notice_secret(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Json<NoticeSecret>, HttpProblem> {
    let secret = console.app.notice_secret(&event).await?;
    Ok(Json(NoticeSecret { secret }))
}
