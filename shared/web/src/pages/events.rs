//! The first page: every event with where it stands.

use askama::Template;
use attendee_sync_app::EventView;
use attendee_sync_domain::ids::{CommunityId, EventId};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::view::RunLine;
use super::{Page, Shell, render};
use crate::access::Session;
use crate::console::Shared;
use crate::extract::Asked;
use crate::problem::Problem;
use crate::words::Clockwork;

/// Events on a page.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "events.html")]
struct Events {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<String>,
    first: bool,
}

struct Row {
    event: EventView,
    run: Option<RunLine>,
}

#[derive(Deserialize)]
pub(super) struct Question {
    after: Option<String>,
}

pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Asked(asked): Asked<Question>,
) -> Page {
    let after = asked.after.as_deref().map(cursor).transpose()?;
    let (events, next) = console.app.all_events(after.as_ref(), PAGE).await?;
    let now = console.app.clock.now();
    let rows = events.into_iter().map(|event| {
        let clock = Clockwork::new(&event.time_zone, now);
        Row {
            run: event.last_run.as_ref().map(|run| RunLine::new(run, &clock)),
            event,
        }
    });
    render(&Events {
        shell: Shell::new(Some(&session)),
        rows: rows.collect(),
        next: next.map(|(community, event)| format!("{community}.{event}")),
        first: after.is_none(),
    })
}

fn cursor(text: &str) -> Result<(CommunityId, EventId), Problem> {
    text.split_once('.')
        .and_then(|(community, event)| Some((community.parse().ok()?, event.parse().ok()?)))
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "this page does not exist"))
}
