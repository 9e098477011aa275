//! What can be done to a field by choice: each is an expression of its own, by which the choice is known again.

use super::fields::{is_identifier, is_word, quoted};
use crate::feed::FieldPath;

/// What is done to a field before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldTransform {
    /// The first word of it, as of a full name.
    FirstWord,
    /// All but its first word.
    OtherWords,
    /// It without the white space around it.
    Trim,
    /// The country that it names or has the code of.
    Country,
    /// The first of the items of a list.
    FirstItem,
}

impl FieldTransform {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::FirstWord,
        Self::OtherWords,
        Self::Trim,
        Self::Country,
        Self::FirstItem,
    ];

    /// The expression that does it to the field at this path, for this field of ours; nothing where that is no path.
    #[must_use]
    pub fn expression(self, path: &str, ours: &str) -> Option<String> {
        let field = expression_of(&path.parse().ok()?);
        Some(match self {
            Self::FirstWord => first_word(&field),
            // Everybody has a last name.
            Self::OtherWords if ours == "last_name" => format!("{} or '-'", other_words(&field)),
            Self::OtherWords => other_words(&field),
            Self::Trim => format!("({field} or '') | trim"),
            Self::Country => format!("{field} | country"),
            Self::FirstItem => format!("({field} or []) | first"),
        })
    }
}

pub(super) fn first_word(field: &str) -> String {
    format!("(({field} or '') | split | first)")
}

pub(super) fn other_words(field: &str) -> String {
    format!("((({field} or '') | split)[1:] | join(' '))")
}

/// A path as a part of an expression.
fn expression_of(path: &FieldPath) -> String {
    let mut text = String::new();
    // A word of the language is one unless it is quoted.
    let leads_out = matches!(path.first_name(), Some("parent" | "record"));
    for (at, part) in path.parts().enumerate() {
        let is_plain = |name: &str| is_identifier(name) && (at > 0 || leads_out || !is_word(name));
        match part {
            Ok(name) if is_plain(name) && at == 0 => text.push_str(name),
            Ok(name) if is_plain(name) => {
                text.push('.');
                text.push_str(name);
            }
            other => {
                if at == 0 {
                    text.push_str("record");
                }
                let place = other.map_or_else(|place| place, |name| format!("[{}]", quoted(name)));
                text.push_str(&place);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;

    #[test]
    fn a_field_becomes_an_expression() {
        let of = |path: &str| expression_of(&path.parse().unwrap());
        assert_eq!(of("attendee.full_name"), "attendee.full_name");
        assert_eq!(of("parent.order.name"), "parent.order.name");
        assert_eq!(of("\"E-Mail Adresse\""), "record['E-Mail Adresse']");
        assert_eq!(of("names[0].value"), "names[0].value");
        assert_eq!(of("\"event\".id"), "record['event'].id");
    }

    #[test]
    fn every_transformation_compiles_and_is_told_from_the_others() {
        let mut all: Vec<String> = Vec::new();
        for transform in FieldTransform::ALL {
            let code = transform.expression("\"Full name\"", "first_name").unwrap();
            assert!(code.parse::<Expression>().is_ok(), "{code}");
            assert!(!all.contains(&code), "{code}");
            all.push(code);
        }
        assert_eq!(FieldTransform::Trim.expression("a..b", "company"), None);
    }
}
