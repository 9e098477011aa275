//! A new event: its document, of one's own or filled from a preset, until it is stored.

use askama::Template;
use attendee_sync_domain::preset::Preset;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;

use super::configurator::{refused, to_saved};
use super::editor::{EditorForm, SubmittedDocument};
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::FormFields;
use crate::wire;

/// Where a new event begins that has no preset.
const BLANK: &str = r#"{
  "community": "",
  "event": "",
  "name": "",
  "time_zone": "Europe/Amsterdam",
  "source": {
    "url": "https://",
    "authentication": {"type": "bearer", "token": {"secret": "source-token"}},
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
const BLANK_HINT: &str =
    "Stored separately and never shown. Leave it empty if the document has no authentication.";

#[derive(Template)]
#[template(path = "new_event.html")]
pub(super) struct NewEvent {
    shell: Shell,
    /// To choose from; none once there is a document.
    presets: Vec<Card>,
    /// What people should know of the system the document is for.
    preset: Option<Preset>,
    form: EditorForm,
    /// The event that somebody began to set up step by step: its handle and its name.
    begun: Option<(String, String)>,
}

/// A preset in short.
struct Card {
    name: String,
    title: String,
    summary: String,
}

impl NewEvent {
    pub(super) fn with(console: &Console, session: &Session, form: EditorForm) -> Self {
        Self {
            shell: Shell::new(Some(session)),
            presets: Vec::new(),
            preset: console.presets.get(&form.preset).cloned(),
            form,
            begun: None,
        }
    }
}

/// The presets, and the form for a document of one's own.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> PageResult {
    let form = EditorForm {
        typed: BLANK.to_owned(),
        hint: BLANK_HINT.to_owned(),
        ..EditorForm::default()
    };
    let card = |preset: &Preset| Card {
        name: preset.name.clone(),
        title: preset.title.clone(),
        summary: preset.summary.clone(),
    };
    let mut begun = None;
    if let Some(handle) = wire::draft(&headers) {
        let draft = console.setups.look(&session.authority, handle).await?;
        let draft = draft.filter(|draft| draft.saved.is_none());
        begun = draft.map(|draft| (handle.to_owned(), draft.name));
    }
    render(&NewEvent {
        begun,
        presets: console.presets.values().map(card).collect(),
        ..NewEvent::with(&console, &session, form)
    })
}

/// Stores a new event.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = SubmittedDocument::read(&console, &session, &fields).await?;
    match submitted.save(&console, None).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(form) => refused(render(&NewEvent::with(&console, &session, form))),
    }
}

/// Tries the document of a new event out and stores nothing.
pub(super) async fn test(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = SubmittedDocument::read(&console, &session, &fields).await?;
    match submitted.test_mapping(&console, None).await {
        Ok(form) => render(&NewEvent::with(&console, &session, form)),
        Err(form) => refused(render(&NewEvent::with(&console, &session, form))),
    }
}
