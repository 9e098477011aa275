//! Communities, events, groups and attendees.

use attendee_sync_app::{AttendeeView, EventView, GroupView};
use attendee_sync_domain::authority::Permission;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::run::Summary;
use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::filters::AttendeeQuery;
use crate::permits::Caller;
use crate::problem::HttpProblem;

type ListResponse<T> = Result<Json<ListPage<T>>, HttpProblem>;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct CommunityJson {
    community: CommunityId,
}

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

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
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

pub(super) async fn groups(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
) -> ListResponse<GroupView> {
    Ok(ListPage::whole(console.app.groups(&community).await?))
}

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
