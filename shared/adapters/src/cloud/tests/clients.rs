//! How clients behave under throttling and silence, and which endpoints they can speak to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_testkit::waiting::pass;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};
use serde_json::json;

use super::server::{Aws, CloudServerStep};
use crate::cloud::clients;

/// The shared configuration as functions get it, pointed at a server of the tests.
fn config(aws: &Aws) -> aws_config::SdkConfig {
    let tests = aws.config();
    let shared = clients::shared_config().into_builder();
    shared
        .endpoint_url(tests.endpoint_url().unwrap())
        .region(tests.region().cloned())
        .credentials_provider(tests.credentials_provider().unwrap())
        .build()
}

/// Notes the waits between attempts instead of waiting. They are drawn to the nanosecond; time-outs and all
/// else that a client sleeps for are whole milliseconds, and take as long as they say.
#[derive(Debug, Clone, Default)]
struct NotedWaits(Arc<Mutex<Vec<Duration>>>);

impl NotedWaits {
    /// The configuration whose clients note here.
    fn of(&self, aws: &Aws) -> aws_config::SdkConfig {
        let config = config(aws).into_builder();
        let sleep = SharedAsyncSleep::new(self.clone());
        config.sleep_impl(sleep).build()
    }

    fn noted(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl AsyncSleep for NotedWaits {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration.subsec_nanos().is_multiple_of(1_000_000) {
            return Sleep::new(pass(duration));
        }
        self.0.lock().unwrap().push(duration);
        Sleep::new(std::future::ready(()))
    }
}

async fn get(client: &aws_sdk_dynamodb::Client) -> bool {
    let key = AttributeValue::S("x".to_owned());
    let asked = client.get_item().table_name("t").key("pk", key);
    asked.send().await.is_ok()
}

#[tokio::test]
async fn a_burst_of_throttling_of_the_table_is_waited_out_over_plain_http() {
    let turn = AtomicUsize::new(0);
    let aws = Aws::start(move |_| {
        if turn.fetch_add(1, Ordering::SeqCst) < 6 {
            CloudServerStep::fail(400, "ProvisionedThroughputExceededException")
        } else {
            CloudServerStep::take(json!({}))
        }
    })
    .await;
    let waits = NotedWaits::default();
    let client = clients::dynamodb(&waits.of(&aws));
    assert!(get(&client).await);
    assert_eq!(aws.asked().len(), 7);
    assert_eq!(waits.noted().len(), 6, "{waits:?}");
    assert!(waits.noted().iter().sum::<Duration>() < Duration::from_secs(6));
}

/// Asks for a transaction of two, which is cancelled three times for these reasons; gives how often
/// it was asked for.
async fn transacted(reasons: [&'static str; 2]) -> (usize, bool) {
    let turn = AtomicUsize::new(0);
    let aws = Aws::start(move |_| {
        if turn.fetch_add(1, Ordering::SeqCst) >= 3 {
            return CloudServerStep::take(json!({}));
        }
        let reasons = reasons.map(|code| json!({"Code": code}));
        CloudServerStep::Answer(
            400,
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled", "CancellationReasons": reasons,
            }),
        )
    })
    .await;
    let client = clients::dynamodb(&config(&aws));
    let key = AttributeValue::S("x".to_owned());
    let delete = Delete::builder().table_name("t").key("pk", key);
    let action = TransactWriteItem::builder()
        .delete(delete.build().unwrap())
        .build();
    let actions = vec![action.clone(), action];
    let asked = client.transact_write_items();
    let asked = asked.set_transact_items(Some(actions)).send().await;
    let tokens: BTreeSet<String> = aws
        .asked()
        .iter()
        .map(|asked| asked.body["ClientRequestToken"].to_string())
        .collect();
    assert_eq!(tokens.len(), 1);
    (aws.asked().len(), asked.is_ok())
}

#[tokio::test]
async fn a_transaction_that_was_throttled_is_repeated_and_one_in_conflict_is_not() {
    for code in ["ThrottlingError", "ProvisionedThroughputExceeded"] {
        assert_eq!(transacted(["None", code]).await, (4, true), "{code}");
    }
    for code in ["ConditionalCheckFailed", "TransactionConflict"] {
        let case = [code, "ThrottlingError"];
        assert_eq!(transacted(case).await, (1, false), "{code}");
    }
}

#[tokio::test]
async fn throttling_without_end_ends_with_an_error() {
    let aws = Aws::start(|_| CloudServerStep::fail(400, "ThrottlingException")).await;
    let waits = NotedWaits::default();
    let client = clients::sqs(&waits.of(&aws));
    let asked = client.get_queue_attributes().queue_url("https://q/runs");
    assert!(asked.send().await.is_err());
    assert_eq!(aws.asked().len(), 5);
    assert_eq!(waits.noted().len(), 4, "{waits:?}");
}

#[tokio::test]
async fn every_client_waits_for_a_bounded_time_but_that_of_mail() {
    let config = clients::shared_config();
    let bounded = |config: Option<&TimeoutConfig>| {
        let config = config.unwrap();
        let attempt = config.operation_attempt_timeout().unwrap();
        let operation = config.operation_timeout().unwrap();
        assert!(attempt < operation && operation <= Duration::from_mins(1));
        assert!(config.connect_timeout().unwrap() <= attempt);
    };
    bounded(clients::dynamodb(&config).config().timeout_config());
    bounded(clients::sqs(&config).config().timeout_config());
    bounded(clients::ssm(&config).config().timeout_config());
    bounded(clients::scheduler(&config).config().timeout_config());
    #[cfg(feature = "ses")]
    {
        let ses = clients::ses(&config);
        let time_outs = ses.config().timeout_config().unwrap();
        assert_eq!(time_outs.operation_timeout(), None);
        assert_eq!(time_outs.operation_attempt_timeout(), None);
        assert_eq!(ses.config().retry_config().unwrap().max_attempts(), 1);
    }
}
