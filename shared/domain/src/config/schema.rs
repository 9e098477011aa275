//! The document's JSON Schema (draft 2020-12), derived from the types.
//!
//! The schema expresses what a shape can express; `check` covers the rest.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::access::AccessRules;
use super::document::{EventDocument, Guards, InvitationSettings, ScheduleSettings};
use super::hook::HookSettings;
use super::mapping::{Apply, Blank};
use super::partial_reads::{Incremental, OnePersonRequest};
use super::rule::DeleteFlag;
use super::source::{Authentication, Limits, Pagination, SourceSettings};

/// The name of the document's schema among the definitions.
const EVENT: &str = "EventDocument";
/// What that of its source is called.
const SOURCE: &str = "SourceSettings";

/// The JSON Schema of the document that configures one event.
#[must_use]
pub fn event_schema() -> Value {
    let mut definitions = event_definitions("#/$defs/");
    let mut root = Map::from_iter([
        (
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        ),
        ("title".to_owned(), json!("An event of Attendee Sync")),
    ]);
    if let Some(Value::Object(event)) = definitions.remove(EVENT) {
        root.extend(event);
    }
    root.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(root)
}

/// Returns the schemas of the document and of all its parts, by name. References between them begin
/// with `place`, such as `#/$defs/`.
#[must_use]
pub fn event_definitions(place: &str) -> Map<String, Value> {
    let mut named = vec![(EVENT.to_owned(), EventDocument::schema())];
    EventDocument::schemas(&mut named);
    let mut definitions: Map<String, Value> = named
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()))
        .collect();
    for (name, given, filled) in defaults() {
        if let Some(schema) = definitions.get_mut(name) {
            tell_defaults(schema, &given, &filled);
        }
    }
    if let Some(Value::Object(mapped)) = definitions.get_mut("MappedField") {
        let one = ["path", "constant", "expression"].map(|key| json!({"required": [key]}));
        mapped.insert("oneOf".to_owned(), json!(one));
    }
    if let Some(Value::Object(source)) = definitions.get_mut(SOURCE) {
        let either = ["url", "upload"].map(|key| json!({"required": [key]}));
        source.insert("anyOf".to_owned(), json!(either));
    }
    definitions
        .values_mut()
        .for_each(|schema| close(schema, place));
    definitions
}

/// Makes references point to `place`, and forbids keys that an object does not define.
fn close(schema: &mut Value, place: &str) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(|schema| close(schema, place)),
        Value::Object(object) => {
            if let Some(Value::String(to)) = object.get_mut("$ref") {
                *to = to.replace("#/components/schemas/", place);
            }
            if object.get("properties").is_some_and(Value::is_object) {
                object
                    .entry("additionalProperties")
                    .or_insert(Value::Bool(false));
            }
            object.values_mut().for_each(|schema| close(schema, place));
        }
        _ => {}
    }
}

/// Returns definitions, each with an example as written and the value that the types read from it.
fn defaults() -> Vec<(&'static str, Value, Value)> {
    fn of<T: Serialize + DeserializeOwned>(
        name: &'static str,
        given: Value,
    ) -> (&'static str, Value, Value) {
        let filled = serde_json::from_value::<T>(given.clone()).ok();
        let filled = filled.and_then(|filled| serde_json::to_value(filled).ok());
        (name, given, filled.unwrap_or_default())
    }

    let mapping = json!({"email": "e", "first_name": "f", "last_name": "l"});
    let secret = json!({"secret": "s"});
    vec![
        of::<EventDocument>(
            EVENT,
            json!({
                "community": "c", "event": "e", "name": "n",
                "source": {"url": "u"}, "mapping": mapping
            }),
        ),
        of::<SourceSettings>("Source", json!({"url": "u"})),
        of::<Limits>("Limits", json!({})),
        of::<Incremental>("Incremental", json!({"parameter": "p"})),
        of::<OnePersonRequest>("OnePerson", json!({"parameter": "p"})),
        of::<Authentication>("Authentication", json!({"type": "bearer", "token": secret})),
        of::<Authentication>(
            "Authentication",
            json!({"type": "login", "url": "u", "username": "n", "password": secret}),
        ),
        of::<Pagination>("Pagination", json!({"type": "page", "parameter": "p"})),
        of::<Pagination>(
            "Pagination",
            json!({
                "type": "offset", "offset_parameter": "o", "limit_parameter": "l", "limit": 1
            }),
        ),
        of::<DeleteFlag>("DeleteFlag", json!({"path": "p"})),
        of::<ScheduleSettings>("Schedule", json!({})),
        of::<InvitationSettings>("Invitations", json!({})),
        of::<Guards>("Guards", json!({})),
        of::<AccessRules>("Access", json!({})),
        of::<HookSettings>("HookSettings", json!({})),
        (
            "MappedField",
            json!({}),
            json!({"apply": Apply::default(), "blank": Blank::default()}),
        ),
    ]
}

/// Adds the defaults that reading filled in to a schema; in a choice, to the variant that was
/// written.
fn tell_defaults(schema: &mut Value, given: &Value, filled: &Value) {
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        let is_meant = |choice: &&mut Value| {
            let kinds = choice.pointer("/properties/type/enum");
            kinds
                .and_then(Value::as_array)
                .is_some_and(|kinds| given.get("type").is_some_and(|kind| kinds.contains(kind)))
        };
        if let Some(choice) = choices.iter_mut().find(is_meant) {
            tell_defaults(choice, given, filled);
        }
        return;
    }
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (key, property) in properties {
        if let (None, Some(value), Value::Object(property)) =
            (given.get(key), filled.get(key), property)
        {
            property.insert("default".to_owned(), value.clone());
        }
    }
}
