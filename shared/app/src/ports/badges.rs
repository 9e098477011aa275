//! What was found at the URLs of digital badges.

use async_trait::async_trait;
use attendee_sync_domain::badge::{BadgeFindings, BadgeRound};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::people::Versioned;

use super::StoreError;

/// What was found at the URLs of digital badges. It names nobody, and goes with the logs of the event.
#[async_trait]
pub trait BadgeStore: Send + Sync {
    /// Returns how far the badges of an event are checked.
    async fn badge_round(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<BadgeRound>>, StoreError>;
    /// Stores it over the version that was read; [`StoreError::Conflict`] where it is another by now.
    async fn put_badge_round(
        &self,
        event: &EventId,
        round: &BadgeRound,
        expected: Option<u64>,
    ) -> Result<(), StoreError>;
    /// Returns all findings of an event, or those of one part.
    async fn badge_findings(
        &self,
        event: &EventId,
        shard: Option<u8>,
    ) -> Result<BadgeFindings, StoreError>;
    /// Stores a part of the findings, in the place of what was stored of it.
    async fn put_badge_findings(
        &self,
        event: &EventId,
        shard: u8,
        findings: &BadgeFindings,
    ) -> Result<(), StoreError>;
}
