//! What the event app asks and reports: the audience of a push message, activity, and edits by the people themselves.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_app::{AttendeeView, AudienceMember, AudienceRequest, GroupMatch};
use attendee_sync_domain::activity::{ActivityReport, AppActivity};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Deserialize;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{JsonBody, Named, QueryParameters, Two};
use crate::lists::export::{self, FileFormat};
use crate::lists::paging::bad_query;
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) async fn report_activity(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
    JsonBody(report): JsonBody<ActivityReport>,
) -> Result<Json<AppActivity>, HttpProblem> {
    let activity = console.app.report_activity(&event, &email, &report);
    Ok(Json(activity.await?))
}

/// Whom a message shall reach. What is empty asks for nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(super) struct AudienceQuery {
    /// Names of groups with commas between them; upper and lower case are the same. Empty: whoever attends.
    groups: String,
    /// Whether they are in one of the groups, or in all of them.
    #[serde(rename = "match")]
    #[cfg_attr(
        test,
        param(rename = "match", default = "any", pattern = "^(any|all)?$")
    )]
    matching: String,
    /// Their country, as the source writes it.
    country: String,
    /// A page of the app that they may see, of those in `access.pages` of the configuration.
    page: String,
}

impl AudienceQuery {
    fn request(&self) -> Result<AudienceRequest, HttpProblem> {
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let mut keys = BTreeSet::new();
        let groups = self.groups.split(',').filter_map(GroupName::parse);
        Ok(AudienceRequest {
            groups: groups.filter(|group| keys.insert(group.key())).collect(),
            matching: match self.matching.as_str() {
                "" | "any" => GroupMatch::Any,
                "all" => GroupMatch::All,
                _ => return Err(bad_query("match is any or all")),
            },
            country: given(&self.country),
            page: given(&self.page),
        })
    }
}

pub(super) async fn audience(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<AudienceQuery>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<AudienceMember>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let request = query.request()?;
    let page = console.app.audience_page(&event, &request, after, limit);
    let (members, next) = page.await?;
    Ok(ListPage::page(members, next))
}

pub(super) async fn audience_file(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<AudienceQuery>,
    format: FileFormat,
) -> Result<Response, HttpProblem> {
    export::audience(&console, &caller.who, event, &query.request()?, format).await
}

/// What a person changed of their profile in the app: field by field, `null` for one that they emptied.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct OwnProfileEdit {
    /// The fields that change; the others stay.
    profile: BTreeMap<String, Option<String>>,
}

pub(super) async fn edit_own_profile(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, email): Two<EventId, EmailAddress>,
    JsonBody(edit): JsonBody<OwnProfileEdit>,
) -> Result<Json<AttendeeView>, HttpProblem> {
    let acting = console.app.as_of(&caller.who);
    let edited = acting.edit_own_profile(&event, &email, &edit.profile);
    Ok(Json(edited.await?))
}
