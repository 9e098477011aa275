//! What the targets share: how a body may be cut into chunks, records as comparable values, and
//! JSON read strictly.

use std::fmt;

use attendee_sync_adapters::source::fuzzing;
use attendee_sync_app::ports::Block;
use attendee_sync_domain::config::Format;
use attendee_sync_domain::feed::RecordsPath;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Sizes of chunks that every body is read in, beside being read whole.
const SIZES: [usize; 4] = [1, 2, 7, 61];

/// What was read of a body: records (`None`: too long), then what surrounds them or why not.
#[derive(Debug, PartialEq)]
pub struct Reading {
    pub records: Vec<Option<Vec<u8>>>,
    pub end: Result<Value, String>,
}

/// Reads a body. It must come out the same wherever its chunks end.
pub fn read(format: Format, path: &RecordsPath, body: &[u8]) -> Reading {
    let reading = |chunks: &[&[u8]]| {
        let (block, end) = fuzzing::split(format, path, chunks.iter().copied());
        Reading {
            records: records(&block),
            end: end.map_err(|error| error.message),
        }
    };
    let whole = reading(&[body]);
    for chunks in cuts(body) {
        assert_eq!(whole, reading(&chunks), "another reading in chunks");
    }
    whole
}

fn records(block: &Block) -> Vec<Option<Vec<u8>>> {
    let units = block.units.iter().cloned();
    units
        .map(|unit| unit.map(|range| block.bytes[range].to_vec()))
        .collect()
}

/// Some ways to cut a body into chunks; one is in two at a place that depends on the body, with
/// chunks that have nothing in them: a decoder makes such.
pub fn cuts(body: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut cuts: Vec<Vec<&[u8]>> = SIZES
        .iter()
        .map(|size| body.chunks(*size).collect())
        .collect();
    let hash = body.iter().fold(0_usize, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let (start, end) = body.split_at(hash % (body.len() + 1));
    cuts.push(vec![start, b"", end, b""]);
    cuts
}

/// The first line, and what follows it.
pub fn first_line(input: &str) -> (&str, &str) {
    input.split_once('\n').unwrap_or((input, ""))
}

/// JSON in which no object has two fields of a name: of those, readers may take either.
pub struct Strict(pub Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Strict, E> {
        Ok(Strict(flag.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Strict, E> {
        Ok(Strict(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Strict, E> {
        Ok(Strict(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Strict, E> {
        Ok(Strict(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Strict, E> {
        Ok(Strict(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Strict, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Strict(Value::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut fields = Map::new();
        while let Some((name, Strict(value))) = map.next_entry::<String, Strict>()? {
            if fields.insert(name, value).is_some() {
                return Err(de::Error::custom("two fields of one name"));
            }
        }
        Ok(Strict(Value::Object(fields)))
    }
}

/// A document that every part of a target's own is merged into (RFC 7396).
pub fn base_document() -> Value {
    let text = include_str!("document.json");
    serde_json::from_str(text).unwrap_or_default()
}

/// Merges a patch into a document, as RFC 7396 says.
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}
