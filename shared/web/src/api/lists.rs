//! Communities, events, groups and attendees.

use attendee_sync_app::{
    AttendeeFilter, AttendeeView, EventView, GroupView, InvitationFilter, PresenceFilter,
};
use attendee_sync_domain::authority::Permission;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::run::Summary;
use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{List, Paging, bad};
use crate::console::Shared;
use crate::extract::{Asked, Named};
use crate::openapi::{BadQuery, NoSuch, OfCommunity, OfEvent};
use crate::permits::Caller;
use crate::problem::Problem;

type Answer<T> = Result<Json<List<T>>, Problem>;

#[derive(Serialize, ToSchema)]
pub(super) struct Community {
    community: CommunityId,
}

/// Lists the communities that the caller may see.
#[utoipa::path(
    get,
    path = "/communities",
    tag = "communities",
    responses((status = 200, description = "Those, by name.", body = List<Community>))
)]
pub(super) async fn communities(
    State(console): Shared,
    Extension(caller): Caller,
) -> Answer<Community> {
    let communities = console.app.communities().await?.into_iter();
    let communities = communities.filter(|community| caller.may(Permission::Read, community));
    Ok(List::whole(
        communities
            .map(|community| Community { community })
            .collect(),
    ))
}

#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the interface's name")]
pub(super) struct Event {
    community: CommunityId,
    event: EventId,
    name: String,
    time_zone: String,
    last_run: Option<Summary>,
}

impl From<EventView> for Event {
    fn from(view: EventView) -> Self {
        Self {
            last_run: view.last_run.map(|run| run.summary()),
            community: view.community,
            event: view.event,
            name: view.name,
            time_zone: view.time_zone,
        }
    }
}

/// Lists a community's events with their newest runs.
#[utoipa::path(
    get,
    path = "/communities/{community}/events",
    tag = "communities",
    params(OfCommunity, Paging),
    responses((status = 200, description = "A page of them, by name.", body = List<Event>), BadQuery, NoSuch)
)]
pub(super) async fn events(
    State(console): Shared,
    Named(community): Named<CommunityId>,
    Asked(paging): Asked<Paging>,
) -> Answer<Event> {
    let after: Option<EventId> = paging.cursor()?;
    let limit = paging.limit()?;
    let (events, next) = console
        .app
        .events(&community, after.as_ref(), limit)
        .await?;
    Ok(List::page(
        events.into_iter().map(Event::from).collect(),
        next,
    ))
}

/// Lists a community's groups with how many members each has.
#[utoipa::path(
    get,
    path = "/communities/{community}/groups",
    tag = "communities",
    params(OfCommunity),
    responses((status = 200, description = "All of them, by name.", body = List<GroupView>), NoSuch)
)]
pub(super) async fn groups(
    State(console): Shared,
    Named(community): Named<CommunityId>,
) -> Answer<GroupView> {
    Ok(List::whole(console.app.groups(&community).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Whether those are wanted who may come in, who were taken out, or both.
    #[param(default = "attending", pattern = "^(attending|removed|all)$")]
    status: Option<String>,
    /// Where their invitation stands.
    #[param(pattern = "^(none|queued|sending|sent|delivered|bounced|complained|failed|in_doubt)$")]
    invitation: Option<String>,
}

/// Lists an event's attendees with their profiles, groups and invitations.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees",
    tag = "attendees",
    params(OfEvent, Which, Paging),
    responses((status = 200, description = "A page of them.", body = List<AttendeeView>), BadQuery, NoSuch)
)]
pub(super) async fn attendees(
    State(console): Shared,
    Named(event): Named<EventId>,
    Asked(which): Asked<Which>,
    Asked(paging): Asked<Paging>,
) -> Answer<AttendeeView> {
    let presence = match which.status.as_deref() {
        None | Some("attending") => PresenceFilter::Attending,
        Some("removed") => PresenceFilter::Removed,
        Some("all") => PresenceFilter::All,
        Some(_) => return Err(bad("status is attending, removed or all")),
    };
    let invitation = match which.invitation.as_deref() {
        None => InvitationFilter::Any,
        Some(name) => InvitationFilter::named(name).ok_or_else(|| {
            bad("invitation is none, queued, sending, sent, delivered, bounced, complained, failed or in_doubt")
        })?,
    };
    let filter = AttendeeFilter {
        presence,
        invitation,
    };
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (attendees, next) = console.app.attendees(&event, filter, after, limit).await?;
    Ok(List::page(attendees, next))
}
