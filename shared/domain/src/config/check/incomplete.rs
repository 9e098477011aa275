//! Documents that are tried out before they are whole: what says how an answer is read may be missing or wrong.

use serde_json::{Value, json};

use super::{DocumentProblem, Problems, SourceAddresses, check};
use crate::config::EventDocument;

/// How often a document is read anew without what was wrong with it.
const MAX_ROUNDS: usize = 8;

/// A document by which the source can be asked.
#[derive(Debug)]
pub struct TestableDocument {
    /// The document; what could not be used of it has its default.
    pub document: EventDocument,
    /// Whether it has no mapping that can be used: the one that is there finds nothing.
    pub lacks_mapping: bool,
    /// What has to be put right before it can be stored.
    pub problems: Vec<DocumentProblem>,
}

/// Reads a document of which `mapping`, `rules`, `delete_flag`, `source.records` and `source.pagination` may be missing or wrong,
/// as the answer of the source is still to show what they are.
///
/// # Errors
///
/// Fails with all problems where anything else is wrong.
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

/// Leaves out the part of a document that a problem is about, where it says how an answer is read.
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
