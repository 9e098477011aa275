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
use utoipa::{IntoParams, ToSchema};

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters, Three, Two};
use crate::openapi::{
    BadQuery, Contended, Elsewhere, NoAddress, NoGroup, NoSuch, OfAddress, OfAttendee, OfCommunity,
    OfGroup, OfMember,
};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Most people found at a time.
const MOST_FOUND: usize = 50;

/// Gives one attendee.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees/{email}",
    tag = "attendees",
    params(OfAttendee),
    responses((status = 200, description = "The attendee.", body = AttendeeView), NoSuch, NoAddress)
)]
pub(super) async fn attendee(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<AttendeeView>, HttpProblem> {
    Ok(Json(console.app.attendee(&event, &email).await?))
}

/// Reads the source and gives the records of one person as they are now.
///
/// Nothing changes. Which rules hold on each record, and what becomes of it, stands beside it.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees/{email}/source",
    tag = "attendees",
    params(OfAttendee),
    responses((status = 200, description = "Their records, also where there are none.", body = SourceSays), NoSuch, NoAddress, Elsewhere)
)]
pub(super) async fn source(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<SourceSays>, HttpProblem> {
    Ok(Json(console.ask_source(&event, &email).await??))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Barred {
    /// Whether something changed.
    changed: bool,
}

/// Takes an attendee out of an event by hand.
///
/// No sync lets them in again until the bar is lifted.
#[utoipa::path(
    put,
    path = "/events/{event}/attendees/{email}/bar",
    tag = "attendees",
    params(OfAttendee),
    responses((status = 200, description = "The attendee is removed and blocked.", body = Barred), NoSuch, NoAddress, Contended)
)]
pub(super) async fn bar(
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

/// Lifts the bar of an attendee who was taken out by hand: their records count again.
#[utoipa::path(
    delete,
    path = "/events/{event}/attendees/{email}/bar",
    tag = "attendees",
    params(OfAttendee),
    responses((status = 200, description = "The attendee is not blocked.", body = Barred), NoSuch, NoAddress, Contended)
)]
pub(super) async fn unbar(
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

/// Explains a person: whether they may come in and why, and where all that is known of them comes from.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees/{email}/explanation",
    tag = "attendees",
    params(OfAttendee),
    responses((status = 200, description = "What is known, also where nothing is.", body = Explanation), NoSuch, NoAddress)
)]
pub(super) async fn explanation(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Explanation>, HttpProblem> {
    Ok(Json(console.app.explanation(&event, &email).await?))
}

/// Says whether a person may come in: what an app asks at sign-in.
#[utoipa::path(
    get,
    path = "/events/{event}/access/{email}",
    tag = "attendees",
    params(OfAttendee),
    responses((status = 200, description = "Whether the person has access, and why.", body = Access), NoSuch, NoAddress)
)]
pub(super) async fn access(
    State(console): SharedConsole,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Access>, HttpProblem> {
    Ok(Json(console.app.access(&event, &email).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PeopleWanted {
    /// Words, or a whole address.
    search: Option<String>,
}

/// A user, or somebody who was found.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ListedPerson {
    User(Box<UserView>),
    Found(PersonFound),
}

/// Lists users: all of them, or those whose address or name has the words of `search` in it.
#[utoipa::path(
    get,
    path = "/communities/{community}/users",
    tag = "people",
    params(OfCommunity, PeopleWanted, Paging),
    responses((status = 200, description = "A page of them; with `search` all that are found, 50 at most, more briefly.", body = ListPage<ListedPerson>), BadQuery, NoSuch)
)]
pub(super) async fn users(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(wanted): QueryParameters<PeopleWanted>,
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

/// Gives one user with their profile, groups and events.
#[utoipa::path(
    get,
    path = "/communities/{community}/users/{email}",
    tag = "people",
    params(OfAddress),
    responses((status = 200, description = "The user.", body = UserView), NoSuch, NoAddress)
)]
pub(super) async fn user(
    State(console): SharedConsole,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<Json<UserView>, HttpProblem> {
    Ok(Json(console.app.user(&community, &email).await?))
}

#[derive(Serialize, ToSchema)]
pub(super) struct WhatCame {
    result: Erased,
}

/// Erases a user for good from the whole community, as the delete flag does.
#[utoipa::path(
    delete,
    path = "/communities/{community}/users/{email}",
    tag = "people",
    params(OfAddress),
    responses((status = 200, description = "What was erased.", body = WhatCame), NoSuch, NoAddress, Contended)
)]
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

/// Gives one group with how many each event's sync, or a person, put there, and the events whose
/// rules name it.
#[utoipa::path(
    get,
    path = "/communities/{community}/groups/{group}",
    tag = "groups",
    params(OfGroup),
    responses((status = 200, description = "The group.", body = GroupDetails), NoSuch, NoGroup)
)]
pub(super) async fn group(
    State(console): SharedConsole,
    Two(community, group): Two<CommunityId, GroupName>,
) -> Result<Json<GroupDetails>, HttpProblem> {
    let mut groups = console.app.group_details(&community).await?.into_iter();
    let found = groups.find(|details| details.group == group.key());
    found.map(Json).ok_or_else(HttpProblem::not_found)
}

/// Lists the members of a group and who put them there.
#[utoipa::path(
    get,
    path = "/communities/{community}/groups/{group}/members",
    tag = "groups",
    params(OfGroup, Paging),
    responses((status = 200, description = "A page of them.", body = ListPage<MemberView>), BadQuery, NoSuch, NoGroup)
)]
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

/// Puts a user into a group by hand; makes the group where it is new.
///
/// No sync takes them out again.
#[utoipa::path(
    put,
    path = "/communities/{community}/groups/{group}/members/{email}",
    tag = "groups",
    params(OfMember),
    responses((status = 200, description = "The user is in the group.", body = Granted), NoSuch, NoGroup, Contended)
)]
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

/// Takes back what was given by hand. What a sync gave stays.
#[utoipa::path(
    delete,
    path = "/communities/{community}/groups/{group}/members/{email}",
    tag = "groups",
    params(OfMember),
    responses((status = 200, description = "Who still puts them there, if anybody does.", body = Granted), NoSuch, NoGroup, Contended)
)]
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
