//! The members of groups, as the domain packs them: a journal for each community, pages for each group, and a
//! head that says which pages count.

mod fold;
mod item_keys;
mod journal;
mod lease;
mod migrate;
mod read;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use attendee_sync_app::ports::{Memberships, Migrator, StoreError};
use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::memberships::FoldThreshold;
use jiff::Timestamp;

use super::TableStore;

pub(super) use item_keys::format as format_key;
pub(super) use journal::{GroupChanges, item_by_hand, journal_item};
pub(super) use migrate::migrate;

#[async_trait]
impl Memberships for TableStore {
    async fn members(
        &self,
        community: &CommunityId,
        group: &GroupKey,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonId>, StoreError> {
        read::members(self, community, group, after, limit).await
    }

    async fn group_size(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<u64, StoreError> {
        let groups = std::slice::from_ref(group);
        let sizes = read::sizes(self, community, groups).await?;
        Ok(sizes.get(group).copied().unwrap_or(0))
    }

    async fn group_sizes(
        &self,
        community: &CommunityId,
        groups: &[GroupKey],
    ) -> Result<BTreeMap<GroupKey, u64>, StoreError> {
        read::sizes(self, community, groups).await
    }

    async fn fold_memberships(
        &self,
        community: &CommunityId,
        threshold: FoldThreshold,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        migrate::migrate(self, community, Migrator::Run, now).await?;
        fold::fold_if_long(self, community, threshold, now).await
    }
}
