//! What becomes of a message after its use case ended, and what it carries beside its body.

use attendee_sync_adapters::cloud::MessageBackoff;
use attendee_sync_adapters::cloud::correlation::{ATTRIBUTE, is_correlation};
use attendee_sync_app::{Error, ErrorKind};
use attendee_sync_domain::causes::with_causes;
use aws_lambda_events::event::sqs::SqsMessage;

/// The answer to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageVerdict {
    /// The message is done. This includes a message that is refused because of what is stored: a
    /// redelivery would change nothing.
    Done,
    /// It comes again after a wait that grows, and is set aside after ten times.
    Again,
    /// It cannot be read. It comes again at once, until it is set aside.
    Poison,
}

/// Has a message that is not done with come again when it should. Where the queue does not take that, it comes again
/// once the queue's own time is over.
pub async fn come_again(backoff: &MessageBackoff, message: &SqsMessage, verdict: MessageVerdict) {
    let receipt = message.receipt_handle.as_deref().unwrap_or_default();
    let changed = match verdict {
        MessageVerdict::Done => return,
        MessageVerdict::Again => backoff.postpone(receipt, deliveries(message)).await,
        MessageVerdict::Poison => backoff.hurry(receipt).await,
    };
    if let Err(error) = changed {
        let error = with_causes(&error);
        tracing::warn!(
            error,
            "a message that failed comes again later than it could"
        );
    }
}

fn deliveries(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// What a message follows from: the request that its sender worked on, or else the invocation that it is delivered to.
#[must_use]
pub fn correlation_of(message: &SqsMessage, request: &str) -> String {
    let attribute = message.message_attributes.get(ATTRIBUTE);
    let id = attribute.and_then(|attribute| attribute.string_value.clone());
    id.filter(|id| is_correlation(id))
        .unwrap_or_else(|| request.to_owned())
}

/// Returns the answer for a message whose use case failed with this error.
#[must_use]
pub fn verdict(error: &Error) -> MessageVerdict {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::Conflict => MessageVerdict::Done,
        ErrorKind::Retryable | ErrorKind::Invalid => MessageVerdict::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_it_follows_from_and_how_often_it_came() {
        let mut message = SqsMessage::default();
        assert_eq!(correlation_of(&message, "invocation"), "invocation");
        assert_eq!(deliveries(&message), 1);
        let json = r#"{"attributes": {"ApproximateReceiveCount": "4"}, "messageAttributes": {"correlation":
            {"stringValue": "Jabc=", "dataType": "String", "stringListValues": [], "binaryListValues": []}}}"#;
        message = serde_json::from_str(json).unwrap();
        assert_eq!(correlation_of(&message, "invocation"), "Jabc=");
        assert_eq!(deliveries(&message), 4);
        let forged = json.replace("Jabc=", "two\\nlines");
        message = serde_json::from_str(&forged).unwrap();
        assert_eq!(correlation_of(&message, "invocation"), "invocation");
    }

    #[test]
    fn what_is_gone_or_refused_is_done_with_and_what_failed_comes_again() {
        let gone = Error::NoEvent("devcon".parse().unwrap());
        assert_eq!(verdict(&gone), MessageVerdict::Done);
        let busy = Error::Busy("devcon.3".parse().unwrap());
        assert_eq!(verdict(&busy), MessageVerdict::Done);
        assert_eq!(verdict(&Error::Aborted), MessageVerdict::Again);
    }
}
