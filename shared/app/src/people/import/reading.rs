//! Reading a list of people: the columns that the headings propose or somebody names, and what each row sets.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_domain::config::{DocumentProblem, EventDocument, FeedFormat, Problems};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::{Evaluator, Incoming, RecordOutcome};
use attendee_sync_domain::feed::{FeedRecord, RecordsPath};
use attendee_sync_domain::hand::HandEdit;
use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::profile::{AttendeeField, ProfileField};
use attendee_sync_domain::propose::{ProposeAnswered, propose};
use serde_json::{Map, Value, json};

use super::ImportColumns;
use crate::error::Error;
use crate::list_file::ListTable;

/// Rows from which the mapping is proposed.
const SAMPLE_ROWS: usize = 50;

/// A list as it was read by a mapping.
pub(super) struct ReadList {
    pub(super) columns: ImportColumns,
    pub(super) unused: Vec<String>,
    pub(super) rows: Vec<ReadRow>,
}

/// A row that was read: what it sets of whom, or why it cannot be taken.
#[derive(Clone)]
pub(super) struct ReadRow {
    pub(super) number: usize,
    pub(super) email: Option<EmailAddress>,
    pub(super) reasons: Vec<String>,
    pub(super) edit: Option<HandEdit>,
}

/// Reads the rows of a table by the columns that the headings propose, or that somebody says.
pub(super) fn read_list(
    document: &EventDocument,
    key: &PersonKey,
    table: &ListTable,
    columns: &ImportColumns,
) -> Result<ReadList, Error> {
    let mapping = import_mapping(table, columns)?;
    let used: BTreeSet<usize> = mapping.values().flat_map(places_in).collect();
    let columns = named_columns(table, &mapping);
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

/// Returns the columns that the headings of a list propose, by field; several for one field are joined by ` + `.
#[must_use]
pub fn proposed_columns(table: &ListTable) -> ImportColumns {
    named_columns(table, &proposed_mapping(table))
}

fn named_columns(table: &ListTable, mapping: &Map<String, Value>) -> ImportColumns {
    let named = |value: &Value| {
        let places = places_in(value).into_iter();
        let names = places.filter_map(|place| table.headings.get(place));
        names.cloned().collect::<Vec<_>>().join(" + ")
    };
    let mapping = mapping.iter();
    mapping
        .map(|(field, from)| (field.clone(), named(from)))
        .collect()
}

/// The mapping of the fields that can be set by hand, as the headings propose it. Fields are places in a row.
fn proposed_mapping(table: &ListTable) -> Map<String, Value> {
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
    let used: BTreeSet<usize> = mapping.values().flat_map(places_in).collect();
    for field in importable_fields() {
        let named = named_column(table, field).filter(|place| !used.contains(place));
        if let (None, Some(place)) = (mapping.get(field.name()), named) {
            mapping.insert(field.name().to_owned(), column(field, place));
        }
    }
    mapping
}

/// The mapping of the fields that can be set by hand: as the headings propose it, but for the columns that somebody
/// says.
fn import_mapping(table: &ListTable, columns: &ImportColumns) -> Result<Map<String, Value>, Error> {
    let mut mapping = proposed_mapping(table);
    let mut problems = Vec::new();
    let mut refuse = |field: &str, reason: String| {
        problems.push(DocumentProblem {
            path: format!("columns.{field}"),
            reason,
        });
    };
    let known = table.headings.join(", ");
    for (field, heading) in columns {
        let Some(settable) = importable_fields().find(|known| known.name() == field) else {
            let settable: Vec<&str> = importable_fields().map(AttendeeField::name).collect();
            let settable = settable.join(", ");
            refuse(
                field,
                format!("there is no such field; there are {settable}"),
            );
            continue;
        };
        let wanted = heading.trim().to_lowercase();
        let mut headings = table.headings.iter();
        let place = headings.position(|name| name.to_lowercase() == wanted);
        match place {
            _ if wanted.is_empty() => drop(mapping.remove(field)),
            Some(place) => {
                mapping.insert(field.clone(), column(settable, place));
            }
            None => refuse(
                field,
                format!("there is no column \"{heading}\"; the columns are {known}"),
            ),
        }
    }
    for field in REQUIRED.map(AttendeeField::name) {
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

/// The mapping of a field from the column at this place.
fn column(field: AttendeeField, place: usize) -> Value {
    let path = format!("[{place}]");
    if field == AttendeeField::Groups {
        json!({"path": path, "separator": ";"})
    } else {
        json!(path)
    }
}

/// The column whose heading names the field, whatever stands in it: in a short list, one wrong value is many.
fn named_column(table: &ListTable, field: AttendeeField) -> Option<usize> {
    let letters = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let name = letters(field.name());
    let mut headings = table.headings.iter().map(|heading| letters(heading));
    headings.position(|heading| {
        let is_email = field == AttendeeField::Email && EMAIL_HEADINGS.contains(&heading.as_str());
        heading == name || is_email
    })
}

/// Nobody is an attendee without these.
const REQUIRED: [AttendeeField; 3] = [
    AttendeeField::Email,
    AttendeeField::FirstName,
    AttendeeField::LastName,
];

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

/// The fields that a list can set, in the order people read them.
pub fn importable_fields() -> impl Iterator<Item = AttendeeField> {
    let profile = ProfileField::ALL.into_iter().map(AttendeeField::from);
    std::iter::once(AttendeeField::Email)
        .chain(profile)
        .chain(std::iter::once(AttendeeField::Groups))
}

fn is_settable(field: &str) -> bool {
    importable_fields().any(|settable| settable.name() == field)
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
