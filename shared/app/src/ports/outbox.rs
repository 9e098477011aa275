//! Invitations that are to go out, and addresses that get none.

use async_trait::async_trait;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::invitation::{Invitation, Suppression};
use attendee_sync_domain::people::{Attendee, Versioned};
use attendee_sync_domain::plan::Put;

use super::StoreError;

/// Invitations that wait to be sent. Each waits in the outbox from the write that queues it to the
/// write that says what became of it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The invitation batches of an event that are not at their end.
    async fn invitation_batches(
        &self,
        event: &EventId,
    ) -> Result<Vec<Versioned<InvitationBatch>>, StoreError>;
    /// Stores an invitation batch; [`StoreError::Conflict`] where another version than `expected` is stored.
    async fn put_invitation_batch(
        &self,
        event: &EventId,
        invitation_batch: &InvitationBatch,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
    /// Deletes an invitation batch, unless it was stored again meanwhile.
    async fn end_invitation_batch(
        &self,
        event: &EventId,
        invitation_batch: &Versioned<InvitationBatch>,
    ) -> Result<(), StoreError>;
    /// Some of those who wait in an invitation batch, in the order of their ids.
    async fn waiting(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError>;
    /// Stores an attendee with their invitation, and with it that it waits in this invitation batch, or, where it
    /// is not under way, that it does so no longer. [`StoreError::Conflict`] where they were changed
    /// meanwhile.
    async fn put_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        invitation_batch: InvitationBatchId,
    ) -> Result<(), StoreError>;
    /// The same for an invitation that begins to wait in an invitation batch which may be at its end: the invitation batch
    /// is stored with it. [`StoreError::Conflict`] also where the invitation batch was changed meanwhile.
    async fn queue_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        invitation_batch: &Put<InvitationBatch>,
    ) -> Result<(), StoreError>;
    /// Deletes what waits in an invitation batch of someone whose invitation is not in it, as of this version of
    /// them. [`StoreError::Conflict`] where they were changed meanwhile.
    async fn drop_waiting(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
        person: PersonId,
        seen: Option<u64>,
    ) -> Result<(), StoreError>;
}

/// The addresses that get no mail from a community.
#[async_trait]
pub trait SuppressionStore: Send + Sync {
    /// Whether this person's is one.
    async fn suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Suppression>, StoreError>;
    /// Some of them, in the order of their ids.
    async fn suppressions(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Suppression)>, StoreError>;
    /// Makes it one.
    async fn suppress(
        &self,
        community: &CommunityId,
        person: PersonId,
        suppression: &Suppression,
    ) -> Result<(), StoreError>;
    /// Makes it none.
    async fn lift_suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(), StoreError>;
}

/// Invitations that were queued together, and are sent or held together.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct InvitationBatch {
    /// Which.
    pub id: InvitationBatchId,
    /// Whether they may go.
    pub state: InvitationBatchState,
    /// How many there were.
    pub people: u64,
}

/// What queued an invitation batch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationBatchId {
    /// People asked for them, one after the other.
    Asked,
    /// This run.
    Run(RunNumber),
}

impl InvitationBatchId {
    /// The one that an invitation waits in.
    #[must_use]
    pub fn of(invitation: &Invitation) -> Self {
        invitation.run().map_or(Self::Asked, Self::Run)
    }
}

/// Whether the invitations of an invitation batch may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationBatchState {
    /// They wait for approval.
    Held,
    /// They may.
    Released,
    /// They are taken back, one by one.
    Discarded,
}
