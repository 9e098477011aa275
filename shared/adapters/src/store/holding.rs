//! Changes that wait for the end of their run or for a person's approval.

use async_trait::async_trait;
use attendee_sync_app::ports::{Held, Holding, StoreError};
use attendee_sync_domain::ids::RunId;
use jiff::Timestamp;

use super::TableStore;
use super::keys;
use crate::table::{KeyRange, QueryPaging};
use crate::table::{TableItemBuilder, WriteAction};

#[async_trait]
impl Holding for TableStore {
    async fn hold(
        &self,
        run: &RunId,
        part: u32,
        held: &[Held],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::held(run, part))
            .packed(&held)?
            .expires(keep_until)
            .build();
        self.table.write(WriteAction::put(item)).await
    }

    async fn held(&self, run: &RunId, part: u32) -> Result<Option<Vec<Held>>, StoreError> {
        let item = self.table.get(&keys::held(run, part)).await?;
        item.map(|item| item.unpacked()).transpose()
    }

    async fn release(&self, run: &RunId) -> Result<(), StoreError> {
        let range = KeyRange::Prefix(keys::held_prefix(run));
        let items = self
            .table
            .query(
                &keys::log_partition(&run.event),
                &range,
                QueryPaging::default(),
            )
            .await?;
        let keys: Vec<_> = items.iter().map(|item| item.key.clone()).collect();
        self.table.delete_many(&keys).await
    }
}
