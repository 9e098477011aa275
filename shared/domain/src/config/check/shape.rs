//! Deserialises a document from JSON. All unknown keys are reported at once.

use serde_json::Value;

use super::{AUTHENTICATION_SHAPES, DocumentProblem, Problems};
use crate::config::EventDocument;
use crate::unknown_keys::remove_unknown_key;

/// Most unknown keys that are reported at once.
const MAX_UNKNOWN: usize = 50;

/// Reads a document and checks its shape only.
pub(super) fn read(document: &Value) -> Result<EventDocument, Problems> {
    let mut problems = Vec::new();
    let mut rest = None;
    loop {
        let error = match serde_path_to_error::deserialize(rest.as_ref().unwrap_or(document)) {
            Ok(parsed) if problems.is_empty() => return Ok(parsed),
            Ok(_) => return Err(Problems(problems)),
            Err(error) => error,
        };
        let path = error.path().to_string();
        problems.push(problem(&path, error.inner()));
        // Other errors appear only once the unknown key is removed.
        let rest = rest.get_or_insert_with(|| document.clone());
        if !remove_unknown_key(rest, &error) || problems.len() >= MAX_UNKNOWN {
            return Err(Problems(problems));
        }
    }
}

fn problem(path: &str, error: &serde_json::Error) -> DocumentProblem {
    // Serde's message repeats the misplaced value, which may be a credential here.
    let reason = if path.starts_with("source.authentication") {
        AUTHENTICATION_SHAPES.to_owned()
    } else if path.starts_with("hook.secret") {
        "not as expected: the secret as text, or {\"secret\": NAME}".to_owned()
    } else {
        error.to_string()
    };
    let path = match path {
        "." => "document".to_owned(),
        // The name of the field is empty.
        "" => "\"\"".to_owned(),
        _ => path.to_owned(),
    };
    DocumentProblem { path, reason }
}
