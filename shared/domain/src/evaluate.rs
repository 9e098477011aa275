//! From record to contribution: mapping, rules and delete flag applied to one record.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::config::{DeleteFlag, EventDocument, FieldMapping, Mapping, Origin, Rule, RuleAction};
use crate::email::EmailAddress;
use crate::expression::{ExpressionError, Scope};
use crate::feed::Record;
use crate::group::GroupName;
use crate::ids::PersonKey;
use crate::issue::{Issue, Severity};
use crate::profile::{Profile, ProfileField};

/// Longest source id and badge URL kept, in characters.
const MAX_ID: usize = 250;
const MAX_URL: usize = 2_000;
/// Fields that may have several lines.
const LONG_TEXTS: [&str; 2] = ["additional_info", "biography"];
/// Most groups one record may name.
pub const MAX_GROUPS: usize = 100;

/// What one record says of a person, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Incoming {
    /// The mapped fields that have a value.
    #[serde(default)]
    pub profile: Profile,
    /// The groups it names, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupName>,
    /// Its id in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// URL of the digital badge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_badge: Option<String>,
    /// Mapped fields whose value could not be used: what is stored stays.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unusable: BTreeSet<String>,
}

/// What a record asks to happen to its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// She attends.
    #[default]
    Live,
    /// The rule of this number, counting from 1, takes her out of the event.
    Remove(u32),
    /// The delete flag says: erase her.
    Erase,
}

/// One record's part in what is wanted of its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Which record of the feed, counting from 1.
    pub position: u32,
    /// The record's fingerprint.
    pub hash: u64,
    /// What it asks to happen.
    #[serde(default)]
    pub disposition: Disposition,
    /// What it says.
    pub incoming: Incoming,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A rule leaves it out of scope.
    Ignored,
    /// It cannot be taken; an issue of severity error says why.
    Rejected,
    /// It speaks of this person.
    Person(EmailAddress, Box<Contribution>),
}

/// The part of an event's configuration that says what a record means.
#[derive(Debug, Clone)]
pub struct Evaluator {
    mapping: Mapping,
    rules: Vec<Rule>,
    delete_flag: Option<DeleteFlag>,
    needs_scope: bool,
    seed: u64,
}

impl Evaluator {
    /// The evaluator of a document. Fingerprints depend on the community's key, and on mapping,
    /// rules, flag and record path: when one of them changes, every record looks new.
    #[must_use]
    pub fn new(
        document: &EventDocument,
        key: &PersonKey,
        _lookups: &crate::lookup::Lookups,
    ) -> Self {
        let meaning = serde_json::json!([
            1, // what this version makes of a record
            document.mapping,
            document.rules,
            document.delete_flag,
            document.source.records,
            document.source.format,
        ]);
        let key_seed = xxh3_64_with_seed(&key.0, 0);
        let expressions = document
            .mapping
            .all()
            .any(|(_, mapping)| matches!(mapping.origin, Origin::Expression(_)));
        Self {
            mapping: document.mapping.clone(),
            rules: document.rules.clone(),
            delete_flag: document.delete_flag.clone(),
            needs_scope: expressions || !document.rules.is_empty(),
            seed: xxh3_64_with_seed(meaning.to_string().as_bytes(), key_seed),
        }
    }

    /// What decides what a record means.
    #[must_use]
    pub fn meaning(&self) -> u64 {
        self.seed
    }

    /// The fingerprint of an element of the list: XXH3, 64 bits. Two different records share one
    /// with a probability of 2⁻⁶⁴; never 0.
    #[must_use]
    pub fn fingerprint(&self, bytes: &[u8]) -> u64 {
        xxh3_64_with_seed(bytes, self.seed).max(1)
    }

    /// Applies mapping, rules and delete flag. `position` counts from 1 over the whole feed.
    #[must_use]
    pub fn evaluate(&self, record: &Record<'_>, hash: u64, position: u32) -> (Outcome, Vec<Issue>) {
        let mut reading = Reading {
            record,
            scope: self.needs_scope.then(|| Scope::of(record)),
            position,
            issues: Vec::new(),
        };
        let source_id = self
            .mapping
            .source_id
            .as_ref()
            .and_then(|mapping| reading.short_text("source_id", mapping, MAX_ID).value());
        let outcome = self.outcome(&mut reading, hash, source_id.clone());
        let issues = reading
            .issues
            .into_iter()
            .map(|issue| issue.from_source(source_id.clone()))
            .collect();
        (outcome.unwrap_or(Outcome::Rejected), issues)
    }

    /// `None` where the record is rejected, with an issue that says why.
    fn outcome(
        &self,
        reading: &mut Reading<'_, '_>,
        hash: u64,
        source_id: Option<String>,
    ) -> Option<Outcome> {
        if !reading.record.value.is_object() {
            let found = crate::feed::type_name(reading.record.value);
            return reading.reject(
                "record",
                "not_an_object",
                format!("the record is {found}, not an object"),
            );
        }
        let actions = reading.matching_rules(&self.rules)?;
        if actions
            .iter()
            .any(|(_, action)| **action == RuleAction::Ignore)
        {
            return Some(Outcome::Ignored);
        }
        let flagged = self
            .delete_flag
            .as_ref()
            .is_some_and(|flag| reading.flagged(flag));
        let removing = actions
            .iter()
            .find(|(_, action)| **action == RuleAction::RemoveAttendee);
        let disposition = match removing {
            _ if flagged => Disposition::Erase,
            Some((number, _)) => Disposition::Remove(*number),
            None => Disposition::Live,
        };
        let email = reading.email(&self.mapping.email)?;
        let mut incoming = Incoming {
            source_id,
            ..Incoming::default()
        };
        if disposition == Disposition::Live {
            reading.fill(&self.mapping, &mut incoming);
            reading.check_names(&incoming)?;
            apply_group_rules(&actions, &mut incoming.groups);
        }
        let contribution = Contribution {
            position: reading.position,
            hash,
            disposition,
            incoming,
        };
        Some(Outcome::Person(email, Box::new(contribution)))
    }
}

fn apply_group_rules(actions: &[(u32, &RuleAction)], groups: &mut Vec<GroupName>) {
    for (_, action) in actions {
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

fn push_group(groups: &mut Vec<GroupName>, name: GroupName) {
    if !groups.iter().any(|group| group.key() == name.key()) {
        groups.push(name);
    }
}

/// A field's value as text.
enum Text {
    Value(String),
    Blank,
    /// A list or an object where text is expected.
    Unusable,
}

impl Text {
    fn value(self) -> Option<String> {
        match self {
            Self::Value(text) => Some(text),
            Self::Blank | Self::Unusable => None,
        }
    }
}

/// One record while it is read, with what there is to say about it.
struct Reading<'r, 'v> {
    record: &'r Record<'v>,
    scope: Option<Scope>,
    position: u32,
    issues: Vec<Issue>,
}

impl Reading<'_, '_> {
    fn say(&mut self, severity: Severity, field: &str, code: &str, reason: impl Into<String>) {
        self.issues
            .push(Issue::new(severity, self.position, code, reason).about(field));
    }

    fn reject<T>(&mut self, field: &str, code: &str, reason: impl Into<String>) -> Option<T> {
        self.say(Severity::Error, field, code, reason);
        None
    }

    /// The actions of the rules that hold, with their numbers; a rule that fails rejects the
    /// record, as nobody can say what it would have asked for.
    fn matching_rules<'c>(&mut self, rules: &'c [Rule]) -> Option<Vec<(u32, &'c RuleAction)>> {
        let mut actions = Vec::new();
        for (number, rule) in (1..).zip(rules) {
            let holds = match &self.scope {
                Some(scope) => rule.when.holds(scope),
                None => Ok(false),
            };
            match holds {
                Ok(true) => actions.push((number, &rule.then)),
                Ok(false) => {}
                Err(error) => {
                    let field = format!("rules[{}]", number - 1);
                    return self.reject(
                        &field,
                        "rule_failed",
                        format!("rule {number} could not be applied: {error}"),
                    );
                }
            }
        }
        Some(actions)
    }

    fn flagged(&mut self, flag: &DeleteFlag) -> bool {
        let text = match self.record.find(&flag.path).map_or(Text::Blank, as_text) {
            Text::Value(text) => text.to_lowercase(),
            Text::Blank => String::new(),
            Text::Unusable => {
                self.say(
                    Severity::Warning,
                    "delete_flag",
                    "unclear_delete_flag",
                    "the delete flag is a list or an object; nobody was erased",
                );
                return false;
            }
        };
        let listed = |values: &[String]| {
            values
                .iter()
                .any(|value| value.trim().to_lowercase() == text)
        };
        if listed(&flag.true_values) {
            return true;
        }
        if !listed(&flag.false_values) {
            self.say(
                Severity::Warning,
                "delete_flag",
                "unclear_delete_flag",
                "the delete flag is neither clearly true nor clearly false; nobody was erased",
            );
        }
        false
    }

    fn email(&mut self, mapping: &FieldMapping) -> Option<EmailAddress> {
        let text = match self.text("email", mapping) {
            Text::Value(text) => text,
            Text::Blank => {
                return self.reject("email", "missing_email", "there is no e-mail address");
            }
            Text::Unusable => {
                return self.reject("email", "invalid_email", "the e-mail address is not text");
            }
        };
        match text.parse() {
            Ok(email) => Some(email),
            Err(error) => {
                let reason = format!("{error}");
                self.reject("email", "invalid_email", reason)
            }
        }
    }

    fn check_names(&mut self, incoming: &Incoming) -> Option<()> {
        for (field, code, reason) in [
            (
                ProfileField::FirstName,
                "missing_first_name",
                "there is no first name",
            ),
            (
                ProfileField::LastName,
                "missing_last_name",
                "there is no last name",
            ),
        ] {
            if incoming.profile.get(field).is_none() {
                return self.reject(field.name(), code, reason);
            }
        }
        Some(())
    }

    fn fill(&mut self, mapping: &Mapping, incoming: &mut Incoming) {
        for field in ProfileField::ALL {
            let Some(from) = mapping.of(field) else {
                continue;
            };
            match self.short_text(field.name(), from, field.max_chars()) {
                Text::Value(text) => incoming.profile.set(field, Some(text)),
                Text::Blank => {}
                Text::Unusable => {
                    incoming.unusable.insert(field.name().to_owned());
                }
            }
        }
        if let Some(from) = &mapping.groups {
            match self.groups(from) {
                Some(groups) => incoming.groups = groups,
                None => {
                    incoming.unusable.insert("groups".to_owned());
                }
            }
        }
        if let Some(from) = &mapping.digital_badge {
            match self.badge(from) {
                Text::Value(url) => incoming.digital_badge = Some(url),
                Text::Blank => {}
                Text::Unusable => {
                    incoming.unusable.insert("digital_badge".to_owned());
                }
            }
        }
    }

    /// The raw value a mapping leads to; an expression that fails is an issue, and no value.
    fn value(&mut self, field: &str, mapping: &FieldMapping) -> Result<Value, ()> {
        let evaluated = match &mapping.origin {
            Origin::Path(path) => {
                return Ok(self.record.find(path).cloned().unwrap_or(Value::Null));
            }
            Origin::Constant(text) => return Ok(Value::String(text.clone())),
            Origin::Expression(expression) => match &self.scope {
                Some(scope) => expression.evaluate(scope),
                None => Err(ExpressionError::Failed("no record".to_owned())),
            },
        };
        evaluated.map_err(|error| {
            self.say(
                Severity::Warning,
                field,
                "expression_failed",
                error.to_string(),
            );
        })
    }

    fn text(&mut self, field: &str, mapping: &FieldMapping) -> Text {
        // Paths are followed without a copy: they are what nearly every field uses.
        let text = match &mapping.origin {
            Origin::Path(path) => self.record.find(path).map_or(Text::Blank, as_text),
            _ => match self.value(field, mapping) {
                Ok(value) => as_text(&value),
                Err(()) => return Text::Unusable,
            },
        };
        if matches!(text, Text::Unusable) && field != "email" {
            self.say(
                Severity::Warning,
                field,
                "not_text",
                "expected text, found a list or an object; the field was left as it is",
            );
        }
        text
    }

    fn short_text(&mut self, field: &str, mapping: &FieldMapping, max_chars: usize) -> Text {
        let text = match self.text(field, mapping) {
            Text::Value(value) if !LONG_TEXTS.contains(&field) => on_one_line(&value),
            other => other,
        };
        if let Text::Value(value) = &text
            && let Some((end, _)) = value.char_indices().nth(max_chars)
        {
            self.say(
                Severity::Warning,
                field,
                "too_long",
                format!("longer than {max_chars} characters; it was cut there"),
            );
            let cut = value.get(..end).unwrap_or_default().trim_end().to_owned();
            return Text::Value(cut);
        }
        text
    }

    /// `None` where nothing of the value can be used.
    fn groups(&mut self, mapping: &FieldMapping) -> Option<Vec<GroupName>> {
        let value = self.value("groups", mapping).ok()?;
        let parts: Vec<Value> = match (value, &mapping.separator) {
            (Value::Array(parts), _) => parts,
            (Value::String(text), Some(separator)) => text
                .split(separator.as_str())
                .map(|part| Value::String(part.to_owned()))
                .collect(),
            (other, _) => vec![other],
        };
        let mut groups = Vec::new();
        let mut unusable = false;
        for part in &parts {
            if groups.len() > MAX_GROUPS {
                break;
            }
            match as_text(part) {
                Text::Value(text) => {
                    if let Some(name) = GroupName::parse(&text) {
                        push_group(&mut groups, name);
                    }
                }
                Text::Blank => {}
                Text::Unusable => unusable = true,
            }
        }
        if unusable {
            self.say(
                Severity::Warning,
                "groups",
                "not_text",
                "a group's name is a list or an object; it was left out",
            );
        }
        if groups.len() > MAX_GROUPS {
            groups.truncate(MAX_GROUPS);
            self.say(
                Severity::Warning,
                "groups",
                "too_many",
                format!("more than {MAX_GROUPS} groups; the others were left out"),
            );
        }
        (!unusable || !groups.is_empty()).then_some(groups)
    }

    fn badge(&mut self, mapping: &FieldMapping) -> Text {
        let text = self.text("digital_badge", mapping);
        let Text::Value(url) = &text else {
            return text;
        };
        let good = url.chars().count() <= MAX_URL
            && Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host());
        if good {
            return text;
        }
        self.say(
            Severity::Warning,
            "digital_badge",
            "invalid_badge",
            "the digital badge is not an https URL; it was left as it is",
        );
        Text::Unusable
    }
}

/// A value that names something and may come to stand in a mail's header.
fn on_one_line(value: &str) -> Text {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !value.contains(breaks) {
        return Text::Value(value.to_owned());
    }
    let parts: Vec<&str> = value
        .split(breaks)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        Text::Blank
    } else {
        Text::Value(parts.join(" "))
    }
}

/// Numbers and booleans where text is expected are taken as text. White space around it goes, and
/// so do control characters, but for line breaks and tabs inside.
fn as_text(value: &Value) -> Text {
    let text = match value {
        Value::Null => return Text::Blank,
        Value::String(text) => clean(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(_) | Value::Object(_) => return Text::Unusable,
    };
    if text.is_empty() {
        Text::Blank
    } else {
        Text::Value(text)
    }
}

fn clean(text: &str) -> String {
    let text = text.trim();
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
