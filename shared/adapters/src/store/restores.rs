//! Stores that the table was restored from a backup, and for which communities invitations were
//! released since.

use async_trait::async_trait;
use attendee_sync_app::ports::{RestoredBackup, Restores, StoreError, TableMark};
use attendee_sync_domain::ids::CommunityId;

use super::TableStore;
use super::keys;
use crate::table::{Durability, TableItemBuilder, TableKey, WriteAction};

fn restore_key() -> TableKey {
    TableKey {
        pk: "RESTORE".to_owned(),
        sk: "LAST".to_owned(),
    }
}

fn mark_key() -> TableKey {
    TableKey {
        pk: "RESTORE".to_owned(),
        sk: "TABLE".to_owned(),
    }
}

/// Returns the key of the restore after which a community's invitations were released.
fn release_key(community: &CommunityId) -> TableKey {
    TableKey {
        pk: keys::community_partition(community),
        sk: "RELEASED".to_owned(),
    }
}

impl TableStore {
    async fn put_restore(&self, key: TableKey, restore: &RestoredBackup) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(key).doc(restore)?.build();
        // Whether mails are sent depends on this item, so a power cut must not lose it.
        self.table
            .transact(vec![WriteAction::put(item)], Durability::PowerCut)
            .await
    }
}

#[async_trait]
impl Restores for TableStore {
    async fn note_restore(&self, restore: &RestoredBackup) -> Result<(), StoreError> {
        self.put_restore(restore_key(), restore).await
    }

    async fn invitation_hold(
        &self,
        community: &CommunityId,
    ) -> Result<Option<RestoredBackup>, StoreError> {
        let keys = [restore_key(), release_key(community)];
        let (mut last, mut released) = (None, None);
        for item in self.table.get_many(&keys).await? {
            let of = if item.key == keys[0] {
                &mut last
            } else {
                &mut released
            };
            *of = Some(item.doc::<RestoredBackup>()?);
        }
        Ok(if last == released { None } else { last })
    }

    async fn release_invitations(
        &self,
        community: &CommunityId,
        restore: &RestoredBackup,
    ) -> Result<(), StoreError> {
        self.put_restore(release_key(community), restore).await
    }

    async fn table_mark(&self) -> Result<Option<TableMark>, StoreError> {
        let item = self.table.get(&mark_key()).await?;
        item.map(|item| item.doc()).transpose()
    }

    async fn put_table_mark(&self, mark: &TableMark) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(mark_key()).doc(mark)?.build();
        self.table.write(WriteAction::put(item)).await
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::table::sqlite::SqliteTable;

    fn restore(second: i64) -> RestoredBackup {
        RestoredBackup {
            restored: Timestamp::from_second(second).unwrap(),
            backup_made: Timestamp::from_second(1).unwrap(),
        }
    }

    #[tokio::test]
    async fn every_community_is_held_after_each_restore_until_it_is_released() {
        let table = SqliteTable::in_memory().unwrap();
        let store = TableStore::new(std::sync::Arc::new(table));
        let hold = |name: &str| {
            let (store, community) = (store.clone(), name.parse().unwrap());
            async move { store.invitation_hold(&community).await.unwrap() }
        };
        assert_eq!(hold("acme").await, None);
        store.note_restore(&restore(10)).await.unwrap();
        assert_eq!(hold("acme").await, Some(restore(10)));
        let acme = "acme".parse().unwrap();
        store
            .release_invitations(&acme, &restore(10))
            .await
            .unwrap();
        assert_eq!(hold("acme").await, None);
        assert_eq!(hold("begun-since").await, Some(restore(10)));
        store.note_restore(&restore(20)).await.unwrap();
        assert_eq!(hold("acme").await, Some(restore(20)));
    }
}
