//! The JSON Schema of the event document against the check that documents must pass.

use std::collections::BTreeMap;
use std::path::Path;

use attendee_sync_domain::config::{SourceAddresses, check};
use attendee_sync_domain::preset::{Preset, PresetAnswers, built_in};
use axum::http::StatusCode;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

async fn schema() -> Value {
    let world = ConsoleWorld::empty().await;
    let answer = world
        .send(TestRequest::get("/api/v1/schema/event.json"))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/schema+json");
    answer.json()
}

async fn validator() -> Validator {
    jsonschema::draft202012::new(&schema().await).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn devcon() -> Value {
    read(&Path::new(ROOT).join("shared/domain/src/config/check/devcon.json"))
}

/// Every document in the repository, by where it comes from.
fn documents() -> Vec<(String, Value)> {
    let mut documents = vec![("devcon".to_owned(), devcon())];
    for folder in Path::new(ROOT)
        .join("tests/fixtures/feeds")
        .read_dir()
        .unwrap()
    {
        let path = folder.unwrap().path().join("event.json");
        if path.exists() {
            documents.push((path.display().to_string(), read(&path)));
        }
    }
    assert!(documents.len() > 5, "there are fixtures");
    for (name, text) in built_in() {
        documents.push((
            (*name).to_owned(),
            filled(&Preset::parse(name, text).unwrap()),
        ));
    }
    documents
}

fn filled(preset: &Preset) -> Value {
    let example =
        |one: &attendee_sync_domain::preset::Parameter| (one.name.clone(), one.example.clone());
    let answers = PresetAnswers {
        community: "acme".parse().unwrap(),
        event: "devcon".parse().unwrap(),
        name: "DevCon".to_owned(),
        time_zone: None,
        values: preset
            .parameters
            .iter()
            .map(example)
            .collect::<BTreeMap<_, _>>(),
    };
    preset
        .fill(&answers, &SourceAddresses::Any)
        .unwrap()
        .document
}

/// Both say the same: whether the document is accepted.
fn judged(validator: &Validator, document: &Value) -> (bool, bool) {
    let checked = check(document, &SourceAddresses::Any);
    (validator.is_valid(document), checked.is_ok())
}

/// Where in a document its objects or its plain values are.
fn places(value: &Value, at: &str, wanted: fn(&Value) -> bool, found: &mut Vec<String>) {
    if wanted(value) {
        found.push(at.to_owned());
    }
    match value {
        Value::Array(list) => {
            for (position, value) in list.iter().enumerate() {
                places(value, &format!("{at}/{position}"), wanted, found);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), wanted, found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_document_here_is_as_the_schema_says() {
    let schema = schema().await;
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for (name, document) in documents() {
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_refused_wherever_it_is() {
    let validator = validator().await;
    let (devcon, mut objects) = (devcon(), Vec::new());
    places(&devcon, "", Value::is_object, &mut objects);
    objects.retain(|at| !["/source/headers", "/source/lookups"].contains(&at.as_str()));
    assert!(objects.len() > 10, "{objects:?}");
    for at in objects {
        let mut document = devcon.clone();
        document.pointer_mut(&at).unwrap()["no_such_key"] = json!("x");
        assert_eq!(judged(&validator, &document), (false, false), "{at}");
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_refused_wherever_it_is() {
    let validator = validator().await;
    let (devcon, mut values) = (devcon(), Vec::new());
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    places(&devcon, "", is_plain, &mut values);
    for at in values {
        let mut document = devcon.clone();
        let value = document.pointer_mut(&at).unwrap();
        *value = if value.is_string() {
            json!(17)
        } else {
            json!("x")
        };
        assert_eq!(judged(&validator, &document), (false, false), "{at}");
    }
}

#[tokio::test]
async fn what_is_mandatory_cannot_be_left_out() {
    let validator = validator().await;
    for (object, key) in [
        ("", "community"),
        ("", "event"),
        ("", "name"),
        ("", "source"),
        ("", "mapping"),
        ("/source", "url"),
        ("/mapping", "email"),
        ("/mapping", "first_name"),
        ("/mapping", "last_name"),
    ] {
        let mut document = devcon();
        let members = document
            .pointer_mut(object)
            .unwrap()
            .as_object_mut()
            .unwrap();
        members.remove(key).unwrap();
        assert_eq!(
            judged(&validator, &document),
            (false, false),
            "{object}/{key}"
        );
    }
}

#[tokio::test]
async fn the_schema_tells_what_is_where_nothing_is_said() {
    let schema = schema().await;
    for (at, default) in [
        ("/properties/time_zone", json!("UTC")),
        ("/properties/missing", json!("keep")),
        ("/$defs/Limits/properties/timeout_seconds", json!(30)),
        ("/$defs/Guards/properties/removals_percent", json!(20)),
        ("/$defs/Incremental/properties/overlap_seconds", json!(300)),
        (
            "/$defs/DeleteFlag/properties/true_values",
            json!(["true", "1", "yes"]),
        ),
        ("/$defs/MappedField/properties/apply", json!("always")),
    ] {
        let property = schema.pointer(at).unwrap();
        assert_eq!(property["default"], default, "{at}: {property}");
        assert!(property["description"].is_string(), "{at}: {property}");
    }
    let text = schema.to_string();
    assert!(text.contains(r#""default":"Bearer""#), "of a choice, too");
}
