//! The configuration: the document as it is stored, and a form to change it.

use askama::Template;
use attendee_sync_app::{App, Notice};
use attendee_sync_domain::config::{EventDocument, Problem as Place};
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use serde_json::Value;

use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, Shared};
use crate::extract::{Asked, Fields, Named};
use crate::problem::Problem;
use crate::save::{Condition, Saved};

/// Where a new event begins.
const BLANK: &str = r#"{
  "community": "",
  "event": "",
  "name": "",
  "time_zone": "Europe/Amsterdam",
  "source": {
    "url": "https://",
    "authentication": {"type": "bearer", "token": "the credential; it is stored apart and never shown again"},
    "records": "$[*]"
  },
  "mapping": {
    "source_id": "id",
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name"
  }
}
"#;

/// The form, with what was typed and why it was not taken.
struct Form {
    typed: String,
    /// The version that is changed; nothing for a new event.
    version: String,
    problems: Vec<Place>,
}

impl Form {
    fn rows(&self) -> usize {
        self.typed.lines().count().clamp(16, 40)
    }
}

#[derive(Template)]
#[template(path = "configuration.html")]
struct Configuration {
    shell: Shell,
    event: EventHead,
    stored: String,
    notices: Vec<Notice>,
    saved: bool,
    form: Form,
}

#[derive(Template)]
#[template(path = "new_event.html")]
struct NewEvent {
    shell: Shell,
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
    let form = Form {
        typed: written(&head.document)?,
        version: head.version.to_string(),
        problems: Vec::new(),
    };
    show(&session, head, form, asked.saved.is_some())
}

/// Stores a changed configuration.
pub(super) async fn save(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
    Named(event): Named<EventId>,
) -> Page {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    match take(&console, &fields, Some(&event)).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(problem) => refused(show(&session, head, again(&fields, problem), false)),
    }
}

/// The form for an event that is not there yet.
pub(super) async fn new_event(Extension(session): Extension<Session>) -> Page {
    render(&NewEvent {
        shell: Shell::new(Some(&session)),
        form: Form {
            typed: BLANK.to_owned(),
            version: String::new(),
            problems: Vec::new(),
        },
    })
}

/// Stores a new event.
pub(super) async fn save_new(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<Fields>,
) -> Page {
    match take(&console, &fields, None).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(problem) => refused(render(&NewEvent {
            shell: Shell::new(Some(&session)),
            form: again(&fields, problem),
        })),
    }
}

async fn take(
    console: &Console,
    fields: &Fields,
    event: Option<&EventId>,
) -> Result<Saved, Problem> {
    let document: Value = serde_json::from_str(fields.get("document"))
        .map_err(|error| Problem::at("document", format!("this is not JSON: {error}")))?;
    let condition = match event {
        None => Condition::Absent,
        Some(_) => Condition::Version(fields.get("version").parse().into_iter().collect()),
    };
    console.save(&document, event, &condition).await
}

fn to_saved(saved: &Saved) -> axum::response::Response {
    let event = &saved.configured.document.event;
    Redirect::to(&format!("/events/{event}/configuration?saved=1")).into_response()
}

fn again(fields: &Fields, problem: Problem) -> Form {
    Form {
        typed: fields.get("document").to_owned(),
        version: fields.get("version").to_owned(),
        problems: problem.places(),
    }
}

fn refused(page: Page) -> Page {
    let mut page = page?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

fn show(session: &Session, head: EventHead, form: Form, saved: bool) -> Page {
    render(&Configuration {
        shell: Shell::new(Some(session)),
        stored: written(&head.document)?,
        notices: App::notices(&head.document),
        saved,
        form,
        event: head,
    })
}

/// The document as text. What is stored holds credentials by name only.
fn written(document: &EventDocument) -> Result<String, Problem> {
    serde_json::to_string_pretty(document).map_err(|error| {
        tracing::error!(error = %error, "a stored configuration could not be written out");
        Problem::internal()
    })
}
