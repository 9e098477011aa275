//! What a sync would do now, shown and dropped.

use askama::Template;
use attendee_sync_app::Scope;
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};

use super::view::{ChangeRow, IssueRow};
use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::console::Shared;
use crate::extract::Named;
use crate::problem::Problem;
use crate::words;

/// Changes and issues that are shown; the API gives all.
const SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    shell: Shell,
    event: EventHead,
    result: String,
    changes: Vec<ChangeRow>,
    more_changes: usize,
    issues: Vec<IssueRow>,
    more_issues: usize,
}

pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> Page {
    let app = &console.app;
    let head = EventHead::read(app, &event, Tab::Attendees).await?;
    let newest = app.newest_run(&event).await?;
    if let Some(run) = newest.filter(|run| !run.state.is_over()) {
        return Err(Problem::busy(run.id));
    }
    let preview = app.preview(&event, Scope::Everyone).await?;
    render(&PreviewPage {
        shell: Shell::new(Some(&session)),
        event: head,
        result: words::figures(&preview.run.counts),
        more_changes: preview.changes.len().saturating_sub(SHOWN),
        changes: rows(preview.changes),
        more_issues: preview.issues.len().saturating_sub(SHOWN),
        issues: rows(preview.issues),
    })
}

fn rows<T, R: From<T>>(all: Vec<T>) -> Vec<R> {
    all.into_iter().take(SHOWN).map(R::from).collect()
}
