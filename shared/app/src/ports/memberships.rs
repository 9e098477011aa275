//! The members of groups as lists and numbers, and keeping what they are read from short.

use std::collections::BTreeMap;

use async_trait::async_trait;
use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::memberships::FoldThreshold;
use jiff::Timestamp;

use super::StoreError;

/// The members of a community's groups. Every write that changes a user's groups writes the
/// membership with it. A read sees every such write, even while the journal is folded.
#[async_trait]
pub trait Memberships: Send + Sync {
    /// Returns one page of a group's members, in the order of their ids.
    async fn members(
        &self,
        community: &CommunityId,
        group: &GroupKey,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError>;
    /// Returns how many members a group has.
    async fn group_size(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<u64, StoreError>;
    /// Returns how many members each of these groups has, with one reading of the journal.
    async fn group_sizes(
        &self,
        community: &CommunityId,
        groups: &[GroupKey],
    ) -> Result<BTreeMap<GroupKey, u64>, StoreError>;
    /// Folds the journal of a community's memberships into the pages of its groups, where it is
    /// longer than the threshold allows and no other process folds it. An interruption costs
    /// nothing but time.
    async fn fold_memberships(
        &self,
        community: &CommunityId,
        threshold: FoldThreshold,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
