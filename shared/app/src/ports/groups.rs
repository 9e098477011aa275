//! What people change about groups themselves.

use async_trait::async_trait;
use attendee_sync_domain::group::{CommunityGroupOptions, Group, GroupKey};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::people::{User, Versioned};
use attendee_sync_domain::plan::Put;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// A group that gets another name, or goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regrouping {
    /// Which.
    pub from: GroupKey,
    /// What it becomes; `None` where it is deleted.
    pub to: Option<Group>,
}

/// A user after a regrouping.
#[derive(Debug, Clone)]
pub struct RegroupedUser {
    /// Who.
    pub person: PersonId,
    /// The user.
    pub user: Put<User>,
    /// The group that they come into.
    pub joins: Vec<GroupKey>,
    /// The group that they leave.
    pub leaves: Vec<GroupKey>,
}

/// Groups as people make, change and delete them.
#[async_trait]
pub trait GroupEditing: Send + Sync {
    /// Returns what is set about a community's groups; `None` where nothing ever was.
    async fn group_options(
        &self,
        community: &CommunityId,
    ) -> Result<Option<Versioned<CommunityGroupOptions>>, StoreError>;
    /// Stores what is set about them. [`StoreError::Conflict`] where it was changed meanwhile.
    async fn put_group_options(
        &self,
        community: &CommunityId,
        options: &Put<CommunityGroupOptions>,
    ) -> Result<(), StoreError>;
    /// Makes a group with what is set about it. [`StoreError::Conflict`] where there is one of its name, or the options
    /// were changed meanwhile.
    async fn make_group(
        &self,
        community: &CommunityId,
        group: &Group,
        options: &Put<CommunityGroupOptions>,
    ) -> Result<(), StoreError>;
    /// Begins a regrouping: the group has its other name, or is gone, and a note says that its members are to follow.
    /// [`StoreError::Conflict`] where there is a group of the other name, or the options were changed meanwhile.
    async fn begin_regrouping(
        &self,
        community: &CommunityId,
        regrouping: &Regrouping,
        options: &Put<CommunityGroupOptions>,
    ) -> Result<(), StoreError>;
    /// Returns the regroupings that are not finished.
    async fn regroupings(&self, community: &CommunityId) -> Result<Vec<Regrouping>, StoreError>;
    /// Stores users after a regrouping, some at a time; each person whole or not at all. [`StoreError::Conflict`] where one
    /// was changed meanwhile.
    async fn regroup(
        &self,
        community: &CommunityId,
        people: &[RegroupedUser],
    ) -> Result<(), StoreError>;
    /// Ends a regrouping.
    async fn end_regrouping(
        &self,
        community: &CommunityId,
        from: &GroupKey,
    ) -> Result<(), StoreError>;
}
