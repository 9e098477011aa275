//! One record of the source, with the levels in which it is nested.

use serde_json::Value;

use super::path::{Below, FieldPath, RecordsPath};

/// A record and the objects above it, nearest first.
#[derive(Debug, Clone)]
pub struct FeedRecord<'v> {
    /// The record itself.
    pub value: &'v Value,
    /// The levels above it within the list's element.
    pub parents: Vec<&'v Value>,
    /// The answer to the request for its details.
    pub details: RecordDetails<'v>,
}

/// The details of a record.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum RecordDetails<'v> {
    /// The document requests no details: `details` is a field like any other.
    #[default]
    None,
    /// The answer of the source.
    Given(&'v Value),
    /// The details could not be read, for this reason.
    Lacking(&'v str),
}

impl<'v> RecordDetails<'v> {
    /// Returns the value of `details`; `None` where it is a field like any other.
    #[must_use]
    pub fn value(self) -> Option<&'v Value> {
        match self {
            Self::None => None,
            Self::Given(value) => Some(value),
            Self::Lacking(_) => Some(&Value::Null),
        }
    }
}

impl<'v> FeedRecord<'v> {
    /// Returns a record below these levels, nearest first, without details.
    #[must_use]
    pub fn within(value: &'v Value, parents: Vec<&'v Value>) -> Self {
        Self {
            value,
            parents,
            details: RecordDetails::None,
        }
    }

    /// Follows `path`: from the record, or from a level above where it starts with `parent`, or
    /// from its details.
    #[must_use]
    pub fn find(&self, path: &FieldPath) -> Option<&'v Value> {
        match path.first_name() {
            Some("parent") => {
                let up = path.levels();
                let level = self.parents.get(up.checked_sub(1)?)?;
                path.find_after(up, level)
            }
            Some("record") => path.find_after(1, self.value),
            Some("details") => match self.details.value() {
                Some(details) => path.find_after(1, details),
                None => path.find(self.value),
            },
            _ => path.find(self.value),
        }
    }
}

/// Returns the records in one element of the list, in order. Values that source systems write in
/// place of a list are read as one: a single record, and an object of records by their numbers.
#[must_use]
pub fn expand<'v>(path: &RecordsPath, element: &'v Value) -> Vec<FeedRecord<'v>> {
    expand_noting(path, element, &mut |_| {})
}

/// Returns the records in one element, and calls `unlisted` for each inner list that is missing,
/// with the name where it should be.
pub fn expand_noting<'v>(
    path: &RecordsPath,
    element: &'v Value,
    unlisted: &mut dyn FnMut(&str),
) -> Vec<FeedRecord<'v>> {
    let mut level = vec![FeedRecord::within(element, Vec::new())];
    let mut last = "";
    for step in &path.below {
        let mut next = Vec::new();
        for record in level {
            match step {
                Below::Name(name) => match below_name(record, name) {
                    Some(below) => next.push(below),
                    None => unlisted(name),
                },
                Below::Each => match listed(record.value) {
                    Some(elements) => next.extend(
                        elements
                            .into_iter()
                            .map(|value| FeedRecord::within(value, record.parents.clone())),
                    ),
                    None => unlisted(last),
                },
            }
        }
        if let Below::Name(name) = step {
            last = name;
        }
        level = next;
    }
    level
}

fn below_name<'v>(record: FeedRecord<'v>, name: &str) -> Option<FeedRecord<'v>> {
    let value = record.value.get(name)?;
    let mut parents = record.parents;
    parents.insert(0, record.value);
    Some(FeedRecord::within(value, parents))
}

/// Returns the elements of a list in any of its forms; `None` where the value is no list.
///
/// Converters from XML write one element without a list, and PHP writes an empty list as an empty
/// object and one with gaps as an object of numbers.
#[must_use]
pub fn listed(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(list) => Some(list.iter().collect()),
        Value::Object(fields) => {
            let is_number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
            let is_numbered = fields
                .iter()
                .all(|(name, value)| is_number(name) && value.is_object());
            Some(if is_numbered {
                fields.values().collect()
            } else {
                vec![value]
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nested_record_reaches_every_level_above() {
        let path: RecordsPath = "$.orders[*].body.tickets[*]".parse().unwrap();
        let order = json!({"code": "A1", "body": {"day": 2, "tickets": [{"id": 7}, {"id": 8}]}});
        let records = expand(&path, &order);
        let find = |at: usize, path: &str| records[at].find(&path.parse().unwrap()).cloned();
        assert_eq!(records.len(), 2);
        assert_eq!(find(1, "id"), Some(json!(8)));
        assert_eq!(find(1, "record.id"), Some(json!(8)));
        assert_eq!(find(0, "parent.day"), Some(json!(2)));
        assert_eq!(find(0, "parent.parent.code"), Some(json!("A1")));
        assert_eq!(find(0, "parent.parent.parent.code"), None);
        assert_eq!(find(0, "parent.\"parent\""), None);
    }

    #[test]
    fn a_field_called_parent_is_reached_by_a_quoted_name() {
        let path: RecordsPath = "$[*].tickets[*]".parse().unwrap();
        let order = json!({"parent": {"x": 1}, "tickets": [{"parent": 2}]});
        let records = expand(&path, &order);
        let find = |path: &str| records[0].find(&path.parse().unwrap()).cloned();
        assert_eq!(find("\"parent\""), Some(json!(2)));
        assert_eq!(find("parent.\"parent\".x"), Some(json!(1)));
        assert_eq!(find("parent.parent.x"), None);
    }

    fn ids(path: &str, element: &Value) -> (Vec<Value>, Vec<String>) {
        let path: RecordsPath = path.parse().unwrap();
        let mut unlisted = Vec::new();
        let records = expand_noting(&path, element, &mut |name| unlisted.push(name.to_owned()));
        let id = |record: &FeedRecord<'_>| record.value["id"].clone();
        (records.iter().map(id).collect(), unlisted)
    }

    #[test]
    fn an_inner_list_is_taken_however_it_is_written() {
        for (tickets, found) in [
            (json!([{"id": 1}, {"id": 2}]), json!([1, 2])),
            (json!({"id": 1}), json!([1])),
            (json!({"0": {"id": 1}, "2": {"id": 2}}), json!([1, 2])),
            (json!({"id": {"id": 3}}), json!([{"id": 3}])),
            (json!({}), json!([])),
            (json!([]), json!([])),
        ] {
            let (ids, unlisted) = ids("$.orders[*].tickets[*]", &json!({"tickets": tickets}));
            assert_eq!((json!(ids), unlisted.len()), (found, 0), "{tickets}");
        }
    }

    #[test]
    fn an_inner_list_that_is_not_there_is_told() {
        for (path, order, name) in [
            ("$.orders[*].tickets[*]", json!({}), "tickets"),
            (
                "$.orders[*].tickets[*]",
                json!({"tickets": null}),
                "tickets",
            ),
            (
                "$.orders[*].tickets[*]",
                json!({"tickets": "two"}),
                "tickets",
            ),
            ("$.orders[*].tickets[*]", json!(3), "tickets"),
            ("$.orders[*].a.b[*]", json!({"a": null}), "b"),
            ("$.orders[*].a.b[*]", json!({"a": {"b": ""}}), "b"),
            ("$.orders[*].a[*].b[*]", json!({"a": [{"b": []}, {}]}), "b"),
        ] {
            assert_eq!(
                ids(path, &order),
                (vec![], vec![name.to_owned()]),
                "{order}"
            );
        }
    }
}
