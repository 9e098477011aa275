//! The history of an event's configuration.

use attendee_sync_app::ConfigurationVersionView;
use attendee_sync_domain::config::ConfigurationVersion;
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::configuration::{condition, stored};
use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters, Two};
use crate::permits::Caller;
use crate::problem::HttpProblem;

pub(super) async fn versions(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<ConfigurationVersionView>>, HttpProblem> {
    let (before, limit) = (paging.cursor()?, paging.limit()?);
    let found = console.app.configuration_versions(&event, before, limit);
    let (versions, next) = found.await?;
    Ok(ListPage::page(versions, next))
}

pub(super) async fn version(
    State(console): SharedConsole,
    Two(event, id): Two<EventId, String>,
) -> Result<Json<ConfigurationVersion>, HttpProblem> {
    Ok(Json(console.app.configuration_version(&event, &id).await?))
}

pub(super) async fn restore(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Two(event, id): Two<EventId, String>,
    headers: HeaderMap,
) -> Result<Response, HttpProblem> {
    let condition = condition(&headers)?;
    let saved = console
        .restore_configuration(&caller, &event, &id, &condition)
        .await?;
    Ok(stored(saved))
}
