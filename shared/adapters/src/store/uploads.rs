//! Lists that people uploaded: parts, and a head that says which of them count. All of it lies among the logs of the
//! event, as it names people: who may erase them may delete it.

use async_trait::async_trait;
use attendee_sync_app::ports::{StoreError, UploadedHead, UploadedLists};
use attendee_sync_domain::ids::EventId;

use super::TableStore;
use super::apply::next;
use super::keys;
use crate::table::{KeyRange, QueryPaging, TableItemBuilder, TableKey, WriteAction};

/// Bytes of a part: an item takes 400 KB (`DynamoDB` documentation, "Quotas").
const PART_BYTES: usize = 350_000;
/// The beginning of the sort keys of all that is stored of a list.
const UPLOAD: &str = "U#";

fn key(event: &EventId, rest: &str) -> TableKey {
    TableKey {
        pk: keys::log_partition(event),
        sk: format!("{UPLOAD}{rest}"),
    }
}

fn head_key(event: &EventId) -> TableKey {
    key(event, "HEAD")
}

fn part_key(event: &EventId, generation: &str, part: u32) -> TableKey {
    key(event, &format!("P#{generation}#{part:06}"))
}

#[async_trait]
impl UploadedLists for TableStore {
    async fn uploaded_list(&self, event: &EventId) -> Result<Option<UploadedHead>, StoreError> {
        let item = self.table.get(&head_key(event)).await?;
        item.map(|item| item.doc()).transpose()
    }

    async fn uploaded_part(
        &self,
        event: &EventId,
        head: &UploadedHead,
        part: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = part_key(event, &head.generation, part);
        let item = self.table.get(&key).await?;
        Ok(item.and_then(crate::table::TableItem::into_data))
    }

    async fn put_uploaded_list(
        &self,
        event: &EventId,
        mut head: UploadedHead,
        bytes: &[u8],
    ) -> Result<UploadedHead, StoreError> {
        let before = self.table.get(&head_key(event)).await?;
        let read = before.and_then(|item| item.version);
        let mut parts = Vec::new();
        for (number, bytes) in (0..).zip(bytes.chunks(PART_BYTES)) {
            let key = part_key(event, &head.generation, number);
            let item = TableItemBuilder::new(key.clone()).data(bytes.to_vec());
            self.table.write(WriteAction::put(item.build())).await?;
            parts.push(key);
        }
        head.parts = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let item = TableItemBuilder::new(head_key(event))
            .version(next(read))
            .doc(&head)?;
        if let Err(error) = self
            .table
            .write(WriteAction::put_if(item.build(), read))
            .await
        {
            if matches!(error, StoreError::Conflict) {
                self.table.delete_many(&parts).await?;
            }
            return Err(error);
        }
        // Also what somebody left who was cut off before their head.
        self.delete_parts(event, Some(&head.generation)).await?;
        Ok(head)
    }

    async fn let_uploaded_list_go(&self, event: &EventId) -> Result<(), StoreError> {
        loop {
            let Some(item) = self.table.get(&head_key(event)).await? else {
                return Ok(());
            };
            let head: UploadedHead = item.doc()?;
            let head = UploadedHead {
                is_to_go: true,
                ..head
            };
            let noted = TableItemBuilder::new(head_key(event))
                .version(next(item.version))
                .doc(&head)?;
            let put = WriteAction::put_if(noted.build(), item.version);
            match self.table.write(put).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
    }

    async fn delete_uploaded_list(&self, event: &EventId) -> Result<(), StoreError> {
        self.table
            .write(WriteAction::delete(head_key(event)))
            .await?;
        self.delete_parts(event, None).await
    }
}

impl TableStore {
    /// Deletes the parts of all lists of an event but one. Parts are large: a few are read at a time.
    async fn delete_parts(&self, event: &EventId, but: Option<&str>) -> Result<(), StoreError> {
        let pk = keys::log_partition(event);
        let prefix = key(event, "P#").sk;
        let own = but.map(|generation| format!("{prefix}{generation}#"));
        let paging = QueryPaging {
            newest_first: false,
            limit: Some(8),
        };
        let mut range = KeyRange::Prefix(prefix.clone());
        loop {
            let items = self.table.query(&pk, &range, paging).await?;
            let Some(last) = items.last() else {
                return Ok(());
            };
            // Digits, letters and `#` come before `~`.
            range = KeyRange::Between(format!("{}~", last.key.sk), format!("{prefix}~"));
            let keys: Vec<TableKey> = items
                .into_iter()
                .map(|item| item.key)
                .filter(|key| own.as_ref().is_none_or(|own| !key.sk.starts_with(own)))
                .collect();
            self.table.delete_many(&keys).await?;
        }
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use std::sync::Arc;

    use attendee_sync_domain::config::FeedFormat;

    use super::*;
    use crate::table::sqlite::SqliteTable;

    fn head(generation: &str, length: usize) -> UploadedHead {
        UploadedHead {
            generation: generation.to_owned(),
            parts: 0,
            bytes: length as u64,
            format: FeedFormat::Csv,
            name: "people.csv".to_owned(),
            uploaded: "2026-11-01T12:00:00Z".parse().unwrap(),
            is_to_go: false,
        }
    }

    async fn read(store: &TableStore, event: &EventId) -> Option<Vec<u8>> {
        let head = store.uploaded_list(event).await.unwrap()?;
        let mut all = Vec::new();
        for part in 0..head.parts {
            all.extend(store.uploaded_part(event, &head, part).await.unwrap()?);
        }
        Some(all)
    }

    #[tokio::test]
    async fn a_long_list_is_stored_in_parts_and_replaced_as_a_whole() {
        let store = TableStore::new(Arc::new(SqliteTable::in_memory().unwrap()));
        let (event, other): (EventId, EventId) =
            ("devcon".parse().unwrap(), "other".parse().unwrap());
        let put = async |event: &EventId, generation: &str, bytes: &[u8]| {
            let head = head(generation, bytes.len());
            store.put_uploaded_list(event, head, bytes).await.unwrap()
        };
        let long: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
        let stored = put(&event, "a1", &long).await;
        assert_eq!(stored.parts, 15);
        assert_eq!(read(&store, &event).await.as_ref(), Some(&long));
        put(&other, "b1", b"id\n1\n").await;

        put(&event, "a0", b"id\n2\n").await;
        assert_eq!(read(&store, &event).await.unwrap(), b"id\n2\n");
        assert_eq!(store.uploaded_part(&event, &stored, 0).await.unwrap(), None);

        store.let_uploaded_list_go(&event).await.unwrap();
        let noted = store.uploaded_list(&event).await.unwrap().unwrap();
        assert!(noted.is_to_go);
        store.delete_uploaded_list(&event).await.unwrap();
        assert_eq!(read(&store, &event).await, None);
        let logs = keys::log_partition(&event);
        assert_eq!(store.table.count(&logs).await.unwrap(), 0);
        assert_eq!(read(&store, &other).await.unwrap(), b"id\n1\n");
    }
}
