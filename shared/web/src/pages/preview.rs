//! A preview of a sync: its result is shown and dropped.

use askama::Template;
use attendee_sync_app::SyncScope;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::{Action, Change};
use axum::extract::{Extension, State};

use super::change_names::ChangeNames;
use super::view::{ChangeRow, IssueRow};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::Named;
use crate::problem::HttpProblem;
use crate::texts::text;
use crate::words;

/// Most changes and issues that are shown; the API returns all.
const SHOWN: usize = 500;
/// People named in a sentence.
const NAMED: usize = 5;

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    shell: Shell,
    event: EventHead,
    result: String,
    /// The people who would be removed or erased, in sentences.
    leaving: Vec<String>,
    /// The reasons why a sync would be held, guard by guard.
    why: Vec<String>,
    /// What would wait, in a sentence.
    held: String,
    /// The people who would be invited, in a sentence.
    invited: Option<String>,
    changes: Vec<ChangeRow>,
    more_changes: usize,
    issues: Vec<IssueRow>,
    more_issues: usize,
}

#[derive(Template)]
#[template(path = "preview_failed.html")]
struct FailedPage {
    shell: Shell,
    event: EventHead,
    reason: String,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, &event, Tab::Attendees).await?;
    if let Some(run) = app.run_under_way(&event).await? {
        return Err(HttpProblem::busy(run.id));
    }
    let mut preview = match console.preview(&event, SyncScope::Everyone).await {
        Ok(preview) => preview,
        Err(problem) => return failed(&session, head, &problem),
    };
    // People with the greatest losses come first, so that they are not cut off.
    preview.changes.sort_by_key(|change| !leaves(change));
    let names = ChangeNames::read(app, &head.document.community, &preview.changes).await?;
    let hold = preview.run.held.as_ref();
    render(&PreviewPage {
        shell: Shell::new(Some(&session)),
        event: head,
        result: words::figures(&preview.run.counts),
        leaving: leaving(&preview.changes),
        why: hold.map_or_else(Vec::new, |hold| {
            hold.guards.iter().map(words::why).collect()
        }),
        held: hold.map(words::would_wait).unwrap_or_default(),
        invited: words::would_be_invited(preview.run.counts.invitations_queued),
        more_changes: preview.changes.len().saturating_sub(SHOWN),
        changes: names.rows(preview.changes.into_iter().take(SHOWN), ChangeRow::planned),
        more_issues: preview.issues.len().saturating_sub(SHOWN),
        issues: preview
            .issues
            .into_iter()
            .take(SHOWN)
            .map(IssueRow::from)
            .collect(),
    })
}

/// Says why there is no preview, and links back.
fn failed(session: &Session, event: EventHead, problem: &HttpProblem) -> PageResult {
    let mut page = render(&FailedPage {
        shell: Shell::new(Some(session)),
        event,
        reason: words::sentence(&problem.detail),
    })?;
    *page.status_mut() = problem.status;
    Ok(page)
}

fn leaves(change: &Change) -> bool {
    matches!(
        change.action,
        Action::Removed | Action::Moved | Action::Erased
    )
}

/// "2 people would be removed from the event: ada@example.org, bob@example.org."
fn leaving(changes: &[Change]) -> Vec<String> {
    [
        (
            Action::Removed,
            "preview-removed",
            "preview-removed-and-more",
        ),
        (Action::Moved, "preview-moved", "preview-moved-and-more"),
        (Action::Erased, "preview-erased", "preview-erased-and-more"),
    ]
    .into_iter()
    .filter_map(|(action, all, and_more)| {
        let who: Vec<&Change> = changes
            .iter()
            .filter(|change| change.action == action)
            .collect();
        if who.is_empty() {
            return None;
        }
        let addresses = who.iter().filter_map(|change| change.email.as_ref());
        let named: Vec<String> = addresses.take(NAMED).map(ToString::to_string).collect();
        let more = who.len() - named.len();
        let sentence = text(if more == 0 { all } else { and_more })
            .with("people", words::people(who.len() as u64))
            .with("named", named.join(", "))
            .with("more", words::number(more as u64));
        Some(sentence.to_string())
    })
    .collect()
}
