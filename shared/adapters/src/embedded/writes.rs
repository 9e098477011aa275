//! Writes of the embedded engine, one at a time, with a short way for the transactions a sync
//! consists of.
//!
//! The engine does `TransactWriteItems` item by item; its bulk import writes as many items in one
//! `SQLite` transaction several times faster, but knows no conditions. As this process is the only
//! one on the file and all its writes come by here, a transaction that only puts items can have
//! its conditions checked first and then be imported. Anything else, and any transaction whose
//! conditions do not hold, goes to the engine, which says why.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use dynoxide::actions::batch_get_item::BatchGetItemRequest;
use dynoxide::actions::transact_write_items::{
    TransactPut, TransactWriteItemsRequest, TransactWriteItemsResponse,
};
use dynoxide::types::{AttributeValue, Item, item_size};
use dynoxide::{Database, ImportOptions, Result};

/// Largest item the engine takes: 400 KB, as in `DynamoDB`.
const MAX_ITEM: usize = 400 * 1024;
/// Most keys of one `BatchGetItem`.
const MAX_GETS: usize = 100;

/// Keeps writes apart.
#[derive(Debug, Default)]
pub(super) struct Writes(Mutex<()>);

impl Writes {
    /// Does one write while no other is done.
    pub(super) fn one<T>(&self, write: impl FnOnce() -> T) -> T {
        let _alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write()
    }

    pub(super) fn transact(
        &self,
        db: &Database,
        mut request: TransactWriteItemsRequest,
    ) -> Result<TransactWriteItemsResponse> {
        // The client's token guards against a request that is sent again after its answer was
        // lost; nothing is lost between two functions of one process.
        request.client_request_token = None;
        if request.return_consumed_capacity.is_some() {
            // The short way counts no capacity.
            return self.one(|| db.transact_write_items(request));
        }
        self.one(|| match short_way(db, &request)? {
            Some((table, items)) => {
                db.import_items(&table, items, ImportOptions::default())?;
                Ok(TransactWriteItemsResponse::default())
            }
            None => db.transact_write_items(request),
        })
    }
}

/// The table and the items of a transaction that consists of puts whose conditions hold.
fn short_way(
    db: &Database,
    request: &TransactWriteItemsRequest,
) -> Result<Option<(String, Vec<Item>)>> {
    let mut puts: Vec<&TransactPut> = Vec::with_capacity(request.transact_items.len());
    for action in &request.transact_items {
        match &action.put {
            Some(put) if item_size(&put.item) <= MAX_ITEM => puts.push(put),
            _ => return Ok(None),
        }
    }
    let Some(table) = puts.first().map(|put| put.table_name.clone()) else {
        return Ok(None);
    };
    let keys: HashSet<(&str, &str)> = puts.iter().filter_map(|put| key(&put.item)).collect();
    if keys.len() < puts.len() || puts.iter().any(|put| put.table_name != table) {
        return Ok(None);
    }
    let conditional: Vec<&TransactPut> = puts
        .iter()
        .copied()
        .filter(|put| put.condition_expression.is_some())
        .collect();
    for part in conditional.chunks(MAX_GETS) {
        let stored = versions(db, &table, part)?;
        if !part.iter().all(|put| holds(put, &stored)) {
            return Ok(None);
        }
    }
    Ok(Some((
        table,
        puts.into_iter().map(|put| put.item.clone()).collect(),
    )))
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

fn versions(db: &Database, table: &str, puts: &[&TransactPut]) -> Result<Versions> {
    let keys: Vec<serde_json::Value> = puts
        .iter()
        .filter_map(|put| {
            let (pk, sk) = key(&put.item)?;
            Some(serde_json::json!({"pk": {"S": pk}, "sk": {"S": sk}}))
        })
        .collect();
    let request = serde_json::json!({"RequestItems": {table: {
        "Keys": keys, "ConsistentRead": true, "ProjectionExpression": "pk, sk, v",
    }}});
    let request: BatchGetItemRequest = serde_json::from_value(request)
        .map_err(|error| dynoxide::DynoxideError::SerializationException(error.to_string()))?;
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
fn holds(put: &TransactPut, stored: &Versions) -> bool {
    let Some((pk, sk)) = key(&put.item) else {
        return false;
    };
    let version = stored.get(&(pk.to_owned(), sk.to_owned()));
    match put.condition_expression.as_deref() {
        None => true,
        Some("attribute_not_exists(pk)") => version.is_none(),
        Some("v = :v") => {
            let expected = put
                .expression_attribute_values
                .as_ref()
                .and_then(|values| attribute(values, ":v"));
            version.is_some() && version.map(String::as_str) == expected
        }
        Some(_) => false,
    }
}
