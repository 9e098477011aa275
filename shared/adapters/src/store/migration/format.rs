//! The form in which a community's items are stored.

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::TableStore;
use crate::store::memberships::format_key;
use crate::table::{ItemBody, TableItem, TableItemBuilder, WriteAction, WriteCondition};

/// How far a community is migrated from the form of the previous version. Without this item, the
/// migration has not begun. The variants are in the order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::store) enum CommunityFormat {
    /// Journal and pages contain all memberships; items of the previous form may still exist.
    Packed,
    /// No membership items of the previous form exist.
    Clean,
    /// Everything else was migrated too, while processes of the previous version may still have
    /// been running.
    BroughtOver {
        /// When that was done.
        at: Timestamp,
    },
    /// Nothing is left in the form of the previous version, and no process writes that form any
    /// more.
    Current,
}

fn note(community: &CommunityId, format: CommunityFormat) -> Result<TableItem, StoreError> {
    let item = TableItemBuilder::new(format_key(community));
    Ok(item.doc(&format)?.build())
}

/// Returns the write of a new community's format: it never had another form.
pub(in crate::store) fn format_of_new(community: &CommunityId) -> Result<WriteAction, StoreError> {
    Ok(WriteAction::put(note(community, CommunityFormat::Current)?))
}

pub(in crate::store) async fn format(
    store: &TableStore,
    community: &CommunityId,
) -> Result<Option<CommunityFormat>, StoreError> {
    let item = store.table.get(&format_key(community)).await?;
    item.map(|item| item.doc()).transpose()
}

/// Notes that a step is done, unless another process wrote the format meanwhile.
pub(in crate::store) async fn advance(
    store: &TableStore,
    community: &CommunityId,
    from: Option<CommunityFormat>,
    to: CommunityFormat,
) -> Result<(), StoreError> {
    let condition = match from {
        None => WriteCondition::Absent,
        Some(from) => match note(community, from)?.body {
            ItemBody::Document(json) => WriteCondition::Document(json),
            ItemBody::Empty | ItemBody::Data(_) => return Err(StoreError::Conflict),
        },
    };
    let put = WriteAction::Put(note(community, to)?, condition);
    match store.table.write(put).await {
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
