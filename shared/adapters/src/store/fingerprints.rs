//! The packed fingerprints: a head, base pages of its generation, and the journal since.

use async_trait::async_trait;
use attendee_sync_app::ports::{Fingerprinting, StoreError, StoredFingerprints};
use attendee_sync_domain::ids::{EventId, RunNumber};
use serde::{Deserialize, Serialize};

use super::DynamoStore;
use super::client::{Paging, Range};
use super::item::{Builder, Stored};
use super::keys::{self, Key};

/// Which pages are valid, and what of the journal they hold.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Head {
    generation: u64,
    folded: RunNumber,
}

/// The journal of runs after `run`.
fn journal_after(run: RunNumber) -> Range {
    let next = keys::number(RunNumber(run.0.saturating_add(1)));
    Range::Between(
        format!("{}{next}", keys::JOURNAL),
        format!("{}~", keys::JOURNAL),
    )
}

/// The run that wrote a part of the journal.
fn run_of(item: &Stored) -> Option<RunNumber> {
    let sk = item.key().sk;
    let number = sk.strip_prefix(keys::JOURNAL)?.split('#').next()?;
    number.parse().ok().map(RunNumber)
}

impl DynamoStore {
    async fn head(&self, event: &EventId) -> Result<(Head, Option<u64>), StoreError> {
        let item = self.get(&keys::fingerprints_head(event)).await?;
        match item {
            None => Ok((Head::default(), None)),
            Some(item) => {
                let head = item.versioned::<Head>()?;
                Ok((head.value, Some(head.version)))
            }
        }
    }
}

#[async_trait]
impl Fingerprinting for DynamoStore {
    async fn fingerprints(&self, event: &EventId) -> Result<StoredFingerprints, StoreError> {
        let (head, _) = self.head(event).await?;
        let pk = keys::fingerprints_partition(event);
        let pages = Range::Prefix(keys::page_prefix(head.generation));
        let pages = self.query(&pk, &pages, Paging::default()).await?;
        let journal = self
            .query(&pk, &journal_after(head.folded), Paging::default())
            .await?;
        let journal: Vec<(RunNumber, Vec<u8>)> = journal
            .into_iter()
            .filter_map(|item| Some((run_of(&item)?, item.into_data()?)))
            .collect();
        Ok(StoredFingerprints {
            generation: head.generation,
            pages: pages.into_iter().filter_map(Stored::into_data).collect(),
            newest: journal.last().map_or(head.folded, |(run, _)| *run),
            journal,
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
        for (number, page) in pages.iter().enumerate() {
            let item = Builder::new(keys::page(event, generation, number))
                .data(page.clone())
                .build();
            self.put(item).await?;
        }
        let next = Head {
            generation,
            folded: stored.newest,
        };
        let item = Builder::new(keys::fingerprints_head(event))
            .version(version.map_or(1, |version| version + 1))
            .doc(&next)?
            .build();
        self.put_if(item, version).await?;
        // From here on the old ones are not read any more.
        let pk = keys::fingerprints_partition(event);
        let old_journal = Range::Between(
            keys::JOURNAL.to_owned(),
            format!("{}{}~", keys::JOURNAL, keys::number(stored.newest)),
        );
        for range in [
            Range::Prefix(keys::page_prefix(head.generation)),
            old_journal,
        ] {
            let items = self.query(&pk, &range, Paging::default()).await?;
            let old: Vec<Key> = items.iter().map(Stored::key).collect();
            self.delete_many(&old).await?;
        }
        Ok(())
    }
}
