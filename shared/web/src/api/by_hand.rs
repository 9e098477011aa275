//! What people set in place of a sync: somebody is added, edited or removed by hand, or follows the sync again.

use attendee_sync_app::{AttendeeView, ProfileChanges, PutOutcome, hand_edit};
use attendee_sync_domain::authority::Permission;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::hand::{HandField, HandScope};
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::console::SharedConsole;
use crate::extract::{JsonBody, Three, Two};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Somebody as they shall be by hand.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub(super) struct AttendeeByHand {
    /// The fields to set, `null` for one to empty; the others stay as they are. First and last name are needed of
    /// somebody new.
    #[cfg_attr(test, schema(value_type = std::collections::BTreeMap<String, Option<String>>))]
    profile: ProfileChanges,
    /// All groups that are given by hand; left out, they stay as they are.
    groups: Option<Vec<String>>,
}

pub(super) async fn put(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, email): Two<EventId, EmailAddress>,
    JsonBody(body): JsonBody<AttendeeByHand>,
) -> Result<(StatusCode, Json<AttendeeView>), HttpProblem> {
    let app = &console.app;
    let edit = hand_edit(&body.profile, body.groups.as_deref())?;
    let community = app.document(&event).await?.community;
    let scope = if caller.may(Permission::Operate, &community) {
        HandScope::Anybody
    } else {
        HandScope::WalkIn
    };
    let acting = app.as_of(&caller.who);
    let outcome = acting.put_by_hand(&event, &email, &edit, scope).await?;
    let status = match outcome {
        PutOutcome::Added => StatusCode::CREATED,
        PutOutcome::Edited | PutOutcome::Unchanged => StatusCode::OK,
    };
    Ok((status, Json(app.attendee(&event, &email).await?)))
}

/// What came of a change by hand.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct HandChange {
    /// Whether something changed.
    changed: bool,
}

pub(super) async fn remove(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<HandChange>, HttpProblem> {
    let acting = console.app.as_of(&caller.who);
    let changed = acting.remove_by_hand(&event, &email).await?;
    Ok(Json(HandChange { changed }))
}

pub(super) async fn release(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Three(event, email, field): Three<EventId, EmailAddress, HandField>,
) -> Result<Json<HandChange>, HttpProblem> {
    let acting = console.app.as_of(&caller.who);
    let changed = acting.release_by_hand(&event, &email, field).await?;
    Ok(Json(HandChange { changed }))
}
