//! The format of a source's answers where they do not state it themselves, and the fields of a
//! record that the mapping reads.

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

use crate::feed::FieldPath;
use crate::profile::AttendeeField;

use super::mapping::{FieldMapping, Mapping, ValueOrigin};

/// The fields that every record needs: without them it makes no attendee, or cannot be recognised
/// in the next feed.
const NEEDED: [AttendeeField; 4] = [
    AttendeeField::SourceId,
    AttendeeField::Email,
    AttendeeField::FirstName,
    AttendeeField::LastName,
];

/// The layout of a CSV table, where it cannot be detected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CsvLayout {
    /// The character between two fields, such as `;` or a tab. Detected where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<String>))]
    pub delimiter: Option<Delimiter>,
    /// Number of lines before the header that are skipped, whatever they contain.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_lines: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(lines: &u32) -> bool {
    *lines == 0
}

/// The character between two fields of a table: one ASCII character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Delimiter(u8);

impl Delimiter {
    /// Returns the character as a byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }
}

impl TryFrom<String> for Delimiter {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [byte] if *byte == b'\t' || (byte.is_ascii_punctuation() && *byte != b'"') => {
                Ok(Self(*byte))
            }
            _ => Err(
                "the delimiter is one character that separates fields, such as \",\", \";\", \"|\" or \"\\t\"",
            ),
        }
    }
}

impl From<Delimiter> for String {
    fn from(delimiter: Delimiter) -> Self {
        char::from(delimiter.0).to_string()
    }
}

/// The label of a charset, as the Encoding Standard lists them, such as `windows-1252`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CharsetLabel {
    text: String,
    encoding: &'static Encoding,
}

impl CharsetLabel {
    /// Returns the encoding that the label names.
    #[must_use]
    pub fn encoding(&self) -> &'static Encoding {
        self.encoding
    }
}

impl TryFrom<String> for CharsetLabel {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match Encoding::for_label_no_replacement(text.as_bytes()) {
            Some(encoding) => Ok(Self { text, encoding }),
            None => {
                Err("no charset has this name; use one such as utf-8, windows-1252 or shift_jis")
            }
        }
    }
}

impl From<CharsetLabel> for String {
    fn from(label: CharsetLabel) -> Self {
        label.text
    }
}

/// A field of the record whose value the mapping copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenField {
    /// The attendee's field that it fills.
    pub name: AttendeeField,
    /// The path of the value in the record.
    pub path: FieldPath,
    /// Whether records are useless if all of them lack this field.
    pub is_needed: bool,
}

impl Mapping {
    /// Returns the fields of a record that the mapping copies, in the order of [`Self::all`].
    #[must_use]
    pub fn fields(&self) -> Vec<TakenField> {
        let field = |(name, mapping): (AttendeeField, &FieldMapping)| match &mapping.origin {
            ValueOrigin::Path(path) => Some(TakenField {
                name,
                path: path.clone(),
                is_needed: NEEDED.contains(&name) && mapping.default.is_none(),
            }),
            ValueOrigin::Constant(_) | ValueOrigin::Expression(_) => None,
        };
        self.all().filter_map(field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn delimiter_is_one_character_that_can_separate() {
        for good in [",", ";", "\t", "|", "^", "~"] {
            let delimiter: Delimiter = serde_json::from_value(json!(good)).unwrap();
            assert_eq!(json!(delimiter), json!(good));
        }
        for bad in ["", "\"", "\n", " ", "a", "1", ",,", "\u{a7}"] {
            let refused = serde_json::from_value::<Delimiter>(json!(bad)).unwrap_err();
            assert!(refused.to_string().contains("one character"), "{bad:?}");
        }
    }

    #[test]
    fn charset_is_any_that_can_be_read() {
        for good in ["windows-1252", "UTF-8", "Shift_JIS", "utf-16", "latin1"] {
            let label: CharsetLabel = serde_json::from_value(json!(good)).unwrap();
            assert_eq!(json!(label), json!(good));
        }
        for bad in ["", "klingon", "iso-2022-kr"] {
            assert!(
                serde_json::from_value::<CharsetLabel>(json!(bad)).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn needed_fields_are_those_without_which_nobody_attends() {
        let mapping: Mapping = serde_json::from_value(json!({
            "source_id": "id", "email": "mail", "first_name": {"path": "first", "default": "-"},
            "last_name": {"expression": "last"}, "company": "company"
        }))
        .unwrap();
        let fields = mapping.fields();
        let told: Vec<(&str, bool)> = fields
            .iter()
            .map(|f| (f.name.name(), f.is_needed))
            .collect();
        assert_eq!(
            told,
            [
                ("source_id", true),
                ("email", true),
                ("first_name", false),
                ("company", false)
            ]
        );
    }
}
