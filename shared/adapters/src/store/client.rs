//! Reading and writing items: consistent reads, pages followed to their end, what was not
//! processed asked for again.

use std::time::Duration;

use attendee_sync_app::ports::StoreError;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, ConditionCheck, Delete, DeleteRequest, KeySchemaElement,
    KeyType, KeysAndAttributes, Put, ReturnValue, ScalarAttributeType, Select,
    TimeToLiveSpecification, TransactWriteItem, WriteRequest,
};

use super::DynamoStore;
use super::item::{DOC, EXPIRES, Item, PK, SK, Stored, VERSION, integer, key_attributes, text};
use super::keys::Key;

/// Most keys of a `BatchGetItem`, most actions of a `TransactWriteItems` and most requests of a
/// `BatchWriteItem` (`DynamoDB` API reference).
const MAX_GETS: usize = 100;
pub(super) const MAX_ACTIONS: usize = 100;
const MAX_BATCH_WRITES: usize = 25;
/// How often unprocessed parts are asked for again.
const MAX_ROUNDS: u32 = 10;

pub(super) fn failed<E>(operation: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| StoreError::Failed {
        operation,
        source: Box::new(error),
    }
}

/// The sort keys of a query.
#[derive(Debug, Clone)]
pub(super) enum Range {
    All,
    Prefix(String),
    After(String),
    Before(String),
    Between(String, String),
}

/// A query's direction and length.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Paging {
    pub(super) newest_first: bool,
    pub(super) limit: Option<usize>,
}

/// Waits before asking again for what was not processed.
async fn back_off(round: u32) {
    tokio::time::sleep(Duration::from_millis(20 << round.min(8))).await;
}

impl DynamoStore {
    /// Makes the table where there is none; in the cloud the template does.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        if self
            .client
            .describe_table()
            .table_name(&self.table)
            .send()
            .await
            .is_ok()
        {
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
            .table_name(&self.table)
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
            .table_name(&self.table)
            .time_to_live_specification(time_to_live)
            .send()
            .await
            .map_err(failed("UpdateTimeToLive"))?;
        Ok(())
    }

    pub(super) async fn get(&self, key: &Key) -> Result<Option<Stored>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("GetItem"))?;
        Ok(answer.item.map(Stored))
    }

    pub(super) async fn get_many(&self, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for part in keys.chunks(MAX_GETS) {
            let mut wanted: Vec<Item> = part.iter().map(key_attributes).collect();
            let mut round = 0;
            while !wanted.is_empty() {
                let request = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .consistent_read(true)
                    .build()
                    .map_err(failed("BatchGetItem"))?;
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, request)
                    .send()
                    .await
                    .map_err(failed("BatchGetItem"))?;
                found.extend(
                    answer
                        .responses
                        .into_iter()
                        .flatten()
                        .flat_map(|(_, items)| items)
                        .map(Stored),
                );
                wanted = answer
                    .unprocessed_keys
                    .and_then(|mut left| left.remove(&self.table))
                    .map(|left| left.keys)
                    .unwrap_or_default();
                if !wanted.is_empty() {
                    round = self.next_round(round, "BatchGetItem").await?;
                }
            }
        }
        Ok(found)
    }

    async fn next_round(&self, round: u32, operation: &'static str) -> Result<u32, StoreError> {
        if round >= MAX_ROUNDS {
            return Err(StoreError::Failed {
                operation,
                source: "parts of the request stayed unprocessed".into(),
            });
        }
        back_off(round).await;
        Ok(round + 1)
    }

    /// Every item of a partition in a range of sort keys, up to the limit.
    pub(super) async fn query(
        &self,
        pk: &str,
        range: &Range,
        paging: Paging,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let left = paging.limit.map(|limit| limit.saturating_sub(found.len()));
            if left == Some(0) {
                return Ok(found);
            }
            let answer = self
                .query_request(pk, range)
                .scan_index_forward(!paging.newest_first)
                .set_limit(left.and_then(|left| i32::try_from(left).ok()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(failed("Query"))?;
            found.extend(answer.items.unwrap_or_default().into_iter().map(Stored));
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// How many items a partition has.
    pub(super) async fn count(&self, pk: &str) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut start = None;
        loop {
            let answer = self
                .query_request(pk, &Range::All)
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

    fn query_request(
        &self,
        pk: &str,
        range: &Range,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(pk));
        match range {
            Range::All => request.key_condition_expression("pk = :pk"),
            Range::Prefix(prefix) => request
                .key_condition_expression("pk = :pk AND begins_with(sk, :a)")
                .expression_attribute_values(":a", text(prefix)),
            Range::After(after) => request
                .key_condition_expression("pk = :pk AND sk > :a")
                .expression_attribute_values(":a", text(after)),
            Range::Before(before) => request
                .key_condition_expression("pk = :pk AND sk < :a")
                .expression_attribute_values(":a", text(before)),
            Range::Between(from, to) => request
                .key_condition_expression("pk = :pk AND sk BETWEEN :a AND :b")
                .expression_attribute_values(":a", text(from))
                .expression_attribute_values(":b", text(to)),
        }
    }

    /// Writes an item, whatever is there.
    pub(super) async fn put(&self, item: Item) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(failed("PutItem"))?;
        Ok(())
    }

    /// Writes an item where there is the expected version, or none where none is expected.
    pub(super) async fn put_if(&self, item: Item, expected: Option<u64>) -> Result<(), StoreError> {
        let (condition, values) = condition(expected);
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
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

    /// Writes an item in the place of one with the same key and the same document.
    pub(super) async fn put_instead(&self, item: Item, before: Item) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("doc = :before")
            .set_expression_attribute_values(
                before
                    .into_iter()
                    .filter(|(name, _)| name == DOC)
                    .map(|(_, value)| Some((":before".to_owned(), value)))
                    .collect(),
            )
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

    pub(super) async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .send()
            .await
            .map_err(failed("DeleteItem"))?;
        Ok(())
    }

    /// Deletes an item; gives it, to one of several who ask at once.
    pub(super) async fn take(&self, key: &Key) -> Result<Option<Stored>, StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(failed("DeleteItem"))?;
        let item = answer.attributes.filter(|item| !item.is_empty());
        Ok(item.map(Stored))
    }

    pub(super) async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        for part in keys.chunks(MAX_BATCH_WRITES) {
            let mut requests = Vec::with_capacity(part.len());
            for key in part {
                let delete = DeleteRequest::builder()
                    .set_key(Some(key_attributes(key)))
                    .build()
                    .map_err(failed("BatchWriteItem"))?;
                requests.push(WriteRequest::builder().delete_request(delete).build());
            }
            let mut round = 0;
            while !requests.is_empty() {
                let answer = self
                    .client
                    .batch_write_item()
                    .request_items(&self.table, requests)
                    .send()
                    .await
                    .map_err(failed("BatchWriteItem"))?;
                requests = answer
                    .unprocessed_items
                    .and_then(|mut left| left.remove(&self.table))
                    .unwrap_or_default();
                if !requests.is_empty() {
                    round = self.next_round(round, "BatchWriteItem").await?;
                }
            }
        }
        Ok(())
    }

    /// Does all actions or none; [`StoreError::Conflict`] where a condition does not hold.
    pub(super) async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        self.client
            .transact_write_items()
            .set_transact_items(Some(actions))
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

    /// The action that writes an item under the same condition as [`put_if`](Self::put_if).
    pub(super) fn put_action(
        &self,
        item: Item,
        expected: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let (condition, values) = condition(expected);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .build()
            .map_err(failed("TransactWriteItems"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The action that writes an item, whatever is there.
    pub(super) fn replace_action(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .build()
            .map_err(failed("TransactWriteItems"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The action that deletes an item of this version.
    pub(super) fn delete_if_action(
        &self,
        key: &Key,
        version: u64,
    ) -> Result<TransactWriteItem, StoreError> {
        let (condition, values) = condition(Some(version));
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .build()
            .map_err(failed("TransactWriteItems"))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// The action that writes nothing, and does not hold where there is another version.
    pub(super) fn check_action(
        &self,
        key: &Key,
        expected: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let (condition, values) = condition(expected);
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .build()
            .map_err(failed("TransactWriteItems"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    pub(super) fn delete_action(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .build()
            .map_err(failed("TransactWriteItems"))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn condition(expected: Option<u64>) -> (&'static str, Option<Item>) {
    match expected {
        None => ("attribute_not_exists(pk)", None),
        Some(version) => {
            let values: Item = [(format!(":{VERSION}"), integer(version))].into();
            ("v = :v", Some(values))
        }
    }
}

/// Whether a transaction was cancelled because a condition does not hold, or because another
/// transaction was at the same items.
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
