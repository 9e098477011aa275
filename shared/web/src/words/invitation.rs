//! Texts about invitations.

use attendee_sync_domain::invitation::InvitationState;

use super::{counted, people};
use crate::texts::{TextId, id, t, text};

/// The variables that an invitation may use, with their meanings.
pub(crate) const VARIABLES: [(&str, TextId); 14] = [
    ("first_name", id("words-invitation-first-name")),
    ("last_name", id("words-invitation-last-name")),
    ("title", id("words-invitation-title-such-as-dr")),
    ("email", id("words-invitation-email-address")),
    ("job_title", id("words-invitation-job-title")),
    ("company", id("words-invitation-company")),
    ("country", id("words-invitation-country")),
    (
        "additional_info",
        id("words-invitation-additional-information"),
    ),
    ("biography", id("words-invitation-biography")),
    ("groups", id("words-invitation-the-list-of-groups")),
    ("badge_url", id("words-invitation-url-of-the-digital")),
    ("event.name", id("words-invitation-name-of-the-event")),
    (
        "sign_in_url",
        id("words-invitation-the-link-where-attendees"),
    ),
    (
        "unsubscribe_url",
        id("words-invitation-unsubscribe-link-every-mail"),
    ),
];

/// Describes the result of a request for invitations.
pub(crate) fn were_queued(count: u64) -> String {
    counted(count, "invitation-were-queued")
}

/// Describes who was left out of a request for invitations.
pub(crate) fn are_suppressed(count: u64) -> String {
    counted(count, "invitation-are-suppressed")
}

/// Describes how many people a sync would invite.
pub(crate) fn would_be_invited(count: u64) -> Option<String> {
    (count > 0).then(|| {
        text!(
            "words-invitation-people-would-be-invited",
            people = people(count)
        )
    })
}

/// Returns the label of an invitation's state, including `none`.
pub(crate) fn invitation(state: &str) -> &'static str {
    match state {
        "queued" => t("words-invitation-queued"),
        "sending" => t("words-invitation-being-sent"),
        "sent" => t("words-invitation-sent"),
        "delivered" => t("words-invitation-delivered"),
        "bounced" => t("words-invitation-bounced"),
        "complained" => t("words-invitation-reported-as-spam"),
        "failed" => t("words-invitation-failed"),
        "in_doubt" => t("words-invitation-unknown"),
        _ => t("words-invitation-not-invited"),
    }
}

/// Returns the states of invitations in their usual order, `none` first.
pub(crate) fn invitation_states() -> impl Iterator<Item = &'static str> {
    let states = InvitationState::ALL.into_iter();
    ["none"]
        .into_iter()
        .chain(states.map(InvitationState::name))
}
