//! Runs: the list of all, starting one, and following it.

use askama::Template;
use attendee_sync_app::{App, Error, SyncScope};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId, RunNumber};
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use serde_json::{Value, json};

use super::attendee_filter::AttendeesQuery;
use super::attendees::{self, AttendeeForms, OnePersonForm};
use super::chart::{Chart, chart};
use super::view::{Figures, RunLine};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{FormFields, Named, QueryParameters};
use crate::lists::links::{FileLinks, PageLinks, PageOrder, WholeList};
use crate::lists::paging::next_run;
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::words;

const RUNS: usize = 50;

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    shell: Shell,
    event: EventHead,
    chart: Option<Chart>,
    rows: Vec<RunLine>,
    pager: PageLinks,
    files: FileLinks,
    first: bool,
}

#[derive(Deserialize)]
pub(super) struct ListQuestion {
    before: Option<u32>,
}

/// The runs, newest first.
pub(super) async fn list(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<ListQuestion>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Runs).await?;
    let before = asked.before.map(RunNumber);
    let runs = console.app.runs(&event, before, RUNS).await?;
    let path = format!("/events/{event}/runs");
    let (is_first, next) = (before.is_none(), next_run(&runs, RUNS));
    render(&RunsPage {
        shell: Shell::new(Some(&session)),
        chart: chart(&runs, &head.clock),
        rows: runs
            .iter()
            .map(|run| RunLine::new(run, &head.clock))
            .collect(),
        pager: PageLinks::of(PageOrder::NewestFirst, &path, "before", is_first, next),
        files: FileLinks::of(&format!("{path}/file"), &WholeList, t("runs-the-runs")),
        first: is_first,
        event: head,
    })
}

/// Starts a run of everybody or of one person, and redirects to the page that follows it. If a run
/// is under way already, the redirect leads to that one, which is not about one person.
pub(super) async fn begin(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let typed = fields.get("email");
    let by = &session.authority.who;
    if typed.is_empty() {
        return match console.begin_sync(by, &event, SyncScope::Everyone).await {
            Ok(_) | Err(Error::Busy(_)) => {
                Ok(Redirect::to(&format!("/events/{event}")).into_response())
            }
            Err(other) => Err(other.into()),
        };
    }
    let email: EmailAddress = match typed.parse() {
        Ok(email) => email,
        Err(error) => {
            let one = OnePersonForm {
                typed: typed.to_owned(),
                problem: Some(words::sentence(&format!("{error}"))),
            };
            let forms = AttendeeForms {
                one,
                ..AttendeeForms::default()
            };
            let list = AttendeesQuery::default();
            return attendees::refused(&console, &session, &event, list, forms).await;
        }
    };
    let person = person(&console.app, &event, &email).await?;
    let begun = console
        .begin_sync(by, &event, SyncScope::One(email))
        .await?;
    let number = begun.number;
    // Addresses do not belong into URLs; this id reveals nobody's address.
    let page = format!("/events/{event}/runs/{number}?person={person}");
    Ok(Redirect::to(&page).into_response())
}

pub(super) async fn person(
    app: &App,
    event: &EventId,
    email: &EmailAddress,
) -> Result<PersonId, Error> {
    let community = app.document(event).await?.community;
    app.person_id(&community, email).await
}

/// Returns the progress of the run under way, for the page's script.
pub(super) async fn progress(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Json<Value>, HttpProblem> {
    let Some(run) = console.app.run_under_way(&event).await? else {
        return Ok(Json(json!({"under_way": false})));
    };
    let figures = Figures::read(&console.app, &run).await?;
    let percent = figures.percent;
    let figures: serde_json::Map<String, Value> = figures
        .rows
        .into_iter()
        .map(|(name, _, figure)| (name.to_owned(), figure.into()))
        .collect();
    Ok(Json(json!({
        "under_way": true,
        "run": run.id,
        "figures": figures,
        "percent": percent,
    })))
}
