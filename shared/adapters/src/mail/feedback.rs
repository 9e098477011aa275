//! What SES tells of a mail later, as it arrives through SNS. Pure: bytes in, what they tell out.
//!
//! Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes to Amazon SNS",
//! "Examples of event data that Amazon SES publishes to Amazon SNS", and "Amazon SNS notification
//! contents for Amazon SES"; Amazon SNS Developer Guide, "Parsing Amazon SNS message formats".

use std::collections::BTreeMap;

use attendee_sync_app::ports::InvitationRef;
use attendee_sync_domain::invitation::Feedback;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::about;
use super::words::{Hidden, scrubbed};

/// What SES says over a topic that it has just begun to use.
const GREETING: &str = "Successfully validated SNS topic";

/// What was told of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailNotification {
    /// Whose invitation it was.
    pub about: InvitationRef,
    /// What became of it.
    pub what: Feedback,
    /// Whether the address is to get no more mail.
    pub permanent: bool,
    /// When it happened.
    pub at: Option<Timestamp>,
}

/// Why something is no feedback. Its text repeats no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedbackError {
    /// Not JSON, or not of the documented shape.
    #[error("not a notification of SES: line {line}, column {column}")]
    Shape {
        /// Where.
        line: usize,
        /// Where in it.
        column: usize,
    },
    /// A message of SNS that carries no notification.
    #[error("a message of SNS of type {0}, not Notification")]
    Envelope(String),
    /// Neither `eventType` nor `notificationType`.
    #[error("neither eventType nor notificationType is there")]
    NoType,
    /// One that is not known.
    #[error("SES told of something unknown: {0}")]
    Type(String),
    /// A notification without what its type says it is about.
    #[error("a notification of type {kind} without \"{field}\"")]
    Missing {
        /// The type.
        kind: String,
        /// What is not there.
        field: &'static str,
    },
}

#[derive(Deserialize)]
struct NotificationEnvelope {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Message", default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    /// Of a published event.
    event_type: Option<String>,
    #[serde(rename = "notificationType")]
    kind: Option<String>,
    mail: Option<NotifiedMail>,
    bounce: Option<Bounce>,
    complaint: Option<FeedbackEvent>,
    delivery: Option<FeedbackEvent>,
    reject: Option<Reject>,
}

#[derive(Deserialize)]
struct NotifiedMail {
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    headers: Vec<MailHeader>,
    #[serde(default)]
    destination: Vec<String>,
}

#[derive(Deserialize)]
struct MailHeader {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct FeedbackEvent {
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Reject {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: String,
    #[serde(rename = "bounceSubType", default)]
    detail: String,
    #[serde(rename = "bouncedRecipients", default)]
    recipients: Vec<BouncedRecipient>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BouncedRecipient {
    diagnostic_code: Option<String>,
}

/// Reads a notification of SES, as it is or in its SNS envelope. What is about no invitation of
/// ours, and what changes nothing for one, tells nothing.
pub fn ses_feedback(json: &[u8]) -> Result<Vec<MailNotification>, FeedbackError> {
    let Ok(envelope) = serde_json::from_slice::<NotificationEnvelope>(json) else {
        return parsed(json).and_then(notified);
    };
    if envelope.kind != "Notification" {
        return Err(FeedbackError::Envelope(short(&envelope.kind)));
    }
    if envelope.message.starts_with(GREETING) {
        return Ok(Vec::new());
    }
    parsed(envelope.message.as_bytes()).and_then(notified)
}

/// The parser's own error would repeat what it did not expect.
fn parsed<T: DeserializeOwned>(json: &[u8]) -> Result<T, FeedbackError> {
    serde_json::from_slice(json).map_err(|error| FeedbackError::Shape {
        line: error.line(),
        column: error.column(),
    })
}

fn notified(notification: Notification) -> Result<Vec<MailNotification>, FeedbackError> {
    let kind = notification.event_type.or(notification.kind);
    let kind = kind.ok_or(FeedbackError::NoType)?;
    let missing = |field| FeedbackError::Missing {
        kind: short(&kind),
        field,
    };
    let mail = || notification.mail.ok_or_else(|| missing("mail"));
    let (mail, what, permanent, at) = match kind.as_str() {
        "Bounce" => {
            let bounce = notification.bounce.ok_or_else(|| missing("bounce"))?;
            let mail = mail()?;
            let reason = bounce.reason(&mail.destination);
            let permanent = bounce.kind == "Permanent";
            (mail, Feedback::Bounced(reason), permanent, bounce.timestamp)
        }
        "Complaint" => {
            let complaint = notification.complaint.ok_or_else(|| missing("complaint"))?;
            (mail()?, Feedback::Complained, true, complaint.timestamp)
        }
        "Delivery" => {
            let delivery = notification.delivery.ok_or_else(|| missing("delivery"))?;
            (mail()?, Feedback::Delivered, false, delivery.timestamp)
        }
        // SES found a virus in the mail: that says nothing of the address.
        "Reject" => {
            let reject = notification.reject.ok_or_else(|| missing("reject"))?;
            let reason = short(reject.reason.as_deref().unwrap_or("no reason given"));
            let what = Feedback::Bounced(format!("SES rejected it: {reason}"));
            (mail()?, what, false, None)
        }
        "Send"
        | "Open"
        | "Click"
        | "DeliveryDelay"
        | "Rendering Failure"
        | "Subscription"
        | "AmazonSnsSubscriptionSucceeded" => return Ok(Vec::new()),
        _ => return Err(FeedbackError::Type(short(&kind))),
    };
    let told = mail.about().map(|about| MailNotification {
        about,
        what,
        permanent,
        at: at.and_then(|at| at.parse().ok()),
    });
    Ok(told.into_iter().collect())
}

impl NotifiedMail {
    /// By its tags, which only published events have, or else by its header.
    fn about(&self) -> Option<InvitationRef> {
        let tag = |name| self.tags.get(name).and_then(|values| values.first());
        let tags = tag(about::EVENT)
            .zip(tag(about::PERSON))
            .zip(tag(about::NUMBER));
        let tagged =
            tags.and_then(|((event, person), number)| about::from_parts(event, person, number));
        tagged.or_else(|| {
            let mut headers = self.headers.iter();
            let header = headers.find(|header| header.name.eq_ignore_ascii_case(about::HEADER))?;
            about::read(&header.value)
        })
    }
}

impl Bounce {
    /// What the recipient's server said, or else how SES calls it.
    fn reason(&self, to: &[String]) -> String {
        let mut said = self.recipients.iter();
        let said = said.find_map(|recipient| recipient.diagnostic_code.as_deref());
        let words: Vec<&str> = to
            .iter()
            .filter_map(|address| Some(address.rsplit_once('@')?.0))
            .collect();
        let hidden = Hidden {
            secrets: &[],
            words: &words,
        };
        match said {
            Some(said) => scrubbed(said, hidden),
            None => short(&format!("{}, {}", self.kind, self.detail)),
        }
    }
}

fn short(text: &str) -> String {
    scrubbed(text, Hidden::default())
}
