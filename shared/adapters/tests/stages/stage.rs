//! Stages, and what a case has on one.

use std::time::{Duration, Instant};

use attendee_sync_adapters::cloud::clients;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

/// The longest that a message is waited for.
const DELIVERY: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct TestStage {
    pub(crate) name: &'static str,
    pub(crate) config: SdkConfig,
    /// Whether it has more than a table.
    pub(crate) is_whole: bool,
}

impl TestStage {
    /// Those that the environment names.
    pub(crate) fn all() -> Vec<Self> {
        let shared = clients::shared_config();
        [
            (
                "dynamodb-local",
                "ATTENDEE_SYNC_STAGE_DYNAMODB_LOCAL",
                false,
            ),
            ("ministack", "ATTENDEE_SYNC_STAGE_MINISTACK", true),
            ("moto", "ATTENDEE_SYNC_STAGE_MOTO", true),
        ]
        .into_iter()
        .filter_map(|(name, variable, is_whole)| {
            let endpoint = std::env::var(variable).ok()?;
            let config = shared.clone().into_builder().endpoint_url(&endpoint);
            Some(Self {
                name,
                config: config.build(),
                is_whole,
            })
        })
        .collect()
    }
}

/// A stage, and a word that the names of a case contain.
#[derive(Clone)]
pub(crate) struct StageCase {
    pub(crate) stage: TestStage,
    pub(crate) tag: String,
}

impl StageCase {
    pub(crate) fn new(stage: &TestStage, tag: &str) -> Self {
        Self {
            stage: stage.clone(),
            tag: tag.to_owned(),
        }
    }

    pub(crate) fn sqs(&self) -> Client {
        clients::sqs(&self.stage.config)
    }

    /// Makes a queue; gives its URL and its ARN.
    pub(crate) async fn queue(&self, word: &str) -> (String, String) {
        let name = format!("{}-{word}", self.tag);
        let made = self.sqs().create_queue().queue_name(name).send().await;
        let url = made.unwrap().queue_url.unwrap();
        let asked = self.sqs().get_queue_attributes().queue_url(&url);
        let asked = asked.attribute_names(QueueAttributeName::QueueArn);
        let attributes = asked.send().await.unwrap().attributes.unwrap();
        (url, attributes[&QueueAttributeName::QueueArn].clone())
    }

    /// Takes messages from a queue until there are so many.
    pub(crate) async fn arrived(&self, queue: &str, count: usize) -> Vec<String> {
        let mut bodies = Vec::new();
        let until = Instant::now() + DELIVERY;
        while bodies.len() < count && Instant::now() < until {
            bodies.extend(self.take(queue).await);
        }
        // And no more than that.
        bodies.extend(self.take(queue).await);
        assert_eq!(bodies.len(), count);
        bodies
    }

    /// Takes what is there within a second.
    pub(crate) async fn take(&self, queue: &str) -> Vec<String> {
        let asked = self.sqs().receive_message().queue_url(queue);
        let asked = asked.max_number_of_messages(10).wait_time_seconds(1);
        let messages = asked.send().await.unwrap().messages.unwrap_or_default();
        let mut bodies = Vec::new();
        for message in messages {
            let delete = self.sqs().delete_message().queue_url(queue);
            let delete = delete.set_receipt_handle(message.receipt_handle);
            delete.send().await.unwrap();
            bodies.push(message.body.unwrap());
        }
        bodies
    }
}
