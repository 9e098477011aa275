//! The recipients of an invitation batch: whether they still wait, and the writes that change their
//! state.

use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::{Invitation, InvitationState};
use attendee_sync_domain::people::{Attendee, Versioned};
use attendee_sync_domain::plan::Put;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::DispatchResult;
use crate::ports::{InvitationBatchId, StoreError};

/// A person whom the outbox has as waiting in an invitation batch.
pub(crate) enum QueuedRecipient {
    /// The person waits in this batch.
    Here(Box<Versioned<Attendee>>, Invitation),
    /// The person does not wait in this batch, as of this version of the attendee (`None` where
    /// there is no attendee).
    Elsewhere(Option<u64>),
}

impl App {
    /// Returns whether an attendee's invitation is the one that waits in this invitation batch.
    pub(crate) async fn queued_recipient(
        &self,
        event: &EventId,
        person: PersonId,
        invitation_batch: InvitationBatchId,
    ) -> Result<QueuedRecipient, Error> {
        let Some(stored) = self.parts.store.attendee(event, person).await? else {
            return Ok(QueuedRecipient::Elsewhere(None));
        };
        let invitation = stored.value.invitation.clone();
        Ok(
            match invitation
                .filter(|invitation| InvitationBatchId::of(invitation) == invitation_batch)
            {
                Some(invitation) => QueuedRecipient::Here(Box::new(stored), invitation),
                None => QueuedRecipient::Elsewhere(Some(stored.version)),
            },
        )
    }

    /// Deletes a person's entry in an invitation batch. Returns false where the attendee was
    /// changed since version `seen`.
    pub(crate) async fn drop_waiting(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
        person: PersonId,
        seen: Option<u64>,
    ) -> Result<bool, Error> {
        match self
            .parts
            .store
            .drop_waiting(event, invitation_batch, person, seen)
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes an attendee's invitation. Returns false where somebody else changed the attendee
    /// meanwhile.
    pub(super) async fn put(
        &self,
        event: &EventId,
        person: PersonId,
        stored: &Versioned<Attendee>,
        invitation: Option<Invitation>,
        invitation_batch: InvitationBatchId,
    ) -> Result<bool, Error> {
        let put = Put {
            expected: Some(stored.version),
            value: Attendee {
                invitation,
                ..stored.value.clone()
            },
        };
        match self
            .parts
            .store
            .put_invitation(event, person, &put, invitation_batch)
            .await
        {
            Ok(()) => {
                self.index.note_attendee(event, person, Some(&put.value));
                Ok(true)
            }
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes back an invitation that was not sent. One that was requested again gets the state
    /// failed instead. Returns false where it is left in the batch, because somebody was sending it
    /// already.
    pub(super) async fn take_back(
        &self,
        event: &EventId,
        person: PersonId,
        invitation_batch: InvitationBatchId,
        posted: &mut DispatchResult,
    ) -> Result<bool, Error> {
        loop {
            let (stored, invitation) = match self
                .queued_recipient(event, person, invitation_batch)
                .await?
            {
                QueuedRecipient::Here(stored, invitation) => (stored, invitation),
                QueuedRecipient::Elsewhere(seen) => {
                    if self
                        .drop_waiting(event, invitation_batch, person, seen)
                        .await?
                    {
                        return Ok(true);
                    }
                    continue;
                }
            };
            if invitation.state() != InvitationState::Queued {
                let now = self.parts.clock.now();
                if !invitation.is_abandoned(now) {
                    return Ok(!invitation.state().is_under_way());
                }
                let doubt = invitation.abandoned(now);
                if self
                    .put(event, person, &stored, doubt, invitation_batch)
                    .await?
                {
                    posted.in_doubt += 1;
                    return Ok(true);
                }
                continue;
            }
            let next = match invitation.number() {
                1 => None,
                _ => invitation.given_up("it was not approved", self.parts.clock.now()),
            };
            if self
                .put(event, person, &stored, next, invitation_batch)
                .await?
            {
                posted.taken_back += 1;
                return Ok(true);
            }
        }
    }
}
