//! Classifies the texts of a document, and finds the gaps in them.

use serde_json::{Map, Value};

/// Keys of `source.authentication` whose values are credentials.
const CREDENTIALS: [&str; 4] = ["token", "value", "password", "client_secret"];

/// The kind of text that contains a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GapPlace {
    Url,
    Expression,
    Credential,
    Other,
}

impl GapPlace {
    /// The kind of the text at `path`, such as `source.authentication.token`.
    pub(super) fn of(path: &str) -> Self {
        let credential = path.strip_prefix("source.authentication.");
        if credential.is_some_and(|key| CREDENTIALS.contains(&key)) {
            return Self::Credential;
        }
        match path.rsplit('.').next() {
            Some("url" | "token_url") => Self::Url,
            Some("when" | "expression") => Self::Expression,
            _ => Self::Other,
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GapPiece<'t> {
    Text(&'t str),
    /// `<name>`, the name alone.
    Gap(&'t str),
}

/// The parts of a text, in order; none is empty.
pub(super) fn pieces(text: &str) -> Vec<GapPiece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((start, name)) = next_gap(rest) {
        let (before, after) = rest.split_at(start);
        if !before.is_empty() {
            pieces.push(GapPiece::Text(before));
        }
        pieces.push(GapPiece::Gap(name));
        rest = after.get(name.len() + 2..).unwrap_or_default();
    }
    if !rest.is_empty() {
        pieces.push(GapPiece::Text(rest));
    }
    pieces
}

fn next_gap(text: &str) -> Option<(usize, &str)> {
    text.match_indices('<').find_map(|(start, _)| {
        let (name, _) = text.get(start + 1..)?.split_once('>')?;
        is_name(name).then_some((start, name))
    })
}

/// Returns whether a parameter may have this name: lower-case letters, digits and `_`, a letter
/// first.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Every text in a document, with its path.
pub(super) fn texts(document: &Map<String, Value>) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for (key, member) in document {
        collect(member, key.clone(), &mut found);
    }
    found
}

fn collect<'v>(value: &'v Value, path: String, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::String(text) => found.push((path, text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{path}[{index}]"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                collect(member, format!("{path}.{key}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The same document with each text replaced by what `change` makes of its path and itself.
pub(super) fn replace<E>(
    document: &Map<String, Value>,
    mut change: impl FnMut(&str, &str) -> Result<Value, E>,
) -> Result<Map<String, Value>, E> {
    document
        .iter()
        .map(|(key, member)| Ok((key.clone(), replace_in(member, key, &mut change)?)))
        .collect()
}

fn replace_in<E>(
    value: &Value,
    path: &str,
    change: &mut impl FnMut(&str, &str) -> Result<Value, E>,
) -> Result<Value, E> {
    match value {
        Value::String(text) => change(path, text),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| replace_in(item, &format!("{path}[{index}]"), change))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| {
                Ok((
                    key.clone(),
                    replace_in(member, &format!("{path}.{key}"), change)?,
                ))
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_told_from_comparisons_and_addresses() {
        assert_eq!(
            pieces("/v3/<account>/<event_2>"),
            [
                GapPiece::Text("/v3/"),
                GapPiece::Gap("account"),
                GapPiece::Text("/"),
                GapPiece::Gap("event_2"),
            ]
        );
        for text in [
            "a < b and c > d",
            "email={email}",
            "{{ first_name }}",
            "DevCon <hello@example.org>",
            "<>",
            "a <",
        ] {
            assert_eq!(pieces(text), [GapPiece::Text(text)], "{text}");
        }
        assert_eq!(
            pieces("1 < <x>"),
            [GapPiece::Text("1 < "), GapPiece::Gap("x")]
        );
    }
}
