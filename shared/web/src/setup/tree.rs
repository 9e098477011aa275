//! The answer of a source as a tree, cut down to what fits a page: where its lists are.

use crate::texts::{t, text};
use attendee_sync_domain::feed::RecordsPath;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most levels, most fields of an object, elements of a list that are shown, and nodes of the whole tree.
const MAX_DEPTH: usize = 8;
const MAX_FIELDS: usize = 40;
const ELEMENTS: usize = 2;
const MAX_NODES: usize = 400;
/// Longest value that is shown, in characters.
const SHOWN: usize = 60;

/// A part of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnswerNode {
    /// The name of the field, or which element of a list it is.
    pub(crate) name: String,
    /// Its value, or how much is in it.
    pub(crate) says: String,
    /// The path to the records, where it is a list.
    pub(crate) list: Option<String>,
    pub(crate) children: Vec<AnswerNode>,
}

impl AnswerNode {
    /// The tree of an answer in JSON; nothing of what is no JSON.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let answer: Value = serde_json::from_slice(text).ok()?;
        let mut left = MAX_NODES;
        Some(node(
            t("setup-tree-the-answer").to_owned(),
            &answer,
            "$",
            0,
            &mut left,
        ))
    }
}

fn node(name: String, value: &Value, path: &str, depth: usize, left: &mut usize) -> AnswerNode {
    *left = left.saturating_sub(1);
    let is_shown = depth < MAX_DEPTH && *left > 0;
    match value {
        Value::Object(fields) => {
            let shown = fields.iter().take(if is_shown { MAX_FIELDS } else { 0 });
            let children = shown
                .map_while(|(name, value)| {
                    let path = format!("{path}.{}", step(name));
                    (*left > 0).then(|| node(name.clone(), value, &path, depth + 1, left))
                })
                .collect();
            AnswerNode {
                name,
                says: counted(fields.len(), "count-fields"),
                list: None,
                children,
            }
        }
        Value::Array(items) => {
            let path = format!("{path}[*]");
            let shown = items.iter().take(if is_shown { ELEMENTS } else { 0 });
            let children = (1..)
                .zip(shown)
                .map_while(|(number, value)| {
                    let name = text!(
                        "setup-tree-number-of-items",
                        number = number,
                        items = items.len()
                    );
                    (*left > 0).then(|| node(name, value, &path, depth + 1, left))
                })
                .collect();
            let is_readable = path.parse::<RecordsPath>().is_ok();
            let has_records = items.iter().any(|item| item.is_object() || item.is_array());
            AnswerNode {
                name,
                says: text!("setup-tree-list-of-items", items = items.len()),
                list: Some(path).filter(|_| is_readable && has_records),
                children,
            }
        }
        Value::String(text) => AnswerNode {
            name,
            says: short(text),
            ..AnswerNode::default()
        },
        other => AnswerNode {
            name,
            says: other.to_string(),
            ..AnswerNode::default()
        },
    }
}

/// A name in a path to the records.
fn step(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn counted(count: usize, id: &'static str) -> String {
    crate::words::counted(count as u64, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_their_paths_and_the_rest_is_cut_down() {
        let person = r#"{"id": 1, "tickets": [{"no": "a"}], "tags": ["x"]}"#;
        let text =
            format!(r#"{{"data": {{"people": [{person}, {person}, {person}]}}, "total": 3}}"#);
        let tree = AnswerNode::of(text.as_bytes()).unwrap();
        let people = &tree.children[0].children[0];
        assert_eq!(people.list.as_deref(), Some("$.data.people[*]"));
        assert_eq!(
            (people.says.as_str(), people.children.len()),
            ("list of 3", 2)
        );
        let first = &people.children[0];
        assert_eq!(first.name, "1 of 3");
        let tickets = first
            .children
            .iter()
            .find(|node| node.name == "tickets")
            .unwrap();
        assert_eq!(tickets.list.as_deref(), Some("$.data.people[*].tickets[*]"));
        let tags = first
            .children
            .iter()
            .find(|node| node.name == "tags")
            .unwrap();
        assert_eq!(tags.list, None);
        assert_eq!(tree.children[1].says, "3");
        assert_eq!(AnswerNode::of(b"id;email\n"), None);
    }

    #[test]
    fn a_large_answer_stays_small() {
        let fields: Vec<String> = (0..1000)
            .map(|at| format!(r#""f{at}": {{"a": [[1]]}}"#))
            .collect();
        let tree = AnswerNode::of(format!("{{{}}}", fields.join(",")).as_bytes()).unwrap();
        assert!(serde_json::to_vec(&tree).unwrap().len() < 60_000);
    }
}
