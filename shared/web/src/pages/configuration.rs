//! The configuration: the document as it is stored, and a form to change it or try it out.

use askama::Template;
use attendee_sync_app::{App, Notice};
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::editor::{Form, Submitted, written};
use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::console::Shared;
use crate::extract::{Asked, Fields, Named};
use crate::save::Saved;
use crate::words::When;

#[derive(Template)]
#[template(path = "configuration.html")]
struct Configuration {
    shell: Shell,
    event: EventHead,
    stored: String,
    notices: Vec<Notice>,
    saved: bool,
    /// When the whole feed was last examined.
    examined: Option<When>,
    form: Form,
}

#[derive(Deserialize)]
pub(super) struct Question {
    saved: Option<String>,
}

/// An event's configuration.
pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    Asked(asked): Asked<Question>,
) -> Page {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let form = Form::of(&console, &head.document, Some(head.version)).await?;
    let newest = console.examinations.of(&event).newest;
    render(&Configuration {
        examined: newest.map(|examined| head.clock.show(examined.began)),
        saved: asked.saved.is_some(),
        ..show(&session, head, form)?
    })
}

/// Stores a changed configuration.
pub(super) async fn save(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let submitted = Submitted::read(&console, &session, &fields);
    match submitted.save(&console, Some(&event)).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(form) => refused(render(&show(&session, head, form)?)),
    }
}

/// Tries a changed configuration out and stores nothing.
pub(super) async fn test(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let submitted = Submitted::read(&console, &session, &fields);
    match submitted.try_out(&console, Some(&event)).await {
        Ok(form) => render(&show(&session, head, form)?),
        Err(form) => refused(render(&show(&session, head, form)?)),
    }
}

pub(super) fn to_saved(saved: &Saved) -> Response {
    let event = &saved.configured.document.event;
    Redirect::to(&format!("/events/{event}/configuration?saved=1")).into_response()
}

pub(super) fn refused(page: Page) -> Page {
    let mut page = page?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

fn show(
    session: &Session,
    head: EventHead,
    form: Form,
) -> Result<Configuration, crate::problem::Problem> {
    Ok(Configuration {
        shell: Shell::new(Some(session)),
        stored: written(&head.document)?,
        notices: App::notices(&head.document),
        saved: false,
        examined: None,
        form,
        event: head,
    })
}
