//! Finds values in side lists that a field of a record refers to: the name of a ticket type by its
//! number.

use serde_json::{Map, Value};

use super::fields::{ProposeField, is_identifier};
use super::names::words_of;
use super::values::is_blank;
use crate::lookup::{LookupTable, Lookups, key};

/// Most entries of a side list that are examined.
const SAMPLE: usize = 50;
/// Levels of objects within an entry.
const MAX_DEPTH: usize = 2;

/// Returns the members of side lists that fields refer to, each with the expression that finds it.
pub(super) fn in_side_lists<'v>(
    fields: &[ProposeField<'v>],
    lookups: &'v Lookups,
) -> Vec<(ProposeField<'v>, String)> {
    let mut all = Vec::new();
    for (name, list) in lookups.0.iter().filter(|(name, _)| is_identifier(name)) {
        let leading = fields
            .iter()
            .filter_map(|field| Some((rank(name, field)?, members(name, list, field))));
        let best = leading
            .filter(|(_, members)| !members.is_empty())
            .max_by_key(|(rank, _)| *rank);
        all.extend(best.map(|(_, members)| members).unwrap_or_default());
    }
    all
}

/// Ranks by its name how likely a field refers to a side list: it is named like the list, or it is
/// an id.
fn rank(list: &str, field: &ProposeField<'_>) -> Option<u8> {
    let words = words_of(field.steps.last()?);
    let is_called_so = words
        .iter()
        .any(|word| word.len() > 2 && words_of(list).concat().starts_with(word.as_str()));
    let is_id = words
        .iter()
        .any(|word| matches!(word.as_str(), "id" | "uuid" | "key" | "code"));
    is_called_so.then_some(2).or(is_id.then_some(1))
}

fn members<'v>(
    name: &str,
    list: &'v LookupTable,
    field: &ProposeField<'v>,
) -> Vec<(ProposeField<'v>, String)> {
    let found: Vec<(usize, &'v Value)> = field
        .values
        .iter()
        .filter_map(|(record, value)| Some((*record, list.0.get(&key(value)?)?)))
        .collect();
    if field.level > 0 || found.is_empty() || found.len() * 2 < field.values.len() {
        return Vec::new();
    }
    let mut paths: Vec<(Vec<&'v str>, bool)> = Vec::new();
    for entry in list.0.values().take(SAMPLE).filter_map(Value::as_object) {
        add(entry, &mut Vec::new(), &mut paths);
    }
    let entry = format!("lookup.{name}[{}]", field.expression());
    let stem = field.steps.last().map(|step| {
        step.trim_end_matches("_id")
            .trim_end_matches("Id")
            .to_owned()
    });
    let stem = stem.filter(|stem| !stem.eq_ignore_ascii_case("id"));
    let member = |(path, has_languages): (Vec<&'v str>, bool)| {
        let place = format!("{entry}.{}", path.join("."));
        let code = if has_languages {
            format!("{place}.en or ({place} | items | first | last)")
        } else {
            place
        };
        let value = |entry: &'v Value| {
            let value = path.iter().try_fold(entry, |at, name| at.get(name))?;
            let value = match value {
                Value::Object(texts) => texts.get("en").or_else(|| texts.values().next())?,
                value => value,
            };
            (!is_blank(value)).then_some(value)
        };
        let values = found
            .iter()
            .filter_map(|(record, entry)| Some((*record, value(entry)?)));
        let steps = stem
            .clone()
            .into_iter()
            .chain(path.iter().map(|name| (*name).to_owned()));
        let field = ProposeField {
            level: 0,
            steps: steps.collect(),
            label: None,
            values: values.collect(),
        };
        (field, code)
    };
    paths.into_iter().map(member).collect()
}

/// Collects the paths of an entry's texts, and whether a text exists in several languages.
fn add<'v>(
    fields: &'v Map<String, Value>,
    above: &mut Vec<&'v str>,
    paths: &mut Vec<(Vec<&'v str>, bool)>,
) {
    for (name, value) in fields.iter().filter(|(name, _)| is_identifier(name)) {
        above.push(name);
        match value {
            Value::Object(inner) if is_by_language(inner) => put(paths, above, true),
            Value::Object(inner) if above.len() <= MAX_DEPTH => add(inner, above, paths),
            Value::String(_) => put(paths, above, false),
            _ => {}
        }
        above.pop();
    }
}

fn put<'v>(paths: &mut Vec<(Vec<&'v str>, bool)>, path: &[&'v str], has_languages: bool) {
    if !paths.iter().any(|(known, _)| known == path) {
        paths.push((path.to_vec(), has_languages));
    }
}

fn is_by_language(fields: &Map<String, Value>) -> bool {
    let is_code =
        |name: &str| name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_lowercase());
    !fields.is_empty()
        && fields
            .iter()
            .all(|(name, value)| is_code(name) && value.is_string())
}
