//! The digital badges of an event: how far they are checked, and whose the app cannot show.

use askama::Template;
use attendee_sync_app::App;
use attendee_sync_domain::badge::BadgeRound;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::paging::position;
use crate::problem::HttpProblem;
use crate::texts::text;
use crate::words;

/// How far the badges of an event are checked, in one sentence.
pub(super) struct BadgeSummary {
    pub(super) in_short: String,
    /// How many badges the app cannot show, where there are any.
    pub(super) bad: Option<String>,
}

impl BadgeSummary {
    /// Nothing where the event has no badges, or nobody looked at any yet.
    pub(super) async fn read(
        app: &App,
        document: &EventDocument,
    ) -> Result<Option<Self>, HttpProblem> {
        if document.mapping.digital_badge.is_none() {
            return Ok(None);
        }
        let round = app.badge_round(&document.event).await?;
        Ok(round.map(|round| Self::of(&round)))
    }

    fn of(round: &BadgeRound) -> Self {
        let bad = (round.bad > 0).then(|| words::counted(round.bad, "count-badges"));
        let checked = match &bad {
            Some(bad) => text!("badges-bad-cannot-be-shown", bad = bad),
            None => text!(
                "badges-checked-all-are",
                badges = words::counted(round.checked, "count-badges")
            ),
        };
        let in_short = match round.left {
            0 => checked,
            left => text!(
                "badges-left-not-checked-yet",
                checked = checked,
                left = words::number(left)
            ),
        };
        Self { in_short, bad }
    }
}

#[derive(Template)]
#[template(path = "badges.html")]
struct BadgesPage {
    shell: Shell,
    event: EventHead,
    summary: Option<BadgeSummary>,
    people: Vec<(PersonId, String, String)>,
    is_first: bool,
    next: Option<PersonId>,
    done: bool,
}

/// Which page of the list, and whether bad badges are to be checked again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct BadgesQuery {
    after: Option<String>,
    again: Option<String>,
}

/// Shows the page.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<BadgesQuery>,
) -> PageResult {
    let after: Option<PersonId> = position("after", asked.after.as_deref())?;
    let found = console.app.bad_badges(&event, after).await?;
    let head = EventHead::read(&console.app, &event, Tab::Attendees).await?;
    render(&BadgesPage {
        shell: Shell::new(Some(&session)),
        summary: BadgeSummary::read(&console.app, &head.document).await?,
        people: found
            .people
            .into_iter()
            .map(|bad| {
                let reason = words::sentence(&bad.reason);
                (bad.person, bad.email.to_string(), reason)
            })
            .collect(),
        is_first: after.is_none(),
        next: found.next,
        done: asked.again.is_some(),
        event: head,
    })
}

/// Has the bad badges checked again.
pub(super) async fn check_again(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> PageResult {
    console.app.check_bad_badges_again(&event).await?;
    let place = format!("/events/{event}/badges?again=1");
    Ok(Redirect::to(&place).into_response())
}
