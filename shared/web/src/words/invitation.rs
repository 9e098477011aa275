//! Texts about invitations.

use attendee_sync_domain::invitation::InvitationState;

use super::{number, people};

/// The variables that an invitation may use, with their meanings.
pub(crate) const VARIABLES: [(&str, &str); 14] = [
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("title", "Title, such as Dr."),
    ("email", "E-mail address"),
    ("job_title", "Job title"),
    ("company", "Company"),
    ("country", "Country"),
    ("additional_info", "Additional information"),
    ("biography", "Biography"),
    ("groups", "The list of groups; write groups | join(', ')"),
    ("badge_url", "URL of the digital badge"),
    ("event.name", "Name of the event"),
    (
        "sign_in_url",
        "The link where attendees sign in, as entered above",
    ),
    (
        "unsubscribe_url",
        "Unsubscribe link; every mail has it at the end anyway",
    ),
];

/// Describes the result of a request for invitations.
pub(crate) fn were_queued(count: u64) -> String {
    match count {
        0 => "Nobody was left to invite.".to_owned(),
        1 => "1 invitation was queued and will be sent.".to_owned(),
        many => format!(
            "{} invitations were queued and will be sent one after the other.",
            number(many)
        ),
    }
}

/// Describes who was left out of a request for invitations.
pub(crate) fn are_suppressed(count: u64) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!(
        "{} {are} on the suppression list and got no invitation.",
        people(count)
    )
}

/// Describes how many people a sync would invite.
pub(crate) fn would_be_invited(count: u64) -> Option<String> {
    (count > 0).then(|| format!("{} would be invited.", people(count)))
}

/// Returns the label of an invitation's state, including `none`.
pub(crate) fn invitation(state: &str) -> &'static str {
    match state {
        "queued" => "Queued",
        "sending" => "Being sent",
        "sent" => "Sent",
        "delivered" => "Delivered",
        "bounced" => "Bounced",
        "complained" => "Reported as spam",
        "failed" => "Failed",
        "in_doubt" => "Unknown",
        _ => "Not invited",
    }
}

/// Returns the states of invitations in their usual order, `none` first.
pub(crate) fn invitation_states() -> impl Iterator<Item = &'static str> {
    let states = InvitationState::ALL.into_iter();
    ["none"]
        .into_iter()
        .chain(states.map(InvitationState::name))
}
