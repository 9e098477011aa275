//! What runs changed and had to say.

use async_trait::async_trait;
use attendee_sync_app::ports::{DoneSoFar, Held, Logs, StoreError};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::LogRef;
use attendee_sync_domain::run::{Action, Change};
use jiff::Timestamp;

use super::TableStore;
use super::apply::LogPart;
use super::keys;
use crate::table::{KeyRange, QueryPaging};
use crate::table::{TableItem, TableItemBuilder, WriteAction};

/// Log items in a page of changes; each has up to some forty people's.
const PAGE_ITEMS: usize = 10;

fn run_prefix(kind: &str, run: &RunId) -> String {
    format!("{kind}{}#", keys::number(run.number))
}

/// The same item with another content.
fn rewritten<T: serde::Serialize>(item: &TableItem, content: &T) -> Result<TableItem, StoreError> {
    let new = TableItemBuilder::new(item.key.clone()).packed(content)?;
    Ok(TableItem {
        version: item.version.map(|version| version + 1),
        expires: item.expires,
        ..new.build()
    })
}

#[async_trait]
impl Logs for TableStore {
    async fn changes(
        &self,
        run: &RunId,
        cursor: Option<String>,
    ) -> Result<(Vec<Change>, Option<String>), StoreError> {
        let prefix = run_prefix(keys::CHANGES, run);
        let range = match cursor {
            // The key after the cursor, up to the last key with the prefix.
            Some(after) if after.starts_with(&prefix) => {
                KeyRange::Between(format!("{after} "), format!("{prefix}~"))
            }
            Some(_) => return Ok((Vec::new(), None)),
            None => KeyRange::Prefix(prefix),
        };
        let paging = QueryPaging {
            newest_first: false,
            limit: Some(PAGE_ITEMS),
        };
        let items = self
            .table
            .query(&keys::log_partition(&run.event), &range, paging)
            .await?;
        let next = (items.len() == PAGE_ITEMS)
            .then(|| items.last().map(|item| item.key.sk.clone()))
            .flatten();
        let mut changes = Vec::new();
        for item in &items {
            changes.extend(item.unpacked::<LogPart>()?.changes);
        }
        Ok((changes, next))
    }

    async fn batch_changes(
        &self,
        event: &EventId,
        batch: LogRef,
    ) -> Result<Vec<Change>, StoreError> {
        let range = KeyRange::Prefix(keys::log_prefix(keys::CHANGES, batch));
        let mut changes = Vec::new();
        for item in self
            .table
            .query(&keys::log_partition(event), &range, QueryPaging::default())
            .await?
        {
            changes.extend(item.unpacked::<LogPart>()?.changes);
        }
        Ok(changes)
    }

    async fn issues(&self, run: &RunId) -> Result<Vec<Issue>, StoreError> {
        let range = KeyRange::Prefix(run_prefix(keys::ISSUES, run));
        let items = self
            .table
            .query(
                &keys::log_partition(&run.event),
                &range,
                QueryPaging::default(),
            )
            .await?;
        let mut issues: Vec<Issue> = Vec::new();
        for item in &items {
            issues.extend(item.unpacked::<Vec<Issue>>()?);
        }
        // A run that was taken up again says some things twice.
        issues
            .sort_by(|a, b| (a.position, &a.code, &a.field).cmp(&(b.position, &b.code, &b.field)));
        issues.dedup();
        Ok(issues)
    }

    async fn tell_rest(
        &self,
        community: &CommunityId,
        run: &RunId,
        keep_until: Timestamp,
    ) -> Result<Vec<PersonId>, StoreError> {
        super::singly::tell_rest(self, community, run, keep_until).await
    }

    async fn drop_intended(
        &self,
        run: &RunId,
        people: &[u64],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        super::singly::drop_intended(self, run, people, keep_until).await
    }

    async fn done_so_far(&self, run: &RunId, from: u32) -> Result<DoneSoFar, StoreError> {
        let mut done = DoneSoFar {
            next_batch: from,
            ..DoneSoFar::default()
        };
        let pk = keys::log_partition(&run.event);
        for kind in [keys::CHANGES, keys::ISSUES] {
            let prefix = run_prefix(kind, run);
            for item in self
                .table
                .query(
                    &pk,
                    &KeyRange::Prefix(prefix.clone()),
                    QueryPaging::default(),
                )
                .await?
            {
                let key = item.key.clone();
                let batch = key
                    .sk
                    .strip_prefix(&prefix)
                    .and_then(|rest| rest.split('#').next()?.parse::<u32>().ok())
                    .unwrap_or(0);
                if batch < from {
                    continue;
                }
                done.next_batch = done.next_batch.max(batch + 1);
                if kind == keys::CHANGES {
                    let part: LogPart = item.unpacked()?;
                    done.counts.add(&part.counts);
                    done.counted.extend(part.counted);
                }
            }
        }
        Ok(done)
    }

    async fn forget(
        &self,
        event: &EventId,
        person: PersonId,
        log: &[LogRef],
        source_ids: &[String],
    ) -> Result<(), StoreError> {
        let pk = keys::log_partition(event);
        for item in self
            .table
            .query(
                &pk,
                &KeyRange::Prefix(keys::HELD.to_owned()),
                QueryPaging::default(),
            )
            .await?
        {
            let mut held: Vec<Held> = item.unpacked()?;
            let before = held.len();
            held.retain(|held| held.delta.person != person);
            if held.len() < before {
                self.table
                    .write(WriteAction::put(rewritten(&item, &held)?))
                    .await?;
            }
        }
        let intents = KeyRange::Prefix(keys::INTENTS.to_owned());
        for item in self
            .table
            .query(&pk, &intents, QueryPaging::default())
            .await?
        {
            let mut part: LogPart = item.unpacked()?;
            let before = part.changes.len();
            // That she is erased may still be to be told, and says nothing of her.
            part.changes
                .retain(|change| change.person != person || change.action == Action::Erased);
            if part.changes.len() == before {
                continue;
            }
            // Only what a crash left has one now; its next delivery finds it changed.
            if part.changes.is_empty() {
                self.table
                    .write(WriteAction::delete(item.key.clone()))
                    .await?;
            } else {
                self.table
                    .write(WriteAction::put(rewritten(&item, &part)?))
                    .await?;
            }
        }
        for batch in log {
            let range = KeyRange::Prefix(keys::log_prefix(keys::CHANGES, *batch));
            for item in self
                .table
                .query(&pk, &range, QueryPaging::default())
                .await?
            {
                let mut part: LogPart = item.unpacked()?;
                let mut found = false;
                for change in part
                    .changes
                    .iter_mut()
                    .filter(|change| change.person == person)
                {
                    *change = change.without_person();
                    found = true;
                }
                if found {
                    self.table
                        .write(WriteAction::put(rewritten(&item, &part)?))
                        .await?;
                }
            }
        }
        for item in self
            .table
            .query(
                &pk,
                &KeyRange::Prefix(keys::ISSUES.to_owned()),
                QueryPaging::default(),
            )
            .await?
        {
            let mut issues: Vec<Issue> = item.unpacked()?;
            let before = issues.len();
            issues.retain(|issue| {
                let hers = |id| source_ids.contains(id);
                issue.person != Some(person) && !issue.source_id.as_ref().is_some_and(hers)
            });
            if issues.len() < before {
                self.table
                    .write(WriteAction::put(rewritten(&item, &issues)?))
                    .await?;
            }
        }
        Ok(())
    }
}
