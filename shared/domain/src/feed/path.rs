//! Two small path languages: field paths inside a record, and the path to the records in a body.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The reason why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path, or a step in it, is empty.
    #[error("a step of the path is empty")]
    EmptyStep,
    /// A quote or bracket has no partner.
    #[error("the path has an opening {0} without its closing one")]
    Unclosed(char),
    /// A character begins no name, index or `[*]`.
    #[error("the path has an unexpected {0:?}")]
    Unexpected(char),
    /// A records path that does not start with `$`.
    #[error("the path to the records starts with $, as in $.results[*]")]
    NoRoot,
    /// A records path has no `[*]`.
    #[error("the path to the records needs [*] where the list is, as in $.results[*]")]
    NoList,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PathStep {
    Name(String),
    Index(usize),
    /// The index counted from the end: 1 is the last element.
    FromEnd(usize),
}

/// A path to a field: names joined by dots, `[0]` for a list's element, `[-1]` for its last one,
/// `"…"` around a name with dots in it. `parent` is the level above the record, `record` the record itself; in quotes they
/// are fields of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath {
    text: String,
    steps: Vec<PathStep>,
}

impl FieldPath {
    /// The path to one field of the record itself.
    #[must_use]
    pub(crate) fn name(name: &str) -> Self {
        Self {
            text: name.to_owned(),
            steps: vec![PathStep::Name(name.to_owned())],
        }
    }

    /// Returns the first step if it is a name: it decides whether the path leads out of the record.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        match self.steps.first() {
            // A quoted name is always a field of the record.
            Some(PathStep::Name(name)) if !self.text.starts_with('"') => Some(name),
            _ => None,
        }
    }

    /// Returns the field of the record itself that the path begins with; `None` where the path
    /// leads out of the record.
    #[must_use]
    pub fn own_field(&self) -> Option<&str> {
        self.own_steps()?.first().and_then(|step| match step {
            PathStep::Name(name) => Some(name.as_str()),
            PathStep::Index(_) | PathStep::FromEnd(_) => None,
        })
    }

    /// Returns the column of a table that the path names; `None` where it names something deeper.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self.own_steps()? {
            [PathStep::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// Returns whether the path begins with an index, because each record is a row without names.
    #[must_use]
    pub fn begins_in_list(&self) -> bool {
        let first = self.own_steps().and_then(|steps| steps.first());
        matches!(first, Some(PathStep::Index(_) | PathStep::FromEnd(_)))
    }

    /// Returns the steps that are followed within the record.
    fn own_steps(&self) -> Option<&[PathStep]> {
        match self.first_name() {
            Some("parent") => None,
            Some("record") => self.steps.get(1..),
            _ => Some(&self.steps),
        }
    }

    /// Returns the names up to the first step that is an index.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map_while(|step| match step {
            PathStep::Name(name) => Some(name.as_str()),
            PathStep::Index(_) | PathStep::FromEnd(_) => None,
        })
    }

    /// The names of the path in order, and its places in lists as they are written.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Result<&str, String>> {
        self.steps.iter().map(|step| match step {
            PathStep::Name(name) => Ok(name.as_str()),
            PathStep::Index(index) => Err(format!("[{index}]")),
            PathStep::FromEnd(back) => Err(format!("[-{back}]")),
        })
    }

    /// Follows the path from `value`.
    #[must_use]
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.find_after(0, value)
    }

    /// Follows the path from `value`, which its first `skip` steps lead to already.
    #[must_use]
    pub fn find_after<'v>(&self, skip: usize, value: &'v Value) -> Option<&'v Value> {
        self.steps
            .iter()
            .skip(skip)
            .try_fold(value, |at, step| match step {
                PathStep::Name(name) => at.as_object()?.get(name),
                PathStep::Index(index) => at.as_array()?.get(*index),
                PathStep::FromEnd(back) => {
                    let list = at.as_array()?;
                    list.get(list.len().checked_sub(*back)?)
                }
            })
    }

    /// Returns the rest of the path within the last record of a page, if the path leads through
    /// that record: `id` for `data[-1].id` where the records are at `$.data[*]`.
    #[must_use]
    pub fn within_last_record(&self, records: &RecordsPath) -> Option<LastRecordPath> {
        let (names, rest) = self.steps.split_at_checked(records.list.len())?;
        let is_name =
            |(step, name): (&PathStep, &String)| matches!(step, PathStep::Name(own) if own == name);
        let (last, _) = rest.split_first()?;
        let leads_there =
            *last == PathStep::FromEnd(1) && names.iter().zip(&records.list).all(is_name);
        leads_there.then(|| LastRecordPath {
            path: self.clone(),
            skip: records.list.len() + 1,
        })
    }

    /// Writes `value` to the place of the path in `into`; creates objects that are missing on the
    /// way.
    ///
    /// # Errors
    ///
    /// Fails where something other than an object is on the way, or a list without such an element.
    pub fn put(&self, into: &mut Value, value: Value) -> Result<(), NoPlace> {
        let mut at = into;
        for step in &self.steps {
            if at.is_null() && matches!(step, PathStep::Name(_)) {
                *at = Value::Object(Map::new());
            }
            at = match step {
                PathStep::Name(name) => {
                    let object = at.as_object_mut().ok_or(NoPlace)?;
                    object.entry(name).or_insert(Value::Null)
                }
                PathStep::Index(index) => at.get_mut(*index).ok_or(NoPlace)?,
                PathStep::FromEnd(back) => {
                    let list = at.as_array_mut().ok_or(NoPlace)?;
                    let index = list.len().checked_sub(*back).ok_or(NoPlace)?;
                    list.get_mut(index).ok_or(NoPlace)?
                }
            };
        }
        *at = value;
        Ok(())
    }

    /// Returns the number of levels above the record at which the path starts: its leading unquoted
    /// steps `parent`.
    #[must_use]
    pub fn levels(&self) -> usize {
        let names = self.text.split('.');
        names.take_while(|name| *name == "parent").count()
    }
}

/// The part of a [`FieldPath`] within the last record of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRecordPath {
    path: FieldPath,
    /// The steps that lead to the record.
    skip: usize,
}

impl LastRecordPath {
    /// Follows the path from the last element of the list of records.
    #[must_use]
    pub fn find<'v>(&self, last: &'v Value) -> Option<&'v Value> {
        self.path.find_after(self.skip, last)
    }
}

/// The path leads to no place in a value that could be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the path leads to no place where a value can be put")]
pub struct NoPlace;

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
            // The index has no name before it where the list is the whole value.
            if !steps.is_empty() || !rest.starts_with('[') {
                rest = take_step(rest, &mut steps)?;
            }
            while let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']').ok_or(PathError::Unclosed('['))?;
                steps.push(index_step(index.trim()).ok_or(PathError::Unexpected('['))?);
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

fn index_step(text: &str) -> Option<PathStep> {
    match text.strip_prefix('-') {
        Some(back) => {
            let back: usize = back.parse().ok()?;
            (back > 0).then_some(PathStep::FromEnd(back))
        }
        None => text.parse().ok().map(PathStep::Index),
    }
}

fn take_step<'t>(rest: &'t str, steps: &mut Vec<PathStep>) -> Result<&'t str, PathError> {
    if let Some(after) = rest.strip_prefix('"') {
        let (name, after) = after.split_once('"').ok_or(PathError::Unclosed('"'))?;
        steps.push(PathStep::Name(name.to_owned()));
        return Ok(after);
    }
    let end = rest.find(['.', '[', '"']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() {
        return Err(PathError::EmptyStep);
    }
    steps.push(PathStep::Name(name.to_owned()));
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

/// The path of the records in a body: the subset of JSON Path (RFC 9535) with names and `[*]`, such
/// as `$.results[*].positions[*]`.
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
    /// Returns whether each element of the list is itself the record.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.below.is_empty()
    }

    /// Returns the names that lead to the list.
    #[must_use]
    pub fn list_names(&self) -> &[String] {
        &self.list
    }

    /// Returns the name that each element must have, where the records are inside the elements.
    #[must_use]
    pub fn first_below(&self) -> Option<&str> {
        self.below.iter().find_map(|step| match step {
            Below::Name(name) => Some(name.as_str()),
            Below::Each => None,
        })
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
mod tests;
