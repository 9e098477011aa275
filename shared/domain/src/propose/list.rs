//! Finds the list of registrations in an answer, among all the lists that it holds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::fields_of;
use super::names::{ProposedMeaning as M, meanings, plain, speaks_of_others};
use super::values::{counted, is_email, is_name};
use super::{ProposedList, ProposedLists};
use crate::feed::{FeedRecord, RecordsPath};

/// Most elements of a list that are examined.
const SAMPLE: usize = 30;
/// Most elements of a list in which inner lists are searched.
const WITHIN: usize = 200;
/// Levels of names and lists that are followed.
const MAX_DEPTH: usize = 10;
/// Most lists that are examined.
const MAX_LISTS: usize = 200;
/// Names of lists of people.
const PEOPLE: &[&str] = &[
    "attendees",
    "attendee",
    "participants",
    "guests",
    "registrations",
    "registrants",
    "tickets",
    "delegates",
    "members",
    "people",
    "persons",
    "users",
    "visitors",
    "issuedtickets",
    "positions",
    "teilnehmer",
    "teilnehmende",
    "gaeste",
    "gaste",
    "anmeldungen",
    "personen",
    "besucher",
    "deelnemers",
    "gasten",
    "inschrijvingen",
    "inscriptions",
    "inscrits",
    "invites",
    "participantes",
    "asistentes",
    "inscripciones",
    "invitados",
    "inscritos",
    "partecipanti",
    "iscritti",
    "iscrizioni",
    "ospiti",
    "convidados",
    "inscricoes",
    "responses",
    "submissions",
    "ticketholders",
    "contacts",
];
/// Names of lists of other things, or of other people.
const OTHERS: &[&str] = &[
    "emails",
    "phones",
    "phonenumbers",
    "addresses",
    "organizers",
    "organisers",
    "speakers",
    "staff",
    "hosts",
    "exhibitors",
    "sponsors",
    "admins",
    "owners",
    "included",
    "errors",
    "links",
    "events",
    "sessions",
    "products",
    "lines",
    "fees",
    "payments",
    "checkins",
    "answers",
    "questions",
    "tags",
    "groups",
    "categories",
    "buyers",
    "team",
    "contactpersons",
    "companies",
];

#[derive(Debug, Clone, PartialEq)]
enum ListSegment {
    Name(String),
    Each,
}

/// A list that was found, with its elements.
struct FoundList<'v> {
    path: Vec<ListSegment>,
    elements: Vec<&'v Value>,
    /// Whether it is an object whose members are the elements.
    is_keyed: bool,
    score: i64,
    has_email: bool,
}

/// The lists of an answer, the most likely one first.
pub(super) fn lists_in(body: &Value) -> ProposedLists {
    let mut finder = Finder { found: Vec::new() };
    finder.look(&[body], &mut Vec::new());
    let mut found = finder.found;
    for list in &mut found {
        judge(list);
    }
    found.sort_by_key(|list| (Reverse(list.score), list.path.len()));
    let mut lists: Vec<ProposedList> = found.iter().filter_map(proposed).collect();
    let keyed = found.iter().find(|list| list.is_keyed && list.has_email);
    let best = lists.iter().position(|list| list.is_readable);
    match best {
        Some(best)
            if keyed.is_none_or(|keyed| {
                found
                    .iter()
                    .any(|list| !list.is_keyed && list.score >= keyed.score - 20)
            }) =>
        {
            let best = lists.remove(best);
            ProposedLists {
                reason: best.reason.clone(),
                best: Some(best),
                others: lists,
            }
        }
        _ => ProposedLists {
            best: None,
            reason: nothing(body, &lists),
            others: lists,
        },
    }
}

fn nothing(body: &Value, lists: &[ProposedList]) -> String {
    match (lists.first(), body) {
        (Some(list), _) => list.reason.clone(),
        (None, Value::Array(list)) if list.is_empty() => "the answer is an empty list: nobody has registered yet".to_owned(),
        (None, Value::Object(fields)) if fields.is_empty() => "the answer is an empty object".to_owned(),
        _ => "the answer has no list of objects in it; check the address, and that it is the one that lists registrations".to_owned(),
    }
}

struct Finder<'v> {
    found: Vec<FoundList<'v>>,
}

impl<'v> Finder<'v> {
    /// Searches values at the same path for lists.
    fn look(&mut self, values: &[&'v Value], path: &mut Vec<ListSegment>) {
        if path.len() > MAX_DEPTH || self.found.len() >= MAX_LISTS {
            return;
        }
        let lists: Vec<&Vec<Value>> = values.iter().filter_map(|value| value.as_array()).collect();
        if !lists.is_empty() {
            let elements: Vec<&Value> = lists.into_iter().flatten().collect();
            path.push(ListSegment::Each);
            self.list(elements, path, false);
            path.pop();
        }
        let objects: Vec<_> = values
            .iter()
            .filter_map(|value| value.as_object())
            .collect();
        let mut members: BTreeMap<&String, Vec<&'v Value>> = BTreeMap::new();
        for (name, value) in objects.iter().flat_map(|fields| fields.iter()) {
            if value.is_array() || value.is_object() {
                members.entry(name).or_default().push(value);
            }
        }
        if let [fields] = objects.as_slice()
            && is_keyed(fields.iter().map(|(name, value)| (name.as_str(), value)))
        {
            let elements = fields.values().collect();
            path.push(ListSegment::Each);
            self.list(elements, path, true);
            path.pop();
        }
        for (name, values) in members {
            path.push(ListSegment::Name(name.clone()));
            self.look(&values, path);
            path.pop();
        }
    }

    fn list(&mut self, elements: Vec<&'v Value>, path: &mut Vec<ListSegment>, is_keyed: bool) {
        let objects: Vec<&Value> = elements
            .iter()
            .copied()
            .filter(|value| value.is_object())
            .collect();
        let is_table = is_table(&elements);
        if objects.len() * 2 > elements.len() || is_table {
            let looked_into: Vec<&Value> = objects.iter().take(WITHIN).copied().collect();
            self.found.push(FoundList {
                path: path.clone(),
                elements,
                is_keyed,
                score: 0,
                has_email: false,
            });
            self.look(&looked_into, path);
        }
    }
}

/// Returns whether a list is a table: rows that are lists, the first of which names the columns.
pub(super) fn is_table(elements: &[&Value]) -> bool {
    let is_row = |value: &&Value| {
        value
            .as_array()
            .is_some_and(|row| row.iter().all(|cell| !cell.is_object() && !cell.is_array()))
    };
    let first = elements.first().and_then(|row| row.as_array());
    let is_head = first.is_some_and(|row| {
        row.len() > 1
            && row
                .iter()
                .all(|cell| cell.as_str().is_some_and(|text| !is_email(text)))
    });
    elements.len() > 1 && is_head && elements.iter().all(is_row)
}

/// Returns whether an object contains records by their ids: its members are objects of one shape.
fn is_keyed<'v>(members: impl Iterator<Item = (&'v str, &'v Value)>) -> bool {
    let mut shapes: Vec<Vec<&String>> = Vec::new();
    let mut has_word = false;
    for (name, value) in members {
        let Value::Object(fields) = value else {
            return false;
        };
        shapes.push(fields.keys().collect());
        has_word |= !meanings(&[name]).is_empty();
    }
    let Some((first, rest)) = shapes.split_first() else {
        return false;
    };
    let is_alike = |shape: &Vec<&String>| {
        let same = shape.iter().filter(|name| first.contains(name)).count();
        same * 2 >= shape.len().max(first.len())
    };
    !has_word && !rest.is_empty() && first.len() > 1 && rest.iter().all(is_alike)
}

/// Rates how likely a list contains the registrations.
fn judge(list: &mut FoundList<'_>) {
    let head;
    let sample: Vec<FeedRecord<'_>> = list
        .elements
        .iter()
        .take(SAMPLE)
        .map(|value| FeedRecord::within(value, Vec::new()))
        .collect();
    let mut fields = fields_of(&sample);
    if is_table(&list.elements) {
        head = list
            .elements
            .first()
            .and_then(|row| row.as_array())
            .cloned()
            .unwrap_or_default();
        super::name_columns(&mut fields, &head);
    }
    let records = sample.len().max(1);
    let share = |values: usize| i64::try_from(100 * values.min(records) / records).unwrap_or(0);
    let mut email = 0;
    let mut has_name = false;
    let mut more = 0;
    for field in &fields {
        let names = field.names();
        let found = meanings(&names);
        let of_others = speaks_of_others(&names);
        let addresses = field.texts().filter(|text| is_email(text)).count();
        let within = field
            .values
            .iter()
            .filter(|(_, value)| has_address(value))
            .count();
        if !of_others {
            email = email.max(share(addresses)).max(share(within) * 8 / 10);
        }
        for (meaning, score) in found {
            let is_filled = !field.values.is_empty();
            match meaning {
                M::FirstName | M::LastName | M::FullName => {
                    has_name |= is_filled && score >= 80 && field.percent(is_name) >= 50;
                }
                M::JobTitle | M::Company | M::Country | M::Groups => {
                    more += i64::from(score >= 80) * 2;
                }
                _ => {}
            }
        }
    }
    let own = list.path.iter().rev().find_map(|segment| match segment {
        ListSegment::Name(name) => Some(
            plain(name)
                .chars()
                .filter(|letter| letter.is_alphanumeric())
                .collect::<String>(),
        ),
        ListSegment::Each => None,
    });
    let own = own.unwrap_or_default();
    let by_name = match own.as_str() {
        own if PEOPLE.contains(&own) => 12,
        own if OTHERS.contains(&own) => -25,
        _ => 0,
    };
    let within = list
        .path
        .iter()
        .filter(|segment| **segment == ListSegment::Each)
        .count();
    let nested = if within > 1 && email > 0 && has_name {
        10
    } else {
        0
    };
    let count = i64::from(list.elements.len().checked_ilog2().unwrap_or(0)).min(8);
    list.has_email = email > 0;
    list.score = email / 2 + i64::from(has_name) * 25 + more.min(8) + by_name + nested + count
        - i64::from(list.is_keyed) * 5;
}

fn has_address(value: &Value) -> bool {
    value.as_array().is_some_and(|items| {
        items.iter().take(20).any(|item| match item {
            Value::String(text) => is_email(text),
            Value::Object(fields) => fields
                .values()
                .any(|value| value.as_str().is_some_and(is_email)),
            _ => false,
        })
    })
}

fn proposed(list: &FoundList<'_>) -> Option<ProposedList> {
    let unwrapped = wrapped_in(&list.elements);
    let mut path = text_of(&list.path);
    if let Some(name) = unwrapped {
        path.push_str(&step(name));
    }
    path.parse::<RecordsPath>().ok()?;
    let count = list.elements.len() - usize::from(is_table(&list.elements));
    let place = place_of(&list.path);
    let reason = match (list.is_keyed, list.has_email) {
        (true, _) => format!(
            "{count} records are at {place} as an object with a name for each, not as a list; this program reads lists, so ask \
             for another format of this answer"
        ),
        (false, true) => format!("{} found at {place}", counted(count, "person", "people")),
        (false, false) => {
            format!(
                "{} found at {place}, without an e-mail address",
                counted(count, "record", "records")
            )
        }
    };
    let first = list.elements.get(usize::from(is_table(&list.elements)));
    Some(ProposedList {
        path,
        count,
        reason,
        is_readable: !list.is_keyed,
        example: first
            .map(|first| unwrapped.and_then(|name| first.get(name)).unwrap_or(first))
            .map(|value| (*value).clone()),
    })
}

/// Returns the one field that contains the record in every element, where nothing else would be
/// lost: `node` in GraphQL's edges.
fn wrapped_in<'v>(elements: &[&'v Value]) -> Option<&'v str> {
    let first = elements.first()?.as_object()?;
    let mut inner = first.iter().filter(|(_, value)| value.is_object());
    let (name, _) = inner.next()?;
    let is_wrapped = |element: &&Value| {
        let Some(fields) = element.as_object() else {
            return false;
        };
        let Some(Value::Object(record)) = fields.get(name) else {
            return false;
        };
        fields
            .iter()
            .filter(|(other, _)| *other != name)
            .all(|(other, value)| {
                matches!(other.as_str(), "cursor" | "__typename")
                    || record.get(other) == Some(value)
            })
    };
    (inner.next().is_none() && elements.iter().all(is_wrapped)).then_some(name)
}

fn text_of(path: &[ListSegment]) -> String {
    path.iter()
        .fold("$".to_owned(), |text, segment| match segment {
            ListSegment::Name(name) => text + &step(name),
            ListSegment::Each => text + "[*]",
        })
}

fn step(name: &str) -> String {
    if name.is_empty() || name == "*" || name.contains(['.', '[', ']', '\'', '"', ' ']) {
        let quote = if name.contains('\'') { '"' } else { '\'' };
        format!("[{quote}{name}{quote}]")
    } else {
        format!(".{name}")
    }
}

/// Returns the path in words: `data.registrations`.
fn place_of(path: &[ListSegment]) -> String {
    let names: Vec<&str> = path
        .iter()
        .filter_map(|segment| match segment {
            ListSegment::Name(name) => Some(name.as_str()),
            ListSegment::Each => None,
        })
        .collect();
    if names.is_empty() {
        "the top of the answer".to_owned()
    } else {
        names.join(".")
    }
}
