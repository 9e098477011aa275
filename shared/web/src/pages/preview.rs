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
use crate::{standing, words};

/// Changes and issues that are shown; the API gives all.
const SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    shell: Shell,
    event: EventHead,
    result: String,
    /// Why a sync would be held, guard by guard.
    why: Vec<String>,
    /// What would wait, in a sentence.
    held: String,
    /// Who would be invited, in a sentence.
    invited: Option<String>,
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
    if let Some(run) = standing::under_way(app, &event).await? {
        return Err(Problem::busy(run.id));
    }
    let preview = app.preview(&event, Scope::Everyone).await?;
    let hold = preview.run.held.as_ref();
    render(&PreviewPage {
        shell: Shell::new(Some(&session)),
        event: head,
        result: words::figures(&preview.run.counts),
        why: hold.map_or_else(Vec::new, |hold| {
            hold.guards.iter().map(words::why).collect()
        }),
        held: hold.map(words::would_wait).unwrap_or_default(),
        invited: words::would_be_invited(preview.run.counts.invitations_queued),
        more_changes: preview.changes.len().saturating_sub(SHOWN),
        changes: rows(preview.changes, ChangeRow::planned),
        more_issues: preview.issues.len().saturating_sub(SHOWN),
        issues: rows(preview.issues, IssueRow::from),
    })
}

fn rows<T, R>(all: Vec<T>, row: impl Fn(T) -> R) -> Vec<R> {
    all.into_iter().take(SHOWN).map(row).collect()
}
