//! Stores the changes and issues of runs.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use attendee_sync_app::ports::{BatchMark, Held, LoggedAbout, Logs, RunMarks, StoreError};
use attendee_sync_domain::ids::{EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::{LogRef, Versioned};
use attendee_sync_domain::run::Change;

use super::TableStore;
use super::apply::LogPart;
use super::{keys, migration};
use crate::table::{KeyRange, QueryPaging};
use crate::table::{TableItem, TableItemBuilder, WriteAction};

/// The number of log items in a page of changes; each has the changes of some forty people at most.
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
            // This is the range from the key after the cursor to the last key with the prefix.
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
        // A run that was continued repeats some issues.
        issues
            .sort_by(|a, b| (a.position, &a.code, &a.field).cmp(&(b.position, &b.code, &b.field)));
        issues.dedup();
        Ok(issues)
    }

    async fn marks(
        &self,
        run: &RunId,
        batches: RangeInclusive<u32>,
    ) -> Result<RunMarks, StoreError> {
        let key = |batch| keys::mark(&run.event, LogRef(run.number, batch));
        let range = KeyRange::Between(key(*batches.start()).sk, key(*batches.end()).sk);
        let pk = keys::log_partition(&run.event);
        let items = self
            .table
            .query(&pk, &range, QueryPaging::default())
            .await?;
        let prefix = keys::marks_prefix(run.number);
        let mut marks = RunMarks::default();
        for item in &items {
            let number = item.key.sk.strip_prefix(&prefix);
            if let Some(number) = number.and_then(|number| number.parse().ok()) {
                marks.0.insert(number, item.unpacked()?);
            }
        }
        Ok(marks)
    }

    async fn mark(
        &self,
        run: &RunId,
        batch: u32,
    ) -> Result<Option<Versioned<BatchMark>>, StoreError> {
        let key = keys::mark(&run.event, LogRef(run.number, batch));
        let Some(item) = self.table.get(&key).await? else {
            return Ok(None);
        };
        Ok(Some(Versioned {
            version: item.version.unwrap_or(0),
            value: item.unpacked()?,
        }))
    }

    async fn forget(
        &self,
        event: &EventId,
        person: PersonId,
        log: &[LogRef],
        source_ids: &[String],
    ) -> Result<(), StoreError> {
        let pk = keys::log_partition(event);
        // The previous version left these items; nobody reads them any more.
        let intents = KeyRange::Prefix(migration::INTENTS.to_owned());
        self.delete_range(&pk, &intents).await?;
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
                let theirs = |id| source_ids.contains(id);
                issue.person != Some(person) && !issue.source_id.as_ref().is_some_and(theirs)
            });
            if issues.len() < before {
                self.table
                    .write(WriteAction::put(rewritten(&item, &issues)?))
                    .await?;
            }
        }
        Ok(())
    }

    async fn logged_about(
        &self,
        event: &EventId,
        person: PersonId,
        source_ids: &[String],
    ) -> Result<LoggedAbout, StoreError> {
        let pk = keys::log_partition(event);
        let all_of = |kind: &str| KeyRange::Prefix(kind.to_owned());
        let mut found = LoggedAbout::default();
        let waiting = all_of(keys::HELD);
        for item in self
            .table
            .query(&pk, &waiting, QueryPaging::default())
            .await?
        {
            let run = run_of(&item, keys::HELD)?;
            let held: Vec<Held> = item.unpacked()?;
            let theirs = held.into_iter().filter(|held| held.delta.person == person);
            found.held.extend(theirs.map(|held| (run, held)));
        }
        let said = all_of(keys::ISSUES);
        for item in self.table.query(&pk, &said, QueryPaging::default()).await? {
            let run = run_of(&item, keys::ISSUES)?;
            let issues: Vec<Issue> = item.unpacked()?;
            let theirs = issues.into_iter().filter(|issue| {
                if let Some(named) = issue.person {
                    return named == person;
                }
                let of_record = |id| source_ids.contains(id);
                issue.source_id.as_ref().is_some_and(of_record)
            });
            found.issues.extend(theirs.map(|issue| (run, issue)));
        }
        Ok(found)
    }
}

/// The run whose log an item is part of, by its sort key.
fn run_of(item: &TableItem, kind: &str) -> Result<RunNumber, StoreError> {
    let number = item.key.sk.strip_prefix(kind);
    let number = number.and_then(|rest| rest.split('#').next()?.parse().ok());
    number
        .map(RunNumber)
        .ok_or_else(|| item.corrupt("its key names no run"))
}
