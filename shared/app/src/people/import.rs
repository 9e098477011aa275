//! A list of people who are added and edited by hand: read by a mapping that the headings propose, shown before
//! anything changes, and undone as a whole.
//!
//! Each person is written in one transaction, which notes beside them what this import set. Whoever changes something
//! of that by hand takes it out of the note; undoing an import releases what is left in it.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_domain::config::{DocumentProblem, EventDocument, FeedFormat, Problems};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::{Evaluator, Incoming, RecordOutcome};
use attendee_sync_domain::feed::{FeedRecord, RecordsPath};
use attendee_sync_domain::hand::{HandEdit, HandScope, ImportId};
use attendee_sync_domain::ids::{EventId, PersonKey, RunNumber};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::propose::{ProposeAnswered, propose};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};

use crate::App;
use crate::error::Error;
use crate::list_file::ListTable;
use crate::people::hand_edit::{HandEvent, HandPut, ImportOrder, PutOutcome};

/// People written at the same time.
const CONCURRENT_PEOPLE: usize = 8;
/// Rows from which the mapping is proposed.
const SAMPLE_ROWS: usize = 50;

/// Which column each field comes from, by its heading.
pub type ImportColumns = BTreeMap<String, String>;

/// What an import does, or would do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// Its name, by which it is undone; nothing of a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportId>,
    /// From which column each field comes.
    pub columns: ImportColumns,
    /// Columns that nothing comes from.
    pub unused: Vec<String>,
    /// People who are added.
    pub added: u64,
    /// People of whom something changes.
    pub changed: u64,
    /// People who are as the list says already.
    pub unchanged: u64,
    /// Rows that cannot be taken.
    pub rejected: u64,
    /// Whether those who are added are invited; not where they are more than a run may invite without approval.
    pub invites: bool,
    /// The rows one by one, but for those that change nothing.
    pub rows: Vec<ImportedRow>,
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ImportedRow {
    /// Its number in the file, counting from 1, the headings among them.
    pub row: usize,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// What becomes of it.
    pub outcome: RowOutcome,
    /// The fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<&'static str>,
    /// What is wrong with it, or was cut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What becomes of a row of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// Their person is added.
    Added,
    /// Something of their person changes.
    Changed,
    /// All is so already.
    Unchanged,
    /// It cannot be taken.
    Rejected,
}

/// A list as it was read by a mapping.
struct ReadList {
    columns: ImportColumns,
    unused: Vec<String>,
    rows: Vec<ReadRow>,
}

/// A row that was read: what it sets of whom, or why it cannot be taken.
struct ReadRow {
    number: usize,
    email: Option<EmailAddress>,
    reasons: Vec<String>,
    edit: Option<HandEdit>,
}

impl App {
    /// Says what an import of a list would do, and changes nothing.
    ///
    /// # Errors
    /// Where no column gives the address, or a name; where `columns` name what there is not.
    pub async fn preview_import(
        &self,
        event: &EventId,
        table: &ListTable,
        columns: &ImportColumns,
    ) -> Result<ImportReport, Error> {
        let subject = self.hand_event(event).await?;
        let list = read_list(&subject.document, &subject.community.key, table, columns)?;
        self.play_import(&subject, list, None).await
    }

    /// Adds and edits the people of a list by hand, each in one transaction. Who is added is invited where the
    /// event invites new attendees and they are not more than a run may invite. The same list again changes nothing.
    ///
    /// # Errors
    /// As of the preview, and where the table cannot be used: who was written until then stays.
    pub async fn import_list(
        &self,
        event: &EventId,
        table: &ListTable,
        columns: &ImportColumns,
    ) -> Result<ImportReport, Error> {
        let subject = self.hand_event(event).await?;
        let list = read_list(&subject.document, &subject.community.key, table, columns)?;
        let preview = self.preview_import(event, table, columns).await?;
        let invitations = &subject.document.invitations;
        let invites = preview.added <= u64::from(invitations.limit_per_run);
        let import = ImportId::new(self.parts.clock.now(), rand::random());
        let order = ImportOrder { import, invites };
        self.play_import(&subject, list, Some(order)).await
    }

    /// Plans the rows of a list, and writes them where an order says so.
    async fn play_import(
        &self,
        subject: &HandEvent,
        list: ReadList,
        order: Option<ImportOrder>,
    ) -> Result<ImportReport, Error> {
        let run = self.parts.store.newest_run(&subject.document.event).await?;
        let invites = order.as_ref().is_some_and(|order| order.invites);
        // Each invitation that is queued writes the batch that they wait in, so one goes after the other.
        let at_once = if invites && subject.document.invitations.enabled {
            1
        } else {
            CONCURRENT_PEOPLE
        };
        let order = order.as_ref();
        let rows: Vec<ImportedRow> = stream::iter(list.rows)
            .map(|row| self.play_row(subject, row, run, order))
            .buffered(at_once)
            .try_collect()
            .await?;
        let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count() as u64;
        let invitations = &subject.document.invitations;
        let is_within = count(RowOutcome::Added) <= u64::from(invitations.limit_per_run);
        Ok(ImportReport {
            import: order.map(|order| order.import.clone()),
            columns: list.columns,
            unused: list.unused,
            added: count(RowOutcome::Added),
            changed: count(RowOutcome::Changed),
            unchanged: count(RowOutcome::Unchanged),
            rejected: count(RowOutcome::Rejected),
            invites: invitations.enabled && order.map_or(is_within, |order| order.invites),
            rows: rows
                .into_iter()
                .filter(|row| row.outcome != RowOutcome::Unchanged || !row.reasons.is_empty())
                .collect(),
        })
    }

    async fn play_row(
        &self,
        subject: &HandEvent,
        row: ReadRow,
        run: RunNumber,
        order: Option<&ImportOrder>,
    ) -> Result<ImportedRow, Error> {
        let mut imported = ImportedRow {
            row: row.number,
            email: row.email,
            outcome: RowOutcome::Rejected,
            fields: Vec::new(),
            reasons: row.reasons,
        };
        let (Some(edit), Some(email)) = (row.edit, &imported.email) else {
            return Ok(imported);
        };
        let put = HandPut {
            email,
            edit: &edit,
            scope: HandScope::Import,
            run,
            order,
        };
        match self.put_one(subject, &put, order.is_some()).await {
            Ok(done) => {
                imported.outcome = match done.outcome {
                    PutOutcome::Added => RowOutcome::Added,
                    PutOutcome::Edited => RowOutcome::Changed,
                    PutOutcome::Unchanged => RowOutcome::Unchanged,
                };
                imported.fields = done.fields;
            }
            Err(error @ (Error::Blocked | Error::Refused(_) | Error::Contended)) => {
                imported.reasons.push(error.to_string());
            }
            Err(other) => return Err(other),
        }
        Ok(imported)
    }

    /// Releases all that an import set and nobody changed since by hand. Returns of how many people.
    pub async fn undo_import(&self, event: &EventId, import: &ImportId) -> Result<u64, Error> {
        let mut people = Vec::new();
        self.each_attendee(event, |_, attendee| {
            if attendee.imports.iter().any(|mark| mark.import == *import) {
                people.push(attendee.email.clone());
            }
        })
        .await?;
        let mut undone = 0;
        for email in people {
            let changed = self
                .change_by_hand(event, &email, |planner| Ok(planner.undo(import)))
                .await;
            match changed {
                Ok(changed) => undone += u64::from(changed),
                // Erased meanwhile.
                Err(Error::NoPerson) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(undone)
    }
}

/// Reads the rows of a table by the columns that the headings propose, or that somebody says.
fn read_list(
    document: &EventDocument,
    key: &PersonKey,
    table: &ListTable,
    columns: &ImportColumns,
) -> Result<ReadList, Error> {
    let mapping = import_mapping(table, columns)?;
    let mut used = BTreeSet::new();
    let named = |value: &Value, used: &mut BTreeSet<usize>| {
        let places = places_in(value);
        used.extend(places.iter().copied());
        let names = places.iter().filter_map(|place| table.headings.get(*place));
        names.cloned().collect::<Vec<_>>().join(" + ")
    };
    let columns = mapping
        .iter()
        .map(|(field, from)| (field.clone(), named(from, &mut used)))
        .collect();
    let headings = table.headings.iter().enumerate();
    let unused = headings
        .filter(|(place, name)| !used.contains(place) && !name.is_empty())
        .map(|(_, name)| name.clone())
        .collect();
    let reading = reading_document(document, &mapping)?;
    let evaluator = Evaluator::new(&reading, key, &Lookups::default());
    let mut seen: BTreeMap<EmailAddress, usize> = BTreeMap::new();
    let rows = table.rows.iter().map(|(number, cells)| {
        let mut row = read_row(&evaluator, *number, cells);
        if let (Some(email), Some(_)) = (&row.email, &row.edit) {
            if let Some(first) = seen.get(email) {
                row.edit = None;
                row.reasons
                    .push(format!("the same address as in row {first}"));
            } else {
                seen.insert(email.clone(), *number);
            }
        }
        row
    });
    Ok(ReadList {
        columns,
        unused,
        rows: rows.collect(),
    })
}

/// A document that reads rows of lists by this mapping, and has no rules.
fn reading_document(
    document: &EventDocument,
    mapping: &Map<String, Value>,
) -> Result<EventDocument, Error> {
    let mapping = serde_json::from_value(Value::Object(mapping.clone())).map_err(|error| {
        Error::Refused(Problems(vec![DocumentProblem {
            path: "columns".to_owned(),
            reason: error.to_string(),
        }]))
    })?;
    let mut reading = document.clone();
    reading.mapping = mapping;
    reading.rules = Vec::new();
    reading.delete_flag = None;
    reading.source.records = RecordsPath::default();
    reading.source.details = None;
    Ok(reading)
}

/// The mapping of the fields that can be set by hand: as the headings propose it, but for the columns that somebody
/// says. Fields are places in a row.
fn import_mapping(table: &ListTable, columns: &ImportColumns) -> Result<Map<String, Value>, Error> {
    let sample = table
        .rows
        .iter()
        .take(SAMPLE_ROWS)
        .map(|(_, cells)| json!(cells));
    let body = Value::Array(
        std::iter::once(json!(table.headings))
            .chain(sample)
            .collect(),
    );
    let proposal = propose(&ProposeAnswered {
        body: &body,
        headers: &[],
        url: "",
        request_body: None,
        format: FeedFormat::Json,
        records: Some(&RecordsPath::default()),
        lookups: &Lookups::default(),
    });
    let mut mapping: Map<String, Value> = proposal
        .mapping
        .into_iter()
        .filter(|proposed| is_settable(&proposed.field))
        .map(|proposed| (proposed.field, without_default(proposed.mapping)))
        .collect();
    if let (None, Some(place)) = (mapping.get("email"), email_column(table)) {
        mapping.insert("email".to_owned(), json!(format!("[{place}]")));
    }
    let mut problems = Vec::new();
    let mut refuse = |field: &str, reason: String| {
        problems.push(DocumentProblem {
            path: format!("columns.{field}"),
            reason,
        });
    };
    let known = table.headings.join(", ");
    for (field, heading) in columns {
        let wanted = heading.trim().to_lowercase();
        let mut headings = table.headings.iter();
        let place = headings.position(|name| name.to_lowercase() == wanted);
        match place {
            _ if !is_settable(field) => refuse(
                field,
                format!("there is no such field; there are {}", SETTABLE.join(", ")),
            ),
            _ if wanted.is_empty() => drop(mapping.remove(field)),
            Some(place) if field == "groups" => {
                mapping.insert(
                    field.clone(),
                    json!({"path": format!("[{place}]"), "separator": ";"}),
                );
            }
            Some(place) => {
                mapping.insert(field.clone(), json!(format!("[{place}]")));
            }
            None => refuse(
                field,
                format!("there is no column \"{heading}\"; the columns are {known}"),
            ),
        }
    }
    for field in ["email", "first_name", "last_name"] {
        if !mapping.contains_key(field) && !columns.contains_key(field) {
            refuse(
                field,
                format!("no column looks like it; say which one it is, of {known}"),
            );
        } else if !mapping.contains_key(field) && columns.get(field).is_some_and(String::is_empty) {
            refuse(field, "required: choose a column".to_owned());
        }
    }
    if problems.is_empty() {
        Ok(mapping)
    } else {
        Err(Error::Refused(Problems(problems)))
    }
}

/// A mapping in which a blank cell stays blank: nobody is called by a default.
fn without_default(mut mapping: Value) -> Value {
    if let Some(parts) = mapping.as_object_mut() {
        parts.remove("default");
    }
    mapping
}

/// The column whose heading says that it has addresses, whatever stands in it: in a short list, one wrong address is
/// many.
fn email_column(table: &ListTable) -> Option<usize> {
    let mut headings = table.headings.iter();
    headings.position(|heading| {
        let letters = heading.chars().filter(|c| c.is_alphanumeric());
        let plain: String = letters.flat_map(char::to_lowercase).collect();
        EMAIL_HEADINGS.contains(&plain.as_str())
    })
}

/// What a column of addresses is called, in small letters and without signs.
const EMAIL_HEADINGS: [&str; 7] = [
    "email",
    "mail",
    "emailaddress",
    "mailaddress",
    "emailadresse",
    "mailadresse",
    "courriel",
];

/// The fields that a list can set.
const SETTABLE: [&str; 10] = [
    "email",
    "title",
    "first_name",
    "last_name",
    "job_title",
    "company",
    "country",
    "additional_info",
    "biography",
    "groups",
];

fn is_settable(field: &str) -> bool {
    SETTABLE.contains(&field)
}

/// The places in a row that a mapping names, as `[3]`.
fn places_in(value: &Value) -> Vec<usize> {
    match value {
        Value::String(text) => text
            .split('[')
            .skip(1)
            .filter_map(|rest| rest.split(']').next()?.parse().ok())
            .collect(),
        Value::Array(all) => all.iter().flat_map(places_in).collect(),
        Value::Object(parts) => parts.values().flat_map(places_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn read_row(evaluator: &Evaluator, number: usize, cells: &[String]) -> ReadRow {
    let value = json!(cells);
    let record = FeedRecord::within(&value, Vec::new());
    let position = u32::try_from(number).unwrap_or(u32::MAX);
    let (outcome, issues) = evaluator.evaluate(&record, 1, position);
    let is_told = |issue: &&Issue| issue.severity != Severity::Notice;
    let mut reasons: Vec<String> = issues
        .iter()
        .filter(is_told)
        .map(|issue| issue.reason.clone())
        .collect();
    let (email, edit) = match outcome {
        RecordOutcome::Person(email, contribution) => {
            (Some(email), Some(edit_of(&contribution.incoming)))
        }
        RecordOutcome::Rejected(rejection) => (rejection.email, None),
        RecordOutcome::Ignored | RecordOutcome::Nameless(_) => (None, None),
    };
    if edit.is_none() && reasons.is_empty() {
        reasons.push("this row is no person".to_owned());
    }
    ReadRow {
        number,
        email,
        reasons,
        edit,
    }
}

/// What a row sets: fields that it leaves empty stay as they are.
fn edit_of(incoming: &Incoming) -> HandEdit {
    let profile = incoming.profile.iter();
    HandEdit {
        profile: profile
            .map(|(field, value)| (field, Some(value.to_owned())))
            .collect(),
        groups: (!incoming.groups.is_empty()).then(|| incoming.groups.clone()),
    }
}
