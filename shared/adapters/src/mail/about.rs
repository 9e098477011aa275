//! Whose invitation a mail is, as the mail itself says it.

use attendee_sync_app::ports::InvitationRef;

/// The header that says it.
pub(super) const HEADER: &str = "X-Attendee-Sync";
/// What says it in the tags of a mail that SES sends.
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

/// What three tags say.
pub(super) fn from_parts(event: &str, person: &str, number: &str) -> Option<InvitationRef> {
    Some(InvitationRef {
        event: event.parse().ok()?,
        person: person.parse().ok()?,
        number: number.parse().ok()?,
    })
}
