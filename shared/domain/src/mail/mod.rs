//! Mail: the allowed senders, and the content of an invitation.

mod invitation;
mod letter;
mod mailbox;
mod recipient;
mod senders;
mod template;

pub use invitation::{InvitationTemplate, LetterError, TemplateText};
pub use mailbox::{Mailbox, MailboxError};
pub use recipient::Recipient;
pub use senders::{AllowedSender, SenderList, SenderListError, SenderRefused, Senders};

/// The content of a mail, ready to be put into a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The sender.
    pub from: Mailbox,
    /// The mailbox for replies, if it is not the sender.
    pub reply_to: Option<Mailbox>,
    /// The subject: one line, no control characters.
    pub subject: String,
    /// The body as a whole HTML document.
    pub html: String,
    /// The body as plain text.
    pub text: String,
}
