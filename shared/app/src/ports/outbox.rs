//! The outbox of invitations, and the suppression list.

use async_trait::async_trait;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::invitation::{Invitation, Suppression};
use attendee_sync_domain::people::{Attendee, Versioned};
use attendee_sync_domain::plan::Put;

use super::StoreError;

/// The invitations that wait to be sent. Each is in the outbox from the write that queues it to the
/// write that records its outcome.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Returns the invitation batches of an event that are not finished.
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
    /// Returns some of the people in an invitation batch, in the order of their ids.
    async fn waiting(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError>;
    /// Stores an attendee with their invitation, and together with it their entry in this
    /// invitation batch, or, where the invitation is not under way, deletes that entry. Fails with
    /// [`StoreError::Conflict`] where the attendee was changed meanwhile.
    async fn put_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        invitation_batch: InvitationBatchId,
    ) -> Result<(), StoreError>;
    /// Does the same for an invitation that enters an invitation batch which may be finished
    /// meanwhile: the batch is stored in the same transaction. Fails with [`StoreError::Conflict`]
    /// also where the batch was changed meanwhile.
    async fn queue_invitation(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Put<Attendee>,
        invitation_batch: &Put<InvitationBatch>,
    ) -> Result<(), StoreError>;
    /// Deletes the entry of a person in an invitation batch that their invitation is not in, as of
    /// this version of the attendee. Fails with [`StoreError::Conflict`] where the attendee was
    /// changed meanwhile.
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
    /// Returns the person's entry, if they are on the list.
    async fn suppression(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Suppression>, StoreError>;
    /// Returns some entries, in the order of the people's ids.
    async fn suppressions(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Suppression)>, StoreError>;
    /// Adds a person's address.
    async fn suppress(
        &self,
        community: &CommunityId,
        person: PersonId,
        suppression: &Suppression,
    ) -> Result<(), StoreError>;
    /// Removes a person's address.
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
    /// The id of the batch.
    pub id: InvitationBatchId,
    /// Whether its invitations may be sent.
    pub state: InvitationBatchState,
    /// The number of invitations queued in it.
    pub people: u64,
}

/// Identifies an invitation batch by what queued it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationBatchId {
    /// Requests of people, one after the other.
    Asked,
    /// The run of this number.
    Run(RunNumber),
}

impl InvitationBatchId {
    /// Returns the batch that an invitation belongs to.
    #[must_use]
    pub fn of(invitation: &Invitation) -> Self {
        invitation.run().map_or(Self::Asked, Self::Run)
    }
}

/// Whether the invitations of a batch may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationBatchState {
    /// The invitations wait for approval.
    Held,
    /// The invitations may be sent.
    Released,
    /// The invitations are taken back, one by one.
    Discarded,
}
