//! The table of the cloud edition, through `aws-sdk-dynamodb`. Reads are consistent, all pages are
//! followed, and unprocessed parts are requested again.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, ConditionCheck, Delete, DeleteRequest,
    KeySchemaElement, KeyType, KeysAndAttributes, Put, ReturnValue, ScalarAttributeType, Select,
    TimeToLiveSpecification, TransactWriteItem, WriteRequest,
};

use super::{
    Durability, ItemBody, ItemSchema, KeyRange, QueryPaging, Table, TableItem, TableKey,
    TransactionLimits, WriteAction, WriteCondition, failed,
};

/// The maximum number of keys of a `BatchGetItem`, of actions of a `TransactWriteItems` and of
/// requests of a `BatchWriteItem` (`DynamoDB` API reference).
const MAX_GETS: usize = 100;
const MAX_ACTIONS: usize = 100;
const MAX_BATCH_WRITES: usize = 25;
/// The maximum size of the people in a transaction, in bytes: a transaction has at most 4 MB, and
/// its log item 400 KB (`DynamoDB` documentation, "Quotas").
const MAX_TRANSACTION_BYTES: usize = 300_000;
/// How often unprocessed parts are requested again.
const MAX_ROUNDS: u32 = 10;

/// The names of the attributes.
const PK: &str = "pk";
const SK: &str = "sk";
const VERSION: &str = "v";
const DOC: &str = "doc";
const DATA: &str = "data";
const EXPIRES: &str = "expires";
const SCHEMA: &str = "schema";

type Attributes = HashMap<String, AttributeValue>;

/// A table, through a client of `DynamoDB` or of a service with its protocol.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

/// A condition as an expression with its values.
struct ConditionExpression {
    text: Option<&'static str>,
    values: Option<Attributes>,
}

impl From<WriteCondition> for ConditionExpression {
    fn from(condition: WriteCondition) -> Self {
        let value = |text, name: &str, value| Self {
            text: Some(text),
            values: Some(HashMap::from([(name.to_owned(), value)])),
        };
        match condition {
            WriteCondition::Always => Self {
                text: None,
                values: None,
            },
            WriteCondition::Absent => Self {
                text: Some("attribute_not_exists(pk)"),
                values: None,
            },
            WriteCondition::Version(version) => value("v = :v", ":v", integer(version)),
            WriteCondition::Document(json) => value("doc = :before", ":before", text(json)),
        }
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn integer(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn key_attributes(key: &TableKey) -> Attributes {
    HashMap::from([
        (PK.to_owned(), text(&key.pk)),
        (SK.to_owned(), text(&key.sk)),
    ])
}

fn attributes(item: TableItem) -> Attributes {
    let mut attributes = HashMap::from([
        (PK.to_owned(), text(item.key.pk)),
        (SK.to_owned(), text(item.key.sk)),
        (SCHEMA.to_owned(), integer(item.schema.number().into())),
    ]);
    if let Some(version) = item.version {
        attributes.insert(VERSION.to_owned(), integer(version));
    }
    if let Some(expires) = item.expires {
        attributes.insert(EXPIRES.to_owned(), integer(expires));
    }
    match item.body {
        ItemBody::Empty => {}
        ItemBody::Document(json) => {
            attributes.insert(DOC.to_owned(), text(json));
        }
        ItemBody::Data(bytes) => {
            attributes.insert(DATA.to_owned(), AttributeValue::B(Blob::new(bytes)));
        }
    }
    attributes
}

fn item(mut attributes: Attributes) -> TableItem {
    let mut take = |name| attributes.remove(name);
    let string = |value| match value {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    let number = |value| match value {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    };
    let body = match (take(DOC), take(DATA)) {
        (Some(AttributeValue::S(json)), _) => ItemBody::Document(json),
        (_, Some(AttributeValue::B(bytes))) => ItemBody::Data(bytes.into_inner()),
        _ => ItemBody::Empty,
    };
    let key = TableKey {
        pk: string(take(PK)).unwrap_or_default(),
        sk: string(take(SK)).unwrap_or_default(),
    };
    let (version, expires) = (number(take(VERSION)), number(take(EXPIRES)));
    let schema = number(take(SCHEMA)).and_then(|number: u64| u32::try_from(number).ok());
    let schema = schema.map_or(ItemSchema::FIRST, ItemSchema::from_number);
    TableItem::stored(key, version, expires, body, schema)
}

/// Waits before unprocessed parts are requested again.
async fn back_off(round: u32) {
    tokio::time::sleep(Duration::from_millis(20 << round.min(8))).await;
}

async fn next_round(round: u32, operation: &'static str) -> Result<u32, StoreError> {
    if round >= MAX_ROUNDS {
        return Err(failed(operation)("parts of the request stayed unprocessed"));
    }
    back_off(round).await;
    Ok(round + 1)
}

impl DynamoTable {
    /// Returns a table that exists, or that [`create`](Self::create) creates.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
        }
    }

    /// Creates the table where there is none; in the cloud the template creates it.
    pub async fn create(&self) -> Result<(), StoreError> {
        let described = self.client.describe_table().table_name(&self.name);
        if described.send().await.is_ok() {
            return Ok(());
        }
        let attribute = |name: &str| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
        };
        let schema = |name: &str, kind| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
        };
        self.client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PK).map_err(failed("CreateTable"))?)
            .attribute_definitions(attribute(SK).map_err(failed("CreateTable"))?)
            .key_schema(schema(PK, KeyType::Hash).map_err(failed("CreateTable"))?)
            .key_schema(schema(SK, KeyType::Range).map_err(failed("CreateTable"))?)
            .send()
            .await
            .map_err(failed("CreateTable"))?;
        let time_to_live = TimeToLiveSpecification::builder()
            .attribute_name(EXPIRES)
            .enabled(true)
            .build()
            .map_err(failed("UpdateTimeToLive"))?;
        self.client
            .update_time_to_live()
            .table_name(&self.name)
            .time_to_live_specification(time_to_live)
            .send()
            .await
            .map_err(failed("UpdateTimeToLive"))?;
        Ok(())
    }

    fn query_request(&self, partition: &str, range: &KeyRange) -> QueryFluentBuilder {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(partition));
        match range {
            KeyRange::All => request.key_condition_expression("pk = :pk"),
            KeyRange::Prefix(prefix) => request
                .key_condition_expression("pk = :pk AND begins_with(sk, :a)")
                .expression_attribute_values(":a", text(prefix)),
            KeyRange::After(after) => request
                .key_condition_expression("pk = :pk AND sk > :a")
                .expression_attribute_values(":a", text(after)),
            KeyRange::Before(before) => request
                .key_condition_expression("pk = :pk AND sk < :a")
                .expression_attribute_values(":a", text(before)),
            KeyRange::Between(from, to) => request
                .key_condition_expression("pk = :pk AND sk BETWEEN :a AND :b")
                .expression_attribute_values(":a", text(from))
                .expression_attribute_values(":b", text(to)),
        }
    }

    async fn put(&self, item: TableItem, condition: WriteCondition) -> Result<(), StoreError> {
        let ConditionExpression { text, values } = condition.into();
        let request = self.client.put_item().table_name(&self.name);
        request
            .set_item(Some(attributes(item)))
            .set_condition_expression(text.map(str::to_owned))
            .set_expression_attribute_values(values)
            .send()
            .await
            .map_err(|error| match error.as_service_error() {
                Some(service)
                    if service.is_conditional_check_failed_exception()
                        || service.is_transaction_conflict_exception() =>
                {
                    StoreError::Conflict
                }
                _ => failed("PutItem")(error),
            })?;
        Ok(())
    }

    async fn delete(&self, key: &TableKey) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.name);
        request
            .set_key(Some(key_attributes(key)))
            .send()
            .await
            .map_err(failed("DeleteItem"))?;
        Ok(())
    }

    fn transaction_item(&self, action: WriteAction) -> Result<TransactWriteItem, StoreError> {
        let built = TransactWriteItem::builder();
        let built = match action {
            WriteAction::Put(item, condition) => {
                let ConditionExpression { text, values } = condition.into();
                let put = Put::builder()
                    .table_name(&self.name)
                    .set_item(Some(attributes(item)))
                    .set_condition_expression(text.map(str::to_owned))
                    .set_expression_attribute_values(values)
                    .build();
                built.put(put.map_err(failed("TransactWriteItems"))?)
            }
            WriteAction::Delete(key, condition) => {
                let ConditionExpression { text, values } = condition.into();
                let delete = Delete::builder()
                    .table_name(&self.name)
                    .set_key(Some(key_attributes(&key)))
                    .set_condition_expression(text.map(str::to_owned))
                    .set_expression_attribute_values(values)
                    .build();
                built.delete(delete.map_err(failed("TransactWriteItems"))?)
            }
            WriteAction::Check(key, condition) => {
                let ConditionExpression { text, values } = condition.into();
                let check = ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(key_attributes(&key)))
                    .set_condition_expression(text.map(str::to_owned))
                    .set_expression_attribute_values(values)
                    .build();
                built.condition_check(check.map_err(failed("TransactWriteItems"))?)
            }
        };
        Ok(built.build())
    }

    async fn get_part(
        &self,
        keys: &[TableKey],
        found: &mut Vec<TableItem>,
    ) -> Result<(), StoreError> {
        let mut wanted: Vec<Attributes> = keys.iter().map(key_attributes).collect();
        let mut round = 0;
        while !wanted.is_empty() {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(failed("BatchGetItem"))?;
            let asked = self.client.batch_get_item();
            let answer = asked
                .request_items(&self.name, request)
                .send()
                .await
                .map_err(failed("BatchGetItem"))?;
            let responses = answer.responses.into_iter().flatten();
            found.extend(responses.flat_map(|(_, items)| items).map(item));
            wanted = answer
                .unprocessed_keys
                .and_then(|mut left| left.remove(&self.name))
                .map(|left| left.keys)
                .unwrap_or_default();
            if !wanted.is_empty() {
                round = next_round(round, "BatchGetItem").await?;
            }
        }
        Ok(())
    }

    async fn delete_part(&self, keys: &[TableKey]) -> Result<(), StoreError> {
        let mut requests = Vec::with_capacity(keys.len());
        for key in keys {
            let delete = DeleteRequest::builder()
                .set_key(Some(key_attributes(key)))
                .build()
                .map_err(failed("BatchWriteItem"))?;
            requests.push(WriteRequest::builder().delete_request(delete).build());
        }
        let mut round = 0;
        while !requests.is_empty() {
            let asked = self.client.batch_write_item();
            let answer = asked
                .request_items(&self.name, requests)
                .send()
                .await
                .map_err(failed("BatchWriteItem"))?;
            requests = answer
                .unprocessed_items
                .and_then(|mut left| left.remove(&self.name))
                .unwrap_or_default();
            if !requests.is_empty() {
                round = next_round(round, "BatchWriteItem").await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Table for DynamoTable {
    fn transaction_limits(&self) -> TransactionLimits {
        TransactionLimits {
            actions: MAX_ACTIONS,
            bytes: MAX_TRANSACTION_BYTES,
        }
    }

    async fn get(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let request = self.client.get_item().table_name(&self.name);
        let answer = request
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("GetItem"))?;
        Ok(answer.item.map(item))
    }

    async fn get_many(&self, keys: &[TableKey]) -> Result<Vec<TableItem>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for part in keys.chunks(MAX_GETS) {
            self.get_part(part, &mut found).await?;
        }
        Ok(found)
    }

    async fn query(
        &self,
        partition: &str,
        range: &KeyRange,
        paging: QueryPaging,
    ) -> Result<Vec<TableItem>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let left = paging.limit.map(|limit| limit.saturating_sub(found.len()));
            if left == Some(0) {
                return Ok(found);
            }
            let answer = self
                .query_request(partition, range)
                .scan_index_forward(!paging.newest_first)
                .set_limit(left.and_then(|left| i32::try_from(left).ok()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(failed("Query"))?;
            found.extend(answer.items.unwrap_or_default().into_iter().map(item));
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    async fn count(&self, partition: &str) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut start = None;
        loop {
            let answer = self
                .query_request(partition, &KeyRange::All)
                .select(Select::Count)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(failed("Query"))?;
            count += u64::try_from(answer.count).unwrap_or(0);
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn write(&self, action: WriteAction) -> Result<(), StoreError> {
        match action {
            WriteAction::Put(item, condition) => self.put(item, condition).await,
            WriteAction::Delete(key, WriteCondition::Always) => self.delete(&key).await,
            other => self.transact(vec![other], Durability::Normal).await,
        }
    }

    async fn take(&self, key: &TableKey) -> Result<Option<TableItem>, StoreError> {
        let request = self.client.delete_item().table_name(&self.name);
        let answer = request
            .set_key(Some(key_attributes(key)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(failed("DeleteItem"))?;
        let old = answer.attributes.filter(|item| !item.is_empty());
        Ok(old.map(item))
    }

    async fn delete_many(&self, keys: &[TableKey]) -> Result<(), StoreError> {
        for part in keys.chunks(MAX_BATCH_WRITES) {
            self.delete_part(part).await?;
        }
        Ok(())
    }

    async fn transact(&self, actions: Vec<WriteAction>, _: Durability) -> Result<(), StoreError> {
        let items = actions
            .into_iter()
            .map(|action| self.transaction_item(action))
            .collect::<Result<Vec<_>, _>>()?;
        let request = self.client.transact_write_items();
        request
            .set_transact_items(Some(items))
            .send()
            .await
            .map_err(|error| {
                if is_conflict(&error) {
                    StoreError::Conflict
                } else {
                    failed("TransactWriteItems")(error)
                }
            })?;
        Ok(())
    }

    /// Does nothing: a client cannot reach the copies of point-in-time recovery.
    async fn purge_deleted(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Returns whether a transaction was cancelled because a condition does not hold, or because
/// another transaction uses the same items.
fn is_conflict<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return false;
    };
    cancelled.cancellation_reasons().iter().any(|reason| {
        matches!(
            reason.code(),
            Some("ConditionalCheckFailed" | "TransactionConflict")
        )
    })
}
