//! Sending mail, and the folder of mails that are written instead of being sent.

use async_trait::async_trait;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::mail::{Letter, Mailbox};
use jiff::Timestamp;

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail to the mail service, no faster than the account may send.
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError>;
}

/// Mails that were written to a folder instead of being sent, for people to read.
#[async_trait]
pub trait MailFolder: Send + Sync {
    /// Deletes the mails to a person, and the tests that show the person's invitation.
    async fn forget(&self, person: PersonId) -> Result<(), MailError>;
    /// Deletes mails that were written before `old`, and files that were begun before `abandoned` and
    /// never finished. Returns the number of files deleted.
    async fn clear(&self, old: Timestamp, abandoned: Timestamp) -> Result<u64, MailError>;
    /// Returns some mails, the newest first, those before `before`.
    async fn list(&self, before: Option<&str>, limit: usize) -> Result<Vec<StoredMail>, MailError>;
    /// Returns the mails that name a person, as an erasure of them would find them. Mails whose names do not say
    /// whom they name are not among them.
    async fn about(&self, person: PersonId) -> Result<Vec<MailAbout>, MailError>;
    /// Returns one mail by its name; `None` where there is none of that name.
    async fn read(&self, name: &str) -> Result<Option<ReadMail>, MailError>;
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The invitation; `None` for a test, which is nobody's invitation.
    pub about: Option<InvitationRef>,
    /// The people that a test names: its recipient, and the person whose invitation it shows. An
    /// erasure of one of them deletes the stored copy. Empty where `about` names the person.
    pub concerns: Vec<PersonId>,
    /// The recipient.
    pub to: Mailbox,
    /// The content.
    pub letter: Letter,
    /// The URL that unsubscribes with one click (RFC 8058).
    pub unsubscribe: Option<String>,
    /// The date of the mail.
    pub date: Timestamp,
}

/// Identifies the invitation of a mail; feedback refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRef {
    /// The event.
    pub event: EventId,
    /// The attendee.
    pub person: PersonId,
    /// The number of the attendee's invitation, counting from the first.
    pub number: u32,
}

/// A mail that was handed to the mail service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message id that the mail service gave it.
    pub message_id: String,
}

/// A mail in the folder, in short.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct StoredMail {
    /// The name it is read by.
    pub name: String,
    /// The date of the mail.
    pub date: Timestamp,
    /// The recipient, as `Name <address>`.
    pub to: String,
    /// Its subject.
    pub subject: String,
}

/// A mail in the folder that names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAbout {
    /// The mail.
    pub mail: ReadMail,
    /// Whether it went to this person, or to whoever tested their invitation.
    pub is_to_them: bool,
    /// Whether it shows this person's invitation, or somebody else's.
    pub shows_them: bool,
}

/// A mail in the folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ReadMail {
    /// The summary.
    #[serde(flatten)]
    pub mail: StoredMail,
    /// The headers, in order, decoded.
    pub headers: Vec<(String, String)>,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Why a mail was not handed over. The text is for people and contains neither a credential nor an
/// address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// No mail is accepted at present: the service is unreachable, throttles, or refuses the
    /// account.
    #[error("{reason}")]
    Unavailable {
        /// The reason.
        reason: String,
        /// The delay after which the service says to try again.
        retry_after: Option<std::time::Duration>,
    },
    /// This mail was not accepted; a later attempt may succeed.
    #[error("{0}")]
    Deferred(String),
    /// This mail will never be accepted.
    #[error("{0}")]
    Refused(String),
    /// It is unknown whether this mail was accepted.
    #[error("{0}")]
    InDoubt(String),
}
