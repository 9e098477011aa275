//! Stores the packed fingerprints: a head, base pages of its generation, and the journal since.

use async_trait::async_trait;
use attendee_sync_app::ports::{Fingerprinting, JournalPart, StoreError, StoredFingerprints};
use attendee_sync_domain::ids::{EventId, RunNumber};
use serde::{Deserialize, Serialize};

use super::TableStore;
use super::keys;
use crate::table::{KeyRange, QueryPaging, TableKey};
use crate::table::{TableItem, TableItemBuilder, WriteAction};

/// Says which pages are valid.
#[derive(Debug, Default, Serialize, Deserialize)]
struct FingerprintHead {
    generation: u64,
    /// The last run whose journal the pages contain, where the previous version wrote them: it
    /// recognised by this which part of the journal is valid, and may have left the other part.
    #[serde(default, skip_serializing)]
    folded: Option<RunNumber>,
}

/// The run that wrote a part of the journal.
fn run_of(item: &TableItem) -> Option<RunNumber> {
    let sk = &item.key.sk;
    let number = sk.strip_prefix(keys::JOURNAL)?.split('#').next()?;
    number.parse().ok().map(RunNumber)
}

impl TableStore {
    async fn head(&self, event: &EventId) -> Result<(FingerprintHead, Option<u64>), StoreError> {
        let item = self.table.get(&keys::fingerprints_head(event)).await?;
        match item {
            None => Ok((FingerprintHead::default(), None)),
            Some(item) => {
                let head = item.versioned::<FingerprintHead>()?;
                Ok((head.value, Some(head.version)))
            }
        }
    }
}

#[async_trait]
impl Fingerprinting for TableStore {
    async fn fingerprints(&self, event: &EventId) -> Result<StoredFingerprints, StoreError> {
        let (head, _) = self.head(event).await?;
        let pk = keys::fingerprints_partition(event);
        let pages = KeyRange::Prefix(keys::page_prefix(head.generation));
        let pages = self
            .table
            .query(&pk, &pages, QueryPaging::default())
            .await?;
        let journal = KeyRange::Prefix(keys::JOURNAL.to_owned());
        let items = self
            .table
            .query(&pk, &journal, QueryPaging::default())
            .await?;
        let journal = items.into_iter().filter_map(|item| {
            let run = run_of(&item).filter(|run| head.folded < Some(*run))?;
            Some(JournalPart {
                run,
                key: item.key.sk.clone(),
                entries: item.into_data()?,
            })
        });
        Ok(StoredFingerprints {
            generation: head.generation,
            pages: pages.into_iter().filter_map(TableItem::into_data).collect(),
            journal: journal.collect(),
        })
    }

    async fn fold(
        &self,
        event: &EventId,
        stored: &StoredFingerprints,
        pages: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        let (head, version) = self.head(event).await?;
        if head.generation != stored.generation {
            return Err(StoreError::Conflict);
        }
        let generation = head.generation + 1;
        let pk = keys::fingerprints_partition(event);
        // These pages are of an interrupted fold: with the new head, those that are not overwritten
        // would become valid.
        self.delete_range(&pk, &KeyRange::Prefix(keys::page_prefix(generation)))
            .await?;
        for (number, page) in pages.iter().enumerate() {
            let item = TableItemBuilder::new(keys::page(event, generation, number))
                .data(page.clone())
                .build();
            self.table.write(WriteAction::put(item)).await?;
        }
        if let Some(folded) = head.folded {
            let last = format!("{}{}~", keys::JOURNAL, keys::number(folded));
            let range = KeyRange::Between(keys::JOURNAL.to_owned(), last);
            self.delete_range(&pk, &range).await?;
        }
        let next = FingerprintHead {
            generation,
            folded: None,
        };
        let item = TableItemBuilder::new(keys::fingerprints_head(event))
            .version(version.map_or(1, |version| version + 1))
            .doc(&next)?
            .build();
        self.table.write(WriteAction::put_if(item, version)).await?;
        // Only the parts of the journal that were read are deleted: a batch of an older run may
        // have come late.
        let read = stored.journal.iter().map(|part| TableKey {
            pk: pk.clone(),
            sk: part.key.clone(),
        });
        self.table.delete_many(&read.collect::<Vec<_>>()).await?;
        // This includes pages that an interrupted fold left.
        let old_pages = KeyRange::Between(
            keys::page_prefix(0),
            format!("{}~", keys::page_prefix(head.generation)),
        );
        self.delete_range(&pk, &old_pages).await
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use super::*;
    use crate::table::sqlite::SqliteTable;

    fn store() -> TableStore {
        TableStore::new(std::sync::Arc::new(SqliteTable::in_memory().unwrap()))
    }

    async fn keys_of(store: &TableStore, event: &EventId) -> Vec<String> {
        let pk = keys::fingerprints_partition(event);
        let items = store
            .table
            .query(&pk, &KeyRange::All, QueryPaging::default())
            .await
            .unwrap();
        items.into_iter().map(|item| item.key.sk).collect()
    }

    #[tokio::test]
    async fn what_a_fold_left_that_was_cut_off_is_not_read_and_goes_with_the_next() {
        let store = store();
        let event: EventId = "devcon".parse().unwrap();
        let pages = |pages: u8| (0..pages).map(|page| vec![page; 16]).collect::<Vec<_>>();
        let nothing = store.fingerprints(&event).await.unwrap();
        store.fold(&event, &nothing, &pages(2)).await.unwrap();
        // One ended before it deleted the old pages, one before the new ones counted.
        for (generation, number) in [(0, 0), (2, 0), (2, 1), (2, 2)] {
            let page = TableItemBuilder::new(keys::page(&event, generation, number));
            store
                .table
                .write(WriteAction::put(page.data(vec![9; 16]).build()))
                .await
                .unwrap();
        }
        let first = store.fingerprints(&event).await.unwrap();
        assert_eq!(first.pages, pages(2));
        store.fold(&event, &first, &pages(1)).await.unwrap();
        let second = store.fingerprints(&event).await.unwrap();
        assert_eq!(second.pages, pages(1));
        assert_eq!(
            keys_of(&store, &event).await,
            ["HEAD", "P#0000000002#000000"]
        );
    }

    #[tokio::test]
    async fn what_the_version_before_had_folded_counts_no_more_and_goes_with_the_next_fold() {
        let store = store();
        let event: EventId = "devcon".parse().unwrap();
        let put = |item: TableItem| store.table.write(WriteAction::put(item));
        let former = serde_json::json!({"generation": 1, "folded": 2});
        let head = TableItemBuilder::new(keys::fingerprints_head(&event)).version(1);
        put(head.doc(&former).unwrap().build()).await.unwrap();
        for run in 1..=3 {
            let batch = attendee_sync_domain::people::LogRef(RunNumber(run), 0);
            let journal = TableItemBuilder::new(keys::journal(&event, batch, "0"));
            put(journal.data(vec![9; 16]).build()).await.unwrap();
        }
        let stored = store.fingerprints(&event).await.unwrap();
        let runs: Vec<u32> = stored.journal.iter().map(|part| part.run.0).collect();
        assert_eq!(runs, [3]);
        store.fold(&event, &stored, &[vec![1; 16]]).await.unwrap();
        assert_eq!(
            keys_of(&store, &event).await,
            ["HEAD", "P#0000000002#000000"]
        );
    }
}
