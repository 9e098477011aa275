//! The body of a letter: an outline of its Markdown, written as HTML and as plain text.

mod html;
mod link;
mod outline;
mod text;

pub(super) use html::write as html;
pub(super) use outline::Outline;
pub(super) use text::write as text;

/// The footer of every letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footer<'a> {
    /// The event's name, on one line.
    pub(super) event_name: &'a str,
    /// The link by which the recipient unsubscribes.
    pub(super) unsubscribe_url: &'a str,
}

impl Footer<'_> {
    /// Returns the sentence that explains why the recipient gets the mail.
    fn reason(&self) -> String {
        format!(
            "You get this mail because you are registered for {}.",
            self.event_name
        )
    }
}
