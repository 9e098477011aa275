//! The list of erasures in a table of its own, beside the one with people: a copy of that one, of whatever time, says
//! nothing of this.

use std::sync::Arc;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    ERASURES_KEPT_DAYS, ErasedPerson, ErasureList, ErasureListError, StoreError,
};
use attendee_sync_domain::ids::CommunityId;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::{
    KeyRange, QueryPaging, Table, TableItem, TableItemBuilder, TableKey, WriteAction,
};

/// Items written at the same time.
const AT_ONCE: usize = 16;

/// A list in a table.
#[derive(Debug, Clone)]
pub struct TableErasureList {
    table: Arc<dyn Table>,
}

/// What an item says beside its key.
#[derive(Debug, Serialize, Deserialize)]
struct ErasureEntry {
    at: Timestamp,
}

impl TableErasureList {
    /// The list in this table, which holds nothing else.
    #[must_use]
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }
}

fn partition(community: &CommunityId) -> String {
    format!("C#{community}#ERASED")
}

fn item(erased: &ErasedPerson) -> Result<TableItem, StoreError> {
    let key = TableKey {
        pk: partition(&erased.community),
        sk: erased.person.to_string(),
    };
    let kept = SignedDuration::from_hours(24 * ERASURES_KEPT_DAYS);
    let until = erased.at.checked_add(kept).unwrap_or(Timestamp::MAX);
    let entry = ErasureEntry { at: erased.at };
    Ok(TableItemBuilder::new(key)
        .doc(&entry)?
        .expires(until)
        .build())
}

fn read(community: &CommunityId, item: &TableItem) -> Result<ErasedPerson, StoreError> {
    let person = item.key.sk.parse();
    Ok(ErasedPerson {
        at: item.doc::<ErasureEntry>()?.at,
        community: community.clone(),
        person: person.map_err(|error| item.corrupt(error))?,
    })
}

fn failed(error: StoreError) -> ErasureListError {
    ErasureListError::Table(Box::new(error))
}

#[async_trait]
impl ErasureList for TableErasureList {
    async fn add(&self, erased: &[ErasedPerson]) -> Result<(), ErasureListError> {
        let items: Result<Vec<TableItem>, StoreError> = erased.iter().map(item).collect();
        let writes = items.map_err(failed)?.into_iter().map(|item| {
            let action = WriteAction::put(item);
            async move { self.table.write(action).await }
        });
        let writes = stream::iter(writes).buffer_unordered(AT_ONCE);
        writes.try_collect::<()>().await.map_err(failed)
    }

    async fn of_community(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<ErasedPerson>, ErasureListError> {
        let partition = partition(community);
        let items = self
            .table
            .query(&partition, &KeyRange::All, QueryPaging::default())
            .await
            .map_err(failed)?;
        let people: Result<Vec<ErasedPerson>, StoreError> =
            items.iter().map(|item| read(community, item)).collect();
        people.map_err(failed)
    }

    /// The table deletes them by its time to live.
    async fn drop_before(&self, _: Timestamp) -> Result<u64, ErasureListError> {
        Ok(0)
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use super::*;
    use crate::table::sqlite::SqliteTable;

    fn erased(community: &str, second: i64) -> ErasedPerson {
        ErasedPerson {
            at: Timestamp::from_second(second).unwrap(),
            community: community.parse().unwrap(),
            person: format!("{second:032x}").parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn who_was_erased_is_on_the_list_of_their_community_for_400_days() {
        let table: Arc<dyn Table> = Arc::new(SqliteTable::in_memory().unwrap());
        let list = TableErasureList::new(table.clone());
        let all = [erased("acme", 10), erased("acme", 20), erased("globex", 30)];
        list.add(&all).await.unwrap();
        list.add(&all[..1]).await.unwrap();
        let acme = list.of_community(&"acme".parse().unwrap()).await.unwrap();
        assert_eq!(acme, all[..2]);
        let items = table
            .query("C#acme#ERASED", &KeyRange::All, QueryPaging::default())
            .await
            .unwrap();
        assert_eq!(items[0].expires, Some(10 + 400 * 86_400));
    }
}
