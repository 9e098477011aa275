//! What was set aside, with an SQS that says what it holds.

use std::sync::Mutex;

use attendee_sync_app::ports::{DeadLetterQueue, DeadLetters, QueueName, RunCommand};
use serde_json::{Value, json};

use super::samples::crowd;
use super::server::{Aws, CloudRequestSeen, CloudServerStep};
use crate::cloud::wire::{message_text, order_text};
use crate::cloud::{QueuePair, SqsDeadLetters};

fn pair(name: QueueName, word: &str) -> QueuePair {
    QueuePair {
        name,
        queue: format!("https://q/{word}"),
        dead_letters: format!("https://q/{word}-set-aside"),
    }
}

fn dead_letters(aws: &Aws) -> SqsDeadLetters {
    let client = aws_sdk_sqs::Client::new(&aws.config());
    let pairs = vec![
        pair(QueueName::Runs, "runs"),
        pair(QueueName::Batches, "batches"),
    ];
    SqsDeadLetters::new(client, pairs)
}

fn message(body: &str, tries: u32) -> Value {
    json!({
        "MessageId": "m", "ReceiptHandle": "r", "Body": body,
        "Attributes": {
            "SentTimestamp": "1793527200123", "ApproximateReceiveCount": tries.to_string(),
        },
    })
}

/// Batches has what `bodies` say, and nothing lies in runs.
fn answer(asked: &CloudRequestSeen, bodies: &[String], status: &str) -> CloudServerStep {
    let queue = asked.body["QueueUrl"].as_str().unwrap_or_default();
    let held = if queue.ends_with("batches-set-aside") {
        bodies.len()
    } else {
        0
    };
    match asked.operation.as_str() {
        "GetQueueAttributes" => CloudServerStep::take(json!({"Attributes": {
            "ApproximateNumberOfMessages": held.to_string(),
            "ApproximateNumberOfMessagesNotVisible": if held > 0 { "2" } else { "0" },
            "QueueArn": queue.replace("https://q/", "arn:"),
        }})),
        "ReceiveMessage" => {
            let messages: Vec<Value> = bodies.iter().map(|body| message(body, 4)).collect();
            CloudServerStep::take(json!({"Messages": messages}))
        }
        "ListMessageMoveTasks" => CloudServerStep::take(json!({"Results": [{"Status": status}]})),
        _ => CloudServerStep::take(json!({"TaskHandle": "t"})),
    }
}

fn bodies() -> Vec<String> {
    let due = RunCommand::Due {
        event: "devcon-2026".parse().unwrap(),
    };
    vec![
        message_text(&crowd(3, 2, 10)).unwrap(),
        order_text(&due).unwrap(),
        "jo@example.org".to_owned(),
    ]
}

#[tokio::test]
async fn what_was_set_aside_is_counted_and_described_without_naming_anybody() {
    let aws = Aws::start(|asked| answer(asked, &bodies(), "COMPLETED")).await;
    let found = dead_letters(&aws).dead_letters().await.unwrap();
    let [runs, batches] = found.as_slice() else {
        panic!("{found:?}");
    };
    let empty = DeadLetterQueue {
        queue: QueueName::Runs,
        messages: 0,
        returning: false,
        some: Vec::new(),
    };
    assert_eq!(runs, &empty);
    assert_eq!((batches.messages, batches.returning), (5, false));
    let about: Vec<&str> = batches.some.iter().map(|one| &*one.about).collect();
    assert_eq!(
        about,
        [
            "batch 3 of run devcon.7",
            "the scheduled sync of devcon-2026",
            "a message that cannot be read",
        ]
    );
    assert_eq!(batches.some[0].tries, 4);
    assert_eq!(
        batches.some[0].sent,
        Some("2026-11-01T10:00:00.123Z".parse().unwrap())
    );
    // An empty queue is not looked into, and no message is kept from others.
    assert_eq!(aws.count("ReceiveMessage"), 1);
    let asked = aws.asked();
    let look = asked
        .iter()
        .find(|asked| asked.operation == "ReceiveMessage")
        .unwrap();
    assert_eq!(look.body["VisibilityTimeout"], 0);
    assert_eq!(look.body["MaxNumberOfMessages"], 10);
}

#[tokio::test]
async fn messages_on_their_way_back_are_said_to_be() {
    for (status, returning) in [("RUNNING", true), ("FAILED", false)] {
        let aws = Aws::start(move |asked| answer(asked, &bodies(), status)).await;
        let found = dead_letters(&aws).dead_letters().await.unwrap();
        assert_eq!(found[1].returning, returning, "{status}");
    }
}

#[tokio::test]
async fn an_sqs_that_does_not_say_what_moves_hides_nothing() {
    let aws = Aws::start(|asked| {
        if asked.operation == "ListMessageMoveTasks" {
            CloudServerStep::fail(400, "InvalidAction")
        } else {
            answer(asked, &bodies(), "")
        }
    })
    .await;
    let found = dead_letters(&aws).dead_letters().await.unwrap();
    assert_eq!((found[1].messages, found[1].returning), (5, false));
}

#[tokio::test]
async fn messages_are_sent_back_to_the_queue_they_belong_to() {
    let aws = Aws::start(|asked| answer(asked, &bodies(), "COMPLETED")).await;
    let dead_letters = dead_letters(&aws);
    dead_letters.redrive(QueueName::Batches).await.unwrap();
    let task = aws.asked().pop().unwrap();
    assert_eq!(task.operation, "StartMessageMoveTask");
    assert_eq!(
        task.body,
        json!({"SourceArn": "arn:batches-set-aside", "DestinationArn": "arn:batches"})
    );
    let unknown = dead_letters.redrive(QueueName::Invitations).await;
    assert!(unknown.is_err());
}

#[tokio::test]
async fn a_second_redrive_joins_the_first() {
    let status = Mutex::new("RUNNING");
    let aws = Aws::start(move |asked| {
        if asked.operation == "StartMessageMoveTask" {
            CloudServerStep::fail(400, "AWS.SimpleQueueService.UnsupportedOperation")
        } else {
            let mut status = status.lock().unwrap();
            let now = *status;
            if asked.operation == "ListMessageMoveTasks" {
                *status = "COMPLETED";
            }
            answer(asked, &bodies(), now)
        }
    })
    .await;
    let dead_letters = dead_letters(&aws);
    dead_letters.redrive(QueueName::Batches).await.unwrap();
    assert!(dead_letters.redrive(QueueName::Batches).await.is_err());
}
