//! Applies the rules to one record.

use serde_json::Value;

use crate::config::{Condition, FieldTest, Rule, RuleAction, Values};
use crate::expression::ExpressionScope;
use crate::feed::{FeedRecord, FieldPath};
use crate::group::GroupName;
use crate::lookup;
use crate::text;

/// A rule that could not be applied.
#[derive(Debug)]
pub(super) struct RuleFailure {
    /// The rule's number, counting from 1.
    pub(super) number: u32,
    /// The reason, in words for people.
    pub(super) reason: String,
}

/// The rules that match a record.
#[derive(Debug, Default)]
pub(super) struct Matches<'c> {
    actions: Vec<(u32, &'c RuleAction)>,
    failure: Option<RuleFailure>,
}

impl<'c> Matches<'c> {
    /// Applies every rule, even after one that failed: a later rule may ignore the record.
    pub(super) fn of(
        rules: &'c [Rule],
        record: &FeedRecord<'_>,
        scope: Option<&ExpressionScope>,
    ) -> Self {
        let mut matches = Self::default();
        for (number, rule) in (1..).zip(rules) {
            match holds(&rule.condition, record, scope) {
                Ok(true) => matches.actions.push((number, &rule.then)),
                Ok(false) => {}
                Err(reason) => {
                    let failure = RuleFailure { number, reason };
                    matches.failure.get_or_insert(failure);
                }
            }
        }
        matches
    }

    /// Returns the numbers of the matching rules.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.actions.iter().map(|(number, _)| *number).collect()
    }

    /// Returns whether a rule ignores the record, whatever the other rules order.
    pub(super) fn ignore(&self) -> bool {
        self.actions
            .iter()
            .any(|(_, action)| **action == RuleAction::Ignore)
    }

    /// Returns the first rule that failed: its effect on the record is unknown.
    pub(super) fn failure(&self) -> Option<&RuleFailure> {
        self.failure.as_ref()
    }

    /// Returns the number of the first rule that removes the person from the event.
    pub(super) fn removal(&self) -> Option<u32> {
        self.first(&RuleAction::RemoveAttendee)
    }

    /// The number of the first rule that makes the person a user who does not attend.
    pub(super) fn user_only(&self) -> Option<u32> {
        self.first(&RuleAction::UserOnly)
    }

    fn first(&self, wanted: &RuleAction) -> Option<u32> {
        let mut actions = self.actions.iter();
        let found = actions.find(|(_, action)| *action == wanted);
        found.map(|(number, _)| *number)
    }

    /// Adds and removes groups, in the order of the rules.
    pub(super) fn change_groups(&self, groups: &mut Vec<GroupName>) {
        for (_, action) in &self.actions {
            match action {
                RuleAction::AddGroup(name) => {
                    if let Some(name) = GroupName::parse(name.as_str()) {
                        push_group(groups, name);
                    }
                }
                RuleAction::RemoveGroup(name) => {
                    let key = GroupName::parse(name.as_str()).map(|name| name.key());
                    groups.retain(|group| Some(group.key()) != key);
                }
                RuleAction::Ignore | RuleAction::RemoveAttendee | RuleAction::UserOnly => {}
            }
        }
    }
}

/// Adds a group, unless it is there already.
pub(super) fn push_group(groups: &mut Vec<GroupName>, name: GroupName) {
    if !groups.iter().any(|group| group.key() == name.key()) {
        groups.push(name);
    }
}

fn holds(
    condition: &Condition,
    record: &FeedRecord<'_>,
    scope: Option<&ExpressionScope>,
) -> Result<bool, String> {
    match condition {
        Condition::Expression(expression) => scope
            .map_or(Ok(false), |scope| expression.holds(scope))
            .map_err(|error| error.to_string()),
        Condition::Field(field, test) => field_passes(field, test, record.find(field)),
    }
}

fn field_passes(
    field: &FieldPath,
    test: &FieldTest,
    value: Option<&Value>,
) -> Result<bool, String> {
    let value = value.unwrap_or(&Value::Null);
    let texts = || {
        compared(value).ok_or_else(|| {
            format!(
                "the field {field} holds an object, which cannot be compared; name a field in it"
            )
        })
    };
    let listed = |values: &Values, text: &String| values.0.iter().any(|one| folded(one) == *text);
    match test {
        FieldTest::Is(values) => Ok(texts()?.iter().any(|text| listed(values, text))),
        FieldTest::IsNot(values) => Ok(!texts()?.iter().any(|text| listed(values, text))),
        FieldTest::Contains(values) if value.is_array() => {
            Ok(texts()?.iter().any(|text| listed(values, text)))
        }
        FieldTest::Contains(values) => Ok(texts()?.iter().any(|text| {
            let mut parts = values.0.iter();
            parts.any(|part| text.contains(&folded(part)))
        })),
        FieldTest::Blank => Ok(is_blank(value)),
        FieldTest::NotBlank => Ok(!is_blank(value)),
    }
}

/// Returns the texts of a value that are compared, one for each item of a list; `None` where it
/// contains an object.
fn compared(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => {
            let items: Option<Vec<Vec<String>>> = items.iter().map(compared).collect();
            Some(items?.concat())
        }
        Value::Object(_) => None,
        scalar => Some(vec![folded(&lookup::key(scalar).unwrap_or_default())]),
    }
}

/// Cleans a text like a name, and folds its case.
fn folded(text: &str) -> String {
    if text.contains('&') {
        text::folded(&text::unescape(text))
    } else {
        text::folded(text)
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text::line(text).is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
