//! One person: in an event, and in their community.

use attendee_sync_app::{
    Access, AttendeeView, BlockChange, Erased, Explanation, Granted, GroupDetails, MemberView,
    PersonFound, SourceSays, UserView,
};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId};
use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters, Three, Two};
use crate::lists::filters::UserQuery;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Most people returned by a search.
const MOST_FOUND: usize = 50;

pub(super) async fn attendee(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<AttendeeView>, HttpProblem> {
    Ok(Json(console.app.attendee(&event, &email).await?))
}

pub(super) async fn source(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<SourceSays>, HttpProblem> {
    Ok(Json(console.query_source(&event, &email).await??))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Barred {
    /// Whether something changed.
    changed: bool,
}

pub(super) async fn block(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Barred>, HttpProblem> {
    let changed = console
        .app
        .as_of(&caller.who)
        .set_blocked(&event, &email, BlockChange::Put)
        .await?;
    Ok(Json(Barred { changed }))
}

pub(super) async fn unblock(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Barred>, HttpProblem> {
    let changed = console
        .app
        .as_of(&caller.who)
        .set_blocked(&event, &email, BlockChange::Lifted)
        .await?;
    Ok(Json(Barred { changed }))
}

pub(super) async fn explanation(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Explanation>, HttpProblem> {
    Ok(Json(console.app.explanation(&event, &email).await?))
}

/// About which page of the app.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(super) struct PageQuery {
    /// A page of those in `access.pages` of the configuration: `allowed` and `reason` are then about this page.
    page: Option<String>,
}

pub(super) async fn access(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
    QueryParameters(asked): QueryParameters<PageQuery>,
) -> Result<Json<Access>, HttpProblem> {
    let app = &console.app;
    Ok(Json(match asked.page.as_deref() {
        None | Some("") => app.access(&event, &email).await?,
        Some(page) => app.access_to_page(&event, &email, page).await?,
    }))
}

/// A user of a list, or of a search.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(untagged)]
pub(super) enum ListedPerson {
    User(Box<UserView>),
    Found(PersonFound),
}

pub(super) async fn users(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(wanted): QueryParameters<UserQuery>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<ListedPerson>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    if let Some(text) = &wanted.search {
        let found = console
            .app
            .search(&community, text, limit.min(MOST_FOUND))
            .await?;
        return Ok(ListPage::whole(
            found.into_iter().map(ListedPerson::Found).collect(),
        ));
    }
    let (users, next) = console.app.users(&community, after, limit).await?;
    let users = users
        .into_iter()
        .map(|user| ListedPerson::User(Box::new(user)));
    Ok(ListPage::page(users.collect(), next))
}

pub(super) async fn user(
    State(console): SharedConsole,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<Json<UserView>, HttpProblem> {
    Ok(Json(console.app.user(&community, &email).await?))
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct WhatCame {
    result: Erased,
}

pub(super) async fn erase(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<Json<WhatCame>, HttpProblem> {
    let result = console
        .app
        .as_of(&caller.who)
        .erase_user(&community, &email)
        .await?;
    Ok(Json(WhatCame { result }))
}

pub(super) async fn group(
    State(console): SharedConsole,
    Two(community, group): Two<CommunityId, GroupName>,
) -> Result<Json<GroupDetails>, HttpProblem> {
    let mut groups = console.app.group_details(&community).await?.into_iter();
    let found = groups.find(|details| details.group == group.key());
    found.map(Json).ok_or_else(HttpProblem::not_found)
}

pub(super) async fn members(
    State(console): SharedConsole,
    Two(community, group): Two<CommunityId, GroupName>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<MemberView>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let members = console.app.members(&community, &group, after, limit);
    let (members, next) = members.await?.ok_or_else(HttpProblem::not_found)?;
    Ok(ListPage::page(members, next))
}

pub(super) async fn grant(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Three(community, group, email): Three<CommunityId, GroupName, EmailAddress>,
) -> Result<Json<Granted>, HttpProblem> {
    let granted = console
        .app
        .as_of(&caller.who)
        .grant(&community, &group, &email)
        .await?;
    Ok(Json(granted))
}

pub(super) async fn revoke(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Three(community, group, email): Three<CommunityId, GroupName, EmailAddress>,
) -> Result<Json<Granted>, HttpProblem> {
    let granted = console
        .app
        .as_of(&caller.who)
        .revoke(&community, &group, &email)
        .await?;
    Ok(Json(granted))
}
