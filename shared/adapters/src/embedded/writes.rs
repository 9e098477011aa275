//! Writes of the embedded engine, one at a time, with a short way for the transactions a sync
//! consists of.
//!
//! The engine does `TransactWriteItems` item by item; its bulk import writes as many items in one
//! `SQLite` transaction several times faster, but knows no conditions. As this process is the only
//! one on the file and all its writes come by here, a transaction that only puts items can have
//! its conditions checked first and then be imported. Anything else, and any transaction whose
//! conditions do not hold, goes to the engine, which says why. Its own reading of requests makes a
//! tree of every value first; what takes the short way is read without.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dynoxide::actions::batch_get_item::{BatchGetItemRequest, KeysAndAttributes};
use dynoxide::actions::transact_write_items::{
    TransactWriteItemsRequest, TransactWriteItemsResponse,
};
use dynoxide::types::{AttributeValue, Item, item_size};
use dynoxide::{Database, ImportOptions, Result};
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// Largest item the engine takes: 400 KB, as in `DynamoDB`.
const MAX_ITEM: usize = 400 * 1024;
/// Most keys of one `BatchGetItem`.
const MAX_GETS: usize = 100;

/// A transaction that only puts items of the kinds of attributes that the store has. What asks for
/// anything else, as for the capacity it takes, cannot be read as one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Puts {
    transact_items: Vec<Action>,
    /// Guards against a request that is sent again after its answer was lost; nothing is lost
    /// between two functions of one process.
    #[serde(rename = "ClientRequestToken")]
    _token: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Action {
    put: Put,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Put {
    table_name: String,
    #[serde(deserialize_with = "attributes")]
    item: Item,
    condition_expression: Option<String>,
    #[serde(default, deserialize_with = "attributes")]
    expression_attribute_values: Item,
}

fn attributes<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Item, D::Error> {
    #[derive(Deserialize)]
    enum Attribute {
        S(String),
        N(String),
        B(String),
    }
    let read = HashMap::<String, Attribute>::deserialize(deserializer)?;
    read.into_iter()
        .map(|(name, attribute)| {
            let value = match attribute {
                Attribute::S(text) => AttributeValue::S(text),
                Attribute::N(number) => AttributeValue::N(number),
                Attribute::B(data) => {
                    AttributeValue::B(STANDARD.decode(data).map_err(Error::custom)?)
                }
            };
            Ok((name, value))
        })
        .collect()
}

/// Keeps writes apart.
#[derive(Debug, Default)]
pub(super) struct Writes(Mutex<()>);

impl Writes {
    /// Does one write while no other is done.
    pub(super) fn one<T>(&self, write: impl FnOnce() -> T) -> T {
        let _alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write()
    }

    /// Does a transaction the short way, if it can be.
    pub(super) fn put_all(&self, db: &Database, body: &[u8]) -> Option<Result<()>> {
        let Puts { transact_items, .. } = serde_json::from_slice(body).ok()?;
        let puts: Vec<Put> = transact_items
            .into_iter()
            .map(|action| action.put)
            .collect();
        self.one(|| import(db, puts).transpose())
    }

    pub(super) fn transact(
        &self,
        db: &Database,
        mut request: TransactWriteItemsRequest,
    ) -> Result<TransactWriteItemsResponse> {
        request.client_request_token = None;
        self.one(|| db.transact_write_items(request))
    }
}

/// Nothing where they cannot be imported.
fn import(db: &Database, puts: Vec<Put>) -> Result<Option<()>> {
    let Some(table) = puts.first().map(|put| put.table_name.clone()) else {
        return Ok(None);
    };
    let keys: HashSet<(&str, &str)> = puts.iter().filter_map(|put| key(&put.item)).collect();
    let fits = |put: &Put| put.table_name == table && item_size(&put.item) <= MAX_ITEM;
    if keys.len() < puts.len() || !puts.iter().all(fits) {
        return Ok(None);
    }
    let is_conditional = |put: &&Put| put.condition_expression.is_some();
    let conditional: Vec<&Put> = puts.iter().filter(is_conditional).collect();
    for part in conditional.chunks(MAX_GETS) {
        let stored = versions(db, &table, part)?;
        if !part.iter().all(|put| holds(put, &stored)) {
            return Ok(None);
        }
    }
    let items = puts.into_iter().map(|put| put.item).collect();
    db.import_items(&table, items, ImportOptions::default())?;
    Ok(Some(()))
}

fn attribute<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    match item.get(name)? {
        AttributeValue::S(text) => Some(text),
        AttributeValue::N(number) => Some(number),
        _ => None,
    }
}

fn key(item: &Item) -> Option<(&str, &str)> {
    Some((attribute(item, "pk")?, attribute(item, "sk")?))
}

/// Stored items' versions by key; an empty one where an item has none.
type Versions = HashMap<(String, String), String>;

fn versions(db: &Database, table: &str, puts: &[&Put]) -> Result<Versions> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let keys = puts.iter().filter_map(|put| {
        let (pk, sk) = key(&put.item)?;
        Some([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))].into())
    });
    let asked = KeysAndAttributes {
        keys: keys.collect(),
        projection_expression: Some("pk, sk, v".to_owned()),
        consistent_read: Some(true),
        ..KeysAndAttributes::default()
    };
    let request = BatchGetItemRequest {
        request_items: [(table.to_owned(), asked)].into(),
        ..BatchGetItemRequest::default()
    };
    let answer = db.batch_get_item(request)?;
    Ok(answer
        .responses
        .into_values()
        .flatten()
        .filter_map(|item| {
            let (pk, sk) = key(&item)?;
            let version = attribute(&item, "v").unwrap_or_default();
            Some(((pk.to_owned(), sk.to_owned()), version.to_owned()))
        })
        .collect())
}

/// Whether a put's condition holds; a condition that is not one of the store's two does not.
fn holds(put: &Put, stored: &Versions) -> bool {
    let Some((pk, sk)) = key(&put.item) else {
        return false;
    };
    let version = stored.get(&(pk.to_owned(), sk.to_owned()));
    match put.condition_expression.as_deref() {
        None => true,
        Some("attribute_not_exists(pk)") => version.is_none(),
        Some("v = :v") => {
            let expected = attribute(&put.expression_attribute_values, ":v");
            version.is_some() && version.map(String::as_str) == expected
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn database() -> Database {
        let database = Database::memory().unwrap();
        let table = json!({
            "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        });
        database
            .create_table(serde_json::from_value(table).unwrap())
            .unwrap();
        database
    }

    /// As the client sends it.
    fn put(sk: &str, version: u64, condition: &Value) -> Value {
        let mut put = json!({"TableName": "table", "Item": {
            "pk": {"S": "p"}, "sk": {"S": sk}, "v": {"N": version.to_string()}, "data": {"B": "AP8="},
        }});
        for (name, value) in condition.as_object().unwrap() {
            put[name] = value.clone();
        }
        json!({"Put": put})
    }

    fn transaction(actions: &[Value]) -> Value {
        json!({"TransactItems": actions, "ClientRequestToken": "9c2e"})
    }

    fn is_short(db: &Database, request: &Value) -> bool {
        let way = Writes::default().put_all(db, request.to_string().as_bytes());
        way.is_some_and(|done| done.is_ok())
    }

    #[test]
    fn what_only_puts_items_and_may_takes_the_short_way() {
        let db = database();
        let new = json!({"ConditionExpression": "attribute_not_exists(pk)"});
        let after = |version: &str| {
            let values = json!({":v": {"N": version}});
            json!({"ConditionExpression": "v = :v", "ExpressionAttributeValues": values})
        };
        let always = json!({});
        let first = transaction(&[put("a", 1, &new), put("b", 1, &always)]);
        assert!(is_short(&db, &first));
        assert!(!is_short(&db, &first), "it is there");
        assert!(!is_short(&db, &transaction(&[put("a", 3, &after("2"))])));
        assert!(is_short(&db, &transaction(&[put("a", 2, &after("1"))])));
        let other = json!({"ConditionExpression": "attribute_exists(pk)"});
        assert!(!is_short(&db, &transaction(&[put("a", 3, &other)])));
        let twice = transaction(&[put("c", 1, &always), put("c", 2, &always)]);
        assert!(!is_short(&db, &twice));
        let delete =
            json!({"Delete": {"TableName": "table", "Key": {"pk": {"S": "p"}, "sk": {"S": "b"}}}});
        assert!(!is_short(&db, &transaction(&[delete])));
        let mut counted = transaction(&[put("d", 1, &new)]);
        counted["ReturnConsumedCapacity"] = json!("TOTAL");
        assert!(!is_short(&db, &counted));
        let request = json!({"TableName": "table", "Key": {"pk": {"S": "p"}, "sk": {"S": "a"}}});
        let stored = db
            .get_item(serde_json::from_value(request).unwrap())
            .unwrap();
        let item = stored.item.unwrap();
        assert_eq!(attribute(&item, "v"), Some("2"));
        assert_eq!(item["data"], AttributeValue::B(vec![0, 255]));
    }
}
