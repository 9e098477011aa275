//! Rules and delete flag on one record: what it asks to happen to its person.

use serde_json::Value;

use crate::config::{DeleteFlag, Rule, RuleAction};
use crate::expression::{ExpressionError, Scope};
use crate::feed::Record;
use crate::group::GroupName;

/// A rule that could not be applied.
#[derive(Debug)]
pub(super) struct RuleFailure {
    /// Which rule, counting from 1.
    pub(super) number: u32,
    pub(super) error: ExpressionError,
}

/// The rules that hold on a record.
#[derive(Debug, Default)]
pub(super) struct Matches<'c> {
    actions: Vec<(u32, &'c RuleAction)>,
    failure: Option<RuleFailure>,
}

impl<'c> Matches<'c> {
    /// Applies every rule, also after one that failed: a later one may leave the record out of
    /// scope.
    pub(super) fn of(rules: &'c [Rule], scope: Option<&Scope>) -> Self {
        let mut matches = Self::default();
        for (number, rule) in (1..).zip(rules) {
            match scope.map_or(Ok(false), |scope| rule.when.holds(scope)) {
                Ok(true) => matches.actions.push((number, &rule.then)),
                Ok(false) => {}
                Err(error) => {
                    let failure = RuleFailure { number, error };
                    matches.failure.get_or_insert(failure);
                }
            }
        }
        matches
    }

    /// Their numbers.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.actions.iter().map(|(number, _)| *number).collect()
    }

    /// Whether a rule leaves the record out of scope, whatever the others ask for.
    pub(super) fn ignore(&self) -> bool {
        self.actions
            .iter()
            .any(|(_, action)| **action == RuleAction::Ignore)
    }

    /// The first rule that failed: nobody can say what it would have asked for.
    pub(super) fn failure(&self) -> Option<&RuleFailure> {
        self.failure.as_ref()
    }

    /// The number of the first rule that takes the person out of the event.
    pub(super) fn removal(&self) -> Option<u32> {
        self.actions
            .iter()
            .find(|(_, action)| **action == RuleAction::RemoveAttendee)
            .map(|(number, _)| *number)
    }

    /// Adds groups and takes them away, in the order of the rules.
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
                RuleAction::Ignore | RuleAction::RemoveAttendee => {}
            }
        }
    }
}

/// Adds a group that is not there yet.
pub(super) fn push_group(groups: &mut Vec<GroupName>, name: GroupName) {
    if !groups.iter().any(|group| group.key() == name.key()) {
        groups.push(name);
    }
}

/// Whether the flag says: erase. What is neither clearly true nor clearly false is an error, in
/// words for people, and erases nobody.
pub(super) fn flagged(flag: &DeleteFlag, record: &Record<'_>) -> Result<bool, &'static str> {
    // Other than in a field, control characters stay: what holds one is not clearly anything.
    let text = match record.find(&flag.path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_lowercase(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err("the delete flag is a list or an object; nobody was erased");
        }
    };
    let listed = |values: &[String]| {
        values
            .iter()
            .any(|value| value.trim().to_lowercase() == text)
    };
    if listed(&flag.true_values) {
        return Ok(true);
    }
    if listed(&flag.false_values) {
        return Ok(false);
    }
    Err("the delete flag is neither clearly true nor clearly false; nobody was erased")
}
