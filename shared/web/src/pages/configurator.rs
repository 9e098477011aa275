//! The configurator: an event's configuration as a form, section by section.

use askama::Template;
use attendee_sync_app::{App, Notice};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::zone::ZoneChoice;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::blocks::{FormMistake, ShownSection};
use super::configurator_form::{BaseDocument, ConfiguratorForm, SubmittedConfiguration};
use super::trial::labelled;
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::problem::HttpProblem;
use crate::save::Saved;
use crate::words::{self, ShownTime};

#[derive(Template)]
#[template(path = "configurator.html")]
struct Configurator {
    shell: Shell,
    event: EventHead,
    notices: Vec<Notice>,
    saved: bool,
    /// The time of the last examination of the whole feed.
    examined: Option<ShownTime>,
    zones: Vec<ZoneChoice>,
    /// Whether the event is new; a stored event has a time zone.
    fresh: bool,
    sections: Vec<ShownSection>,
    faults: Vec<FormMistake>,
    form: ConfiguratorForm,
}

#[derive(Deserialize)]
pub(super) struct ConfiguratorQuery {
    saved: Option<String>,
}

/// An event's configuration.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<ConfiguratorQuery>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let form = ConfiguratorForm::of(&console, BaseDocument::stored(&head)?).await?;
    let mut page = show(&console, &session, head, form).await?;
    page.saved = asked.saved.is_some();
    render(&page)
}

/// Stores what was typed.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let (head, submitted) = read(&console, &session, &fields, &event).await?;
    match submitted.save(&console, Some(&event)).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(form) => refused(render(&show(&console, &session, head, form).await?)),
    }
}

/// Tests what was typed, and stores nothing.
pub(super) async fn test(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let (head, submitted) = read(&console, &session, &fields, &event).await?;
    match submitted.test_mapping(&console, Some(&event)).await {
        Ok(form) => render(&show(&console, &session, head, form).await?),
        Err(form) => refused(render(&show(&console, &session, head, form).await?)),
    }
}

/// Changes the form itself, such as the order of its rows; stores nothing.
pub(super) async fn rows(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let (head, submitted) = read(&console, &session, &fields, &event).await?;
    let form = submitted.act(fields.get("act"));
    render(&show(&console, &session, head, form).await?)
}

pub(super) fn to_saved(saved: &Saved) -> Response {
    let event = &saved.configured.document.event;
    Redirect::to(&format!("/events/{event}/configuration?saved=1")).into_response()
}

pub(super) fn refused(page: PageResult) -> PageResult {
    let mut page = page?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn read(
    console: &Console,
    session: &Session,
    fields: &FormFields,
    event: &EventId,
) -> Result<(EventHead, SubmittedConfiguration), HttpProblem> {
    let head = EventHead::read(&console.app, event, Tab::Configuration).await?;
    let base = BaseDocument::stored(&head)?;
    let submitted = SubmittedConfiguration::read(console, session, fields, base).await?;
    Ok((head, submitted))
}

async fn show(
    console: &Console,
    session: &Session,
    head: EventHead,
    form: ConfiguratorForm,
) -> Result<Configurator, HttpProblem> {
    let (sections, faults) = form.show();
    let newest = console.known_diagnosis(head.id()).await?.newest;
    Ok(Configurator {
        shell: Shell::new(Some(session)),
        notices: labelled(App::notices(&head.document)),
        saved: false,
        examined: newest.map(|examined| head.clock.show(examined.began)),
        zones: words::zones(),
        fresh: false,
        sections,
        faults,
        form,
        event: head,
    })
}
