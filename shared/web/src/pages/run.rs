//! One run: what it counted, what it changed, what it had to say; and the decision about what it
//! holds.

use askama::Template;
use attendee_sync_app::Error;
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Extent, Run};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::one_person::{OnePersonsRun, Standing};
use super::view::{ChangeRow, Figures, IssueRow, RunLine};
use super::waiting::Waiting;
use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::background::Work;
use crate::console::Shared;
use crate::extract::{Asked, NumberedRun};
use crate::problem::Problem;
use crate::standing::waits;
use crate::words;

/// Issues on a page.
const ISSUES: usize = 100;

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    shell: Shell,
    event: EventHead,
    run: RunLine,
    figures: Option<Figures>,
    waiting: Option<Waiting>,
    one: Option<OnePersonsRun>,
    facts: Vec<(&'static str, String)>,
    changes: Vec<ChangeRow>,
    next_changes: Option<String>,
    first_changes: bool,
    issues: Vec<IssueRow>,
    next_issues: Option<usize>,
    first_issues: bool,
    /// Issues that were counted and not kept.
    not_kept: u64,
}

#[derive(Deserialize)]
pub(super) struct RunQuestion {
    changes: Option<String>,
    #[serde(default)]
    issues: usize,
    #[serde(default)]
    held: u32,
    /// Whom the run is about.
    person: Option<String>,
}

/// One run: what it counted, what it changed, what it had to say.
pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
    Asked(asked): Asked<RunQuestion>,
) -> Page {
    let app = &console.app;
    let run = app.run(&id).await?;
    let mut head = EventHead::read(app, &id.event, Tab::Runs).await?;
    head.waiting.retain(|number| *number != id.number);
    let first_changes = asked.changes.is_none();
    let (changes, next_changes) = app.changes(&id, asked.changes).await?;
    let waiting = if waits(&run) {
        Some(Waiting::read(app, &run, asked.held).await?)
    } else {
        None
    };
    let person = asked.person.as_deref().map(str::parse).transpose();
    let person = person.map_err(|_| Problem::not_found())?;
    let one = OnePersonsRun::read(app, &head, &run, person, &changes).await?;
    let issues = app.issues(&id).await?;
    let kept = issues.len();
    let next_issues = asked.issues.saturating_add(ISSUES);
    render(&RunPage {
        shell: Shell::new(Some(&session)),
        figures: (!run.state.is_over()).then(|| Figures::read(app, &run)),
        waiting,
        one,
        facts: facts(&run, &head),
        run: RunLine::new(&run, &head.clock),
        event: head,
        changes: changes.into_iter().map(ChangeRow::done).collect(),
        next_changes,
        first_changes,
        issues: issues
            .into_iter()
            .skip(asked.issues)
            .take(ISSUES)
            .map(IssueRow::from)
            .collect(),
        next_issues: (kept > next_issues).then_some(next_issues),
        first_issues: asked.issues == 0,
        not_kept: run.counts.issues.saturating_sub(kept as u64),
    })
}

fn facts(run: &Run, head: &EventHead) -> Vec<(&'static str, String)> {
    let counts = &run.counts;
    let exactly = |time| head.clock.show(time).exact;
    let mut facts = vec![("Began", exactly(run.started))];
    if let Some(finished) = run.finished {
        facts.push(("Ended", exactly(finished)));
    }
    for (name, count) in [
        ("Records read", counts.records_read),
        ("Added", counts.added),
        ("Updated", counts.updated),
        ("Removed", counts.removed),
        ("Unchanged", counts.unchanged),
        ("Rejected", counts.rejected),
        ("Out of scope", counts.ignored),
        ("Pages", run.pages),
    ] {
        facts.push((name, words::number(count)));
    }
    if counts.invitations_queued > 0 {
        let queued = words::number(counts.invitations_queued);
        facts.push(("Invitations queued", queued));
    }
    facts.push(("Received", words::bytes(run.bytes)));
    let whole = match (run.extent, run.complete) {
        (Extent::NotModified, _) => "Not needed",
        (Extent::Changes, _) => "Only what changed",
        (Extent::OnePerson, _) => "One person",
        (Extent::Everything, true) => "Yes",
        (Extent::Everything, false) => "No",
    };
    facts.push(("Whole feed read", whole.to_owned()));
    facts
}

/// Applies what a run holds, in the background. A second click leads to the same page.
pub(super) async fn approve(
    State(console): Shared,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
) -> Page {
    let by = &session.authority.who;
    let work = Work::Approval(id.clone());
    let begun = console.background.begin(&console.app, by, work).await;
    decided(&id, begun.map(drop))
}

/// Drops what a run holds.
pub(super) async fn discard(
    State(console): Shared,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
) -> Page {
    let by = &session.authority.who;
    let discarded = console.background.discard(&console.app, by, &id).await;
    decided(&id, discarded.map(drop))
}

fn decided(id: &RunId, outcome: Result<(), Error>) -> Page {
    match outcome {
        // Where it was decided before, its page says how.
        Ok(()) | Err(Error::NotHeld(_)) => {}
        Err(Error::Busy(other)) if other == *id => {}
        Err(other) => return Err(other.into()),
    }
    let page = format!("/events/{}/runs/{}", id.event, id.number);
    Ok(Redirect::to(&page).into_response())
}
