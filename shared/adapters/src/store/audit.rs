//! What people did, and further API tokens.

use async_trait::async_trait;
use attendee_sync_app::ports::{Audit, Note, StoreError, Tokens};
use attendee_sync_domain::audit::{AuditEntry, KEPT_DAYS};
use attendee_sync_domain::authority::{AccessToken, TokenName};
use attendee_sync_domain::ids::CommunityId;
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::SignedDuration;
use rand::RngExt;

use super::DynamoStore;
use super::client::{MAX_ACTIONS, Paging, Range};
use super::item::{Builder, Item};
use super::keys;

fn item((community, entry): &Note) -> Result<Item, StoreError> {
    // What was done in the same instant stands side by side.
    let salt: u32 = rand::rng().random();
    let key = keys::audit(community, entry.at, salt);
    let kept = SignedDuration::from_hours(24 * KEPT_DAYS);
    let until = entry.at.saturating_add(kept).unwrap_or(entry.at);
    Ok(Builder::new(key).expires(until).doc(entry)?.build())
}

impl DynamoStore {
    fn note_actions(&self, notes: &[Note]) -> Result<Vec<TransactWriteItem>, StoreError> {
        // One action of a transaction is left for what the notes are about.
        let fit = notes.iter().take(MAX_ACTIONS - 1);
        fit.map(|note| self.replace_action(item(note)?)).collect()
    }

    /// Those for which the transaction had no room.
    async fn note_rest(&self, notes: &[Note]) -> Result<(), StoreError> {
        for note in notes.iter().skip(MAX_ACTIONS - 1) {
            self.record(note).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Audit for DynamoStore {
    async fn record(&self, note: &Note) -> Result<(), StoreError> {
        self.put(item(note)?).await
    }

    async fn audit(
        &self,
        community: &CommunityId,
        before: Option<String>,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, Option<String>), StoreError> {
        let range = before.map_or(Range::All, Range::Before);
        let paging = Paging {
            newest_first: true,
            limit: Some(limit),
        };
        let items = self
            .query(&keys::audit_partition(community), &range, paging)
            .await?;
        let last = items.last().map(|item| item.key().sk);
        let next = last.filter(|_| items.len() == limit);
        let entries: Result<Vec<_>, _> = items.iter().map(super::item::Stored::doc).collect();
        Ok((entries?, next))
    }
}

#[async_trait]
impl Tokens for DynamoStore {
    async fn tokens(&self) -> Result<Vec<AccessToken>, StoreError> {
        let items = self
            .query(keys::TOKENS, &Range::All, Paging::default())
            .await?;
        items.iter().map(super::item::Stored::doc).collect()
    }

    async fn add_token(&self, token: &AccessToken, notes: &[Note]) -> Result<(), StoreError> {
        let item = Builder::new(keys::token(&token.name)).doc(token)?.build();
        let mut actions = vec![self.put_action(item, None)?];
        actions.extend(self.note_actions(notes)?);
        self.transact(actions).await?;
        self.note_rest(notes).await
    }

    async fn delete_token(&self, name: &TokenName, notes: &[Note]) -> Result<(), StoreError> {
        let mut actions = vec![self.delete_action(&keys::token(name))?];
        actions.extend(self.note_actions(notes)?);
        self.transact(actions).await?;
        self.note_rest(notes).await
    }
}

#[cfg(test)]
#[cfg(feature = "embedded")]
mod tests;
