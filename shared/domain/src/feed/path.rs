//! Two small path languages: field paths inside a record, and the path to the records in a body.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a path was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// An empty path, or an empty step in one.
    #[error("a step of the path is empty")]
    EmptyStep,
    /// A quote or bracket without its partner.
    #[error("the path has an opening {0} without its closing one")]
    Unclosed(char),
    /// Something that is no name, index or `[*]`.
    #[error("the path has an unexpected {0:?}")]
    Unexpected(char),
    /// A records path that does not start with `$`.
    #[error("the path to the records starts with $, as in $.results[*]")]
    NoRoot,
    /// A records path without `[*]`.
    #[error("the path to the records needs [*] where the list is, as in $.results[*]")]
    NoList,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

/// A path to a field: names joined by dots, `[0]` for a list's element, `"…"` around a name with
/// dots in it. `parent` is the level above the record, `record` the record itself; in quotes they
/// are fields of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath {
    text: String,
    steps: Vec<Step>,
}

impl FieldPath {
    /// The path to one field of the record itself.
    #[must_use]
    pub(crate) fn name(name: &str) -> Self {
        Self {
            text: name.to_owned(),
            steps: vec![Step::Name(name.to_owned())],
        }
    }

    /// The steps that are names; the first decides whether the path leaves the record.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        match self.steps.first() {
            // A quoted name is always a field of the record.
            Some(Step::Name(name)) if !self.text.starts_with('"') => Some(name),
            _ => None,
        }
    }

    /// Follows the path from `value`.
    #[must_use]
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.find_after(0, value)
    }

    /// Follows the path from `value`, its first `skip` steps taken already.
    #[must_use]
    pub fn find_after<'v>(&self, skip: usize, value: &'v Value) -> Option<&'v Value> {
        self.steps
            .iter()
            .skip(skip)
            .try_fold(value, |at, step| match step {
                Step::Name(name) => at.as_object()?.get(name),
                Step::Index(index) => at.as_array()?.get(*index),
            })
    }

    /// How many levels above the record the path starts: its leading steps `parent`, unquoted.
    #[must_use]
    pub fn levels(&self) -> usize {
        let names = self.text.split('.');
        names.take_while(|name| *name == "parent").count()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for FieldPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let text = text.trim();
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            rest = take_step(rest, &mut steps)?;
            while let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']').ok_or(PathError::Unclosed('['))?;
                let index = index
                    .trim()
                    .parse()
                    .map_err(|_| PathError::Unexpected('['))?;
                steps.push(Step::Index(index));
                rest = after;
            }
            match rest.chars().next() {
                None => break,
                Some('.') => rest = rest.get(1..).unwrap_or_default(),
                Some(other) => return Err(PathError::Unexpected(other)),
            }
        }
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }
}

fn take_step<'t>(rest: &'t str, steps: &mut Vec<Step>) -> Result<&'t str, PathError> {
    if let Some(after) = rest.strip_prefix('"') {
        let (name, after) = after.split_once('"').ok_or(PathError::Unclosed('"'))?;
        steps.push(Step::Name(name.to_owned()));
        return Ok(after);
    }
    let end = rest.find(['.', '[', '"']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() {
        return Err(PathError::EmptyStep);
    }
    steps.push(Step::Name(name.to_owned()));
    Ok(after)
}

impl TryFrom<String> for FieldPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> String {
        path.text
    }
}

/// One step below the first list of a [`RecordsPath`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Below {
    Name(String),
    Each,
}

/// Where the records lie in a body: the subset of JSON Path (RFC 9535) with names and `[*]`,
/// such as `$.results[*].positions[*]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordsPath {
    text: String,
    /// The names before the first `[*]`.
    pub(super) list: Vec<String>,
    /// The steps after it.
    pub(super) below: Vec<Below>,
}

impl RecordsPath {
    /// Whether each element of the list is itself the record.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.below.is_empty()
    }

    /// The path of the list, for messages.
    #[must_use]
    pub fn list_text(&self) -> String {
        self.list
            .iter()
            .fold("$".to_owned(), |text, name| text + "." + name)
    }
}

impl Default for RecordsPath {
    /// `$[*]`: the body is the list.
    fn default() -> Self {
        Self {
            text: "$[*]".to_owned(),
            list: Vec::new(),
            below: Vec::new(),
        }
    }
}

impl FromStr for RecordsPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let text = text.trim();
        let mut rest = text.strip_prefix('$').ok_or(PathError::NoRoot)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = take_records_step(rest)?;
            steps.push(step);
            rest = after;
        }
        let first_list = steps
            .iter()
            .position(|step| *step == Below::Each)
            .ok_or(PathError::NoList)?;
        let below = steps.split_off(first_list + 1);
        let list = steps
            .into_iter()
            .filter_map(|step| match step {
                Below::Name(name) => Some(name),
                Below::Each => None,
            })
            .collect();
        Ok(Self {
            text: text.to_owned(),
            list,
            below,
        })
    }
}

fn take_records_step(rest: &str) -> Result<(Below, &str), PathError> {
    if let Some(after) = rest.strip_prefix("[*]") {
        return Ok((Below::Each, after));
    }
    for quote in ['\'', '"'] {
        if let Some(after) = rest.strip_prefix('[').and_then(|r| r.strip_prefix(quote)) {
            let (name, after) = after.split_once(quote).ok_or(PathError::Unclosed(quote))?;
            let after = after.strip_prefix(']').ok_or(PathError::Unclosed('['))?;
            return Ok((Below::Name(name.to_owned()), after));
        }
    }
    let Some(after) = rest.strip_prefix('.') else {
        return Err(PathError::Unexpected(rest.chars().next().unwrap_or('$')));
    };
    let end = after.find(['.', '[']).unwrap_or(after.len());
    let (name, after) = after.split_at(end);
    match name {
        "" => Err(PathError::EmptyStep),
        "*" => Err(PathError::Unexpected('*')),
        _ => Ok((Below::Name(name.to_owned()), after)),
    }
}

impl TryFrom<String> for RecordsPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<RecordsPath> for String {
    fn from(path: RecordsPath) -> String {
        path.text
    }
}

impl fmt::Display for RecordsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_path_follows_names_indexes_and_quoted_names() {
        let value = json!({"a": {"b.c": [{"d": 1}]}});
        let path: FieldPath = "a.\"b.c\"[0].d".parse().unwrap();
        assert_eq!(path.find(&value), Some(&json!(1)));
        assert_eq!("a.x".parse::<FieldPath>().unwrap().find(&value), None);
    }

    #[test]
    fn a_broken_field_path_is_refused() {
        for bad in ["", "a.", ".a", "a[x]", "a[0", "\"a", "a\"b\""] {
            assert!(bad.parse::<FieldPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_records_path_is_split_at_its_first_list() {
        let path: RecordsPath = "$.data['the results'][*].positions[*]".parse().unwrap();
        assert_eq!(path.list, ["data", "the results"]);
        assert_eq!(path.below, [Below::Name("positions".into()), Below::Each]);
        assert_eq!(
            "$[*]".parse::<RecordsPath>().unwrap(),
            RecordsPath::default()
        );
    }

    #[test]
    fn a_records_path_without_root_or_list_is_refused() {
        for (bad, error) in [
            ("results[*]", PathError::NoRoot),
            ("$.results", PathError::NoList),
            ("$..results[*]", PathError::EmptyStep),
            ("$.*", PathError::Unexpected('*')),
            ("$.a[0]", PathError::Unexpected('[')),
        ] {
            assert_eq!(bad.parse::<RecordsPath>().unwrap_err(), error, "{bad}");
        }
    }
}
