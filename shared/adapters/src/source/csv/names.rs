//! The names of a table's columns, and which of them the mapping uses.

use std::collections::{HashMap, HashSet};

use attendee_sync_domain::config::TakenField;
use attendee_sync_domain::profile::AttendeeField;

use super::row::CsvFields;
use crate::source::came;

/// The maximum number of names that a message lists.
const MAX_SHOWN: usize = 20;

/// The columns that the mapping names.
pub(super) struct Columns(Vec<Column>);

struct Column {
    name: AttendeeField,
    heading: String,
    is_needed: bool,
}

/// Which columns of the mapping a row has.
pub(super) struct Matched {
    pub(super) count: usize,
    /// The columns that are needed and missing, in words.
    pub(super) missing: Vec<String>,
}

impl Columns {
    pub(super) fn of(taken: &[TakenField]) -> Self {
        let column = |field: &TakenField| {
            Some(Column {
                name: field.name,
                heading: field.path.column()?.to_owned(),
                is_needed: field.is_needed,
            })
        };
        Self(taken.iter().filter_map(column).collect())
    }

    /// Returns whether the mapping names any columns: otherwise nothing is known of the header.
    pub(super) fn are_named(&self) -> bool {
        !self.0.is_empty()
    }

    /// Returns the index among `names` of the column for a field.
    pub(super) fn place_of(&self, field: AttendeeField, names: &[String]) -> Option<usize> {
        let column = self.0.iter().find(|column| column.name == field)?;
        names.iter().position(|name| *name == column.heading)
    }

    /// Finds the columns among the names of a row. A name that differs from the mapping only in
    /// case or white space is replaced by the mapping's spelling.
    pub(super) fn match_names(&self, names: &mut [String]) -> Matched {
        let mut matched = Matched {
            count: 0,
            missing: Vec::new(),
        };
        for Column {
            name,
            heading,
            is_needed,
        } in &self.0
        {
            if names.iter().any(|found| found == heading) {
                matched.count += 1;
                continue;
            }
            let folded = fold(heading);
            let mut alike = names.iter_mut().filter(|found| fold(found) == folded);
            match (alike.next(), alike.next()) {
                (Some(only), None) => {
                    only.clone_from(heading);
                    matched.count += 1;
                }
                _ if *is_needed => {
                    matched
                        .missing
                        .push(format!("column \"{heading}\" (mapping.{name})"));
                }
                _ => {}
            }
        }
        matched
    }
}

/// Returns a name without differences that people do not see or do not intend: case, white space
/// around it, repeated white space, quotes, and characters of zero width.
pub(super) fn fold(name: &str) -> String {
    let is_seen = |letter: &char| {
        !matches!(
            letter,
            '"' | '\'' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
        )
    };
    let seen: String = name.chars().filter(is_seen).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Returns the names in a row, made unique: a column without a name is named by its position, and a
/// repeated name gets a number.
pub(super) fn unique(row: &CsvFields) -> Vec<String> {
    let mut taken = HashSet::new();
    // How often each name was used so far: the next column of that name continues the count.
    let mut times: HashMap<String, usize> = HashMap::new();
    let unique = |(index, field): (usize, &[u8])| {
        let name = String::from_utf8_lossy(field);
        let name = match name
            .trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}')
        {
            "" => format!("column {}", index + 1),
            name => name.to_owned(),
        };
        let number = times.entry(name.clone()).or_insert(0);
        loop {
            *number += 1;
            let unique = match *number {
                1 => name.clone(),
                _ => format!("{name} {number}"),
            };
            if taken.insert(unique.clone()) {
                return unique;
            }
        }
    };
    row.iter().enumerate().map(unique).collect()
}

/// Returns the fields of a row for a message.
pub(super) fn shown(row: &CsvFields) -> String {
    let mut names: Vec<String> = row
        .iter()
        .take(MAX_SHOWN)
        .map(|field| came::quoted(&String::from_utf8_lossy(field)))
        .collect();
    if row.len() > MAX_SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
