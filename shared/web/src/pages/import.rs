//! Importing a list of people by hand: a file is uploaded, shown with what an import of it would do, and imported. What
//! an import set can be undone.
//!
//! The file waits as a draft between the pages, so that nothing of it is in an address or in a form.

use std::collections::HashMap;

use askama::Template;
use attendee_sync_app::list_file::{ListTable, MOST_BYTES, MOST_ROWS, read_list_file};
use attendee_sync_app::{Error, ImportColumns, ImportReport, importable_fields, proposed_columns};
use attendee_sync_domain::audit::AuditAction;
use attendee_sync_domain::config::{FeedFormat, GivenList};
use attendee_sync_domain::hand::ImportId;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::profile::AttendeeField;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::import_view::{ColumnChoice, ImportRow, import_rows, import_sentence};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters, Two};
use crate::importing::in_time;
use crate::problem::HttpProblem;
use crate::setup::DraftList;
use crate::texts::{t, text};
use crate::words::{self, ShownTime};

/// Audit entries in which earlier imports are looked for.
const ENTRIES: usize = 500;
/// Earlier imports that are shown.
const EARLIER: usize = 10;
/// A field whose column is the proposed one.
pub(super) const PROPOSED: &str = "*";

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    shell: Shell,
    event: EventHead,
    /// The most rows and bytes of a list.
    most: (String, String),
    earlier: Vec<EarlierImport>,
    done: Option<String>,
    problem: Option<String>,
}

/// An import of this event, as the audit log has it.
struct EarlierImport {
    import: ImportId,
    when: ShownTime,
    by: String,
    did: String,
    is_undone: bool,
}

#[derive(Template)]
#[template(path = "import_preview.html")]
struct ImportPreviewPage {
    shell: Shell,
    event: EventHead,
    handle: String,
    /// The name of the file, and how many rows it has.
    file: (String, String),
    choices: Vec<ColumnChoice>,
    unused: String,
    /// What an import would do; nothing where the columns do not say it yet.
    report: Option<ImportReport>,
    will: String,
    rows: Vec<ImportRow>,
}

impl ImportPreviewPage {
    fn changes(&self) -> u64 {
        let report = self.report.as_ref();
        report.map_or(0, |report| report.added + report.changed)
    }

    /// Returns what the button does.
    fn button(&self) -> String {
        text!(
            "import-import-changes",
            changes = words::people(self.changes())
        )
    }

    /// Returns why the rows that are shown are not all.
    fn unshown(&self) -> Option<String> {
        let all = self.report.as_ref().map_or(0, |report| report.rows.len());
        let rest = all.saturating_sub(self.rows.len());
        (rest > 0).then(|| {
            text!(
                "import-and-rest-more-rows",
                rest = words::number(rest as u64)
            )
        })
    }
}

#[derive(Template)]
#[template(path = "import_done.html")]
struct ImportDonePage {
    shell: Shell,
    event: EventHead,
    handle: String,
    import: ImportId,
    did: String,
    rows: Vec<ImportRow>,
    left: Option<String>,
    /// The columns, for the rows that are left.
    columns: Vec<(String, String)>,
}

/// Of how many people something was released.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ImportPageQuery {
    undone: Option<u64>,
}

impl ImportPage {
    async fn read(
        console: &Console,
        session: &Session,
        event: &EventId,
    ) -> Result<Self, HttpProblem> {
        let head = EventHead::read(&console.app, event, Tab::Attendees).await?;
        let most = MOST_BYTES as u64;
        Ok(Self {
            shell: Shell::new(Some(session)),
            most: (
                words::number(MOST_ROWS as u64),
                words::bytes(most.min(console.hosting.max_upload)),
            ),
            earlier: earlier(console, &head).await?,
            done: None,
            problem: None,
            event: head,
        })
    }
}

/// The last imports of the event, the newest first. One that was done in parts is there once.
async fn earlier(console: &Console, head: &EventHead) -> Result<Vec<EarlierImport>, HttpProblem> {
    let community = &head.document.community;
    let (entries, _) = console.app.audit(community, None, ENTRIES).await?;
    let mut undone: Vec<ImportId> = Vec::new();
    let mut found: Vec<(EarlierImport, u64, u64)> = Vec::new();
    for entry in entries {
        match entry.action {
            AuditAction::ImportUndone { event, import, .. } if event == *head.id() => {
                undone.push(import);
            }
            AuditAction::ListImported {
                event,
                import,
                added,
                changed,
            } if event == *head.id() => {
                let known = found.iter_mut().find(|(known, ..)| known.import == import);
                if let Some((_, all_added, all_changed)) = known {
                    *all_added += added;
                    *all_changed += changed;
                    continue;
                }
                let row = EarlierImport {
                    is_undone: false,
                    import,
                    when: head.clock.show(entry.at),
                    by: words::capitalised(&entry.by.to_string()),
                    did: String::new(),
                };
                found.push((row, added, changed));
            }
            _ => {}
        }
    }
    found.truncate(EARLIER);
    let in_words = |(import, added, changed): (EarlierImport, u64, u64)| EarlierImport {
        is_undone: undone.contains(&import.import),
        did: text!(
            "import-added-added-changed-changed",
            added = words::number(added),
            changed = words::number(changed)
        ),
        ..import
    };
    Ok(found.into_iter().map(in_words).collect())
}

/// The page to upload a list on.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<ImportPageQuery>,
) -> PageResult {
    let mut page = ImportPage::read(&console, &session, &event).await?;
    page.done = asked.undone.map(|people| match people {
        0 => t("import-nothing-was-left-to").to_owned(),
        people => text!(
            "import-undone-what-the-import",
            people = words::people(people)
        ),
    });
    render(&page)
}

/// Takes a list, and leads to the preview of it.
pub(super) async fn upload(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(mut fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let file = fields.take_file();
    let problem = match file.as_ref().map(|file| read_list_file(&file.bytes)) {
        None => Some(t("import-choose-a-file-first").to_owned()),
        Some(read) => read.err().map(|error| error.to_string()),
    };
    if let (None, Some(file)) = (&problem, file) {
        let community = console.app.document(&event).await?.community;
        let list = GivenList {
            bytes: file.bytes.into(),
            format: FeedFormat::default(),
        };
        let mut kept = DraftList::keep(&console, &session, &community, &list).await?;
        kept.name = file.name;
        let handle = kept.keep_place(&console, &session, &community).await?;
        let place = format!("/events/{event}/import/{handle}");
        return Ok(Redirect::to(&place).into_response());
    }
    let mut page = ImportPage::read(&console, &session, &event).await?;
    page.problem = problem.as_deref().map(words::sentence);
    let mut page = render(&page)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// The list of a handle, with the name of its file; nothing where it is not kept any more.
async fn kept(
    console: &Console,
    session: &Session,
    handle: &str,
) -> Result<Option<(String, ListTable)>, HttpProblem> {
    let Some(place) = DraftList::at_place(console, session, handle).await? else {
        return Ok(None);
    };
    let Some(list) = place.read(console, session).await? else {
        return Ok(None);
    };
    let table = read_list_file(&list.bytes);
    let table = table.map_err(|error| HttpProblem::at("file", error.to_string()))?;
    Ok(Some((place.name, table)))
}

async fn forgotten(console: &Console, session: &Session, event: &EventId) -> PageResult {
    let mut page = ImportPage::read(console, session, event).await?;
    page.problem = Some(t("import-the-list-is-not").to_owned());
    let mut page = render(&page)?;
    *page.status_mut() = StatusCode::GONE;
    Ok(page)
}

/// The columns that were chosen; the others are proposed.
fn chosen<'c>(column: impl Fn(&str) -> Option<&'c str>) -> ImportColumns {
    let fields = importable_fields().map(AttendeeField::name);
    let chosen = fields.filter_map(|field| Some((field, column(field)?)));
    let chosen = chosen.filter(|(_, heading)| *heading != PROPOSED);
    chosen
        .map(|(field, heading)| (field.to_owned(), heading.to_owned()))
        .collect()
}

/// Shows what an import of the list would do.
pub(super) async fn preview(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, handle): Two<EventId, String>,
    QueryParameters(asked): QueryParameters<HashMap<String, String>>,
) -> PageResult {
    let Some((name, table)) = kept(&console, &session, &handle).await? else {
        return forgotten(&console, &session, &event).await;
    };
    let columns = chosen(|field| asked.get(field).map(String::as_str));
    let (report, problems) = match console.app.preview_import(&event, &table, &columns).await {
        Ok(report) => (Some(report), Vec::new()),
        Err(Error::Refused(problems)) => (None, problems.0),
        Err(other) => return Err(other.into()),
    };
    let proposed = proposed_columns(&table);
    let choices = importable_fields()
        .map(|field| ColumnChoice::new(field, &table, (&columns, &proposed), &problems));
    let is_refused = report.is_none();
    let event = EventHead::read(&console.app, &event, Tab::Attendees).await?;
    let limit = event.document.invitations.limit_per_run;
    let will = report
        .as_ref()
        .map_or_else(String::new, |report| import_sentence(report, limit));
    let mut page = render(&ImportPreviewPage {
        shell: Shell::new(Some(&session)),
        file: (name, words::counted(table.rows.len() as u64, "count-rows")),
        choices: choices.collect(),
        unused: report
            .as_ref()
            .map(|report| report.unused.join(", "))
            .unwrap_or_default(),
        will,
        rows: report.as_ref().map(import_rows).unwrap_or_default(),
        report,
        handle,
        event,
    })?;
    if is_refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// Imports the list, as much of it as a request may do.
pub(super) async fn confirm(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Two(event, handle): Two<EventId, String>,
) -> PageResult {
    let Some((_, table)) = kept(&console, &session, &handle).await? else {
        return forgotten(&console, &session, &event).await;
    };
    let columns = chosen(|field| Some(fields.get(field)));
    let part = in_time(fields.get("import").parse().ok());
    let acting = console.app.as_of(&session.authority.who);
    let report = acting.import_list(&event, &table, &columns, part).await?;
    let import = report.import.clone().ok_or_else(HttpProblem::internal)?;
    let event = EventHead::read(&console.app, &event, Tab::Attendees).await?;
    let limit = event.document.invitations.limit_per_run;
    render(&ImportDonePage {
        shell: Shell::new(Some(&session)),
        did: import_sentence(&report, limit),
        rows: import_rows(&report)
            .into_iter()
            .filter(|row| !row.reasons.is_empty())
            .collect(),
        left: (report.left > 0).then(|| words::counted(report.left, "count-rows")),
        columns: importable_fields()
            .map(AttendeeField::name)
            .map(|field| (field.to_owned(), fields.get(field).to_owned()))
            .collect(),
        import,
        handle,
        event,
    })
}

/// Undoes an import.
pub(super) async fn undo(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, import): Two<EventId, ImportId>,
) -> PageResult {
    let acting = console.app.as_of(&session.authority.who);
    let people = acting.undo_import(&event, &import).await?;
    let place = format!("/events/{event}/import?undone={people}");
    Ok(Redirect::to(&place).into_response())
}
