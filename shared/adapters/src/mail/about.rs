//! Identifies the invitation that a mail belongs to, within the mail itself.

use attendee_sync_app::ports::InvitationRef;

/// The header with the invitation.
pub(super) const HEADER: &str = "X-Attendee-Sync";
/// The tags of a mail that SES sends, which have the same.
pub(super) const EVENT: &str = "event";
pub(super) const PERSON: &str = "person";
pub(super) const NUMBER: &str = "number";

/// The value of the header.
pub(super) fn written(about: &InvitationRef) -> String {
    format!("{} {} {}", about.event, about.person, about.number)
}

/// Reads the value of the header.
pub(super) fn read(text: &str) -> Option<InvitationRef> {
    let mut parts = text.split_ascii_whitespace();
    let about = from_parts(parts.next()?, parts.next()?, parts.next()?)?;
    parts.next().is_none().then_some(about)
}

/// Parses the values of the three tags.
pub(super) fn from_parts(event: &str, person: &str, number: &str) -> Option<InvitationRef> {
    Some(InvitationRef {
        event: event.parse().ok()?,
        person: person.parse().ok()?,
        number: number.parse().ok()?,
    })
}
