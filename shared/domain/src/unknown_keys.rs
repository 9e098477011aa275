//! What a newer version of the program added to stored JSON: reading past it, and keeping it when the
//! rest is written anew. What people send is read strictly instead (`config::check`).

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Error, Path, Segment};

/// The most unknown keys of one document that are read past.
const MAX_UNKNOWN: usize = 1_000;
/// The keys that say which kind of a thing an object is. What was added to one kind is not kept in another.
const TAGS: [&str; 4] = ["type", "kind", "action", "do"];

/// Reads JSON as if it had none of the keys that its type does not know.
pub fn read_known<T: DeserializeOwned>(document: &Value) -> Result<T, serde_json::Error> {
    let mut rest = None;
    for _ in 0..MAX_UNKNOWN {
        let error = match serde_path_to_error::deserialize(rest.as_ref().unwrap_or(document)) {
            Ok(known) => return Ok(known),
            Err(error) => error,
        };
        let rest = rest.get_or_insert_with(|| document.clone());
        if !remove_unknown_key(rest, &error) {
            return Err(error.into_inner());
        }
    }
    serde_json::from_value(rest.unwrap_or_else(|| document.clone()))
}

/// Adds to what is written those keys of what is stored that `T` does not know; `None` where nothing can be
/// kept, as what is stored cannot be read at all.
#[must_use]
pub fn keep_unknown<T: DeserializeOwned + Serialize>(
    stored: &Value,
    mut written: Value,
) -> Option<Value> {
    let known: T = read_known(stored).ok()?;
    let known = serde_json::to_value(&known).ok()?;
    keep(stored, &known, &mut written);
    Some(written)
}

/// `known` is what `stored` says to this version. What it does not have, this version does not know; what it
/// has and `written` does not, was taken away on purpose.
fn keep(stored: &Value, known: &Value, written: &mut Value) {
    match (stored, known, written) {
        (Value::Object(stored), Value::Object(known), Value::Object(written)) => {
            if TAGS.iter().any(|tag| known.get(*tag) != written.get(*tag)) {
                return;
            }
            for (key, value) in stored {
                match (known.get(key), written.get_mut(key)) {
                    (None, None) => {
                        written.insert(key.clone(), value.clone());
                    }
                    (Some(known), Some(written)) => keep(value, known, written),
                    (None, Some(_)) | (Some(_), None) => {}
                }
            }
        }
        (Value::Array(stored), Value::Array(known), Value::Array(written))
            if stored.len() == known.len() =>
        {
            keep_in_list(stored, known, written);
        }
        _ => {}
    }
}

/// An element that did not change is found by its content, another one by a text that it still says.
fn keep_in_list(stored: &[Value], known: &[Value], written: &mut [Value]) {
    let before = written.to_vec();
    for written in written.iter_mut() {
        let same = known.iter().position(|known| known == written);
        let same = same.or_else(|| {
            let changed = |known: &Value| !before.contains(known) && share_a_text(known, written);
            known.iter().position(changed)
        });
        if let Some((stored, known)) = same.and_then(|at| stored.get(at).zip(known.get(at))) {
            keep(stored, known, written);
        }
    }
}

fn share_a_text(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return false;
    };
    one.iter()
        .any(|(key, value)| value.is_string() && other.get(key) == Some(value))
}

/// Removes the key of an error, if the error is that the type has no such key. Returns whether it did.
pub(crate) fn remove_unknown_key(document: &mut Value, error: &Error<serde_json::Error>) -> bool {
    let text = error.inner().to_string();
    let key = text
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once("`, "));
    key.is_some_and(|(key, _)| remove(document, error.path(), key))
}

/// The path of the error may end in the key itself.
fn remove(document: &mut Value, path: &Path, key: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct StoredTrip {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fare: Option<u32>,
        #[serde(default)]
        stops: Vec<StoredStop>,
        by: StoredVehicle,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct StoredStop {
        at: String,
        minutes: u32,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
    enum StoredVehicle {
        Train { number: u32 },
        Bus { line: String },
    }

    fn newer() -> Value {
        json!({
            "name": "north", "fare": 7, "added": {"x": 1},
            "stops": [{"at": "a", "minutes": 1, "added": "in a"}, {"at": "b", "minutes": 2, "added": "in b"}],
            "by": {"type": "train", "number": 5, "added": [1]}
        })
    }

    #[test]
    fn what_a_newer_version_added_is_read_past_at_any_depth() {
        let trip: StoredTrip = read_known(&newer()).unwrap();
        assert_eq!((trip.name.as_str(), trip.fare), ("north", Some(7)));
        assert_eq!(trip.by, StoredVehicle::Train { number: 5 });
        let other = read_known::<StoredTrip>(&json!({"name": 5, "added": 1}));
        assert!(other.unwrap_err().to_string().contains("invalid type"));
    }

    #[test]
    fn what_is_written_keeps_what_this_version_does_not_know_and_nothing_else() {
        let mut trip: StoredTrip = read_known(&newer()).unwrap();
        trip.fare = None;
        trip.stops.remove(0);
        trip.stops[0].minutes = 9;
        trip.stops.push(StoredStop {
            at: "c".to_owned(),
            minutes: 3,
        });
        let written = serde_json::to_value(&trip).unwrap();
        let kept = keep_unknown::<StoredTrip>(&newer(), written).unwrap();
        assert_eq!(kept["added"], json!({"x": 1}));
        assert_eq!(kept.get("fare"), None);
        assert_eq!(kept["by"], newer()["by"]);
        let stops = json!([{"at": "b", "minutes": 9, "added": "in b"}, {"at": "c", "minutes": 3}]);
        assert_eq!(kept["stops"], stops);

        trip.by = StoredVehicle::Bus {
            line: "N1".to_owned(),
        };
        let written = serde_json::to_value(&trip).unwrap();
        let kept = keep_unknown::<StoredTrip>(&newer(), written).unwrap();
        assert_eq!(kept["by"], json!({"type": "bus", "line": "N1"}));
    }

    #[test]
    fn an_element_of_a_list_is_found_by_what_it_says() {
        let mut trip: StoredTrip = read_known(&newer()).unwrap();
        trip.stops.insert(
            0,
            StoredStop {
                at: "new".to_owned(),
                minutes: 0,
            },
        );
        let written = serde_json::to_value(&trip).unwrap();
        let kept = keep_unknown::<StoredTrip>(&newer(), written).unwrap();
        assert_eq!(kept["stops"][0], json!({"at": "new", "minutes": 0}));
        assert_eq!(kept["stops"][1]["added"], "in a");
        assert_eq!(kept["stops"][2]["added"], "in b");

        let mut trip: StoredTrip = read_known(&newer()).unwrap();
        trip.stops[1].minutes = 20;
        let written = serde_json::to_value(&trip).unwrap();
        let kept = keep_unknown::<StoredTrip>(&newer(), written).unwrap();
        assert_eq!(
            kept["stops"][1],
            json!({"at": "b", "minutes": 20, "added": "in b"})
        );
    }
}
