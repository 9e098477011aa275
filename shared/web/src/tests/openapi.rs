//! The description of the API against the API.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use attendee_sync_domain::config;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::conform::{Exchange, fault};
use super::world::{ConsoleWorld, TOKEN, TestRequest};
use crate::openapi;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

#[test]
fn what_is_kept_is_what_routes_and_types_say() {
    for (file, built) in [
        ("document.json", openapi::document()),
        ("event.json", config::event_schema()),
    ] {
        as_kept(file, &built);
    }
}

fn as_kept(file: &str, built: &Value) {
    let built = serde_json::to_string_pretty(built).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/openapi")
        .join(file);
    if std::env::var_os("ATTENDEE_SYNC_UPDATE").is_some() {
        std::fs::write(&path, &built).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == built,
        "the API is not as it is described; ATTENDEE_SYNC_UPDATE=1 cargo test -p attendee-sync-web \
         writes the description anew"
    );
}

async fn description(world: &ConsoleWorld) -> Value {
    let answer = world.send(TestRequest::get("/api/v1/openapi.json")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

/// Every path with the methods that are described.
fn described(description: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let methods = |item: &Value| {
        let keys = item.as_object().unwrap().keys();
        keys.filter(|key| METHODS.contains(&key.as_str()))
            .map(|key| key.to_ascii_uppercase())
            .collect()
    };
    let paths = description["paths"].as_object().unwrap().iter();
    paths
        .map(|(path, item)| (path.clone(), methods(item)))
        .collect()
}

fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.filter(|(key, _)| METHODS.contains(&key.as_str()))
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

/// Every object in it that is a reference.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_open_to_all_and_whole() {
    let world = ConsoleWorld::empty().await;
    let description = description(&world).await;
    let same = world.send(TestRequest::get("/openapi.json")).await;
    assert_eq!(same.json(), description);
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut found = Vec::new();
    references(&description, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::meta::is_valid(schema), "{name}: {schema}");
    }
}

#[tokio::test]
async fn every_operation_says_what_it_does_and_what_it_takes() {
    let world = ConsoleWorld::empty().await;
    let description = description(&world).await;
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&description) {
        let summary = operation["summary"].as_str().unwrap();
        assert!(summary.ends_with('.'), "{name}: {summary}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{name}"
        );
        let gaps: BTreeSet<&str> = name
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
            .collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let in_path: BTreeSet<&str> = parameters
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(in_path, gaps, "{name}");
        let is_open = operation.get("security").is_some();
        let answers = operation["responses"].as_object().unwrap();
        assert_eq!(answers.contains_key("401"), !is_open, "{name}");
        assert_eq!(is_open, operation["tags"][0] == "about", "{name}");
        let role = &operation["x-permission"]["role"];
        assert_eq!(role.is_null(), is_open, "{name}");
    }
}

#[tokio::test]
async fn every_route_is_described_and_every_description_has_its_route() {
    let world = ConsoleWorld::empty().await;
    let described = described(&description(&world).await);
    let routes = world.routes();
    let of_api: BTreeSet<&String> = routes
        .iter()
        .filter(|route| route.starts_with("/api/"))
        .collect();
    assert_eq!(of_api, described.keys().collect());
    for (path, mut methods) in described {
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let path = path.replace(['{', '}'], "");
        let answer = world
            .send(TestRequest::new("TRACE", &path).bearer(TOKEN))
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed = answer.header("allow").split(',');
        let allowed: BTreeSet<String> = allowed.map(|method| method.trim().to_owned()).collect();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[test]
fn an_answer_that_is_not_as_described_is_noticed() {
    let of = |path: &str, status: u16, kind: &str, body: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().unwrap());
        fault(&Exchange {
            method: "GET",
            path,
            sent: b"",
            status: StatusCode::from_u16(status).unwrap(),
            headers: &headers,
            body,
        })
    };
    let json = "application/json";
    let health = "/api/v1/health";
    assert_eq!(of(health, 200, json, r#"{"status": "ok"}"#), None);
    for (path, status, kind, body, said) in [
        (health, 200, json, r#"{"status": 5}"#, "not of type"),
        (health, 200, json, "{}", "required"),
        (health, 200, "text/html", "<p>", "media type"),
        (health, 418, json, "{}", "418 is not described"),
        ("/api/v1/nothing", 200, json, "{}", "no route"),
        ("/api/v1/events/e/configuration", 200, json, "{}", "ETag"),
        (
            "/api/v1/communities",
            200,
            json,
            r#"{"items": [{"community": "A B"}]}"#,
            "match",
        ),
    ] {
        let fault = of(path, status, kind, body).unwrap_or_default();
        assert!(fault.contains(said), "{path} {status} {body}: {fault}");
    }
}
