//! What the table makes of answers that are only a part, and of transactions that are refused.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use attendee_sync_app::ports::StoreError;
use serde_json::{Value, json};

use super::server::{Aws, CloudRequestSeen, CloudServerStep};
use crate::table::dynamodb::DynamoTable;
use crate::table::{
    Durability, KeyRange, QueryPaging, Table as _, TableItemBuilder, TableKey, WriteAction,
};

fn key(number: usize) -> TableKey {
    TableKey {
        pk: "p".to_owned(),
        sk: format!("{number:03}"),
    }
}

fn table(aws: &Aws) -> DynamoTable {
    DynamoTable::new(aws_sdk_dynamodb::Client::new(&aws.config()), "t")
}

fn sort_key(attributes: &Value) -> String {
    attributes["sk"]["S"].as_str().unwrap().to_owned()
}

/// Answers a third of the keys that are asked for, and leaves the others.
fn read_a_third(asked: &CloudRequestSeen) -> CloudServerStep {
    let keys = asked.body["RequestItems"]["t"]["Keys"].as_array().unwrap();
    assert!(
        asked.body["RequestItems"]["t"]["ConsistentRead"]
            .as_bool()
            .unwrap()
    );
    let (done, left) = keys.split_at(keys.len().div_ceil(3));
    let left = if left.is_empty() {
        json!({})
    } else {
        json!({"t": {"Keys": left}})
    };
    CloudServerStep::take(json!({"Responses": {"t": done}, "UnprocessedKeys": left}))
}

#[tokio::test]
async fn keys_that_were_not_processed_are_asked_for_again_and_no_others() {
    let aws = Aws::start(read_a_third).await;
    let keys: Vec<TableKey> = (0..150).map(key).collect();
    let found = table(&aws).get_many(&keys).await.unwrap();
    assert_eq!(found.len(), 150);
    let names: BTreeSet<String> = found.into_iter().map(|item| item.key.sk).collect();
    assert_eq!(names.len(), 150);
    let lengths = aws.asked().into_iter().map(|asked| {
        let keys = asked.body["RequestItems"]["t"]["Keys"].as_array().cloned();
        keys.unwrap_or_default().len()
    });
    assert_eq!(lengths.max(), Some(100));
}

#[tokio::test]
async fn deletions_that_were_not_processed_are_asked_for_again_and_no_others() {
    let aws = Aws::start(|asked| {
        let all = asked.body["RequestItems"]["t"].as_array().unwrap();
        let left = &all[all.len().div_ceil(2)..];
        let left = if left.is_empty() {
            json!({})
        } else {
            json!({"t": left})
        };
        CloudServerStep::take(json!({"UnprocessedItems": left}))
    })
    .await;
    let keys: Vec<TableKey> = (0..40).map(key).collect();
    table(&aws).delete_many(&keys).await.unwrap();
    let mut deleted = Vec::new();
    for asked in aws.asked() {
        let all = asked.body["RequestItems"]["t"].as_array().unwrap().clone();
        assert!(all.len() <= 25);
        let done = all[..all.len().div_ceil(2)].iter();
        deleted.extend(done.map(|one| sort_key(&one["DeleteRequest"]["Key"])));
    }
    deleted.sort();
    assert_eq!(
        deleted,
        (0..40).map(|number| key(number).sk).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_is_never_processed_is_an_error_and_not_left_out() {
    let aws = Aws::start(|asked| {
        let keys = &asked.body["RequestItems"]["t"]["Keys"];
        CloudServerStep::take(json!({"Responses": {}, "UnprocessedKeys": {"t": {"Keys": keys}}}))
    })
    .await;
    let table = table(&aws);
    let asked = [key(1)];
    let read = table.get_many(&asked);
    let unprocessed = tokio::time::timeout(std::time::Duration::from_mins(1), read);
    let error = unprocessed.await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Failed {
                operation: "BatchGetItem",
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_query_goes_on_where_its_page_ended() {
    let aws = Aws::start(|asked| {
        let start = &asked.body["ExclusiveStartKey"]["sk"]["S"];
        let first = start
            .as_str()
            .map_or(0, |last| last.parse::<usize>().unwrap() + 1);
        let limit = asked.body["Limit"].as_u64().map_or(2, |limit| limit.min(2));
        let last = 7.min(first + usize::try_from(limit).unwrap());
        let attributes = |number| json!({"pk": {"S": "p"}, "sk": {"S": key(number).sk}});
        let items: Vec<Value> = (first..last).map(attributes).collect();
        let mut page = json!({"Items": items, "Count": items.len()});
        if last < 7 {
            page["LastEvaluatedKey"] = attributes(last - 1);
        }
        CloudServerStep::take(page)
    })
    .await;
    let table = table(&aws);
    let names = async |limit| {
        let paging = QueryPaging {
            limit,
            ..QueryPaging::default()
        };
        let items = table.query("p", &KeyRange::All, paging).await.unwrap();
        items
            .into_iter()
            .map(|item| item.key.sk)
            .collect::<Vec<_>>()
    };
    let wanted = |most| (0..most).map(|number| key(number).sk).collect::<Vec<_>>();
    assert_eq!(names(None).await, wanted(7));
    assert_eq!(names(Some(5)).await, wanted(5));
    assert_eq!(table.count("p").await.unwrap(), 7);
}

#[tokio::test]
async fn only_a_condition_or_another_transaction_is_a_conflict() {
    for (reason, is_conflict) in [
        ("ConditionalCheckFailed", true),
        ("TransactionConflict", true),
        ("ValidationError", false),
    ] {
        let turns = AtomicUsize::new(0);
        let aws = Aws::start(move |_| {
            turns.fetch_add(1, Ordering::SeqCst);
            CloudServerStep::Answer(
                400,
                json!({
                    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                    "message": "cancelled",
                    "CancellationReasons": [{"Code": "None"}, {"Code": reason}],
                }),
            )
        })
        .await;
        let put = |number| WriteAction::put(TableItemBuilder::new(key(number)).build());
        let done = table(&aws)
            .transact(vec![put(1), put(2)], Durability::Normal)
            .await;
        assert_eq!(
            matches!(done, Err(StoreError::Conflict)),
            is_conflict,
            "{reason}: {done:?}"
        );
        assert!(done.is_err(), "{reason}");
    }
}
