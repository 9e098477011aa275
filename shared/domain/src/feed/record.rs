//! One record of the source with the levels it is nested in.

use serde_json::Value;

use super::path::{Below, FieldPath, RecordsPath};

/// A record and the objects above it, nearest first.
#[derive(Debug, Clone)]
pub struct Record<'v> {
    /// The record itself.
    pub value: &'v Value,
    /// The levels above it within the list's element.
    pub parents: Vec<&'v Value>,
}

impl<'v> Record<'v> {
    /// Follows `path`: from the record, or from a level above where it starts with `parent`.
    #[must_use]
    pub fn find(&self, path: &FieldPath) -> Option<&'v Value> {
        match path.first_name() {
            Some("parent") => {
                let up = path.levels();
                let level = self.parents.get(up.checked_sub(1)?)?;
                path.find_after(up, level)
            }
            Some("record") => path.find_after(1, self.value),
            _ => path.find(self.value),
        }
    }
}

/// The records in one element of the list, in order.
#[must_use]
pub fn expand<'v>(path: &RecordsPath, element: &'v Value) -> Vec<Record<'v>> {
    let mut level = vec![Record {
        value: element,
        parents: Vec::new(),
    }];
    for step in &path.below {
        level = level
            .into_iter()
            .flat_map(|record| match step {
                Below::Name(name) => below_name(record, name),
                Below::Each => each(&record),
            })
            .collect();
    }
    level
}

fn below_name<'v>(record: Record<'v>, name: &str) -> Vec<Record<'v>> {
    let Some(value) = record.value.get(name) else {
        return Vec::new();
    };
    let mut parents = record.parents;
    parents.insert(0, record.value);
    vec![Record { value, parents }]
}

fn each<'v>(record: &Record<'v>) -> Vec<Record<'v>> {
    let elements = record
        .value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    elements
        .iter()
        .map(|value| Record {
            value,
            parents: record.parents.clone(),
        })
        .collect()
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

    #[test]
    fn an_element_without_the_inner_list_holds_no_record() {
        let path: RecordsPath = "$.orders[*].tickets[*]".parse().unwrap();
        for order in [
            json!({}),
            json!({"tickets": null}),
            json!(3),
            json!({"tickets": []}),
        ] {
            assert!(expand(&path, &order).is_empty(), "{order}");
        }
    }
}
