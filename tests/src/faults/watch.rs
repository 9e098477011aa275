//! An eye on every write that is done: what the table holds after it; and that what is stored of a
//! person never goes back to an older run, and who was erased stays so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Items by partition and sort key.
pub(super) type Items = BTreeMap<(String, String), Value>;

/// What was written so far.
#[derive(Default)]
pub(super) struct Watch {
    /// What the table holds.
    pub(super) items: Items,
    /// The newest run that wrote an attendee, by key.
    runs: BTreeMap<String, u64>,
    /// Users who are only a tombstone, by key.
    erased: BTreeSet<String>,
    /// What was wrong.
    pub(super) wrong: Vec<String>,
}

/// The items that a request puts.
pub(super) fn items_put(operation: &str, body: &Value) -> Vec<Value> {
    match operation {
        "PutItem" => vec![body["Item"].clone()],
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array();
            let puts = actions
                .into_iter()
                .flatten()
                .map(|action| &action["Put"]["Item"]);
            puts.filter(|item| !item.is_null()).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// Does what a request does to items.
fn apply(items: &mut Items, operation: &str, body: &Value) {
    let transacted = body["TransactItems"].as_array().into_iter().flatten();
    let batched = body.pointer("/RequestItems/attendee-sync");
    let batched = batched.and_then(Value::as_array).into_iter().flatten();
    let put = batched
        .clone()
        .map(|request| &request["PutRequest"]["Item"]);
    let put = put.filter(|item| !item.is_null()).cloned();
    for item in items_put(operation, body).into_iter().chain(put) {
        items.insert(name(&item), item);
    }
    let deleted = transacted
        .map(|action| &action["Delete"]["Key"])
        .chain(batched.map(|request| &request["DeleteRequest"]["Key"]))
        .chain([&body["Key"]]);
    for key in deleted {
        items.remove(&name(key));
    }
}

/// What an item is found by.
pub(super) fn name(item: &Value) -> (String, String) {
    let (pk, sk) = key_of(item);
    (pk.to_owned(), sk.to_owned())
}

/// All items that a request is about, as `partition key/sort key`.
pub(super) fn names(request: &Value) -> Vec<String> {
    let (pk, sk) = key_of(request);
    if !pk.is_empty() {
        return vec![format!("{pk}/{sk}")];
    }
    match request {
        Value::Object(members) => members.values().flat_map(names).collect(),
        Value::Array(elements) => elements.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

fn key_of(item: &Value) -> (&str, &str) {
    let part = |name: &str| item[name]["S"].as_str().unwrap_or_default();
    (part("pk"), part("sk"))
}

/// Whether it is an attendee's item: of the partitions `E#…#A#…`.
pub(super) fn is_attendee(item: &Value) -> bool {
    let (pk, _) = key_of(item);
    pk.starts_with("E#") && pk.contains("#A#")
}

/// Whether it is a user's item: of the partitions `C#…#U#…`.
fn is_user(item: &Value) -> bool {
    let (pk, _) = key_of(item);
    pk.starts_with("C#") && pk.contains("#U#")
}

impl Watch {
    /// Looks at a write that was done.
    pub(super) fn look(&mut self, operation: &str, body: &Value) {
        apply(&mut self.items, operation, body);
        for item in items_put(operation, body) {
            let (pk, sk) = key_of(&item);
            let name = format!("{pk}/{sk}");
            let document = || -> Value {
                let text = item["doc"]["S"].as_str().unwrap_or("null");
                serde_json::from_str(text).unwrap()
            };
            if is_attendee(&item) {
                self.attendee(&name, &document());
            } else if is_user(&item) {
                self.user(name, &document());
            }
        }
        if operation == "DeleteItem" {
            let (pk, sk) = key_of(&body["Key"]);
            self.runs.remove(&format!("{pk}/{sk}"));
        }
    }

    fn attendee(&mut self, name: &str, document: &Value) {
        let run = document["run"].as_u64().unwrap_or(0);
        let newest = self.runs.entry(name.to_owned()).or_insert(run);
        if run < *newest {
            let wrong = format!("C4: run {run} wrote {name} over run {newest}");
            self.wrong.push(wrong);
        }
        *newest = run.max(*newest);
    }

    fn user(&mut self, name: String, document: &Value) {
        if document.get("erased").is_some() {
            self.erased.insert(name);
        } else if self.erased.contains(&name) {
            self.wrong
                .push(format!("C4: {name} was erased and came back"));
        }
    }
}
