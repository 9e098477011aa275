//! The configuration as text: the stored document, and an editor to change or test it.

use askama::Template;
use attendee_sync_app::{App, Notice};
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};

use super::configurator::{refused, to_saved};
use super::editor::{EditorForm, SubmittedDocument, written};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{FormFields, Named};

#[derive(Template)]
#[template(path = "configuration.html")]
struct ConfigurationPage {
    shell: Shell,
    event: EventHead,
    stored: String,
    notices: Vec<Notice>,
    form: EditorForm,
}

/// An event's configuration.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let form = EditorForm::of(&console, &head.document, Some(head.version)).await?;
    render(&show(&session, head, form)?)
}

/// Stores a changed configuration.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let submitted = SubmittedDocument::read(&console, &session, &fields).await?;
    match submitted.save(&console, Some(&event)).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(form) => refused(render(&show(&session, head, form)?)),
    }
}

/// Tests a changed configuration, and stores nothing.
pub(super) async fn test(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let submitted = SubmittedDocument::read(&console, &session, &fields).await?;
    match submitted.test_mapping(&console, Some(&event)).await {
        Ok(form) => render(&show(&session, head, form)?),
        Err(form) => refused(render(&show(&session, head, form)?)),
    }
}

fn show(
    session: &Session,
    head: EventHead,
    form: EditorForm,
) -> Result<ConfigurationPage, crate::problem::HttpProblem> {
    Ok(ConfigurationPage {
        shell: Shell::new(Some(session)),
        stored: written(&head.document)?,
        notices: App::notices(&head.document),
        form,
        event: head,
    })
}
