//! Deserialises a document from JSON. All unknown keys are reported at once.

use serde_json::Value;

use super::{AUTHENTICATION_SHAPES, DocumentProblem, Problems};
use crate::config::EventDocument;

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
        let unknown = unknown_key(&error);
        let path = error.path().to_string();
        problems.push(problem(&path, error.inner()));
        // Other errors appear only once the unknown key is removed.
        let rest = rest.get_or_insert_with(|| document.clone());
        let is_away = unknown.is_some_and(|key| remove(rest, error.path(), &key));
        if !is_away || problems.len() >= MAX_UNKNOWN {
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

/// The key that the document does not have, where that is the error.
fn unknown_key(error: &serde_path_to_error::Error<serde_json::Error>) -> Option<String> {
    let text = error.inner().to_string();
    let (key, _) = text.strip_prefix("unknown field `")?.split_once("`, ")?;
    Some(key.to_owned())
}

/// Removes a key at the place of an error. The path of the error may end in the key itself.
fn remove(document: &mut Value, path: &serde_path_to_error::Path, key: &str) -> bool {
    use serde_path_to_error::Segment;

    let mut at = document;
    for segment in path {
        let inner = match segment {
            Segment::Map { key: name } if name == key && at.get(name).is_some() => break,
            Segment::Map { key } => at.get_mut(key),
            Segment::Seq { index } => at.get_mut(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => return false,
        }
    }
    at.as_object_mut()
        .is_some_and(|fields| fields.remove(key).is_some())
}
