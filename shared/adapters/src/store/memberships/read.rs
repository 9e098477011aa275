//! Reads members and sizes: the head of a group, its pages with the journal applied to them, and
//! then the head again. Where a fold wrote another head meanwhile, everything is read again.

use std::collections::{BTreeMap, HashMap};

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::memberships::{
    GroupUpdates, MembershipEntry, PageIndex, count_members, members_of, unpack_page,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{item_keys, journal, migrate};
use crate::store::TableStore;
use crate::table::{TableKey, failed};

/// How often a group is read while folds write one head after the other.
const MAX_TRIES: usize = 20;
/// Pages that are read at the same time.
const CONCURRENT_PAGES: usize = 8;

/// The head of a group: which pages count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct GroupHead {
    /// The number of members in the pages.
    pub(super) members: u64,
    /// The size of the pages in bytes.
    pub(super) bytes: usize,
    /// The name of the fold that wrote the pages.
    pub(super) fold: String,
    /// The first person of each page.
    pub(super) pages: PageIndex,
}

/// A head with its version, to notice when it is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StoredHead {
    /// The number of the fold; 0 before the first.
    pub(super) generation: u64,
    pub(super) head: GroupHead,
}

/// The heads of some groups of a community, and in which form its memberships are.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// Whether everything is in the journal and the pages; otherwise items of the previous form
    /// count too.
    pub(super) is_migrated: bool,
    by_partition: HashMap<String, StoredHead>,
}

impl Heads {
    pub(super) async fn read(
        store: &TableStore,
        community: &CommunityId,
        groups: impl Iterator<Item = &GroupKey>,
    ) -> Result<Self, StoreError> {
        let mut keys: Vec<TableKey> = groups
            .map(|group| item_keys::head(community, group.as_str()))
            .collect();
        let format = item_keys::format(community);
        keys.push(format.clone());
        let mut heads = Self::default();
        for item in store.table.get_many(&keys).await? {
            if item.key == format {
                heads.is_migrated = true;
                continue;
            }
            let head = item.versioned()?;
            let head = StoredHead {
                generation: head.version,
                head: head.value,
            };
            heads.by_partition.insert(item.key.pk, head);
        }
        Ok(heads)
    }

    /// Returns the head of a group; one without pages before the first fold.
    pub(super) fn of(&self, community: &CommunityId, group: &str) -> StoredHead {
        let partition = item_keys::pages_partition(community, group);
        self.by_partition
            .get(&partition)
            .cloned()
            .unwrap_or_default()
    }

    /// Returns the size of all pages in bytes.
    pub(super) fn page_bytes(&self) -> usize {
        let heads = self.by_partition.values();
        heads.map(|stored| stored.head.bytes).sum()
    }
}

/// The sources of a group's entries beside the journal.
pub(super) struct GroupPages<'s> {
    store: &'s TableStore,
    community: &'s CommunityId,
    group: &'s str,
    stored: StoredHead,
    /// The members by items of the previous form, where these still count.
    former: Option<Vec<MembershipEntry>>,
}

impl<'s> GroupPages<'s> {
    pub(super) fn packed(
        store: &'s TableStore,
        community: &'s CommunityId,
        group: &'s str,
        stored: StoredHead,
    ) -> Self {
        Self {
            store,
            community,
            group,
            stored,
            former: None,
        }
    }

    async fn of(
        store: &'s TableStore,
        community: &'s CommunityId,
        group: &'s GroupKey,
        heads: &Heads,
    ) -> Result<Self, StoreError> {
        let stored = heads.of(community, group.as_str());
        let mut pages = Self::packed(store, community, group.as_str(), stored);
        if !heads.is_migrated {
            pages.former = Some(migrate::former_members(store, community, group).await?);
        }
        Ok(pages)
    }

    pub(super) fn index(&self) -> &PageIndex {
        &self.stored.head.pages
    }

    /// Returns the entries of a page; `None` where a later fold has deleted it.
    pub(super) async fn entries(
        &self,
        page: usize,
    ) -> Result<Option<Vec<MembershipEntry>>, StoreError> {
        if let Some(former) = &self.former {
            return Ok(Some(former.clone()));
        }
        if self.index().is_empty() {
            return Ok(Some(Vec::new()));
        }
        let StoredHead { generation, head } = &self.stored;
        let fold = (*generation, head.fold.as_str());
        let key = item_keys::page(self.community, self.group, fold, page);
        let Some(item) = self.store.table.get(&key).await? else {
            return Ok(None);
        };
        let entries = unpack_page(item.data().unwrap_or_default());
        entries.map(Some).map_err(|error| item.corrupt(error))
    }

    /// Returns the number of members with the journal's entries applied; `None` where a page is
    /// gone.
    async fn size(&self, updates: &GroupUpdates) -> Result<Option<u64>, StoreError> {
        let in_pages = match &self.former {
            Some(former) => former.len() as u64,
            None => self.stored.head.members,
        };
        let changes = updates
            .pages(self.index())
            .into_iter()
            .map(|page| async move {
                let Some(entries) = self.entries(page).await? else {
                    return Ok(None);
                };
                let now = members_of(&entries, updates.of_page(self.index(), page)).count();
                Ok::<_, StoreError>(Some((count_members(&entries), now as u64)))
            });
        let changes = stream::iter(changes.collect::<Vec<_>>())
            .buffered(CONCURRENT_PAGES)
            .try_collect::<Vec<_>>()
            .await?;
        let changes = changes.into_iter().collect::<Option<Vec<_>>>();
        Ok(changes.map(|changes| {
            let (before, now) = changes
                .into_iter()
                .fold((0, 0), |sum, change| (sum.0 + change.0, sum.1 + change.1));
            (in_pages + now).saturating_sub(before)
        }))
    }

    /// Returns some members in the order of their ids; `None` where a page is gone.
    async fn members(
        &self,
        updates: &GroupUpdates,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Option<Vec<PersonId>>, StoreError> {
        let mut found = Vec::new();
        let first = after.map_or(0, |person| self.index().page_of(person));
        for page in first..self.index().len().max(1) {
            let Some(entries) = self.entries(page).await? else {
                return Ok(None);
            };
            let members = members_of(&entries, updates.of_page(self.index(), page))
                .filter(|person| after.is_none_or(|after| *person > after));
            found.extend(members.take(limit - found.len()));
            if found.len() >= limit {
                break;
            }
        }
        Ok(Some(found))
    }
}

fn restless() -> StoreError {
    failed("reading the members of a group")("its pages were changed during each of many readings")
}

pub(super) async fn members(
    store: &TableStore,
    community: &CommunityId,
    group: &GroupKey,
    after: Option<PersonId>,
    limit: usize,
) -> Result<Vec<PersonId>, StoreError> {
    for _ in 0..MAX_TRIES {
        let before = Heads::read(store, community, std::iter::once(group)).await?;
        let pages = GroupPages::of(store, community, group, &before).await?;
        let items = journal::read(store, community).await?;
        let wanted = std::iter::once((group.as_str().to_owned(), 0));
        let updates = journal::of_groups(&items, wanted)?;
        let nothing = GroupUpdates::default();
        let updates = updates.get(group.as_str()).unwrap_or(&nothing);
        let found = pages.members(updates, after, limit).await?;
        let now = Heads::read(store, community, std::iter::once(group)).await?;
        if let Some(found) = found
            && is_same(&before, &now, community, group)
        {
            return Ok(found);
        }
    }
    Err(restless())
}

pub(super) async fn sizes(
    store: &TableStore,
    community: &CommunityId,
    groups: &[GroupKey],
) -> Result<BTreeMap<GroupKey, u64>, StoreError> {
    let mut sizes = BTreeMap::new();
    let mut left: Vec<&GroupKey> = groups.iter().collect();
    for _ in 0..MAX_TRIES {
        if left.is_empty() {
            return Ok(sizes);
        }
        let before = Heads::read(store, community, left.iter().copied()).await?;
        let mut pages = Vec::with_capacity(left.len());
        for group in &left {
            pages.push(GroupPages::of(store, community, group, &before).await?);
        }
        let items = journal::read(store, community).await?;
        let wanted = left.iter().map(|group| (group.as_str().to_owned(), 0));
        let updates = journal::of_groups(&items, wanted)?;
        drop(items);
        let nothing = GroupUpdates::default();
        let mut found = Vec::with_capacity(left.len());
        for pages in pages {
            let updates = updates.get(pages.group).unwrap_or(&nothing);
            found.push(pages.size(updates).await?);
        }
        let now = Heads::read(store, community, left.iter().copied()).await?;
        let mut again = Vec::new();
        for (group, size) in left.into_iter().zip(found) {
            match size {
                Some(size) if is_same(&before, &now, community, group) => {
                    sizes.insert(group.clone(), size);
                }
                _ => again.push(group),
            }
        }
        left = again;
    }
    Err(restless())
}

/// Returns whether nothing that a group is read from has changed.
fn is_same(before: &Heads, now: &Heads, community: &CommunityId, group: &GroupKey) -> bool {
    let generation = |heads: &Heads| heads.of(community, group.as_str()).generation;
    before.is_migrated == now.is_migrated && generation(before) == generation(now)
}
