//! What was told about events, and what waits to be.

use async_trait::async_trait;
use attendee_sync_app::ports::{NoticeStore, StoreError};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::notice::NoticeBook;
use attendee_sync_domain::people::Versioned;

use super::TableStore;
use super::keys;
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction};

#[async_trait]
impl NoticeStore for TableStore {
    async fn notice_book(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<NoticeBook>>, StoreError> {
        let item = self.table.get(&keys::notice_book(event)).await?;
        item.as_ref().map(TableItem::versioned).transpose()
    }

    async fn put_notice_book(
        &self,
        event: &EventId,
        book: &NoticeBook,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::notice_book(event))
            .version(expected.map_or(1, |version| version + 1))
            .doc(book)?
            .build();
        // It may be the claim of a mail: a second one must not follow from a power cut.
        let action = WriteAction::put_if(item, expected);
        self.table
            .transact(vec![action], Durability::PowerCut)
            .await
    }
}
