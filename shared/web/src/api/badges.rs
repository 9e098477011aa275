//! Whether the app can show the digital badges of an event.

use attendee_sync_app::BadBadge;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::paging::bad_cursor;
use crate::problem::HttpProblem;

/// Where the list begins.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
#[serde(default)]
pub(super) struct BadgeQuery {
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// How far the badges of an event are checked, and whose the app cannot show.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct CheckedBadges {
    /// URLs that were checked; a URL that many people have counts once.
    checked: u64,
    /// URLs of these that have no JPG, PNG or PDF.
    bad: u64,
    /// URLs that are not checked yet.
    left: u64,
    /// Attendees whose badge the app cannot show. A page may have few of them, or none, and another one follow.
    items: Vec<BadBadgeJson>,
    /// The value of `cursor` for the next page; absent on the last page.
    next_cursor: Option<PersonId>,
}

/// An attendee whose badge the app cannot show.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct BadBadgeJson {
    /// Their address.
    email: EmailAddress,
    /// What is wrong, and what to do.
    reason: String,
}

pub(super) async fn list(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<BadgeQuery>,
) -> Result<Json<CheckedBadges>, HttpProblem> {
    let cursor = asked.cursor.as_deref().map(str::parse);
    let after = cursor.transpose().map_err(|_| bad_cursor())?;
    let found = console.app.bad_badges(&event, after).await?;
    let round = console.app.badge_round(&event).await?.unwrap_or_default();
    Ok(Json(CheckedBadges {
        checked: round.checked,
        bad: round.bad,
        left: round.left,
        items: found
            .people
            .into_iter()
            .map(|BadBadge { email, reason, .. }| BadBadgeJson { email, reason })
            .collect(),
        next_cursor: found.next,
    }))
}

pub(super) async fn check_again(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<StatusCode, HttpProblem> {
    console.app.check_bad_badges_again(&event).await?;
    Ok(StatusCode::ACCEPTED)
}
