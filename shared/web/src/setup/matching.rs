//! How a field of ours is matched: by a field of theirs and what is done to it, or by an expression of one's own.

use crate::texts::{TextId, id};
use attendee_sync_domain::feed::FieldFound;
use attendee_sync_domain::propose::FieldTransform;
use serde_json::{Value, json};

/// The names of the transformations in forms, and as people read them.
const NAMED: [(FieldTransform, &str, TextId); 5] = [
    (
        FieldTransform::FirstWord,
        "first_word",
        id("setup-matching-first-word-as-of"),
    ),
    (
        FieldTransform::OtherWords,
        "other_words",
        id("setup-matching-all-but-the-first"),
    ),
    (
        FieldTransform::Trim,
        "trim",
        id("setup-matching-without-spaces-around-it"),
    ),
    (
        FieldTransform::Country,
        "country",
        id("setup-matching-country-of-a-code"),
    ),
    (
        FieldTransform::FirstItem,
        "first_item",
        id("setup-matching-first-of-a-list"),
    ),
];

/// What is chosen for a field of ours.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldChoice {
    /// A field of theirs, or what was proposed, as it is.
    As(Value),
    /// A field of theirs with something done to it.
    Transformed(String, FieldTransform),
    /// An expression of one's own.
    Code(String),
}

impl FieldChoice {
    /// Reads the choice off a mapping. What is offered as it is stands in `offered`.
    pub(crate) fn of(
        mapping: &Value,
        ours: &str,
        fields: &[FieldFound],
        offered: Option<&Value>,
    ) -> Self {
        let code = mapping.get("expression").and_then(Value::as_str);
        let is_alone = mapping.as_object().is_some_and(|object| object.len() == 1);
        let Some(code) = code.filter(|_| is_alone) else {
            return Self::As(mapping.clone());
        };
        for found in fields {
            for transform in FieldTransform::ALL {
                if transform.expression(&found.path, ours).as_deref() == Some(code) {
                    return Self::Transformed(found.path.clone(), transform);
                }
            }
        }
        if offered == Some(mapping) {
            return Self::As(mapping.clone());
        }
        Self::Code(code.to_owned())
    }

    /// Reads what was chosen in a form: the field of theirs, the name of what is done to it, and an expression, which
    /// counts more than both.
    pub(crate) fn typed(from: Option<Value>, how: &str, code: &str) -> Option<Self> {
        if !code.is_empty() {
            return Some(Self::Code(code.to_owned()));
        }
        let from = from?;
        let named = NAMED.iter().find(|(_, name, _)| *name == how);
        Some(match (named, from.as_str()) {
            (Some((transform, _, _)), Some(path)) => Self::Transformed(path.to_owned(), *transform),
            _ => Self::As(from),
        })
    }

    /// Returns the choice as a document writes it.
    pub(crate) fn mapping(&self, ours: &str) -> Value {
        match self {
            Self::As(mapping) => mapping.clone(),
            Self::Transformed(path, transform) => match transform.expression(path, ours) {
                Some(code) => json!({ "expression": code }),
                None => json!(path),
            },
            Self::Code(code) => json!({ "expression": code }),
        }
    }

    /// Returns the field of theirs, as the picker offers it.
    pub(crate) fn from(&self) -> Option<Value> {
        match self {
            Self::As(mapping) => Some(mapping.clone()),
            Self::Transformed(path, _) => Some(json!(path)),
            Self::Code(_) => None,
        }
    }

    /// Returns the expression of one's own.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Code(code) => code,
            _ => "",
        }
    }

    /// Returns what can be done to the field: names, titles, and which of them is chosen.
    pub(crate) fn ways(&self) -> Vec<(&'static str, &'static str, bool)> {
        let way = |(transform, name, title): &(FieldTransform, &'static str, TextId)| {
            let chosen = matches!(self, Self::Transformed(_, own) if own == transform);
            (*name, title.text(), chosen)
        };
        NAMED.iter().map(way).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_read_back_the_same() {
        let found = |path: &str| FieldFound {
            path: path.to_owned(),
            filled: 3,
            example: None,
        };
        let fields = [found("full_name"), found("tags"), found("\"E-Mail\"")];
        for from in ["full_name", "\"E-Mail\""] {
            for (_, how, _) in NAMED {
                for ours in ["last_name", "company"] {
                    let chosen = FieldChoice::typed(Some(json!(from)), how, "").unwrap();
                    let mapping = chosen.mapping(ours);
                    assert_eq!(FieldChoice::of(&mapping, ours, &fields, None), chosen);
                }
            }
        }
        let plain = FieldChoice::typed(Some(json!("tags")), "", "").unwrap();
        assert_eq!(plain.mapping("groups"), json!("tags"));
        let own = FieldChoice::typed(Some(json!("tags")), "trim", "a or b").unwrap();
        let mapping = own.mapping("company");
        assert_eq!(mapping, json!({"expression": "a or b"}));
        assert_eq!(FieldChoice::of(&mapping, "company", &fields, None), own);
        // What is proposed is offered as it is, and so are options beside an expression.
        let offered = FieldChoice::of(&mapping, "company", &fields, Some(&mapping));
        assert_eq!(offered, FieldChoice::As(mapping));
        assert_eq!(FieldChoice::typed(None, "trim", ""), None);
    }
}
