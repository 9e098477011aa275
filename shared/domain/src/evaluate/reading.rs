//! One record while it is read: what the mapping makes of its values, and what there is to say.

use serde_json::Value;
use url::Url;

use crate::config::{FieldMapping, Mapping, Origin};
use crate::email::EmailAddress;
use crate::expression::{ExpressionError, Scope};
use crate::feed::Record;
use crate::group::{GroupName, MAX_GROUP_NAME};
use crate::issue::{Issue, Severity};
use crate::profile::ProfileField;

use super::rules::push_group;
use super::text::{Text, as_text, clean, cut, of_fixed_direction, on_one_line};
use super::{Incoming, MAX_BADGE_URL, MAX_GROUPS};

/// Fields that may have several lines.
const LONG_TEXTS: [&str; 2] = ["additional_info", "biography"];

/// A value that could not be used. An issue says why; what is stored stays.
pub(super) struct Unusable;

/// The code of an address that is blank.
pub(super) const MISSING_EMAIL: &str = "missing_email";

/// Why a record has no usable address: the issue's code and its words.
pub(super) struct NoAddress {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

/// One record while it is read, with what there is to say about it.
pub(super) struct Reading<'r, 'v> {
    pub(super) record: &'r Record<'v>,
    pub(super) scope: Option<Scope>,
    pub(super) position: u32,
    pub(super) issues: Vec<Issue>,
}

impl Reading<'_, '_> {
    pub(super) fn say(
        &mut self,
        severity: Severity,
        field: &str,
        code: &str,
        reason: impl Into<String>,
    ) {
        self.issues
            .push(Issue::new(severity, self.position, code, reason).about(field));
    }

    /// The person's address, without a word about it where there is none.
    pub(super) fn email(&self, mapping: &FieldMapping) -> Result<EmailAddress, NoAddress> {
        let no = |code, reason: String| Err(NoAddress { code, reason });
        match self.read(mapping) {
            Text::Value(text) => text
                .parse()
                .or_else(|error: crate::email::EmailError| no("invalid_email", error.to_string())),
            Text::Blank => no(MISSING_EMAIL, "there is no e-mail address".to_owned()),
            Text::Unusable => no("invalid_email", "the e-mail address is not text".to_owned()),
            Text::Failed(error) => no("expression_failed", error.to_string()),
        }
    }

    /// Fills in what the mapping makes of the record.
    pub(super) fn fill(&mut self, mapping: &Mapping, incoming: &mut Incoming) {
        for field in ProfileField::ALL {
            let Some(from) = mapping.of(field) else {
                continue;
            };
            match self.short_text(field.name(), from, field.max_chars()) {
                Ok(text) => incoming.profile.set(field, text),
                Err(Unusable) => {
                    incoming.unusable.insert(field.name().to_owned());
                }
            }
        }
        if let Some(from) = &mapping.groups {
            match self.groups(from) {
                Ok(groups) => incoming.groups = groups,
                Err(Unusable) => {
                    incoming.unusable.insert("groups".to_owned());
                }
            }
        }
        if let Some(from) = &mapping.digital_badge {
            match self.badge(from) {
                Ok(url) => incoming.digital_badge = url,
                Err(Unusable) => {
                    incoming.unusable.insert("digital_badge".to_owned());
                }
            }
        }
    }

    /// A text of at most `max_chars` characters, on one line unless the field is a long text.
    pub(super) fn short_text(
        &mut self,
        field: &str,
        mapping: &FieldMapping,
        max_chars: usize,
    ) -> Result<Option<String>, Unusable> {
        let text = self.text(field, mapping)?;
        let text = if LONG_TEXTS.contains(&field) {
            text
        } else {
            text.and_then(|text| on_one_line(&text))
        };
        let Some(cut) = text.as_deref().and_then(|text| cut(text, max_chars)) else {
            return Ok(text);
        };
        self.say(
            Severity::Warning,
            field,
            "too_long",
            format!("longer than {max_chars} characters; it was cut there"),
        );
        Ok(Some(cut))
    }

    /// The raw value a mapping leads to.
    fn value(&self, mapping: &FieldMapping) -> Result<Value, ExpressionError> {
        match &mapping.origin {
            Origin::Path(path) => Ok(self.record.find(path).cloned().unwrap_or(Value::Null)),
            Origin::Constant(text) => Ok(Value::String(text.clone())),
            Origin::Expression(expression) => match &self.scope {
                Some(scope) => expression.evaluate(scope),
                None => Err(ExpressionError::Failed("no record".to_owned())),
            },
        }
    }

    fn read(&self, mapping: &FieldMapping) -> Text {
        // Paths are followed without a copy: they are what nearly every field uses.
        if let Origin::Path(path) = &mapping.origin {
            return self.record.find(path).map_or(Text::Blank, as_text);
        }
        match self.value(mapping) {
            Ok(value) => as_text(&value),
            Err(error) => Text::Failed(error),
        }
    }

    /// The text a mapping leads to, or its default where that is blank.
    fn text(&mut self, field: &str, mapping: &FieldMapping) -> Result<Option<String>, Unusable> {
        let read = match self.read(mapping) {
            Text::Value(text) => of_fixed_direction(text).map_or(Text::Blank, Text::Value),
            other => other,
        };
        match read {
            Text::Value(text) => Ok(Some(text)),
            Text::Blank => Ok(mapping
                .default
                .as_deref()
                .map(clean)
                .filter(|text| !text.is_empty())
                .and_then(of_fixed_direction)),
            Text::Unusable => {
                self.say(
                    Severity::Warning,
                    field,
                    "not_text",
                    "expected text, found a list or an object; the field was left as it is",
                );
                Err(Unusable)
            }
            Text::Failed(error) => Err(self.expression_failed(field, &error)),
        }
    }

    fn expression_failed(&mut self, field: &str, error: &ExpressionError) -> Unusable {
        self.say(
            Severity::Warning,
            field,
            "expression_failed",
            error.to_string(),
        );
        Unusable
    }

    /// The groups a mapping leads to, or its default's where there are none.
    fn groups(&mut self, mapping: &FieldMapping) -> Result<Vec<GroupName>, Unusable> {
        let value = self
            .value(mapping)
            .map_err(|error| self.expression_failed("groups", &error))?;
        let separator = mapping.separator.as_deref();
        let groups = self.named_groups(&parts(value, separator))?;
        match &mapping.default {
            Some(default) if groups.is_empty() => {
                self.named_groups(&parts(Value::String(default.clone()), separator))
            }
            _ => Ok(groups),
        }
    }

    fn named_groups(&mut self, parts: &[Value]) -> Result<Vec<GroupName>, Unusable> {
        let mut groups = Vec::new();
        let (mut unusable, mut cut) = (false, false);
        for part in parts {
            if groups.len() > MAX_GROUPS {
                break;
            }
            match as_text(part) {
                Text::Value(text) => {
                    if let Some((name, is_cut)) = GroupName::parse_noting(&text) {
                        push_group(&mut groups, name);
                        cut |= is_cut;
                    }
                }
                Text::Blank => {}
                Text::Unusable | Text::Failed(_) => unusable = true,
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
        if cut {
            self.say(
                Severity::Warning,
                "groups",
                "too_long",
                format!(
                    "a group's name is longer than {MAX_GROUP_NAME} characters; it was cut there"
                ),
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
        if unusable && groups.is_empty() {
            return Err(Unusable);
        }
        Ok(groups)
    }

    fn badge(&mut self, mapping: &FieldMapping) -> Result<Option<String>, Unusable> {
        let Some(url) = self.text("digital_badge", mapping)? else {
            return Ok(None);
        };
        let good = url.chars().count() <= MAX_BADGE_URL
            && Url::parse(&url).is_ok_and(|url| url.scheme() == "https" && url.has_host());
        if good {
            return Ok(Some(url));
        }
        self.say(
            Severity::Warning,
            "digital_badge",
            "invalid_badge",
            "the digital badge is not an https URL; it was left as it is",
        );
        Err(Unusable)
    }
}

/// The parts of a list, or of a text with a separator.
fn parts(value: Value, separator: Option<&str>) -> Vec<Value> {
    match (value, separator) {
        (Value::Array(parts), _) => parts,
        (Value::String(text), Some(separator)) => text
            .split(separator)
            .map(|part| Value::String(part.to_owned()))
            .collect(),
        (other, _) => vec![other],
    }
}
