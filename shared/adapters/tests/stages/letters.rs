//! What was set aside: counted, described, and sent back.

use attendee_sync_adapters::cloud::{QueuePair, SqsDeadLetters};
use attendee_sync_app::ports::{DeadLetterQueue, DeadLetters, QueueName};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::contract::cases;
use crate::stage::StageCase;

cases!(StageCase:
    an_empty_queue_has_set_nothing_aside,
    what_was_set_aside_is_counted_and_described_and_stays,
    messages_return_to_their_queue,
);

struct StageQueues {
    source: String,
    dead: String,
    letters: SqsDeadLetters,
}

async fn queues(scene: &StageCase) -> StageQueues {
    let (source, _) = scene.queue("runs").await;
    let (dead, dead_arn) = scene.queue("runs-set-aside").await;
    let policy = json!({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "3"});
    let set = scene.sqs().set_queue_attributes().queue_url(&source);
    let set = set.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
    set.send().await.unwrap();
    let pair = QueuePair {
        name: QueueName::Runs,
        queue: source.clone(),
        dead_letters: dead.clone(),
    };
    let letters = SqsDeadLetters::new(scene.sqs(), vec![pair]);
    StageQueues {
        source,
        dead,
        letters,
    }
}

impl StageQueues {
    async fn look(&self) -> DeadLetterQueue {
        let mut found = self.letters.dead_letters().await.unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }
}

async fn fill(scene: &StageCase, queue: &str) {
    for body in [
        r#"{"do":"due","event":"devcon-2026"}"#,
        r#"{"do":"post","event":"devcon"}"#,
        "jo@example.org",
    ] {
        let send = scene.sqs().send_message().queue_url(queue);
        send.message_body(body).send().await.unwrap();
    }
}

async fn an_empty_queue_has_set_nothing_aside(scene: StageCase) {
    let found = queues(&scene).await.look().await;
    assert_eq!((found.messages, found.returning), (0, false));
    assert!(found.some.is_empty());
}

async fn what_was_set_aside_is_counted_and_described_and_stays(scene: StageCase) {
    let queues = queues(&scene).await;
    fill(&scene, &queues.dead).await;
    // Two people look, one after the other.
    for _ in 0..2 {
        let found = queues.look().await;
        assert_eq!((found.messages, found.returning), (3, false));
        let mut about: Vec<&str> = found.some.iter().map(|one| &*one.about).collect();
        about.sort_unstable();
        assert_eq!(
            about,
            [
                "a message that cannot be read",
                "the invitations of devcon",
                "the scheduled sync of devcon-2026",
            ]
        );
        assert!(found.some.iter().all(|one| one.sent.is_some()));
    }
    assert_eq!(scene.arrived(&queues.dead, 3).await.len(), 3);
}

async fn messages_return_to_their_queue(scene: StageCase) {
    let queues = queues(&scene).await;
    fill(&scene, &queues.dead).await;
    queues.letters.redrive(QueueName::Runs).await.unwrap();
    assert_eq!(scene.arrived(&queues.source, 3).await.len(), 3);
    assert_eq!(queues.look().await.messages, 0);
}
