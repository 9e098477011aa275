//! The fields of the first records with their values, from which mapping and rules are proposed.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::answers;
use super::values::is_blank;
use crate::feed::{FeedRecord, field_step};

/// Most records that are examined.
pub(super) const MAX_RECORDS: usize = 50;
/// Most fields that are examined; further ones are ignored.
const MAX_FIELDS: usize = 400;
/// Levels of objects within a record.
const MAX_DEPTH: usize = 6;
/// Levels above the records.
const MAX_LEVELS: usize = 2;

/// A field, with its values in the records.
#[derive(Debug, Clone)]
pub(super) struct ProposeField<'v> {
    /// The number of levels above the record; 0 for the record's own fields.
    pub(super) level: usize,
    pub(super) steps: Vec<String>,
    /// A better name than the field's own: the question that it answers, or the title of a column.
    pub(super) label: Option<String>,
    /// The values that are not blank, each with the index of its record.
    pub(super) values: Vec<(usize, &'v Value)>,
}

/// The prefix of a step that is an index in a row without names.
const PLACE: char = '\u{0}';

/// Returns the index that a step represents.
pub(super) fn place_of(step: &str) -> Option<usize> {
    step.strip_prefix(PLACE)?.parse().ok()
}

impl<'v> ProposeField<'v> {
    /// The path, as a document writes it.
    pub(super) fn path(&self) -> String {
        let mut path = "parent.".repeat(self.level);
        for (at, step) in self.steps.iter().enumerate() {
            if let Some(place) = step.strip_prefix(PLACE) {
                let _written = write!(path, "[{place}]");
                continue;
            }
            if at > 0 {
                path.push('.');
            }
            let prefix = if self.level == 0 && at == 0 { "" } else { "." };
            path.push_str(&field_step(step, prefix, at));
        }
        path
    }

    /// Returns the field as a part of an expression.
    pub(super) fn expression(&self) -> String {
        let mut text = "parent.".repeat(self.level);
        let mut is_first = true;
        for step in &self.steps {
            let place = step.strip_prefix(PLACE);
            let is_plain = place.is_none() && is_identifier(step) && !(is_first && is_word(step));
            match (is_first, is_plain) {
                (true, true) => text.push_str(step),
                (false, true) => {
                    let _written = write!(text, ".{step}");
                }
                (first, false) => {
                    if first {
                        // The prefix of a level above ends in a dot.
                        let record = if self.level == 0 { "record" } else { "" };
                        text.truncate(text.trim_end_matches('.').len());
                        text.push_str(record);
                    }
                    match place {
                        Some(place) => {
                            let _written = write!(text, "[{place}]");
                        }
                        None => {
                            let _written = write!(text, "[{}]", quoted(step));
                        }
                    }
                }
            }
            is_first = false;
        }
        text
    }

    /// Returns the names that describe the field, the outermost first.
    pub(super) fn names(&self) -> Vec<&str> {
        match &self.label {
            Some(label) => vec![label],
            None => self.steps.iter().map(String::as_str).collect(),
        }
    }

    /// The texts, numbers and flags among its values, as text.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.values
            .iter()
            .filter_map(|(_, value)| super::values::text_of(value))
    }

    /// Returns how many of its values are texts that pass `test`, in percent of all its values.
    pub(super) fn percent(&self, test: impl Fn(&str) -> bool) -> usize {
        let held = self.texts().filter(|text| test(text)).count();
        (100 * held).checked_div(self.values.len()).unwrap_or(0)
    }

    /// Returns whether the record with this index has a value.
    pub(super) fn has(&self, record: usize) -> bool {
        self.values.iter().any(|(at, _)| *at == record)
    }

    pub(super) fn first(&self) -> Option<&'v Value> {
        self.values.first().map(|(_, value)| *value)
    }
}

/// Returns a text as a literal of an expression.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

pub(super) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Returns whether an expression reads the name as something other than a field.
pub(super) fn is_word(name: &str) -> bool {
    matches!(
        name,
        "parent"
            | "record"
            | "event"
            | "lookup"
            | "details"
            | "true"
            | "false"
            | "none"
            | "True"
            | "False"
            | "None"
            | "and"
            | "or"
            | "not"
            | "in"
            | "is"
            | "if"
            | "else"
            | "loop"
            | "self"
            | "range"
            | "dict"
            | "namespace"
            | "debug"
    )
}

/// Returns the fields of records, in the order in which they occur.
pub(super) fn fields_of<'v>(records: &[FeedRecord<'v>]) -> Vec<ProposeField<'v>> {
    let mut gathered = Gathered::default();
    for (number, record) in records.iter().take(MAX_RECORDS).enumerate() {
        gathered.number = number;
        match record.value {
            Value::Object(fields) => gathered.object(0, &mut Vec::new(), fields),
            Value::Array(cells) => gathered.row(cells),
            _ => {}
        }
        let mut below = record.value;
        for (above, level) in record.parents.iter().take(MAX_LEVELS).enumerate() {
            gathered.below = Some(below);
            if let Value::Object(fields) = level {
                gathered.object(above + 1, &mut Vec::new(), fields);
            }
            below = level;
        }
        gathered.below = None;
    }
    gathered.fields
}

#[derive(Default)]
struct Gathered<'v> {
    fields: Vec<ProposeField<'v>>,
    known: HashMap<(usize, Vec<String>), usize>,
    number: usize,
    /// The value that was examined already, so that a level above does not examine it again.
    below: Option<&'v Value>,
}

impl<'v> Gathered<'v> {
    fn object(&mut self, level: usize, steps: &mut Vec<String>, fields: &'v Map<String, Value>) {
        let question = answers::question_beside(fields);
        for (name, value) in fields {
            // A path cannot contain a quote.
            if name.contains(['"', PLACE]) || steps.len() > MAX_DEPTH {
                continue;
            }
            if self.below.is_some_and(|below| std::ptr::eq(below, value)) {
                continue;
            }
            steps.push(name.clone());
            match value {
                Value::Object(inner) => self.object(level, steps, inner),
                // A level above also contains the very list of records.
                Value::Array(list) if level > 0 && list.iter().any(Value::is_object) => {}
                value => {
                    let label = question.filter(|_| answers::is_answer(name));
                    self.value(level, steps, label, value);
                }
            }
            steps.pop();
        }
    }

    fn row(&mut self, cells: &'v [Value]) {
        for (place, value) in cells.iter().enumerate() {
            self.value(0, &[format!("{PLACE}{place}")], None, value);
        }
    }

    fn value(&mut self, level: usize, steps: &[String], label: Option<&str>, value: &'v Value) {
        let key = (level, steps.to_vec());
        let at = match self.known.get(&key) {
            Some(at) => *at,
            None if self.fields.len() >= MAX_FIELDS => return,
            None => {
                self.known.insert(key, self.fields.len());
                self.fields.push(ProposeField {
                    level,
                    steps: steps.to_vec(),
                    label: label.map(str::to_owned),
                    values: Vec::new(),
                });
                self.fields.len() - 1
            }
        };
        if let Some(field) = self.fields.get_mut(at)
            && !is_blank(value)
        {
            field.values.push((self.number, value));
        }
    }
}
