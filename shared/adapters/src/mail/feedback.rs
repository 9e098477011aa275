//! Parses feedback of SES on mails, as it arrives through SNS. Pure: takes bytes and returns
//! notifications.
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

/// The text that SES sends over a topic that it begins to use.
const GREETING: &str = "Successfully validated SNS topic";

/// Feedback on one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailNotification {
    /// The invitation that the mail belongs to.
    pub about: InvitationRef,
    /// The kind of feedback.
    pub what: Feedback,
    /// Whether the address is to get no more mail.
    pub permanent: bool,
    /// When it happened.
    pub at: Option<Timestamp>,
}

/// Why a message is no feedback. The text repeats no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedbackError {
    /// Not JSON, or not of the documented shape.
    #[error("not a notification of SES: line {line}, column {column}")]
    Shape {
        /// The line of the error.
        line: usize,
        /// The column of the error.
        column: usize,
    },
    /// A message of SNS that carries no notification.
    #[error("a message of SNS of type {0}, not Notification")]
    Envelope(String),
    /// Neither `eventType` nor `notificationType`.
    #[error("neither eventType nor notificationType is there")]
    NoType,
    /// An unknown type.
    #[error("SES told of something unknown: {0}")]
    Type(String),
    /// A notification that lacks the details of its type.
    #[error("a notification of type {kind} without \"{field}\"")]
    Missing {
        /// The type.
        kind: String,
        /// The missing field.
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
    /// The type of a published event.
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

/// Parses a notification of SES, with or without its SNS envelope. A mail that is no invitation of
/// this program, and feedback that changes nothing for an invitation, yield nothing.
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

/// Parses JSON. The parser's own error would repeat values.
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
    /// Returns the invitation by the mail's tags, which only published events have, or else by its
    /// header.
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
    /// Returns the text of the recipient's server, or else the kind of bounce that SES names.
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
