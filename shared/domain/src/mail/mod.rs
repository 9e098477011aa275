//! Mail: who sends it, and what an invitation says.

mod mailbox;

pub use mailbox::{Mailbox, MailboxError};

/// A mail's content, ready to be put into a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who sends it.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// The subject: one line, no control characters.
    pub subject: String,
    /// The body as a whole HTML document.
    pub html: String,
    /// The body as plain text.
    pub text: String,
}

//STUB
/// x
pub struct InvitationTemplate;
/// x
pub struct Recipient;
/// x
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct LetterError;
impl InvitationTemplate {
    /// x
    pub fn new(_: &crate::config::EventDocument) -> Result<Self, Vec<crate::config::Problem>> {
        todo!()
    }
    /// x
    pub fn letter(&self, _: &Recipient, _: &str) -> Result<Letter, LetterError> {
        todo!()
    }
}
impl Recipient {
    /// x
    pub fn of(_: &crate::people::Attendee, _: &crate::people::User) -> Self {
        todo!()
    }
    /// x
    pub fn example() -> Self {
        todo!()
    }
    /// x
    pub fn mailbox(&self) -> Mailbox {
        todo!()
    }
}
