//! Orders and batches, with an SQS that takes some, throttles, hangs and cuts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_app::ports::{BatchMessage, BatchQueue, Orders, QueueError, RunCommand};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{batch_message, crowd};
use super::server::{Aws, CloudRequestSeen, CloudServerStep};
use crate::cloud::correlation::{correlated, is_correlation};
use crate::cloud::wire::MAX_BYTES;
use crate::cloud::{MessageBackoff, SqsBatches, SqsOrders, batch_of_message, order_of};

const QUEUE: &str = "https://sqs.eu-central-1.amazonaws.com/1/batches";

fn due() -> RunCommand {
    RunCommand::Due {
        event: "devcon".parse().unwrap(),
    }
}

fn entries(asked: &CloudRequestSeen) -> Vec<(String, String)> {
    let entries = asked.body["Entries"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|entry| (text(&entry["Id"]), text(&entry["MessageBody"])))
        .collect()
}

/// An answer that takes the messages for which `take` is true, and says of the others what SQS
/// says of them.
fn taking(
    asked: &CloudRequestSeen,
    sender_fault: bool,
    take: impl Fn(&str, &str) -> bool,
) -> CloudServerStep {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, body) in entries(asked) {
        if take(&id, &body) {
            successful.push(json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": "0"}));
        } else {
            failed.push(json!({
                "Id": id, "SenderFault": sender_fault, "Code": "InternalError",
                "Message": "what was sent: jo@example.org",
            }));
        }
    }
    CloudServerStep::take(json!({"Successful": successful, "Failed": failed}))
}

/// How often each batch was taken, by its number.
type Taken = Arc<Mutex<BTreeMap<u32, usize>>>;

fn note(taken: &Taken, body: &str) {
    let number = batch_of_message(body).unwrap().batch.number;
    *taken.lock().unwrap().entry(number).or_default() += 1;
}

async fn send(aws: &Aws, batch_messages: &[BatchMessage]) -> Result<(), QueueError> {
    let batches = SqsBatches::new(aws_sdk_sqs::Client::new(&aws.config()), QUEUE);
    batches.send(batch_messages).await
}

/// An error's words and those of its causes.
fn told(error: &QueueError) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        told = format!("{told}: {next}");
        cause = next.source();
    }
    assert!(!told.contains('@') && !told.contains("s3cret"), "{told}");
    told
}

#[tokio::test]
async fn an_order_goes_to_the_queue_of_whoever_carries_it_out() {
    let aws = Aws::start(|_| CloudServerStep::take(json!({"MessageId": "m"}))).await;
    let client = aws_sdk_sqs::Client::new(&aws.config());
    let orders = SqsOrders::new(client, "https://q/runs", "https://q/invitations");
    let post = RunCommand::Dispatch {
        event: "devcon".parse().unwrap(),
        waited: 0,
    };
    orders.order(&due(), Duration::ZERO).await.unwrap();
    let after = Duration::from_millis(1_200);
    orders.order(&post, after).await.unwrap();
    let longest = Duration::from_mins(15);
    orders.order(&due(), longest).await.unwrap();
    let error = orders
        .order(&due(), longest + Duration::from_nanos(1))
        .await
        .unwrap_err();
    assert!(told(&error).contains("at most 900 seconds, not 901"));
    let asked = aws.asked();
    let seen: Vec<_> = asked
        .iter()
        .map(|asked| (&asked.body["QueueUrl"], &asked.body["DelaySeconds"]))
        .collect();
    assert_eq!(
        seen,
        [
            (&json!("https://q/runs"), &Value::Null),
            (&json!("https://q/invitations"), &json!(2)),
            (&json!("https://q/runs"), &json!(900)),
        ]
    );
    assert_eq!(
        asked[0].body["MessageBody"],
        json!(r#"{"do":"due","event":"devcon"}"#)
    );
    let body = asked[1].body["MessageBody"].as_str().unwrap();
    assert_eq!(order_of(body), Ok(post));
}

#[tokio::test]
async fn an_order_survives_a_throttling_a_cut_and_a_hang() {
    let turn = AtomicUsize::new(0);
    let aws = Aws::start(move |_| match turn.fetch_add(1, Ordering::SeqCst) % 3 {
        0 => CloudServerStep::fail(400, "RequestThrottled"),
        1 => CloudServerStep::Cut,
        _ => CloudServerStep::take(json!({"MessageId": "m"})),
    })
    .await;
    let client = aws_sdk_sqs::Client::new(&aws.config());
    let orders = SqsOrders::new(client, "https://q/runs", "https://q/invitations");
    orders.order(&due(), Duration::ZERO).await.unwrap();
    assert_eq!(aws.asked().len(), 3);

    let hanging = Aws::start(|_| CloudServerStep::Hang).await;
    let client = aws_sdk_sqs::Client::new(&hanging.impatient());
    let orders = SqsOrders::new(client, "https://q/runs", "https://q/invitations");
    let error = orders.order(&due(), Duration::ZERO).await.unwrap_err();
    assert!(told(&error).contains("SendMessage"));
    assert_eq!(hanging.asked().len(), 3);
}

#[tokio::test]
async fn what_a_request_left_is_sent_again_alone() {
    let taken = Taken::default();
    let (turn, noted) = (AtomicUsize::new(0), taken.clone());
    let aws = Aws::start(move |asked| {
        // Of the first request, odd ones fail; of the second, one is passed over in silence.
        let turn = turn.fetch_add(1, Ordering::SeqCst);
        if turn == 1 {
            return CloudServerStep::take(json!({"Successful": [], "Failed": []}));
        }
        taking(asked, false, |id, body| {
            let is_even = id.parse::<usize>().unwrap().is_multiple_of(2);
            if turn > 1 || is_even {
                note(&noted, body);
            }
            turn > 1 || is_even
        })
    })
    .await;
    let batch_messages: Vec<BatchMessage> = (0..8).map(|number| batch_message(7, number)).collect();
    send(&aws, &batch_messages).await.unwrap();
    let sizes: Vec<usize> = aws
        .asked()
        .iter()
        .map(|asked| entries(asked).len())
        .collect();
    assert_eq!(sizes, [8, 4, 4]);
    let once: BTreeMap<u32, usize> = (0..8).map(|number| (number, 1)).collect();
    assert_eq!(*taken.lock().unwrap(), once);
}

#[tokio::test]
async fn what_sqs_refuses_for_good_is_not_sent_again() {
    let aws = Aws::start(|asked| taking(asked, true, |id, _| id != "1")).await;
    let error = send(&aws, &[batch_message(7, 0), batch_message(7, 1)])
        .await
        .unwrap_err();
    let told = told(&error);
    assert!(
        told.contains("refused 1 messages for good (InternalError)"),
        "{told}"
    );
    assert_eq!(aws.asked().len(), 1);
}

#[tokio::test]
async fn what_sqs_does_not_take_is_given_up_after_some_rounds() {
    let requests = AtomicUsize::new(0);
    let aws = Aws::start(move |asked| {
        if requests.fetch_add(1, Ordering::SeqCst) == 0 {
            // Connected, nothing is waited for but the next round: time passes by itself.
            tokio::time::pause();
        }
        taking(asked, false, |id, _| id == "9")
    })
    .await;
    let error = send(&aws, &[batch_message(7, 0)]).await.unwrap_err();
    let told = told(&error);
    assert!(told.contains("did not take 1 messages in 5"), "{told}");
    assert_eq!(aws.asked().len(), 6);
}

#[tokio::test]
async fn a_parcel_that_is_too_long_stops_before_anything_is_sent() {
    let aws = Aws::start(|asked| taking(asked, false, |_, _| true)).await;
    let error = send(&aws, &[batch_message(7, 0), crowd(3, 10, 200_000)])
        .await
        .unwrap_err();
    assert!(told(&error).contains("batch 3 of run devcon.7"));
    assert_eq!(aws.asked().len(), 0);
}

#[tokio::test]
async fn no_parcels_are_no_request() {
    let aws = Aws::start(|asked| taking(asked, false, |_, _| true)).await;
    send(&aws, &[]).await.unwrap();
    assert_eq!(aws.asked().len(), 0);
}

/// Sends batch messages of these sizes in people, each message being refused as often as `refusals` says.
async fn every_batch_arrives(people: Vec<u32>, refusals: Vec<usize>) {
    let taken = Taken::default();
    let (left, noted) = (Mutex::new(refusals), taken.clone());
    let aws = Aws::start(move |asked| {
        let entries = entries(asked);
        assert!(entries.len() <= 10);
        assert!(entries.iter().map(|(_, body)| body.len()).sum::<usize>() <= MAX_BYTES);
        taking(asked, false, |_, body| {
            let number = batch_of_message(body).unwrap().batch.number as usize;
            let mut left = left.lock().unwrap();
            let refused = left.get(number).is_some_and(|left| *left > 0);
            if refused {
                left[number] -= 1;
            } else {
                note(&noted, body);
            }
            !refused
        })
    })
    .await;
    let batch_messages: Vec<BatchMessage> = (0..)
        .zip(&people)
        .map(|(number, people)| crowd(number, *people, 1_500))
        .collect();
    send(&aws, &batch_messages).await.unwrap();
    let taken = taken.lock().unwrap();
    assert_eq!(taken.len(), batch_messages.len());
    assert!(taken.values().all(|times| *times == 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whatever_is_refused_at_first_every_batch_arrives_once(
        people in vec(0..40u32, 0..14),
        refusals in vec(0..2usize, 0..14),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(every_batch_arrives(people, refusals));
    }
}

#[tokio::test]
async fn a_message_that_failed_comes_again_after_a_wait_that_grows() {
    let aws = Aws::start(|_| CloudServerStep::take(json!({}))).await;
    let backoff = MessageBackoff::new(aws_sdk_sqs::Client::new(&aws.config()), QUEUE);
    for deliveries in [1, 3, 9] {
        backoff.postpone("receipt", deliveries).await.unwrap();
    }
    backoff.hurry("receipt").await.unwrap();
    let asked = aws.asked();
    for (asked, (least, most)) in asked.iter().zip([(22, 30), (90, 120), (675, 900), (0, 0)]) {
        assert_eq!(asked.operation, "ChangeMessageVisibility");
        assert_eq!(asked.body["QueueUrl"], QUEUE);
        assert_eq!(asked.body["ReceiptHandle"], "receipt");
        let seconds = asked.body["VisibilityTimeout"].as_u64().unwrap();
        assert!((least..=most).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn an_order_carries_what_it_follows_from() {
    let aws = Aws::start(|_| CloudServerStep::take(json!({"MessageId": "m"}))).await;
    let orders = SqsOrders::new(aws_sdk_sqs::Client::new(&aws.config()), QUEUE, QUEUE);
    let due = due();
    orders.order(&due, Duration::ZERO).await.unwrap();
    let order = orders.order(&due, Duration::ZERO);
    correlated("Jabc=".to_owned(), order).await.unwrap();
    let asked = aws.asked();
    assert_eq!(asked[0].body["MessageAttributes"], Value::Null);
    let attribute = &asked[1].body["MessageAttributes"]["correlation"];
    assert_eq!(attribute["StringValue"], "Jabc=");
    assert_eq!(attribute["DataType"], "String");
    assert!(is_correlation("Jabc="));
    for wrong in ["", "two words", "line\nbreak", &"x".repeat(65)] {
        assert!(!is_correlation(wrong), "{wrong:?}");
    }
}
