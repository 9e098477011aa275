//! The form that what is stored of a community is in.

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::TableStore;
use crate::store::memberships::format_key;
use crate::table::{ItemBody, TableItem, TableItemBuilder, WriteAction, WriteCondition};

/// How far a community was brought over from the form of the version before. Where nothing says so, that has
/// not begun. The order is the order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::store) enum CommunityFormat {
    /// Journal and pages say all of who is in which group; items of the form before may lie about.
    Packed,
    /// There are no items of memberships of the form before.
    Clean,
    /// The rest was brought over, too, while processes of the version before may have been at work.
    BroughtOver {
        /// When that was done.
        at: Timestamp,
    },
    /// Nothing is left in the form of the version before, and nobody writes it any more.
    Current,
}

fn note(community: &CommunityId, format: CommunityFormat) -> Result<TableItem, StoreError> {
    let item = TableItemBuilder::new(format_key(community));
    Ok(item.doc(&format)?.build())
}

/// Returns the note that a community begins with: it has never had another form.
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

/// Notes that a step is done, unless another process noted something meanwhile.
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
