//! What a plan does with invitations: it queues one for who arrives, and takes back one that did
//! not go out yet. Sending is not its business.

use jiff::Timestamp;

use crate::ids::RunNumber;
use crate::invitation::{Invitation, InvitationState};
use crate::people::Attendee;

/// Whether those who arrive are invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inviting {
    /// They are.
    Arrivals,
    /// Nobody is, until a person asks for it.
    Nobody,
}

/// The invitation of an attendee who arrives now. Who has one gets no second one, whatever became
/// of it and however often they come back.
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

/// The invitation of someone who is taken out: one that never went out is taken back. Sent again
/// it is not either, but what became of the first stays known.
pub(super) fn on_leaving(known: Option<&Attendee>) -> Option<Invitation> {
    let known = known.and_then(|known| known.invitation.as_ref());
    known
        .filter(|invitation| {
            invitation.state() != InvitationState::Queued || invitation.number() > 1
        })
        .cloned()
}
