//! Checks documents that are tested before they are complete: the parts that say how an answer is
//! read may be missing or wrong.

use serde_json::{Value, json};

use super::{DocumentProblem, Problems, SourceAddresses, check};
use crate::config::EventDocument;

/// Most times that a document is read again after a wrong part was removed.
const MAX_ROUNDS: usize = 8;

/// A document that is complete enough to query the source.
#[derive(Debug)]
pub struct TestableDocument {
    /// The document. Parts that could not be used have their defaults.
    pub document: EventDocument,
    /// Whether the document lacks a usable mapping. Then it has one that finds nothing.
    pub lacks_mapping: bool,
    /// The problems that have to be solved before the document can be stored.
    pub problems: Vec<DocumentProblem>,
}

/// Reads a document in which `mapping`, `rules`, `delete_flag`, `source.records` and
/// `source.pagination` may be missing or wrong, because people choose them from the source's
/// answer.
///
/// # Errors
///
/// Fails with all problems where any other part is wrong.
pub fn check_for_test(
    document: &Value,
    addresses: &SourceAddresses,
) -> Result<TestableDocument, Problems> {
    let mut rest = document.clone();
    let mut lacks_mapping = false;
    let mut all: Vec<DocumentProblem> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let problems = match check(&rest, addresses) {
            Ok(mut document) => {
                if lacks_mapping {
                    document.source.taken.clear();
                }
                return Ok(TestableDocument {
                    document,
                    lacks_mapping,
                    problems: all,
                });
            }
            Err(Problems(problems)) => problems,
        };
        let mut is_of_reading = true;
        for problem in &problems {
            let is_of_mapping = is_within(&problem.path, "mapping")
                || (problem.path == "document"
                    && problem.reason.contains("missing field `mapping`"));
            lacks_mapping |= is_of_mapping;
            is_of_reading &= is_of_mapping || leave_out(&mut rest, &problem.path);
        }
        for problem in problems {
            if !all.contains(&problem) {
                all.push(problem);
            }
        }
        if !is_of_reading || !rest.is_object() {
            break;
        }
        if lacks_mapping && let Some(fields) = rest.as_object_mut() {
            fields.insert("mapping".to_owned(), nothing());
        }
    }
    Err(Problems(all))
}

/// A mapping that finds nothing.
fn nothing() -> Value {
    let blank = "\"(not mapped yet)\"";
    json!({ "source_id": blank, "email": blank, "first_name": blank, "last_name": blank })
}

fn is_within(path: &str, part: &str) -> bool {
    path.strip_prefix(part)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Removes the part of a document that a problem is about, if it is one that says how an answer is
/// read. Returns whether it was removed.
fn leave_out(document: &mut Value, path: &str) -> bool {
    for part in ["rules", "delete_flag"] {
        if is_within(path, part) {
            return document
                .as_object_mut()
                .is_some_and(|fields| fields.remove(part).is_some());
        }
    }
    for part in ["records", "pagination"] {
        if is_within(path, &format!("source.{part}")) {
            let source = document.get_mut("source").and_then(Value::as_object_mut);
            return source.is_some_and(|source| source.remove(part).is_some());
        }
    }
    false
}
