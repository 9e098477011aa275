//! Creates the groups that a feed names for the first time before the batches that name them are
//! sent, so that batches which are written at the same time do not all try to create them.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use attendee_sync_domain::group::{Group, GroupKey};
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::plan::Batch;
use tokio::sync::Mutex;

use crate::ports::{BatchSink, QueueError, Store};

/// A queue that creates the groups of a batch before it accepts the batch.
pub(crate) struct WithGroups<'a, Q> {
    store: &'a dyn Store,
    community: &'a CommunityId,
    queue: Q,
    /// The groups of the community; read when the first batch names some.
    known: Mutex<Option<BTreeSet<GroupKey>>>,
    made: AtomicU64,
}

impl<'a, Q: BatchSink> WithGroups<'a, Q> {
    pub(crate) fn new(store: &'a dyn Store, community: &'a CommunityId, queue: Q) -> Self {
        Self {
            store,
            community,
            queue,
            known: Mutex::new(None),
            made: AtomicU64::new(0),
        }
    }

    /// Returns how many groups were created.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    async fn make_groups(&self, batch: &Batch) -> Result<(), QueueError> {
        let named = groups_named(batch);
        if named.is_empty() {
            return Ok(());
        }
        let mut known = self.known.lock().await;
        let known = match &mut *known {
            Some(known) => known,
            unread => {
                let groups = self.store.groups(self.community).await;
                let groups = groups.map_err(failed("the community's groups"))?;
                unread.insert(groups.into_iter().map(|group| group.key).collect())
            }
        };
        let is_new = |group: &mut Group| known.insert(group.key.clone());
        let mut named = named;
        let new: Vec<Group> = named.extract_if(.., is_new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let made = self.store.make_groups(self.community, &new).await;
        let made = made.map_err(failed("new groups"))?;
        self.made.fetch_add(made, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns the groups that live records of a batch name, in the spelling that comes first.
fn groups_named(batch: &Batch) -> Vec<Group> {
    let records = batch.people.iter().flat_map(|delta| &delta.contributions);
    let named = records
        .filter(|record| record.disposition.feeds_user())
        .flat_map(|record| &record.incoming.groups);
    let mut seen = HashSet::new();
    let first = named.filter(|name| seen.insert(*name));
    first
        .map(|name| Group {
            key: name.key(),
            name: name.clone(),
        })
        .collect()
}

fn failed(operation: &'static str) -> impl FnOnce(crate::ports::StoreError) -> QueueError {
    move |error| QueueError::Failed {
        operation,
        source: Box::new(error),
    }
}

#[async_trait]
impl<Q: BatchSink> BatchSink for WithGroups<'_, Q> {
    async fn send(&self, batch: Batch) -> Result<(), QueueError> {
        self.make_groups(&batch).await?;
        self.queue.send(batch).await
    }

    async fn flush(&self) -> Result<(), QueueError> {
        self.queue.flush().await
    }
}
