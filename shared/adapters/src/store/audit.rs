//! Stores the audit log, and further API tokens.

use async_trait::async_trait;
use attendee_sync_app::ports::{Audit, Note, StoreError, TokenStore};
use attendee_sync_domain::audit::{AuditEntry, KEPT_DAYS};
use attendee_sync_domain::authority::{AccessToken, TokenName};
use attendee_sync_domain::ids::CommunityId;
use jiff::SignedDuration;
use rand::RngExt;

use super::TableStore;
use super::keys;
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction};
use crate::table::{KeyRange, QueryPaging};

pub(super) fn item((community, entry): &Note) -> Result<TableItem, StoreError> {
    // Entries of the same instant get different keys.
    let salt: u32 = rand::rng().random();
    let key = keys::audit(community, entry.at, salt);
    let kept = SignedDuration::from_hours(24 * KEPT_DAYS);
    let until = entry.at.saturating_add(kept).unwrap_or(entry.at);
    Ok(TableItemBuilder::new(key)
        .expires(until)
        .doc(entry)?
        .build())
}

impl TableStore {
    /// Returns how many log entries fit into a transaction beside the change itself.
    fn fitting_notes(&self) -> usize {
        self.table.transaction_limits().actions - 1
    }

    fn note_actions(&self, notes: &[Note]) -> Result<Vec<WriteAction>, StoreError> {
        let fit = notes.iter().take(self.fitting_notes());
        fit.map(|note| Ok(WriteAction::put(item(note)?))).collect()
    }

    /// Writes the log entries that did not fit into the transaction.
    async fn note_rest(&self, notes: &[Note]) -> Result<(), StoreError> {
        for note in notes.iter().skip(self.fitting_notes()) {
            self.record(note).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Audit for TableStore {
    async fn record(&self, note: &Note) -> Result<(), StoreError> {
        self.table.write(WriteAction::put(item(note)?)).await
    }

    async fn audit(
        &self,
        community: &CommunityId,
        before: Option<String>,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, Option<String>), StoreError> {
        let range = before.map_or(KeyRange::All, KeyRange::Before);
        let paging = QueryPaging {
            newest_first: true,
            limit: Some(limit),
        };
        let items = self
            .table
            .query(&keys::audit_partition(community), &range, paging)
            .await?;
        let last = items.last().map(|item| item.key.sk.clone());
        let next = last.filter(|_| items.len() == limit);
        let entries: Result<Vec<_>, _> = items.iter().map(TableItem::doc).collect();
        Ok((entries?, next))
    }
}

#[async_trait]
impl TokenStore for TableStore {
    async fn tokens(&self) -> Result<Vec<AccessToken>, StoreError> {
        let items = self
            .table
            .query(keys::TOKENS, &KeyRange::All, QueryPaging::default())
            .await?;
        items.iter().map(TableItem::doc).collect()
    }

    async fn add_token(&self, token: &AccessToken, notes: &[Note]) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::token(&token.name))
            .doc(token)?
            .build();
        let mut actions = vec![WriteAction::put_if(item, None)];
        actions.extend(self.note_actions(notes)?);
        self.table.transact(actions, Durability::Normal).await?;
        self.note_rest(notes).await
    }

    async fn delete_token(&self, name: &TokenName, notes: &[Note]) -> Result<(), StoreError> {
        let mut actions = vec![WriteAction::delete(keys::token(name))];
        actions.extend(self.note_actions(notes)?);
        self.table.transact(actions, Durability::Normal).await?;
        self.note_rest(notes).await
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
