//! Users whom a person makes or edits by hand.

use std::collections::BTreeMap;

use attendee_sync_app::EditedUser;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::profile::ProfileField;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::console::SharedConsole;
use crate::extract::{JsonBody, Two};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// What is to be stored of a user.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TypedUser {
    /// Values by field: null blanks a field, and one that is absent stays.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = BTreeMap<ProfileField, Option<String>>))]
    profile: BTreeMap<ProfileField, Option<String>>,
}

pub(super) async fn put(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
    JsonBody(typed): JsonBody<TypedUser>,
) -> Result<(StatusCode, Json<EditedUser>), HttpProblem> {
    let acting = console.app.as_of(&caller.who);
    let edited = acting.put_user(&community, &email, &typed.profile).await?;
    let status = if edited.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(edited)))
}
