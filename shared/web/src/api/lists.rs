//! Communities, events, groups and attendees.

use attendee_sync_app::{AttendeeView, EventView, ExportFormat, GroupView};
use attendee_sync_domain::authority::Permission;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::run::Summary;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ListPage, Paging};
use crate::attendee_query::AttendeeQuery;
use crate::console::SharedConsole;
use crate::export;
use crate::extract::{Named, QueryParameters};
use crate::openapi::{BadQuery, Moved, NoSuch, OfCommunity, OfEvent};
use crate::permits::Caller;
use crate::problem::HttpProblem;

type ListResponse<T> = Result<Json<ListPage<T>>, HttpProblem>;

#[derive(Serialize, ToSchema)]
pub(super) struct CommunityJson {
    community: CommunityId,
}

/// Lists the communities that the caller may see.
#[utoipa::path(
    get,
    path = "/communities",
    tag = "communities",
    responses((status = 200, description = "The communities, by name.", body = ListPage<CommunityJson>))
)]
pub(super) async fn communities(
    State(console): SharedConsole,
    Extension(caller): Caller,
) -> ListResponse<CommunityJson> {
    let communities = console.app.communities().await?.into_iter();
    let communities = communities.filter(|community| caller.may(Permission::LookUp, community));
    Ok(ListPage::whole(
        communities
            .map(|community| CommunityJson { community })
            .collect(),
    ))
}

#[derive(Serialize, ToSchema)]
pub(super) struct EventJson {
    community: CommunityId,
    event: EventId,
    name: String,
    time_zone: String,
    last_run: Option<Summary>,
}

impl From<EventView> for EventJson {
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
    responses((status = 200, description = "A page of them, by name.", body = ListPage<EventJson>), BadQuery, NoSuch)
)]
pub(super) async fn events(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> ListResponse<EventJson> {
    let after: Option<EventId> = paging.cursor()?;
    let limit = paging.limit()?;
    let (events, next) = console
        .app
        .events(&community, after.as_ref(), limit)
        .await?;
    Ok(ListPage::page(
        events.into_iter().map(EventJson::from).collect(),
        next,
    ))
}

/// Lists a community's groups with how many members each has.
#[utoipa::path(
    get,
    path = "/communities/{community}/groups",
    tag = "communities",
    params(OfCommunity),
    responses((status = 200, description = "All of them, by name.", body = ListPage<GroupView>), NoSuch)
)]
pub(super) async fn groups(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
) -> ListResponse<GroupView> {
    Ok(ListPage::whole(console.app.groups(&community).await?))
}

/// Lists an event's attendees with their profiles, groups and invitations.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees",
    tag = "attendees",
    params(OfEvent, AttendeeQuery, Paging),
    responses(
        (status = 200, description = "A page of them.", body = ListPage<AttendeeView>),
        BadQuery,
        NoSuch,
        Moved
    )
)]
pub(super) async fn attendees(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<AttendeeQuery>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> ListResponse<AttendeeView> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (filter, order) = (query.filter()?, query.order()?);
    let page = console.app.attendees(&event, &filter, order, after, limit);
    let page = page.await?;
    Ok(ListPage::page(page.attendees, page.next))
}

/// Gives all of an event's attendees as CSV.
///
/// The first line names the columns. Cells that a spreadsheet would take for formulas begin with
/// an apostrophe.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees.csv",
    tag = "attendees",
    params(OfEvent, AttendeeQuery),
    responses(
        (status = 200, description = "All of them.", body = String, content_type = "text/csv; charset=utf-8"),
        BadQuery,
        NoSuch
    )
)]
pub(super) async fn attendees_csv(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<AttendeeQuery>,
) -> Result<Response, HttpProblem> {
    export::stream(&console, &caller.who, &event, &query, ExportFormat::Csv).await
}

/// Gives all of an event's attendees as JSON Lines: an attendee a line, as in lists.
#[utoipa::path(
    get,
    path = "/events/{event}/attendees.jsonl",
    tag = "attendees",
    params(OfEvent, AttendeeQuery),
    responses(
        (status = 200, description = "All of them.", body = String, content_type = "application/jsonl"),
        BadQuery,
        NoSuch
    )
)]
pub(super) async fn attendees_jsonl(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<AttendeeQuery>,
) -> Result<Response, HttpProblem> {
    export::stream(
        &console,
        &caller.who,
        &event,
        &query,
        ExportFormat::JsonLines,
    )
    .await
}
