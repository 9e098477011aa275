//! Executes commands to send an event's invitations from the queue, and applies the feedback of the
//! mail service from its topic.

use std::time::Duration;

use attendee_sync_app::ports::RunCommand;
use attendee_sync_app::{Error, Lasting};
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::EventId;
use attendee_sync_functions::{
    MailNotification, MessageVerdict, Metrics, Parts, come_again, correlated, correlation_of,
    order_of, ses_feedback, until, verdict,
};
use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::LambdaEvent;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use tracing::Instrument;

/// The time that is left at the end of an invocation: the mail that is being sent is waited for,
/// and SES has a minute to answer.
const MARGIN: Duration = Duration::from_secs(90);

/// The triggers of this function.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum InviteTrigger {
    /// Messages of the queue.
    Queue(SqsEvent),
    /// Messages of the topic.
    Topic(SnsEvent),
}

impl TryFrom<Value> for InviteTrigger {
    type Error = serde_json::Error;

    /// Decides by the source that the first record names; queues and topics spell that differently.
    fn try_from(event: Value) -> Result<Self, serde_json::Error> {
        let topic = event.pointer("/Records/0/EventSource");
        if topic.and_then(Value::as_str) == Some("aws:sns") {
            return serde_json::from_value(event).map(Self::Topic);
        }
        serde_json::from_value(event).map(Self::Queue)
    }
}

pub(crate) async fn handle(
    parts: &Parts,
    event: LambdaEvent<InviteTrigger>,
) -> Result<SqsBatchResponse, lambda_runtime::Error> {
    let request = event.context.request_id.clone();
    let mut response = SqsBatchResponse::default();
    match event.payload {
        InviteTrigger::Queue(messages) => {
            let until = until(event.context.deadline(), MARGIN);
            for message in messages.records {
                let id = message.message_id.clone().unwrap_or_default();
                let correlation = correlation_of(&message, &request);
                let span = tracing::info_span!("post", request, message = id, correlation);
                let work = post(parts, &message, until).instrument(span);
                let verdict = correlated(correlation, work).await;
                if verdict != MessageVerdict::Done {
                    come_again(&parts.backoff, &message, verdict).await;
                    let mut failure = BatchItemFailure::default();
                    failure.item_identifier = id;
                    response.batch_item_failures.push(failure);
                }
            }
        }
        InviteTrigger::Topic(messages) => {
            for record in messages.records {
                let span = tracing::info_span!("feedback", request);
                feedback(parts, &record.sns.message)
                    .instrument(span)
                    .await?;
            }
        }
    }
    Ok(response)
}

async fn post(parts: &Parts, message: &SqsMessage, until: Instant) -> MessageVerdict {
    let (event, waited) = match order_of(message.body.as_deref().unwrap_or_default()) {
        Ok(RunCommand::Dispatch { event, waited }) => (event, waited),
        Ok(RunCommand::Notices { event }) => return tell(parts, &event).await,
        Ok(_) => {
            tracing::error!("an order that is not about mail");
            return MessageVerdict::Poison;
        }
        Err(poison) => {
            tracing::error!(error = %poison, "a message cannot be read");
            return MessageVerdict::Poison;
        }
    };
    match parts.app.dispatch_until(&event, waited, until).await {
        Ok(posted) => {
            let trouble = posted.trouble.as_ref().map(|trouble| &trouble.reason);
            tracing::info!(
                %event, sent = posted.sent, failed = posted.failed, in_doubt = posted.in_doubt,
                put_off = posted.put_off, taken_back = posted.taken_back, trouble, "invitations"
            );
            let now = parts.app.now();
            Metrics::of(&parts.service).posted(&posted).emit(now);
            MessageVerdict::Done
        }
        Err(error) => {
            let verdict = verdict(&error);
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%event, %error, cause, ?verdict, "invitations could not be sent");
            verdict
        }
    }
}

/// Delivers the notices of an event.
async fn tell(parts: &Parts, event: &EventId) -> MessageVerdict {
    match parts.app.send_notices(event).await {
        Ok(()) => MessageVerdict::Done,
        Err(error) => {
            let verdict = verdict(&error);
            tracing::error!(%event, error = with_causes(&error), ?verdict, "notices could not be delivered");
            verdict
        }
    }
}

/// Applies feedback. A message that is no feedback is logged and done: a retry would not change it.
async fn feedback(parts: &Parts, message: &str) -> Result<(), Error> {
    let told = match ses_feedback(message.as_bytes()) {
        Ok(told) => told,
        Err(error) => {
            tracing::error!(%error, "what the mail service told cannot be read");
            return Ok(());
        }
    };
    for MailNotification {
        about,
        what,
        permanent,
        ..
    } in told
    {
        let lasting = if permanent {
            Lasting::Permanent
        } else {
            Lasting::Transient
        };
        parts.app.feedback(&about, &what, lasting).await?;
        tracing::info!(event = %about.event, "the mail service told of a mail");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(event: &str) -> InviteTrigger {
        serde_json::from_str(event).unwrap()
    }

    #[test]
    fn messages_of_a_queue_and_of_a_topic_are_told_apart() {
        let queue = include_str!("../../../tests/fixtures/lambda/sqs.json");
        assert!(matches!(started(queue), InviteTrigger::Queue(event) if event.records.len() == 1));
        let topic = include_str!("../../../tests/fixtures/lambda/bounce.json");
        match started(topic) {
            InviteTrigger::Topic(event) => {
                let message = event.records.first().map(|record| &record.sns.message);
                assert!(message.unwrap().contains("Bounce"));
            }
            InviteTrigger::Queue(_) => panic!("a topic's message was taken for a queue's"),
        }
        assert!(serde_json::from_str::<InviteTrigger>("[]").is_err());
    }
}
