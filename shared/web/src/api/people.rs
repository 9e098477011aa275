//! One person: in an event, and in her community.

use attendee_sync_app::{
    Access, AttendeeView, Erased, Explanation, Found, Granted, MemberView, UserView, Within,
};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{List, Paging};
use crate::console::Shared;
use crate::extract::{Asked, Two};
use crate::problem::Problem;

/// Most people found at a time.
const MOST_FOUND: usize = 50;

/// `GET /events/{event}/attendees/{email}`
pub(super) async fn attendee(
    State(console): Shared,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<AttendeeView>, Problem> {
    Ok(Json(console.app.attendee(&event, &email).await?))
}

/// `GET /events/{event}/attendees/{email}/explanation`
pub(super) async fn explanation(
    State(console): Shared,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Explanation>, Problem> {
    Ok(Json(console.app.explanation(&event, &email).await?))
}

/// `GET /events/{event}/access/{email}`
pub(super) async fn access(
    State(console): Shared,
    Two(event, email): Two<EventId, EmailAddress>,
) -> Result<Json<Access>, Problem> {
    Ok(Json(console.app.access(&event, &email).await?))
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    search: Option<String>,
}

/// A user, or somebody who was found.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Listed {
    User(Box<UserView>),
    Found(Found),
}

/// `GET /communities/{community}/users`: all of them, or with `search` those of whom words are
/// part of the address or the name.
pub(super) async fn users(
    State(console): Shared,
    crate::extract::Named(community): crate::extract::Named<CommunityId>,
    Asked(wanted): Asked<Wanted>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<Listed>>, Problem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    if let Some(text) = &wanted.search {
        let within = Within::Community(&community);
        let found = console
            .app
            .search(within, text, limit.min(MOST_FOUND))
            .await?;
        return Ok(List::whole(found.into_iter().map(Listed::Found).collect()));
    }
    let (users, next) = console.app.users(&community, after, limit).await?;
    let users = users.into_iter().map(|user| Listed::User(Box::new(user)));
    Ok(List::page(users.collect(), next))
}

/// `GET /communities/{community}/users/{email}`
pub(super) async fn user(
    State(console): Shared,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<Json<UserView>, Problem> {
    Ok(Json(console.app.user(&community, &email).await?))
}

#[derive(Serialize)]
pub(super) struct WhatCame {
    result: Erased,
}

/// `DELETE /communities/{community}/users/{email}`: erases her for good, as the delete flag does.
pub(super) async fn erase(
    State(console): Shared,
    Two(community, email): Two<CommunityId, EmailAddress>,
) -> Result<Json<WhatCame>, Problem> {
    let result = console.app.erase_user(&community, &email).await?;
    Ok(Json(WhatCame { result }))
}

/// `GET /communities/{community}/groups/{group}/members`
pub(super) async fn members(
    State(console): Shared,
    Two(community, group): Two<CommunityId, Group>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<MemberView>>, Problem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let members = console.app.members(&community, &group.0, after, limit);
    let (members, next) = members.await?.ok_or_else(Problem::not_found)?;
    Ok(List::page(members, next))
}

/// `PUT /communities/{community}/groups/{group}/members/{email}`: a grant by hand.
pub(super) async fn grant(
    State(console): Shared,
    axum::extract::Path((community, group, email)): axum::extract::Path<(String, String, String)>,
) -> Result<Json<Granted>, Problem> {
    let (community, group, email) = member(&community, &group, &email)?;
    let granted = console.app.grant(&community, &group, &email).await?;
    Ok(Json(granted))
}

/// `DELETE` of the same.
pub(super) async fn revoke(
    State(console): Shared,
    axum::extract::Path((community, group, email)): axum::extract::Path<(String, String, String)>,
) -> Result<Json<Granted>, Problem> {
    let (community, group, email) = member(&community, &group, &email)?;
    let granted = console.app.revoke(&community, &group, &email).await?;
    Ok(Json(granted))
}

fn member(
    community: &str,
    group: &str,
    email: &str,
) -> Result<(CommunityId, GroupName, EmailAddress), Problem> {
    let community = community.parse().map_err(|_| Problem::not_found())?;
    let group: Group = group
        .parse()
        .map_err(|reason: String| Problem::at("group", reason))?;
    let email = email
        .parse()
        .map_err(|error: attendee_sync_domain::email::EmailError| {
            Problem::at("email", error.to_string())
        })?;
    Ok((community, group.0, email))
}

/// A group's name in a path.
pub(super) struct Group(GroupName);

impl std::str::FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        GroupName::parse(text)
            .map(Self)
            .ok_or_else(|| "not a group\u{2019}s name".to_owned())
    }
}
