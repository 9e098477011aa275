//! Runs: beginning one, following it, and what each did.

use askama::Template;
use attendee_sync_app::{Error, Scope};
use attendee_sync_domain::ids::{EventId, RunNumber};
use attendee_sync_domain::run::Run;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use serde_json::{Value, json};

use super::attendees::{self, OnePerson};
use super::view::{ChangeRow, Figures, IssueRow, RunLine};
use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::background::Work;
use crate::console::Shared;
use crate::extract::{Asked, Fields, Named, NumberedRun};
use crate::problem::Problem;
use crate::words;

/// Runs on a page.
const RUNS: usize = 50;
/// Issues on a page.
const ISSUES: usize = 100;

#[derive(Template)]
#[template(path = "runs.html")]
struct Runs {
    shell: Shell,
    event: EventHead,
    rows: Vec<RunLine>,
    next: Option<RunNumber>,
    first: bool,
}

#[derive(Deserialize)]
pub(super) struct ListQuestion {
    before: Option<u32>,
}

/// The runs, newest first.
pub(super) async fn list(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    Asked(asked): Asked<ListQuestion>,
) -> Page {
    let head = EventHead::read(&console.app, &event, Tab::Runs).await?;
    let before = asked.before.map(RunNumber);
    let runs = console.app.runs(&event, before, RUNS).await?;
    let next = (runs.len() == RUNS).then(|| runs.last().map(|run| run.id.number));
    render(&Runs {
        shell: Shell::new(Some(&session)),
        rows: runs
            .iter()
            .map(|run| RunLine::new(run, &head.clock))
            .collect(),
        next: next.flatten().filter(|number| number.0 > 1),
        first: before.is_none(),
        event: head,
    })
}

/// Begins a run, of everybody or of one person, and leads to where it can be followed. Where one
/// is under way already, that is the one to follow.
pub(super) async fn begin(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let typed = fields.get("email");
    let scope = if typed.is_empty() {
        Scope::Everyone
    } else {
        match typed.parse() {
            Ok(email) => Scope::One(email),
            Err(error) => {
                let one = OnePerson {
                    typed: typed.to_owned(),
                    problem: Some(words::sentence(&format!("{error}"))),
                };
                return attendees::refused(&console, &session, &event, one).await;
            }
        }
    };
    match console
        .background
        .begin(&console.app, Work::Sync(event.clone(), scope))
        .await
    {
        Ok(_) | Err(Error::Busy(_)) => {
            Ok(Redirect::to(&format!("/events/{event}")).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// Where the newest run stands, for the page's script.
pub(super) async fn progress(
    State(console): Shared,
    Named(event): Named<EventId>,
) -> Result<Json<Value>, Problem> {
    let run = console.app.newest_run(&event).await?;
    let Some(run) = run.filter(|run| !run.state.is_over()) else {
        return Ok(Json(json!({"under_way": false})));
    };
    let Figures(figures) = Figures::read(&console.app, &run);
    let figures: serde_json::Map<String, Value> = figures
        .into_iter()
        .map(|(name, _, figure)| (name.to_owned(), figure.into()))
        .collect();
    Ok(Json(json!({
        "under_way": true,
        "run": run.id,
        "figures": figures,
    })))
}

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    shell: Shell,
    event: EventHead,
    run: RunLine,
    figures: Option<Figures>,
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
}

/// One run: what it counted, what it changed, what it had to say.
pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    NumberedRun(id): NumberedRun,
    Asked(asked): Asked<RunQuestion>,
) -> Page {
    let app = &console.app;
    let head = EventHead::read(app, &id.event, Tab::Runs).await?;
    let run = app.run(&id).await?;
    let first_changes = asked.changes.is_none();
    let (changes, next_changes) = app.changes(&id, asked.changes).await?;
    let issues = app.issues(&id).await?;
    let kept = issues.len();
    let next_issues = asked.issues.saturating_add(ISSUES);
    render(&RunPage {
        shell: Shell::new(Some(&session)),
        figures: (!run.state.is_over()).then(|| Figures::read(app, &run)),
        facts: facts(&run, &head),
        run: RunLine::new(&run, &head.clock),
        event: head,
        changes: changes.into_iter().map(ChangeRow::from).collect(),
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
    facts.push(("Received", words::bytes(run.bytes)));
    let whole = if run.complete { "Yes" } else { "No" };
    facts.push(("Whole feed read", whole.to_owned()));
    facts
}
