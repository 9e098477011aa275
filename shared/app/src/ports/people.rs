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
    /// What is stored of these people, with the groups named in `groups` or in their records.
    async fn actual(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[PersonId],
        groups: &[GroupKey],
    ) -> Result<Actual, StoreError>;
    /// Applies a plan in one transaction, with its log, its fingerprints and its mark: all or nothing.
    async fn apply(&self, application: Application<'_>) -> Result<Applied, StoreError>;
    /// Those of these groups that the community has.
    async fn groups_named(
        &self,
        community: &CommunityId,
        groups: &[GroupKey],
    ) -> Result<Vec<Group>, StoreError>;
    /// Makes groups; how many of them there were not.
    async fn make_groups(
        &self,
        community: &CommunityId,
        groups: &[Group],
    ) -> Result<u64, StoreError>;
    /// Attendees by the short form of their ids.
    async fn attendees_by_short_id(
        &self,
        event: &EventId,
        people: &[u64],
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError>;
    /// One attendee.
    async fn attendee(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<Option<Versioned<Attendee>>, StoreError>;
    /// One page of an event's attendees, removed ones included, in the order of their ids.
    async fn attendees(
        &self,
        event: &EventId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError>;
    /// Users by id.
    async fn users(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<Vec<(PersonId, UserState)>, StoreError>;
    /// One user, or what is left of them.
    async fn user(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Versioned<UserState>>, StoreError>;
    /// A community's groups, by key.
    async fn groups(&self, community: &CommunityId) -> Result<Vec<Group>, StoreError>;
    /// The erasures that are not finished.
    async fn erasures(&self, community: &CommunityId) -> Result<Vec<Erasure>, StoreError>;
    /// Deletes an attendee; [`StoreError::Conflict`] where another version is stored.
    async fn delete_attendee(
        &self,
        event: &EventId,
        person: PersonId,
        version: u64,
    ) -> Result<(), StoreError>;
    /// Ends erasures of which everything else is done: once it returns, nothing of what was deleted lies in
    /// the store's own logs any more, nor do the notes of these erasures.
    async fn end_erasures(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<(), StoreError>;
}

/// Somebody who leaves an event that is no more.
#[derive(Debug, Clone)]
pub struct AttendanceRemoval {
    /// Who.
    pub person: PersonId,
    /// The version of their attendee.
    pub version: u64,
    /// The user without it, where there is one.
    pub user: Option<Put<User>>,
    /// The groups they leave.
    pub leaves: Vec<GroupKey>,
}

/// A community's people as lists, and what a person changes of them by hand.
#[async_trait]
pub trait Directory: Send + Sync {
    /// What decides whether somebody may come in, in one request.
    async fn access_facts(
        &self,
        community: &CommunityId,
        event: &EventId,
        person: PersonId,
    ) -> Result<AccessFacts, StoreError>;
    /// One page of a community's users, erased ones included, in the order of their ids.
    async fn user_page(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, UserState)>, StoreError>;
    /// One group.
    async fn group(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<Option<Group>, StoreError>;
    /// Stores a user whose groups were changed by hand, with what goes with it, all or nothing;
    /// [`StoreError::Conflict`] where they were changed meanwhile, or the new group was made.
    async fn set_manual_groups(
        &self,
        community: &CommunityId,
        person: PersonId,
        user: &Put<User>,
        regrouping: ManualGroupChange<'_>,
    ) -> Result<(), StoreError>;
    /// Deletes attendees of an event that is no more, with what their users had by it; each person
    /// whole or not at all. [`StoreError::Conflict`] where one was changed meanwhile.
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
    /// Puts a tombstone in a user's place, with the note of what is left to delete;
    /// [`StoreError::Conflict`] where they were changed meanwhile.
    async fn write_tombstone(
        &self,
        community: &CommunityId,
        erasure: &PlannedErasure,
    ) -> Result<(), StoreError>;
}

/// An erasure with what it leaves.
#[derive(Debug, Clone)]
pub struct PlannedErasure {
    /// Who, and what is left to delete.
    pub erasure: Erasure,
    /// The version the user must have.
    pub expected: Option<u64>,
    /// What stays.
    pub tombstone: Tombstone,
}

/// What decides whether somebody may come in.
#[derive(Debug, Clone, Default)]
pub struct AccessFacts {
    /// The event's configuration.
    pub document: Option<EventDocument>,
    /// The user, or what is left of them.
    pub user: Option<UserState>,
    /// The attendee.
    pub attendee: Option<Attendee>,
    /// What is set about the community's groups.
    pub group_options: CommunityGroupOptions,
}

/// What goes with a change of a user's groups by hand.
#[derive(Debug, Clone, Copy)]
pub enum ManualGroupChange<'g> {
    /// Nothing: they stay in the group, or were in it already.
    Stays,
    /// They come into a group that there is.
    Joins(&'g GroupKey),
    /// They come into a group that is made with it.
    JoinsNew(&'g Group),
    /// They leave.
    Leaves(&'g GroupKey),
}

/// A person whose data is being deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Erasure {
    /// Who.
    pub person: PersonId,
    /// The groups they were in.
    pub groups: Vec<GroupKey>,
    /// The event whose feed flagged them; `None` where a person asked for it.
    pub event: Option<EventId>,
    /// The ids of the flagged records, until the erasure is finished.
    pub source_ids: Vec<String>,
}
