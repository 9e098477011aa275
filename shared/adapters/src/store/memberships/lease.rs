//! The lease of the process that folds or migrates the memberships of a community. It only saves
//! work: when two processes do the same at the same time, versions keep the result correct.

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::ids::CommunityId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::item_keys;
use crate::store::TableStore;
use crate::store::apply::next;
use crate::table::{TableItemBuilder, TableKey, WriteAction};

/// How long the lease of an ended process keeps others waiting.
const LEASE: SignedDuration = SignedDuration::from_mins(5);

#[derive(Serialize, Deserialize)]
struct LeaseTerm {
    until: Timestamp,
}

/// A lease that is held.
pub(super) struct HeldLease {
    key: TableKey,
    version: u64,
}

/// Acquires the lease; `None` where another process has it.
pub(super) async fn acquire(
    store: &TableStore,
    community: &CommunityId,
    now: Timestamp,
) -> Result<Option<HeldLease>, StoreError> {
    let key = item_keys::lease(community);
    let mut expected = None;
    if let Some(item) = store.table.get(&key).await? {
        let held = item.versioned::<LeaseTerm>()?;
        if held.value.until > now {
            return Ok(None);
        }
        expected = Some(held.version);
    }
    let until = now.saturating_add(LEASE).unwrap_or(now);
    let version = next(expected);
    let item = TableItemBuilder::new(key.clone())
        .version(version)
        .doc(&LeaseTerm { until })?
        .build();
    match store.table.write(WriteAction::put_if(item, expected)).await {
        Ok(()) => Ok(Some(HeldLease { key, version })),
        Err(StoreError::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}

impl HeldLease {
    /// Releases the lease, unless another process acquired it after it had expired.
    pub(super) async fn release(self, store: &TableStore) -> Result<(), StoreError> {
        let delete = WriteAction::delete_if(self.key, self.version);
        match store.table.write(delete).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
