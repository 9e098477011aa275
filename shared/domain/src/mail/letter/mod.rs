//! A letter's body: an outline of what its Markdown says, written as HTML and as plain text.

mod html;
mod link;
mod outline;
mod text;

pub(super) use html::write as html;
pub(super) use outline::Outline;
pub(super) use text::write as text;

/// What stands below every letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footer<'a> {
    /// The event's name, on one line.
    pub(super) event_name: &'a str,
    /// Where a recipient asks for no more.
    pub(super) unsubscribe_url: &'a str,
}

impl Footer<'_> {
    /// Why they get the mail.
    fn reason(&self) -> String {
        format!(
            "You get this mail because you are registered for {}.",
            self.event_name
        )
    }
}
