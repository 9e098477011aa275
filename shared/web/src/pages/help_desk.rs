//! The help desk: finds a person by a name, an address or an order number, and says whether they
//! may enter.
//!
//! The search text is posted, because it names people and must not be in an address. Every answer
//! is a page of its own that can be reloaded and returned to; it finds the search text by a handle.

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::{AttendeeFound, Error, SyncScope};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::people::Presence;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::person::{self, PersonExtras};
use super::source_answer::SourceAnswer;
use super::verdict::DeskSync;
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::words;

/// Most people that a search shows.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "help_desk.html")]
struct HelpDesk {
    shell: Shell,
    event: EventHead,
    typed: String,
    focus: bool,
    /// The message at the top.
    notice: Option<&'static str>,
    /// The people found; absent before a search.
    rows: Option<Vec<HelpDeskRow>>,
    more: bool,
}

/// A person who was found.
pub(super) struct HelpDeskRow {
    pub(super) person: PersonId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) company: String,
    pub(super) attending: bool,
    /// Whether they are found only by allowing a typing error.
    pub(super) similar: bool,
}

impl HelpDeskRow {
    fn new(one: AttendeeFound, event: &EventId) -> Self {
        let found = one.found;
        Self {
            person: one.person,
            name: found.name,
            attending: found.events.get(event) == Some(&Presence::Attending),
            email: found.email.to_string(),
            company: found.company.unwrap_or_default(),
            similar: one.is_similar,
        }
    }
}

/// The query of the page's address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct DeskQuery {
    /// The handle of the search text.
    q: String,
    /// The run that syncs this person.
    run: Option<u32>,
    /// The handle of the source's answer.
    source: String,
    /// Whether a person was just erased.
    erased: Option<String>,
}

/// Shows the search, or the people it found.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<DeskQuery>,
) -> PageResult {
    let notice = asked.erased.map(|_| t("help-desk-this-person-was-erased"));
    if asked.q.is_empty() {
        return show(&console, &session, &event, String::new(), None, notice).await;
    }
    let Some(typed) = console.searches.look(&session, &asked.q).await? else {
        let notice = Some(t("help-desk-this-search-is-not"));
        return show(&console, &session, &event, String::new(), None, notice).await;
    };
    let found = console.app.look_up(&event, &typed, SHOWN + 1).await?;
    if let Some(person) = only(&found) {
        let run = asked.run.map(|run| format!("&run={run}"));
        let page = format!("{}{}", place_of(&event, person), run.unwrap_or_default());
        return Ok(Redirect::to(&page).into_response());
    }
    if let Ok(email) = typed.parse::<EmailAddress>() {
        let extras = PersonExtras {
            focus: true,
            run: asked.run,
            source: asked.source,
            similar: rows(found, &event),
            ..PersonExtras::default()
        };
        return person::show(&console, &session, &event, &email, extras).await;
    }
    let typed = typed.to_string();
    show(&console, &session, &event, typed, Some(found), notice).await
}

/// Reads the search text, and redirects to the page with the answer.
pub(super) async fn look(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let typed = fields.get("who").trim();
    if typed.is_empty() {
        let page = format!("/events/{event}/help-desk");
        return Ok(Redirect::to(&page).into_response());
    }
    let found = console.app.look_up(&event, typed, 2).await?;
    let page = match only(&found) {
        Some(person) => place_of(&event, person),
        None => kept(&console, &session, &event, typed).await?,
    };
    Ok(Redirect::to(&page).into_response())
}

/// Queries the source about an address, and redirects to the page that shows the answer.
pub(super) async fn query_source(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let email = typed_address(&fields)?;
    let document = console.app.document(&event).await?;
    let seal = console.answers.begin(&document.community).await?;
    let answer = match console.query_source(&event, &email).await {
        Ok(Ok(says)) => SourceAnswer::new(says, &document),
        Ok(Err(Error::Source(error))) => SourceAnswer::failed(words::sentence(&error.to_string())),
        Ok(Err(other)) => return Err(other.into()),
        Err(too_slow) => SourceAnswer::failed(words::sentence(&too_slow.detail)),
    };
    let handle = keep_answer(&console, &session, &seal, answer).await?;
    let place = place(&console, &session, &event, &email).await?;
    Ok(Redirect::to(&format!("{place}&source={handle}#source")).into_response())
}

/// Keeps as many of the records as fit until the next page.
async fn keep_answer(
    console: &Console,
    session: &Session,
    seal: &crate::drafts::Seal,
    mut answer: SourceAnswer,
) -> Result<String, HttpProblem> {
    loop {
        let html: Arc<str> = answer.render().map_err(|_| HttpProblem::internal())?.into();
        match console.answers.keep(session, seal, &html).await {
            Err(problem)
                if problem.status == StatusCode::PAYLOAD_TOO_LARGE && answer.drop_half() => {}
            kept => return kept,
        }
    }
}

/// Syncs one person, and redirects to the page that shows the progress and the result.
pub(super) async fn sync(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let email = typed_address(&fields)?;
    let place = place(&console, &session, &event, &email).await?;
    let by = &session.authority.who;
    let page = match console.begin_sync(by, &event, SyncScope::One(email)).await {
        // A run that is under way already is followed in the same way.
        Ok(run) | Err(Error::Busy(run)) => format!("{place}&run={}", run.number),
        Err(other) => return Err(other.into()),
    };
    Ok(Redirect::to(&page).into_response())
}

fn typed_address(fields: &FormFields) -> Result<EmailAddress, HttpProblem> {
    let typed = fields.get("who").trim().parse::<EmailAddress>();
    typed.map_err(|error| HttpProblem::at("who", error.to_string()))
}

/// Returns the only person found without allowing a typing error, if nobody else was found.
fn only(found: &[AttendeeFound]) -> Option<PersonId> {
    match found {
        [only] if !only.is_similar => Some(only.person),
        _ => None,
    }
}

/// Returns the address of an attendee's page, for the help desk.
pub(super) fn place_of(event: &EventId, person: PersonId) -> String {
    format!("/events/{event}/people/{person}?desk=1")
}

/// Keeps the search text and redirects to the page with the answer.
async fn kept(
    console: &Console,
    session: &Session,
    event: &EventId,
    typed: &str,
) -> Result<String, HttpProblem> {
    let community = console.app.document(event).await?.community;
    let seal = console.searches.begin(&community).await?;
    let words: Arc<str> = typed.into();
    let handle = console.searches.keep(session, &seal, &words).await?;
    Ok(format!("/events/{event}/help-desk?q={handle}"))
}

/// Returns the address of a person's page: for an attendee with their id, for anybody else with a
/// handle.
async fn place(
    console: &Console,
    session: &Session,
    event: &EventId,
    email: &EmailAddress,
) -> Result<String, HttpProblem> {
    match console.app.attendee(event, email).await {
        Ok(attendee) => Ok(place_of(event, attendee.person)),
        Err(Error::NoPerson) => kept(console, session, event, email.as_str()).await,
        Err(other) => Err(other.into()),
    }
}

fn rows(found: Vec<AttendeeFound>, event: &EventId) -> Vec<HelpDeskRow> {
    let found = found.into_iter().take(SHOWN);
    found.map(|one| HelpDeskRow::new(one, event)).collect()
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    typed: String,
    found: Option<Vec<AttendeeFound>>,
    notice: Option<&'static str>,
) -> PageResult {
    let head = EventHead::read(&console.app, event, Tab::Attendees).await?;
    let more = found.as_ref().is_some_and(|found| found.len() > SHOWN);
    render(&HelpDesk {
        shell: Shell::new(Some(session)),
        event: head,
        typed,
        focus: true,
        notice,
        rows: found.map(|found| rows(found, event)),
        more,
    })
}

/// Shows the progress of the sync of one person.
pub(super) async fn follow(
    console: &Console,
    head: &EventHead,
    run: Option<u32>,
    person: Option<PersonId>,
) -> Result<Option<DeskSync>, HttpProblem> {
    match run {
        Some(run) => DeskSync::read(&console.app, head, run, person).await,
        None => Ok(None),
    }
}

/// Redirects back to a person's page.
pub(super) fn back(event: &EventId, person: PersonId, done: &str) -> Response {
    Redirect::to(&format!("{}&done={done}", place_of(event, person))).into_response()
}
