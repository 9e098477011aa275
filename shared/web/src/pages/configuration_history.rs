//! The history of an event's configuration: who stored which version, what they changed, and restoring one.

use askama::Template;
use attendee_sync_app::ConfigurationVersionView;
use attendee_sync_domain::config::DocumentDifference;
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::Value;

use super::configurator::to_saved;
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{FormFields, Named, QueryParameters, Two};
use crate::lists::links::{PageLinks, PageOrder};
use crate::save::SaveCondition;
use crate::texts::{t, text};
use crate::words::{self, Clockwork, ShownTime};

/// Versions on a page.
const PAGE: usize = 25;
/// Characters of a value that the page shows.
const MAX_SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "configuration_history.html")]
struct ConfigurationHistory {
    shell: Shell,
    event: EventHead,
    versions: Vec<VersionRow>,
    pager: PageLinks,
}

struct VersionRow {
    id: String,
    number: u64,
    when: ShownTime,
    who: String,
    /// What was done, in a few words.
    what: String,
    changes: Vec<ShownDifference>,
    /// Whether this is the version that counts.
    current: bool,
}

struct ShownDifference {
    path: String,
    before: String,
    after: String,
}

#[derive(Deserialize)]
pub(super) struct HistoryQuery {
    before: Option<String>,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<HistoryQuery>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let first = asked.before.is_none();
    let found = console
        .app
        .configuration_versions(&event, asked.before, PAGE);
    let (versions, next) = found.await?;
    let clock = Clockwork::new(&head.document.time_zone, console.app.now());
    let rows = versions.into_iter().enumerate().map(|(index, version)| {
        let current = first && index == 0 && version.version == head.version;
        row(version, &clock, current)
    });
    let path = format!("/events/{event}/configuration/history");
    render(&ConfigurationHistory {
        shell: Shell::new(Some(&session)),
        versions: rows.collect(),
        pager: PageLinks::of(PageOrder::NewestFirst, &path, "before", first, next),
        event: head,
    })
}

/// Stores an earlier version once more, as the newest.
pub(super) async fn restore(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Two(event, id): Two<EventId, String>,
) -> PageResult {
    let shown = fields.get("version").parse().into_iter().collect();
    let condition = SaveCondition::Version(shown);
    let saved = console
        .restore_configuration(&session.authority, &event, &id, &condition)
        .await?;
    Ok(to_saved(&saved).into_response())
}

fn row(version: ConfigurationVersionView, clock: &Clockwork, current: bool) -> VersionRow {
    let what = match &version.changes {
        None if version.version == 1 => t("configuration-history-created-the-event").to_owned(),
        None => t("configuration-history-saved-the-configuration").to_owned(),
        Some(changes) => text!("configuration-history-changed", count = changes.len()),
    };
    let changes = version.changes.into_iter().flatten();
    VersionRow {
        id: version.id,
        number: version.version,
        when: clock.show(version.at),
        who: words::capitalised(&version.by.to_string()),
        what,
        changes: changes.map(shown).collect(),
        current,
    }
}

fn shown(difference: DocumentDifference) -> ShownDifference {
    ShownDifference {
        path: difference.path,
        before: value(difference.before),
        after: value(difference.after),
    }
}

fn value(value: Option<Value>) -> String {
    let text = match value {
        None => return t("configuration-history-nothing").to_owned(),
        Some(Value::String(text)) if text.is_empty() => {
            return t("configuration-history-empty-text").to_owned();
        }
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
