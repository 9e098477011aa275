//! Reads the groups of a record: from lists, from texts that contain a list, and from several
//! places.

use std::borrow::Cow;

use serde_json::Value;

use crate::config::{FieldMapping, GroupsMapping};
use crate::feed::parse_value;
use crate::group::{GroupName, MAX_GROUP_NAME};
use crate::issue::Severity;
use crate::text::unescape;

use super::MAX_GROUPS;
use super::reading::{RecordReading, Unusable};
use super::rules::push_group;
use super::text::{TextValue, as_text, name};

/// Fields that may contain the name of an object in a list of groups, the likeliest first.
const NAMES: [&str; 6] = ["name", "title", "label", "value", "text", "code"];

impl RecordReading<'_, '_> {
    /// Returns the groups from all places of the mapping. Fails where one place cannot be used and
    /// the others give no group; then the stored groups stay.
    pub(super) fn groups(&mut self, mapping: &GroupsMapping) -> Result<Vec<GroupName>, Unusable> {
        let mut found = GroupsFound::default();
        for place in mapping.places() {
            self.groups_at(place, &mut found);
        }
        self.say_of_groups(&mut found);
        if found.is_unusable && found.groups.is_empty() {
            return Err(Unusable);
        }
        Ok(found.groups)
    }

    /// Adds the groups of one place, or of its default where it has none.
    fn groups_at(&mut self, place: &FieldMapping, found: &mut GroupsFound) {
        let value = match self.value(place) {
            Ok(value) => value,
            Err(error) => {
                self.expression_failed("groups", &error);
                found.is_unusable = true;
                return;
            }
        };
        let separator = place.separator.as_deref();
        let before = found.names;
        found.add(&parts(value, separator));
        if let Some(default) = &place.default
            && found.names == before
            && !found.is_unusable
        {
            found.add(&parts(Value::String(default.clone()), separator));
        }
    }

    fn say_of_groups(&mut self, found: &mut GroupsFound) {
        if let Some(bad) = &found.not_text {
            self.say(Severity::Warning, "groups", "not_text", bad.clone());
        }
        if found.is_cut {
            self.say(
                Severity::Warning,
                "groups",
                "too_long",
                format!(
                    "a group's name is longer than {MAX_GROUP_NAME} characters; it was cut there"
                ),
            );
        }
        if found.groups.len() > MAX_GROUPS {
            found.groups.truncate(MAX_GROUPS);
            self.say(
                Severity::Warning,
                "groups",
                "too_many",
                format!("more than {MAX_GROUPS} groups; the others were left out"),
            );
        }
    }
}

/// The groups found at the places of a mapping.
#[derive(Default)]
struct GroupsFound {
    groups: Vec<GroupName>,
    /// Number of names found so far, including duplicates.
    names: usize,
    /// The reason why a part is not a name.
    not_text: Option<String>,
    is_cut: bool,
    is_unusable: bool,
}

impl GroupsFound {
    fn add(&mut self, parts: &[Value]) {
        for part in parts {
            if self.groups.len() > MAX_GROUPS {
                return;
            }
            match as_text(part) {
                TextValue::Value(text) => {
                    if let Some((group, is_cut)) = GroupName::parse_noting(&name(&text)) {
                        self.names += 1;
                        push_group(&mut self.groups, group);
                        self.is_cut |= is_cut;
                    }
                }
                TextValue::Blank => {}
                TextValue::Unusable | TextValue::Failed(_) => {
                    self.is_unusable = true;
                    self.not_text.get_or_insert_with(|| not_text(part));
                }
            }
        }
    }
}

/// Returns the message about a part that is a list or an object, with what to do.
fn not_text(part: &Value) -> String {
    let Value::Object(fields) = part else {
        return "a group's name is a list; it was left out".to_owned();
    };
    let is_name = |name: &&&str| fields.get(**name).is_some_and(Value::is_string);
    let by = NAMES.iter().find(is_name).copied().unwrap_or("name");
    format!(
        "a group is an object and was left out; where its name is in the field {by}, map groups by an expression such as LIST | map(attribute='{by}') | list, with the list's own path for LIST"
    )
}

/// Returns the parts of a list, of a text that contains a list, or of a text with a separator.
fn parts(value: Value, separator: Option<&str>) -> Vec<Value> {
    match value {
        Value::Array(parts) => parts,
        Value::String(text) => parts_of_text(text, separator),
        other => vec![other],
    }
}

fn parts_of_text(text: String, separator: Option<&str>) -> Vec<Value> {
    if let Some(listed) = list_in(&text) {
        return listed;
    }
    let Some(separator) = separator else {
        return vec![Value::String(text)];
    };
    // The semicolon that ends a character reference is no separator.
    let text = match separator {
        _ if text.contains('&') && separator.contains([';', '&', '#']) => {
            Cow::Owned(unescape(&text))
        }
        _ => Cow::Borrowed(&*text),
    };
    let part = |part: String| Value::String(part);
    quoted_parts(&text, separator)
        .into_iter()
        .map(part)
        .collect()
}

/// Returns the list that a text represents: JSON, also encoded twice or with its quotes escaped for
/// HTML, a Python list, or a `PostgreSQL` array.
fn list_in(text: &str) -> Option<Vec<Value>> {
    let text = text.trim();
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    match (first, last) {
        ('[', ']') => json_list(text).or_else(|| {
            let inner = text.get(1..text.len() - 1)?.trim();
            let is_python = inner.starts_with('\'') && inner.ends_with('\'');
            is_python.then(|| {
                quoted_parts(inner, ",")
                    .into_iter()
                    .map(Value::String)
                    .collect()
            })
        }),
        ('"', '"') => match parse_value(text.as_bytes()).ok()? {
            Value::String(inner) if inner.trim_start().starts_with('[') => json_list(inner.trim()),
            _ => None,
        },
        ('{', '}') => match parse_value(text.as_bytes()) {
            Ok(Value::Object(fields)) if fields.is_empty() => Some(Vec::new()),
            Ok(object) => Some(vec![object]),
            Err(_) => {
                let inner = text.get(1..text.len() - 1)?;
                Some(
                    quoted_parts(inner, ",")
                        .into_iter()
                        .map(Value::String)
                        .collect(),
                )
            }
        },
        _ => None,
    }
}

fn json_list(text: &str) -> Option<Vec<Value>> {
    let list = |text: &str| match parse_value(text.as_bytes()) {
        Ok(Value::Array(parts)) => Some(parts),
        _ => None,
    };
    list(text).or_else(|| list(&unescape(text)).filter(|_| text.contains('&')))
}

/// Splits a text at its separators, except within quotes. A part that begins with a quote ends at
/// the next quote before a separator or the end of the text; two quotes in it represent one.
fn quoted_parts(text: &str, separator: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = Some(text);
    // If nothing closes a quote here, nothing closes it further on either.
    let mut quotes = vec!['"', '\''];
    quotes.retain(|quote| !separator.contains(*quote));
    while let Some(text) = rest {
        let start = text.trim_start();
        if let Some(quote) = quotes
            .iter()
            .copied()
            .find(|quote| start.starts_with(*quote))
        {
            if let Some((part, after)) = quoted(start, quote, separator) {
                parts.push(part);
                rest = after;
                continue;
            }
            quotes.retain(|other| *other != quote);
        }
        if let Some((part, after)) = text.split_once(separator) {
            parts.push(part.to_owned());
            rest = Some(after);
        } else {
            parts.push(text.to_owned());
            rest = None;
        }
    }
    parts
}

/// Returns the quoted part at the beginning of a text, and the text after its separator.
fn quoted<'t>(text: &'t str, quote: char, separator: &str) -> Option<(String, Option<&'t str>)> {
    let mut part = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let (before, after) = rest.split_once(quote)?;
        part.push_str(before);
        if let Some(more) = after.strip_prefix(quote) {
            part.push(quote);
            rest = more;
            continue;
        }
        let end = after.trim_start();
        if end.is_empty() {
            return Some((part, None));
        }
        if let Some(after) = end.strip_prefix(separator) {
            return Some((part, Some(after)));
        }
        // This quote belongs to the part, such as an apostrophe.
        part.push(quote);
        rest = after;
    }
}
