//! What generators of clients need of the description: the same said in the ways that they understand.

use serde_json::{Map, Value, json};

/// The beginning of the names of lists' pages, before the name of their items.
const PAGE: &str = "ListPage_";
const SCHEMAS: &str = "#/components/schemas/";

/// Rewrites the schemas of a description.
pub(super) fn rewrite(document: &mut Value) {
    lengths(document);
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in names {
        if let Some(of) = name.strip_prefix(PAGE) {
            name_items(schemas, &name, of);
        }
        if let Some(variants) = schemas.get(&name).and_then(|all| spread(schemas, all)) {
            schemas.insert(name, variants);
        }
    }
}

/// Says of arrays of a fixed length how long they are: `"items": false` says the same, and is no schema for most.
fn lengths(value: &mut Value) {
    match value {
        Value::Object(parts) => {
            if parts.get("items") == Some(&Value::Bool(false)) {
                let first = parts.get("prefixItems").and_then(Value::as_array);
                let length = first.map_or(0, Vec::len);
                parts.remove("items");
                parts.insert("minItems".to_owned(), length.into());
                parts.insert("maxItems".to_owned(), length.into());
            }
            parts.values_mut().for_each(lengths);
        }
        Value::Array(all) => all.iter_mut().for_each(lengths),
        _ => {}
    }
}

/// Names the schema of a page's items, which is written out there: else each list has a type of its own for them.
fn name_items(schemas: &mut Map<String, Value>, page: &str, of: &str) {
    let items = schemas.get_mut(page);
    let items = items.and_then(|page| page.pointer_mut("/properties/items/items"));
    if let Some(items) = items {
        let written_out = std::mem::replace(items, json!({"$ref": format!("{SCHEMAS}{of}")}));
        schemas.entry(of).or_insert(written_out);
    }
}

/// Adds what is beside alternatives to each of them: `allOf` of `oneOf` is no type for most.
fn spread(schemas: &Map<String, Value>, all: &Value) -> Option<Value> {
    let [first, beside] = all.get("allOf")?.as_array()?.as_slice() else {
        return None;
    };
    let name = first.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?;
    let variants = schemas.get(name)?.get("oneOf")?.as_array()?;
    let variants: Vec<Value> = variants
        .iter()
        .map(|variant| together(variant, beside))
        .collect();
    let mut spread = json!({ "oneOf": variants });
    if let (Some(about), Value::Object(parts)) = (all.get("description"), &mut spread) {
        parts.insert("description".to_owned(), about.clone());
    }
    Some(spread)
}

/// An object with the properties of both.
fn together(one: &Value, other: &Value) -> Value {
    let mut both = one.clone();
    for key in ["properties", "required"] {
        match (both.get_mut(key), other.get(key)) {
            (Some(Value::Object(into)), Some(Value::Object(more))) => into.extend(more.clone()),
            (Some(Value::Array(into)), Some(Value::Array(more))) => into.extend(more.clone()),
            _ => {}
        }
    }
    both
}
