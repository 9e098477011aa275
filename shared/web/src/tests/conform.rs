//! Holds what the API takes and gives against its own description.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::{HeaderMap, StatusCode};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::openapi;

/// A request and its answer.
pub(super) struct Exchange<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) sent: &'a [u8],
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a str,
}

/// The description, and its schemas ready to be used.
struct Description {
    document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| Description {
    document: openapi::document(),
    validators: Mutex::default(),
});

/// Statuses of what is asked for beside all routes, or without a token.
const BESIDE: [u16; 5] = [401, 404, 405, 421, 429];

/// What is not as described; nothing where all is.
pub(super) fn fault(exchange: &Exchange) -> Option<String> {
    let status = exchange.status.as_u16();
    let Some(operation) = operation(exchange) else {
        let fits = BESIDE.contains(&status) && media_type(exchange) == "application/problem+json";
        return (!fits).then(|| "the answer comes from no route that is described".to_owned());
    };
    let Some(answer) = operation["responses"].get(status.to_string()) else {
        return Some(format!("the status {status} is not described"));
    };
    let missing =
        members(&answer["headers"]).find(|(name, _)| !exchange.headers.contains_key(*name));
    if let Some((name, _)) = missing {
        return Some(format!("the header {name} is described and not sent"));
    }
    fault_of_body(answer, exchange).or_else(|| {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let is_taken = exchange.status.is_success() && body.is_object();
        let sent = is_taken.then(|| serde_json::from_slice(exchange.sent).unwrap())?;
        let fault = fault_of(body, &sent)?;
        Some(format!("what was taken is not as described: {fault}"))
    })
}

fn fault_of_body(answer: &Value, exchange: &Exchange) -> Option<String> {
    if exchange.method == "HEAD" {
        return None;
    }
    let Some(content) = answer["content"].as_object() else {
        return (!exchange.body.is_empty()).then(|| "no body is described".to_owned());
    };
    let media_type = media_type(exchange);
    let Some(content) = content.get(media_type) else {
        return Some(format!("the media type {media_type} is not described"));
    };
    if matches!(media_type, "text/csv; charset=utf-8" | "application/jsonl") {
        return fault_of(&content["schema"], &Value::from(exchange.body));
    }
    match serde_json::from_str(exchange.body) {
        Ok(body) => fault_of(&content["schema"], &body),
        Err(error) => Some(format!("the body is no JSON: {error}")),
    }
}

fn media_type<'a>(exchange: &'a Exchange) -> &'a str {
    let value = exchange.headers.get("content-type");
    value.map_or("", |value| value.to_str().unwrap())
}

/// What of a value a schema of the description does not allow.
fn fault_of(schema: &Value, value: &Value) -> Option<String> {
    let validator = DESCRIPTION.validator(schema);
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

impl Description {
    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [schema],
                "components": self.document["components"],
            });
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(options.build(&whole).unwrap())
        });
        Arc::clone(validator)
    }
}

fn operation(exchange: &Exchange) -> Option<&'static Value> {
    let method = match exchange.method {
        "HEAD" => "get".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    let (_, item) = members(&DESCRIPTION.document["paths"])
        .filter(|(template, _)| fits(template, exchange.path))
        // A path without gaps is the better fit.
        .min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method)
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(gap, part)| gap == part || gap.starts_with('{') && !part.is_empty())
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}
