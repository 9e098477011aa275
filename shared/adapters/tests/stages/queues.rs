//! Orders and batches: what is sent arrives, as those who carry it out read it.

use std::time::{Duration, Instant};

use attendee_sync_adapters::cloud::{SqsBatches, SqsOrders, batch_of_message, order_of};
use attendee_sync_app::SyncScope;
use attendee_sync_app::ports::{BatchMessage, BatchQueue, Orders, RunCommand};
use attendee_sync_domain::ids::RunNumber;
use attendee_sync_domain::plan::{Batch, Policy};
use serde_json::json;

use crate::contract::cases;
use crate::contract::people::{batch, comes, crowd};
use crate::stage::StageCase;

cases!(StageCase:
    an_order_arrives_at_whoever_carries_it_out,
    an_order_does_not_come_before_its_time,
    batches_arrive_all_and_once_whatever_their_number,
    a_batch_that_fills_a_message_arrives,
);

pub(crate) fn batch_message(batch: Batch) -> BatchMessage {
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"},
    });
    BatchMessage {
        community: "acme".parse().unwrap(),
        policy: Policy::new(&serde_json::from_value(document).unwrap()),
        batch,
    }
}

async fn an_order_arrives_at_whoever_carries_it_out(scene: StageCase) {
    let (runs, _) = scene.queue("runs").await;
    let (invitations, _) = scene.queue("invitations").await;
    let orders = SqsOrders::new(scene.sqs(), &runs, &invitations);
    let sync = RunCommand::Sync {
        run: "devcon.7".parse().unwrap(),
        scope: SyncScope::One("zoe@example.org".parse().unwrap()),
    };
    let post = RunCommand::Dispatch {
        event: "devcon".parse().unwrap(),
        waited: 0,
    };
    for order in [&sync, &post] {
        orders.order(order, Duration::ZERO).await.unwrap();
    }
    let arrived = scene.arrived(&runs, 1).await;
    assert_eq!(order_of(&arrived[0]), Ok(sync));
    let arrived = scene.arrived(&invitations, 1).await;
    assert_eq!(order_of(&arrived[0]), Ok(post));
}

async fn an_order_does_not_come_before_its_time(scene: StageCase) {
    let (runs, _) = scene.queue("runs").await;
    let orders = SqsOrders::new(scene.sqs(), &runs, &runs);
    let due = RunCommand::Due {
        event: "devcon".parse().unwrap(),
    };
    let after = Duration::from_millis(3_500);
    // Sent before the answer, and not counted from it.
    let start = Instant::now();
    orders.order(&due, after).await.unwrap();
    let arrived = loop {
        let arrived = scene.take(&runs).await;
        if !arrived.is_empty() || start.elapsed() > Duration::from_secs(20) {
            break arrived;
        }
    };
    assert!(start.elapsed() >= after, "{:?}", start.elapsed());
    assert_eq!(arrived.len(), 1);
}

async fn batches_arrive_all_and_once_whatever_their_number(scene: StageCase) {
    let (queue, _) = scene.queue("batches").await;
    let batches = SqsBatches::new(scene.sqs(), &queue);
    let people = |number: u32| if number.is_multiple_of(2) { 100 } else { 1 };
    let batch_messages: Vec<BatchMessage> = (0..25)
        .map(|number| batch_message(crowd(RunNumber(7), number, people(number), 50)))
        .collect();
    batches.send(&batch_messages).await.unwrap();
    let mut arrived: Vec<BatchMessage> = scene
        .arrived(&queue, 25)
        .await
        .iter()
        .map(|body| batch_of_message(body).unwrap())
        .collect();
    arrived.sort_by_key(|batch_message| batch_message.batch.number);
    assert!(arrived == batch_messages);
}

/// SQS takes 1 MiB in a message and in a request; queues that were made before it did take less.
async fn a_batch_that_fills_a_message_arrives(scene: StageCase) {
    let (queue, _) = scene.queue("batches").await;
    let batches = SqsBatches::new(scene.sqs(), &queue);
    // Digits of chance shrink to half, of which base64 gives a third back.
    let mut state = 1_u64;
    let mut digits = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let mut people = vec![comes("ann", 1, &[], 0)];
    people[0].contributions[0].incoming.source_id = Some((0..87_500).map(|_| digits()).collect());
    let large = batch_message(batch(RunNumber(7), 0, people));
    let small = batch_message(crowd(RunNumber(7), 1, 100, 0));
    let batch_messages = [large, small];
    batches.send(&batch_messages).await.unwrap();
    let arrived = scene.arrived(&queue, 2).await;
    let longest = arrived.iter().map(String::len).max().unwrap();
    assert!((1_000_000..=1_048_576).contains(&longest), "{longest}");
    for body in arrived {
        assert!(batch_messages.contains(&batch_of_message(&body).unwrap()));
    }
}
