//! The addresses of events' hooks, and what hooks reported.

use async_trait::async_trait;
use attendee_sync_app::ports::{HookAddress, HookStore, StoreError};
use attendee_sync_domain::hook::HookQueue;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::people::Versioned;

use super::TableStore;
use super::keys;
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction};

#[async_trait]
impl HookStore for TableStore {
    async fn hook_address(&self, event: &EventId) -> Result<Option<HookAddress>, StoreError> {
        let item = self.table.get(&keys::hook_address(event)).await?;
        item.as_ref().map(TableItem::doc).transpose()
    }

    async fn put_hook_address(
        &self,
        event: &EventId,
        address: &HookAddress,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::hook_address(event)).doc(address)?;
        self.table.write(WriteAction::put(item.build())).await
    }

    async fn hook_queue(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<HookQueue>>, StoreError> {
        let item = self.table.get(&keys::hook_queue(event)).await?;
        item.as_ref().map(TableItem::versioned).transpose()
    }

    async fn put_hook_queue(
        &self,
        event: &EventId,
        queue: &HookQueue,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::hook_queue(event))
            .version(expected.map_or(1, |version| version + 1))
            .doc(queue)?
            .build();
        // Whoever sent the hook is told that it was taken, and sends it no more.
        let action = WriteAction::put_if(item, expected);
        self.table
            .transact(vec![action], Durability::PowerCut)
            .await
    }
}
