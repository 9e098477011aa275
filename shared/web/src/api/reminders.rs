//! Reminders: who is due to get one.

use attendee_sync_app::DueReminder;
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;

use super::{ListPage, Paging, bad_query};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::problem::HttpProblem;

/// For which time.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(super) struct ReminderQuery {
    /// Who is due at this time, as things stand now; without it, now.
    #[cfg_attr(test, param(format = DateTime))]
    at: String,
}

pub(super) async fn due(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    QueryParameters(query): QueryParameters<ReminderQuery>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<DueReminder>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let at = match query.at.as_str() {
        "" => console.app.now(),
        text => text
            .parse::<Timestamp>()
            .map_err(|_| bad_query("at is a time in UTC (RFC 3339), like 2026-11-01T09:00:00Z"))?,
    };
    let (items, next) = console.app.due_reminders(&event, at, after, limit).await?;
    Ok(ListPage::page(items, next))
}
