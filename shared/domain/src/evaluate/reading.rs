//! Reads one record: the values that the mapping takes from it, and the issues about it.

use serde_json::Value;
use url::Url;

use crate::config::{FieldMapping, Mapping, ValueOrigin};
use crate::email::{EmailAddress, EmailError};
use crate::expression::{ExpressionError, ExpressionScope};
use crate::feed::FeedRecord;
use crate::issue::{Issue, Severity};
use crate::profile::{AttendeeField, ProfileField};
use crate::text;

use super::text::{TextValue, as_text, cut, name};
use super::{Incoming, MAX_BADGE_URL};

/// Fields that may have several lines and may contain HTML: their character references stay
/// encoded.
const LONG_TEXTS: [&str; 2] = ["additional_info", "biography"];

const NO_ADDRESS: &str = "there is no e-mail address";

/// The value of a field could not be used. An issue says why, and the stored value stays.
pub(super) struct Unusable;

/// The code of an address that is blank.
pub(super) const MISSING_EMAIL: &str = "missing_email";

/// The reason why a record has no usable address: the issue's code and its message.
pub(super) struct NoAddress {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

/// One record while it is read, with the issues found so far.
pub(super) struct RecordReading<'r, 'v> {
    pub(super) record: &'r FeedRecord<'v>,
    pub(super) scope: Option<ExpressionScope>,
    pub(super) position: u32,
    pub(super) issues: Vec<Issue>,
}

impl RecordReading<'_, '_> {
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

    /// Returns the person's address, without adding an issue where there is none.
    pub(super) fn email(&self, mapping: &FieldMapping) -> Result<EmailAddress, NoAddress> {
        let no = |code, reason: String| Err(NoAddress { code, reason });
        match self.read(mapping) {
            TextValue::Value(text) => text.parse().or_else(|error| match error {
                EmailError::Empty => no(MISSING_EMAIL, NO_ADDRESS.to_owned()),
                error => no("invalid_email", error.to_string()),
            }),
            TextValue::Blank => no(MISSING_EMAIL, NO_ADDRESS.to_owned()),
            TextValue::Unusable => no("invalid_email", "the e-mail address is not text".to_owned()),
            TextValue::Failed(error) => no("expression_failed", error.to_string()),
        }
    }

    /// Fills `incoming` with the values of the mapped fields.
    pub(super) fn fill(&mut self, mapping: &Mapping, incoming: &mut Incoming) {
        for field in ProfileField::ALL {
            let Some(from) = mapping.of(field) else {
                continue;
            };
            match self.short_text(field.name(), from, field.max_chars()) {
                Ok(text) => incoming.profile.set(field, text),
                Err(Unusable) => {
                    incoming.unusable.insert(field.into());
                }
            }
        }
        if let Some(from) = &mapping.groups {
            match self.groups(from) {
                Ok(groups) => incoming.groups = groups,
                Err(Unusable) => {
                    incoming.unusable.insert(AttendeeField::Groups);
                }
            }
        }
        if let Some(from) = &mapping.digital_badge {
            match self.badge(from) {
                Ok(url) => incoming.digital_badge = url,
                Err(Unusable) => {
                    incoming.unusable.insert(AttendeeField::DigitalBadge);
                }
            }
        }
    }

    /// A text of at most `max_chars` characters, clean, and on one line unless the field is a long
    /// text.
    pub(super) fn short_text(
        &mut self,
        field: &str,
        mapping: &FieldMapping,
        max_chars: usize,
    ) -> Result<Option<String>, Unusable> {
        let text = self.text(field, mapping)?;
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

    /// Returns the raw value of a mapping.
    pub(super) fn value(&self, mapping: &FieldMapping) -> Result<Value, ExpressionError> {
        match &mapping.origin {
            ValueOrigin::Path(path) => Ok(self.record.find(path).cloned().unwrap_or(Value::Null)),
            ValueOrigin::Constant(text) => Ok(Value::String(text.clone())),
            ValueOrigin::Expression(expression) => match &self.scope {
                Some(scope) => expression.evaluate(scope),
                None => Err(ExpressionError::Failed("no record".to_owned())),
            },
        }
    }

    fn read(&self, mapping: &FieldMapping) -> TextValue {
        // Paths are followed without a copy, because nearly every field uses one.
        if let ValueOrigin::Path(path) = &mapping.origin {
            return self.record.find(path).map_or(TextValue::Blank, as_text);
        }
        match self.value(mapping) {
            Ok(value) => as_text(&value),
            Err(error) => TextValue::Failed(error),
        }
    }

    /// Returns the text of a mapping, or its default where the text is blank.
    fn text(&mut self, field: &str, mapping: &FieldMapping) -> Result<Option<String>, Unusable> {
        let default = || {
            mapping
                .default
                .as_deref()
                .and_then(|text| clean(field, text))
        };
        match self.read(mapping) {
            TextValue::Value(text) => Ok(clean(field, &text).or_else(default)),
            TextValue::Blank => Ok(default()),
            TextValue::Unusable => {
                self.say(
                    Severity::Warning,
                    field,
                    "not_text",
                    "expected text, found a list or an object; the field was left as it is",
                );
                Err(Unusable)
            }
            TextValue::Failed(error) => Err(self.expression_failed(field, &error)),
        }
    }

    pub(super) fn expression_failed(&mut self, field: &str, error: &ExpressionError) -> Unusable {
        self.say(
            Severity::Warning,
            field,
            "expression_failed",
            error.to_string(),
        );
        Unusable
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

/// Returns the cleaned text of a field; `None` where no visible character is left.
fn clean(field: &str, text: &str) -> Option<String> {
    let clean = match field {
        "source_id" => text::identity(text),
        "digital_badge" => text::lines(text),
        field if LONG_TEXTS.contains(&field) => text::lines(text),
        _ => name(text),
    };
    (!clean.is_empty()).then_some(clean)
}

/// A value of a profile field as a mapping would leave it: cleaned, and cut where it is too long; `None` where
/// nothing that can be seen is left.
#[must_use]
pub fn clean_profile_value(field: ProfileField, text: &str) -> Option<String> {
    let clean = clean(field.name(), text)?;
    let cut = cut(&clean, field.max_chars());
    Some(cut.unwrap_or(clean))
}
