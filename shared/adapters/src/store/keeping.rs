//! Stores values that expire, each under a key of its own.

use async_trait::async_trait;
use attendee_sync_app::ports::{ExpiringStore, KeptKey, StoreError};
use jiff::Timestamp;

use super::TableStore;
use super::keys;
use crate::table::{TableItem, TableItemBuilder, WriteAction};

/// Returns the value of an item, unless it has expired: the table deletes expired items up to days
/// later (`DynamoDB` documentation, "Using time to live").
pub(super) fn current(item: TableItem, now: Timestamp) -> Option<Vec<u8>> {
    let until = i64::try_from(item.expires?).ok()?;
    (until > now.as_second()).then(|| item.into_data())?
}

#[async_trait]
impl ExpiringStore for TableStore {
    async fn keep(&self, key: KeptKey, bytes: Vec<u8>, until: Timestamp) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::kept(key))
            .expires(until)
            .data(bytes);
        self.table.write(WriteAction::put(item.build())).await
    }

    async fn kept(&self, key: KeptKey, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let item = self.table.get(&keys::kept(key)).await?;
        Ok(item.and_then(|item| current(item, now)))
    }

    async fn replace_kept(
        &self,
        key: KeptKey,
        before: Option<&[u8]>,
        bytes: Vec<u8>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let stored = self.table.get(&keys::kept(key)).await?;
        let version = stored.as_ref().and_then(|item| item.version);
        let kept = stored.and_then(|item| current(item, now));
        if kept.as_deref() != before {
            return Err(StoreError::Conflict);
        }
        let item = TableItemBuilder::new(keys::kept(key))
            .version(version.map_or(1, |version| version + 1))
            .expires(until)
            .data(bytes);
        let put = WriteAction::put_if(item.build(), version);
        self.table.write(put).await
    }

    async fn take_kept(&self, key: KeptKey, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let item = self.table.take(&keys::kept(key)).await?;
        Ok(item.and_then(|item| current(item, now)))
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use attendee_sync_app::ports::MAX_KEPT;

    use super::*;
    use crate::table::sqlite::SqliteTable;

    const ONE: KeptKey = KeptKey([0x1f; 32]);
    const OTHER: KeptKey = KeptKey([2; 32]);

    fn store() -> TableStore {
        TableStore::new(std::sync::Arc::new(SqliteTable::in_memory().unwrap()))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test]
    async fn something_waits_until_its_time_is_over_whether_it_is_deleted_or_not() {
        let store = store();
        let large = vec![7; MAX_KEPT];
        store.keep(ONE, b"first".to_vec(), at(100)).await.unwrap();
        store.keep(ONE, large.clone(), at(200)).await.unwrap();
        assert_eq!(store.kept(ONE, at(199)).await.unwrap(), Some(large));
        assert_eq!(store.kept(ONE, at(200)).await.unwrap(), None);
        assert_eq!(store.take_kept(ONE, at(200)).await.unwrap(), None);
        assert_eq!(store.kept(OTHER, at(1)).await.unwrap(), None);
        assert_eq!(keys::kept(ONE).pk, format!("K#{}", "1f".repeat(32)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_of_several_replaces_what_all_of_them_read() {
        let store = store();
        for round in 0..50 {
            let tasks: Vec<_> = (0..8)
                .map(|_| {
                    let store = store.clone();
                    let put = async move {
                        let (key, bytes) = (KeptKey([round; 32]), b"1".to_vec());
                        store.replace_kept(key, None, bytes, at(100), at(1)).await
                    };
                    tokio::spawn(put)
                })
                .collect();
            let mut won = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(()) => won += 1,
                    Err(StoreError::Conflict) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(won, 1, "round {round}");
        }
    }

    #[tokio::test]
    async fn what_is_not_as_it_was_read_is_not_replaced() {
        let store = store();
        let put = |before: Option<&'static [u8]>, bytes: &str, until, now| {
            let (store, bytes) = (&store, bytes.as_bytes().to_vec());
            async move {
                store
                    .replace_kept(ONE, before, bytes, at(until), at(now))
                    .await
            }
        };
        let refused = |one| matches!(one, Err(StoreError::Conflict));
        put(None, "1", 100, 1).await.unwrap();
        assert!(refused(put(None, "2", 100, 1).await));
        assert!(refused(put(Some(b"2"), "3", 100, 1).await));
        put(Some(b"1"), "2", 100, 1).await.unwrap();
        // What is past its time counts as nothing, whether it is deleted or not.
        assert!(refused(put(Some(b"2"), "3", 200, 100).await));
        put(None, "3", 200, 100).await.unwrap();
        let kept = store.kept(ONE, at(150)).await.unwrap();
        assert_eq!(kept.as_deref(), Some(&b"3"[..]));
    }

    #[tokio::test]
    async fn one_of_several_takes_it() {
        let store = store();
        store.keep(ONE, b"once".to_vec(), at(100)).await.unwrap();
        let take = || store.take_kept(ONE, at(1));
        let (a, b, c) = tokio::join!(take(), take(), take());
        let all = [a, b, c].map(Result::unwrap);
        assert_eq!(all.iter().flatten().count(), 1, "{all:?}");
        assert_eq!(store.kept(ONE, at(1)).await.unwrap(), None);
    }
}
