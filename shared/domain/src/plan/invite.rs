//! Plans invitations: queues one for a new attendee, and cancels one that was not sent yet. It
//! sends nothing.

use jiff::Timestamp;

use crate::ids::RunNumber;
use crate::invitation::{Invitation, InvitationState};
use crate::people::Attendee;

/// Whether new attendees are invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inviting {
    /// New attendees are invited.
    Arrivals,
    /// Nobody is invited until a person asks for it.
    Nobody,
}

/// Returns the invitation of a new attendee. A person who already has one gets no second one,
/// whatever its state and however often they come back (invariant 5).
pub(super) fn on_arrival(
    inviting: Inviting,
    known: Option<&Attendee>,
    run: RunNumber,
    now: Timestamp,
) -> Option<Invitation> {
    let known = known.and_then(|known| known.invitation.clone());
    match inviting {
        Inviting::Arrivals => known.or_else(|| Some(Invitation::queued(Some(run), now))),
        Inviting::Nobody => known,
    }
}

/// Returns the invitation of a removed attendee. One that was never sent is cancelled. A repeated
/// one that waits is not sent either, but the state of the first stays known.
pub(super) fn on_leaving(known: Option<&Attendee>) -> Option<Invitation> {
    let known = known.and_then(|known| known.invitation.as_ref());
    known
        .filter(|invitation| {
            invitation.state() != InvitationState::Queued || invitation.number() > 1
        })
        .cloned()
}
