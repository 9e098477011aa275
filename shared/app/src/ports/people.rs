//! Users, attendees and groups.

use async_trait::async_trait;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::group::{CommunityGroupOptions, Group, GroupKey};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Attendee, Tombstone, User, UserState, Versioned};
use attendee_sync_domain::plan::{Actual, PersonPlan, Put};

use super::{Application, Applied, InvitationBatch, StoreError};

/// Users, attendees and groups.
#[async_trait]
pub trait People: Send + Sync {
    /// Returns what is stored of these people, with the groups named in `groups` or in their
    /// records.
    async fn actual(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[PersonId],
        groups: &[GroupKey],
    ) -> Result<Actual, StoreError>;
    /// Applies a plan in one transaction, with its log, its fingerprints and its mark: all or nothing.
    async fn apply(&self, application: Application<'_>) -> Result<Applied, StoreError>;
    /// Returns those of these groups that the community has.
    async fn groups_named(
        &self,
        community: &CommunityId,
        groups: &[GroupKey],
    ) -> Result<Vec<Group>, StoreError>;
    /// Creates groups. Returns how many of them did not exist before.
    async fn make_groups(
        &self,
        community: &CommunityId,
        groups: &[Group],
    ) -> Result<u64, StoreError>;
    /// Returns attendees by the short form of their ids.
    async fn attendees_by_short_id(
        &self,
        event: &EventId,
        people: &[u64],
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError>;
    /// Returns one attendee.
    async fn attendee(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<Option<Versioned<Attendee>>, StoreError>;
    /// Returns one page of an event's attendees, removed ones included, in the order of their ids.
    async fn attendees(
        &self,
        event: &EventId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError>;
    /// Returns users by id.
    async fn users(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<Vec<(PersonId, UserState)>, StoreError>;
    /// Returns one user, or their tombstone.
    async fn user(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Versioned<UserState>>, StoreError>;
    /// Returns a community's groups, by key.
    async fn groups(&self, community: &CommunityId) -> Result<Vec<Group>, StoreError>;
    /// Returns the erasures that are not finished.
    async fn erasures(&self, community: &CommunityId) -> Result<Vec<Erasure>, StoreError>;
    /// Deletes an attendee; [`StoreError::Conflict`] where another version is stored.
    async fn delete_attendee(
        &self,
        event: &EventId,
        person: PersonId,
        version: u64,
    ) -> Result<(), StoreError>;
    /// Ends erasures of which everything else is done. Once it returns, the deleted data is gone
    /// from the store's own logs too, and so are the notes of these erasures.
    async fn end_erasures(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<(), StoreError>;
}

/// The removal of a person from a deleted event.
#[derive(Debug, Clone)]
pub struct AttendanceRemoval {
    /// The person.
    pub person: PersonId,
    /// The version of their attendee.
    pub version: u64,
    /// The user without it, where there is one.
    pub user: Option<Put<User>>,
    /// The groups that the person leaves.
    pub leaves: Vec<GroupKey>,
}

/// A community's people as lists, and what a person changes of them by hand.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Returns what decides about a person's access to an event, in one request.
    async fn access_facts(
        &self,
        community: &CommunityId,
        event: &EventId,
        person: PersonId,
    ) -> Result<AccessFacts, StoreError>;
    /// Returns one page of a community's users, erased ones included, in the order of their ids.
    async fn user_page(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, UserState)>, StoreError>;
    /// Returns one group.
    async fn group(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<Option<Group>, StoreError>;
    /// Stores a user whose groups were changed by hand, with the membership, all or nothing. Fails
    /// with [`StoreError::Conflict`] where the user was changed meanwhile, or another process
    /// created the new group.
    async fn set_manual_groups(
        &self,
        community: &CommunityId,
        person: PersonId,
        user: &Put<User>,
        regrouping: ManualGroupChange<'_>,
    ) -> Result<(), StoreError>;
    /// Deletes attendees of a deleted event, and what their users had from it; each person
    /// completely or not at all. Fails with [`StoreError::Conflict`] where one was changed
    /// meanwhile.
    async fn remove_attendance(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[AttendanceRemoval],
    ) -> Result<(), StoreError>;
    /// Writes a person as a plan says that was made by hand, all or nothing; where the plan queues their
    /// invitation, with the invitation batch that it waits in. [`StoreError::Conflict`] where one of them was
    /// changed meanwhile.
    async fn rewrite(
        &self,
        community: &CommunityId,
        event: &EventId,
        plan: &PersonPlan,
        invitation_batch: Option<&Put<InvitationBatch>>,
    ) -> Result<(), StoreError>;
    /// Replaces a user by a tombstone, and notes what is left to delete. Fails with
    /// [`StoreError::Conflict`] where the user was changed meanwhile.
    async fn write_tombstone(
        &self,
        community: &CommunityId,
        erasure: &PlannedErasure,
    ) -> Result<(), StoreError>;
}

/// An erasure that is ready to be written.
#[derive(Debug, Clone)]
pub struct PlannedErasure {
    /// The person, and what is left to delete.
    pub erasure: Erasure,
    /// The version that the user must have; `None` where there must be no user.
    pub expected: Option<u64>,
    /// The tombstone that replaces the user.
    pub tombstone: Tombstone,
}

/// What decides about a person's access to an event.
#[derive(Debug, Clone, Default)]
pub struct AccessFacts {
    /// The event's configuration.
    pub document: Option<EventDocument>,
    /// The user, or their tombstone.
    pub user: Option<UserState>,
    /// The attendee.
    pub attendee: Option<Attendee>,
    /// What is set about the community's groups.
    pub group_options: CommunityGroupOptions,
}

/// The change of a membership that goes with a change of a user's groups by hand.
#[derive(Debug, Clone, Copy)]
pub enum ManualGroupChange<'g> {
    /// The membership does not change: the user stays in the group, or was in it already.
    Stays,
    /// The user joins an existing group.
    Joins(&'g GroupKey),
    /// The user joins a group that is created in the same write.
    JoinsNew(&'g Group),
    /// The user leaves the group.
    Leaves(&'g GroupKey),
}

/// A person whose data is being deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Erasure {
    /// The person.
    pub person: PersonId,
    /// The groups they were in.
    pub groups: Vec<GroupKey>,
    /// The event whose feed flagged them; `None` where a person asked for it.
    pub event: Option<EventId>,
    /// The ids of the flagged records, until the erasure is finished.
    pub source_ids: Vec<String>,
}
