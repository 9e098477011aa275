//! Finds names in rules and expressions that no record of a feed has: a missing quote, wrong case,
//! a renamed field. A rule with such a name never matches, and the records alone do not show it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::{Condition, EventDocument, FieldTest, ValueOrigin};
use crate::expression::FieldName;
use crate::feed::{FeedRecord, FieldPath};
use crate::issue::{Issue, Severity};

/// Most names of one level that are kept in order to suggest the right one.
const MAX_SIBLINGS: usize = 500;
/// Most letters by which a wrong name may differ from the suggested one.
const MAX_DISTANCE: usize = 2;

/// The names in rules and expressions that no record has had so far, collected while a whole feed
/// is read. It keeps names of fields, and no values of records.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NameWatch {
    open: Vec<Watched>,
    records: u64,
}

/// One name that was not found yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Watched {
    /// The path of the rule or the mapping that uses the name.
    place: String,
    level: usize,
    steps: Vec<String>,
    may_be_text: bool,
    /// Whether a rule compares the field. Elsewhere a name is reported only if a similar one
    /// exists.
    decides: bool,
    /// The largest number of leading steps that a record had.
    found: usize,
    /// The names that records have in place of the first missing step.
    siblings: BTreeSet<String>,
}

impl NameWatch {
    /// Returns the names that a document uses.
    #[must_use]
    pub fn of(document: &EventDocument) -> Self {
        let mut open = Vec::new();
        for (index, rule) in document.rules.iter().enumerate() {
            match &rule.condition {
                Condition::Expression(expression) => {
                    let place = format!("rules[{index}].when");
                    open.extend(watched(&place, true, expression.field_names()));
                }
                Condition::Field(path, test) => {
                    let place = format!("rules[{index}].field");
                    let compares = !matches!(test, FieldTest::Blank | FieldTest::NotBlank);
                    open.extend(watched(&place, true, [of_path(path, compares)]));
                }
            }
        }
        for (name, mapping) in document.mapping.all() {
            if let ValueOrigin::Expression(expression) = &mapping.origin {
                let place = format!("mapping.{name}");
                open.extend(watched(&place, false, expression.field_names()));
            }
        }
        Self { open, records: 0 }
    }

    /// Examines a record, and drops the names that it has.
    pub fn see(&mut self, record: &FeedRecord<'_>) {
        self.records += 1;
        self.open.retain_mut(|name| !name.is_found_in(record));
    }

    /// Returns the issues, once every record was examined.
    #[must_use]
    pub fn issues(self) -> Vec<Issue> {
        if self.records == 0 {
            return Vec::new();
        }
        let mut said = BTreeSet::new();
        let issues = self.open.iter().filter_map(Watched::issue);
        issues
            .filter(|issue| said.insert((issue.field.clone(), issue.reason.clone())))
            .collect()
    }
}

fn watched(place: &str, is_rule: bool, names: impl IntoIterator<Item = FieldName>) -> Vec<Watched> {
    let names: Vec<FieldName> = names.into_iter().collect();
    // If one place in an expression covers a missing field, that applies to all places of the name.
    let may_lack = |name: &FieldName| {
        let mut others = names.iter().filter(|other| other.may_lack);
        others.any(|other| (other.level, &other.steps) == (name.level, &name.steps))
    };
    let expected = names.iter().filter(|name| !may_lack(name)).cloned();
    expected
        .map(|name| Watched {
            place: place.to_owned(),
            level: name.level,
            steps: name.steps,
            may_be_text: name.may_be_text,
            decides: is_rule && name.is_compared,
            found: 0,
            siblings: BTreeSet::new(),
        })
        .collect()
}

fn of_path(path: &FieldPath, is_compared: bool) -> FieldName {
    let level = path.levels();
    let is_record = path.first_name() == Some("record");
    let steps = path.names().skip(level + usize::from(is_record));
    FieldName {
        level,
        steps: steps.map(str::to_owned).collect(),
        may_be_text: false,
        is_compared,
        may_lack: false,
    }
}

impl Watched {
    /// Returns whether the record has all steps of the name. Otherwise it notes how many it has.
    fn is_found_in(&mut self, record: &FeedRecord<'_>) -> bool {
        let at = match self.level.checked_sub(1) {
            None => Some(record.value),
            Some(above) => record.parents.get(above).copied(),
        };
        let Some(mut at) = at else { return false };
        for (index, step) in self.steps.iter().enumerate() {
            match at {
                Value::Object(fields) => {
                    if let Some(value) = fields.get(step) {
                        at = value;
                    } else {
                        note(&mut self.found, &mut self.siblings, index, fields);
                        return false;
                    }
                }
                // A filter may turn a list or a text into anything, so that a step below one counts
                // as found.
                Value::Null => return false,
                _ => return index > 0,
            }
        }
        true
    }

    fn issue(&self) -> Option<Issue> {
        let missing = self.steps.get(self.found)?;
        if self.siblings.is_empty() {
            return None;
        }
        let meant = self.meant(missing);
        if !self.decides && meant.is_none() {
            return None;
        }
        let above = "parent.".repeat(self.level);
        let known = self.steps.get(..=self.found)?.join(".");
        let quoted = self.may_be_text && self.found == 0;
        let advice = match meant {
            Some(meant) => format!("; did you mean {meant}?"),
            None if quoted => format!("; if the text is meant, write it in quotes: '{missing}'"),
            None => "; check the name".to_owned(),
        };
        let reason =
            format!("no record has a field {above}{known}, so that it is always blank{advice}");
        Some(Issue::new(Severity::Warning, 0, "unknown_name", reason).about(&self.place))
    }

    /// Returns the existing field with a similar name.
    fn meant(&self, missing: &str) -> Option<&String> {
        let folded = fold(missing);
        let same = self.siblings.iter().find(|name| fold(name) == folded);
        same.or_else(|| {
            let near = |name: &&String| {
                missing.chars().count() > 2 * MAX_DISTANCE
                    && strsim::osa_distance(&fold(name), &folded) <= MAX_DISTANCE
            };
            self.siblings.iter().find(near)
        })
    }
}

fn note(
    found: &mut usize,
    siblings: &mut BTreeSet<String>,
    index: usize,
    fields: &Map<String, Value>,
) {
    if index > *found {
        siblings.clear();
        *found = index;
    }
    if index == *found {
        let room = MAX_SIBLINGS.saturating_sub(siblings.len());
        let names = fields.keys().filter(|name| !name.is_empty());
        siblings.extend(names.take(room).cloned());
    }
}

/// Folds a name, so that names which differ only in case, spaces and signs between words are equal.
fn fold(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
