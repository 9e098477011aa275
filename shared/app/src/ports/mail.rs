//! Sending mail, and mail that was written into a folder.

use async_trait::async_trait;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::mail::{Letter, Mailbox};
use jiff::Timestamp;

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over, not faster than the account may send.
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError>;
}

/// Mails that were written into a folder instead of being sent, for people to read.
#[async_trait]
pub trait MailFolder: Send + Sync {
    /// Deletes the mails to a person, and the tests that show somebody's invitation as theirs.
    async fn forget(&self, person: PersonId) -> Result<(), MailError>;
    /// Deletes mails that were written before `old`, and files that were begun before `abandoned` and
    /// never finished. Returns the number of files deleted.
    async fn clear(&self, old: Timestamp, abandoned: Timestamp) -> Result<u64, MailError>;
    /// The newest first, those before `before`.
    async fn list(&self, before: Option<&str>, limit: usize) -> Result<Vec<StoredMail>, MailError>;
    /// Returns the mails that name a person, as an erasure of them would find them. Mails whose names do not say
    /// whom they name are not among them.
    async fn about(&self, person: PersonId) -> Result<Vec<MailAbout>, MailError>;
    /// One, by its name; `None` where there is none of that name.
    async fn read(&self, name: &str) -> Result<Option<ReadMail>, MailError>;
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// What it is about; `None` for a test that is nobody's invitation.
    pub about: Option<InvitationRef>,
    /// The people a test names: who gets it, and as whose invitation it is shown. An erasure of one of
    /// them deletes what is kept of it. Empty where `about` says whom the mail is about.
    pub concerns: Vec<PersonId>,
    /// To whom.
    pub to: Mailbox,
    /// What it says.
    pub letter: Letter,
    /// Where one click ends all mail of this kind (RFC 8058).
    pub unsubscribe: Option<String>,
    /// When it was written.
    pub date: Timestamp,
}

/// Whose invitation a mail is: what feedback names it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRef {
    /// The event.
    pub event: EventId,
    /// The attendee.
    pub person: PersonId,
    /// The how-manieth.
    pub number: u32,
}

/// A mail that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What the mail service calls it.
    pub message_id: String,
}

/// A mail in the folder, in short.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct StoredMail {
    /// The name it is read by.
    pub name: String,
    /// When it was written.
    pub date: Timestamp,
    /// To whom, as `Name <address>`.
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
    /// In short.
    #[serde(flatten)]
    pub mail: StoredMail,
    /// Its headers, in order, decoded.
    pub headers: Vec<(String, String)>,
    /// Its body as plain text.
    pub text: String,
    /// Its body as HTML.
    pub html: String,
}

/// Why a mail was not handed over. Its text is for people and holds neither a credential nor an
/// address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// No mail is taken for now: the service is away, throttles, or refuses the account.
    #[error("{reason}")]
    Unavailable {
        /// Why.
        reason: String,
        /// After how long it says to try again.
        retry_after: Option<std::time::Duration>,
    },
    /// This mail was not taken; a later try may succeed.
    #[error("{0}")]
    Deferred(String),
    /// This mail will never be taken.
    #[error("{0}")]
    Refused(String),
    /// Nobody knows whether this mail was taken.
    #[error("{0}")]
    InDoubt(String),
}
