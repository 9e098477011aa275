//! The first page: every event with where it stands.

use askama::Template;
use attendee_sync_app::{App, EventView};
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};
use attendee_sync_domain::run::{Coverage, Run, RunState};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::view::RunLine;
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::QueryParameters;
use crate::problem::HttpProblem;
use crate::words::{Clockwork, Coming, ShownTime};

/// Events on a page.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "events.html")]
struct Events {
    shell: Shell,
    rows: Vec<EventRow>,
    next: Option<String>,
    first: bool,
}

struct EventRow {
    event: EventView,
    run: Option<RunLine>,
    /// The run that waits for a decision, where it is not the newest.
    waiting: Option<RunNumber>,
    next: Option<Coming>,
    failing: Option<ShownTime>,
}

#[derive(Deserialize)]
pub(super) struct EventsQuery {
    after: Option<String>,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<EventsQuery>,
) -> PageResult {
    let after = asked.after.as_deref().map(cursor).transpose()?;
    let app = &console.app;
    let (events, next) = app
        .all_events(&session.authority, after.as_ref(), PAGE)
        .await?;
    let now = console.app.now();
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let clock = Clockwork::new(&event.time_zone, now);
        rows.push(EventRow {
            run: event.last_run.as_ref().map(|run| RunLine::new(run, &clock)),
            waiting: waiting(&console.app, &event).await?,
            next: event.next_sync.as_ref().map(|due| clock.coming(due)),
            failing: event.failing_since.map(|since| clock.show(since)),
            event,
        });
    }
    render(&Events {
        shell: Shell::new(Some(&session)),
        rows,
        next: next.map(|(community, event)| format!("{community}.{event}")),
        first: after.is_none(),
    })
}

/// Only a run that did not look at everybody leaves an older one waiting.
async fn waiting(app: &App, event: &EventView) -> Result<Option<RunNumber>, HttpProblem> {
    let passed_over = |run: &Run| match run.state {
        RunState::Held => false,
        RunState::Succeeded => run.extent == Coverage::OnePerson,
        _ => true,
    };
    if !event.last_run.as_ref().is_some_and(passed_over) {
        return Ok(None);
    }
    let run = app.run_with_pending_changes(&event.event).await?;
    Ok(run.map(|run| run.id.number))
}

fn cursor(text: &str) -> Result<(CommunityId, EventId), HttpProblem> {
    text.split_once('.')
        .and_then(|(community, event)| Some((community.parse().ok()?, event.parse().ok()?)))
        .ok_or_else(|| HttpProblem::new(StatusCode::BAD_REQUEST, "this page does not exist"))
}
