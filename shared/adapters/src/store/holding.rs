//! Changes that wait for the end of their run or for a person's approval.

use async_trait::async_trait;
use attendee_sync_app::ports::{Held, Holding, StoreError};
use attendee_sync_domain::ids::RunId;
use jiff::Timestamp;

use super::DynamoStore;
use super::client::{Paging, Range};
use super::item::Builder;
use super::keys;

#[async_trait]
impl Holding for DynamoStore {
    async fn hold(
        &self,
        run: &RunId,
        part: u32,
        held: &[Held],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        let item = Builder::new(keys::held(run, part))
            .packed(&held)?
            .expires(keep_until)
            .build();
        self.put(item).await
    }

    async fn held(&self, run: &RunId, part: u32) -> Result<Option<Vec<Held>>, StoreError> {
        let item = self.get(&keys::held(run, part)).await?;
        item.map(|item| item.unpacked()).transpose()
    }

    async fn release(&self, run: &RunId) -> Result<(), StoreError> {
        let range = Range::Prefix(keys::held_prefix(run));
        let items = self
            .query(&keys::log_partition(&run.event), &range, Paging::default())
            .await?;
        let keys: Vec<_> = items.iter().map(super::item::Stored::key).collect();
        self.delete_many(&keys).await
    }
}
