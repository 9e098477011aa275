//! What was found at the URLs of digital badges: parts, and how far the badges of an event are checked. All of it lies
//! among the logs of the event, and goes with them.

use async_trait::async_trait;
use attendee_sync_app::ports::{BadgeStore, StoreError};
use attendee_sync_domain::badge::{BadgeFindings, BadgeRound};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::people::Versioned;

use super::TableStore;
use super::apply::next;
use super::keys;
use crate::table::{KeyRange, QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction};

/// The beginning of the sort keys of all that is stored of badges.
const BADGES: &str = "B#";

fn key(event: &EventId, rest: &str) -> TableKey {
    TableKey {
        pk: keys::log_partition(event),
        sk: format!("{BADGES}{rest}"),
    }
}

fn round_key(event: &EventId) -> TableKey {
    key(event, "ROUND")
}

fn part_key(event: &EventId, shard: u8) -> TableKey {
    key(event, &format!("P#{shard:02}"))
}

#[async_trait]
impl BadgeStore for TableStore {
    async fn badge_round(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<BadgeRound>>, StoreError> {
        let item = self.table.get(&round_key(event)).await?;
        item.as_ref().map(TableItem::versioned).transpose()
    }

    async fn put_badge_round(
        &self,
        event: &EventId,
        round: &BadgeRound,
        expected: Option<u64>,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(round_key(event))
            .version(next(expected))
            .doc(round)?;
        let put = WriteAction::put_if(item.build(), expected);
        self.table.write(put).await
    }

    async fn badge_findings(
        &self,
        event: &EventId,
        shard: Option<u8>,
    ) -> Result<BadgeFindings, StoreError> {
        let items: Vec<TableItem> = if let Some(shard) = shard {
            let item = self.table.get(&part_key(event, shard)).await?;
            item.into_iter().collect()
        } else {
            let range = KeyRange::Prefix(key(event, "P#").sk);
            let pk = keys::log_partition(event);
            let paging = QueryPaging::default();
            self.table.query(&pk, &range, paging).await?
        };
        let mut findings = BadgeFindings::default();
        for item in items {
            findings.read(&item.into_data().unwrap_or_default());
        }
        Ok(findings)
    }

    async fn put_badge_findings(
        &self,
        event: &EventId,
        shard: u8,
        findings: &BadgeFindings,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(part_key(event, shard));
        let item = item.data(findings.shard_to_bytes(shard)).build();
        self.table.write(WriteAction::put(item)).await
    }
}
