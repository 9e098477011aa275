//! Everything that is stored about a person, to be printed, and as a file.

use askama::Template;
use attendee_sync_app::{Dossier, DossierItem, StoredKind};
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::Two;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words::{self, ShownTime};

#[derive(Template)]
#[template(path = "dossier.html")]
struct DossierPage {
    shell: Shell,
    event: EventHead,
    person: PersonId,
    email: String,
    made: ShownTime,
    parts: Vec<DossierPart>,
    not_shown: Vec<(String, String)>,
}

/// All that is stored of one kind.
struct DossierPart {
    title: &'static str,
    entries: Vec<DossierEntry>,
}

/// One thing that is stored.
struct DossierEntry {
    /// What it belongs to; nothing where it belongs to the community.
    place: String,
    rows: Vec<(String, String)>,
}

/// The page.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, person): Two<EventId, PersonId>,
) -> PageResult {
    let dossier = open(&console, &session, &event, person).await?;
    let head = EventHead::read(&console.app, &event, Tab::Attendees).await?;
    let not_shown = dossier.not_shown.into_iter();
    render(&DossierPage {
        shell: Shell::new(Some(&session)),
        person,
        email: dossier.email.to_string(),
        made: head.clock.show(dossier.made),
        parts: parts(dossier.items),
        not_shown: not_shown
            .map(|kind| (words::capitalised(&kind.kind), kind.why))
            .collect(),
        event: head,
    })
}

/// The same as a file, in the form that the API gives it in.
pub(super) async fn file(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, person): Two<EventId, PersonId>,
) -> PageResult {
    let dossier = open(&console, &session, &event, person).await?;
    let name = format!("attachment; filename=\"dossier-{person}.json\"");
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(dossier)).into_response())
}

async fn open(
    console: &Console,
    session: &Session,
    event: &EventId,
    person: PersonId,
) -> Result<Dossier, HttpProblem> {
    let app = &console.app;
    let email = app.address_of(event, person).await?;
    let community = app.document(event).await?.community;
    let acting = app.as_of(&session.authority.who);
    Ok(acting.dossier(&community, &email).await?)
}

/// The items by kind; they are in the order of kinds.
fn parts(items: Vec<DossierItem>) -> Vec<DossierPart> {
    let mut parts: Vec<(StoredKind, DossierPart)> = Vec::new();
    for item in items {
        let kind = item.kind;
        let entry = entry(item);
        match parts.last_mut() {
            Some((last, part)) if *last == kind => part.entries.push(entry),
            _ => {
                let title = kind.in_words();
                let entries = vec![entry];
                parts.push((kind, DossierPart { title, entries }));
            }
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn entry(item: DossierItem) -> DossierEntry {
    let place = match (item.event, item.run) {
        (Some(event), Some(run)) => text!("dossier-event-event-run-run", event = event, run = run),
        (Some(event), None) => text!("dossier-event-event", event = event),
        (None, _) => String::new(),
    };
    let mut rows = Vec::new();
    add_rows(&mut rows, "", &item.stored);
    DossierEntry { place, rows }
}

/// Adds what a value says, a row for each text or number in it, under the names that lead there.
fn add_rows(rows: &mut Vec<(String, String)>, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                add_rows(rows, &below(name, &words::field_name(member)), value);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                add_rows(rows, &below(name, &(at + 1).to_string()), value);
            }
        }
        Value::Null => {}
        Value::String(text) => rows.push((words::capitalised(name), text.clone())),
        Value::Bool(true) => rows.push((words::capitalised(name), t("dossier-yes").to_owned())),
        Value::Bool(false) => rows.push((words::capitalised(name), t("dossier-no").to_owned())),
        Value::Number(number) => rows.push((words::capitalised(name), number.to_string())),
    }
}

fn below(name: &str, member: &str) -> String {
    if name.is_empty() {
        member.to_owned()
    } else {
        format!("{name}, {member}")
    }
}
