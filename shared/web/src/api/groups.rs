//! Groups as people make, change and delete them.

use attendee_sync_app::{GroupEdit, GroupOutcome};
use attendee_sync_domain::config::DocumentProblem;
use attendee_sync_domain::group::{GroupEnd, GroupName, GroupOptions};
use attendee_sync_domain::ids::{CommunityId, EventId};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};

use crate::console::SharedConsole;
use crate::extract::{JsonBody, Named, QueryParameters, Two};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// A group that is to be made.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    /// Its name.
    name: String,
    /// The one event in which it counts; all events if it is absent.
    #[serde(default)]
    event: Option<EventId>,
    /// When it stops counting: a local time, or a date of the event.
    #[serde(default)]
    ends: Option<GroupEnd>,
    /// Whether attendees are not to see it.
    #[serde(default)]
    hidden: bool,
}

/// What is to be different about a group. What is absent stays.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "null clears, and absent keeps")]
pub(super) struct ChangedGroup {
    /// Another name. Its members follow.
    #[serde(default)]
    name: Option<String>,
    /// The one event in which it counts; all events if it is null.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schema(value_type = Option<EventId>))]
    event: Option<Option<EventId>>,
    /// When it stops counting; never if it is null.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schema(value_type = Option<GroupEnd>))]
    ends: Option<Option<GroupEnd>>,
    /// Whether attendees are not to see it.
    #[serde(default)]
    hidden: Option<bool>,
}

/// Tells null, which clears, from absent, which keeps.
#[expect(clippy::option_option, reason = "null clears, and absent keeps")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct DeletionQuery {
    /// `true` says what would be lost, and deletes nothing.
    #[serde(default)]
    preview: bool,
}

fn named(name: &str) -> Result<GroupName, HttpProblem> {
    GroupName::parse(name).ok_or_else(|| {
        HttpProblem::unacceptable(vec![DocumentProblem {
            path: "name".to_owned(),
            reason: "the group needs a name".to_owned(),
        }])
    })
}

pub(super) async fn create(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(community): Named<CommunityId>,
    JsonBody(new): JsonBody<NewGroup>,
) -> Result<(StatusCode, Json<GroupOutcome>), HttpProblem> {
    let options = GroupOptions {
        event: new.event,
        ends: new.ends,
        hidden: new.hidden,
    };
    let acting = console.app.as_of(&caller.who);
    let made = acting.create_group(&community, named(&new.name)?, options);
    Ok((StatusCode::CREATED, Json(made.await?)))
}

pub(super) async fn change(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, group): Two<CommunityId, GroupName>,
    JsonBody(changed): JsonBody<ChangedGroup>,
) -> Result<Json<GroupOutcome>, HttpProblem> {
    let edit = GroupEdit {
        name: changed.name.as_deref().map(named).transpose()?,
        event: changed.event,
        ends: changed.ends,
        hidden: changed.hidden,
    };
    let acting = console.app.as_of(&caller.who);
    Ok(Json(acting.edit_group(&community, &group, edit).await?))
}

pub(super) async fn delete(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, group): Two<CommunityId, GroupName>,
    QueryParameters(query): QueryParameters<DeletionQuery>,
) -> Result<Json<GroupOutcome>, HttpProblem> {
    if query.preview {
        let preview = console.app.preview_group_deletion(&community, &group);
        return Ok(Json(preview.await?));
    }
    let acting = console.app.as_of(&caller.who);
    Ok(Json(acting.delete_group(&community, &group).await?))
}
