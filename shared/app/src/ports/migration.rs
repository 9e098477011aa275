//! Bringing what the version before stored into the form of this one.

use async_trait::async_trait;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;

use super::StoreError;

/// What kind of process brings something over: that decides what it may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrator {
    /// A run. It may not write where configurations are, so it copies what lay there and leaves it.
    Run,
    /// The console of an installation of several processes; some of the version before may still be at work.
    Console,
    /// The only process there is.
    OnlyProcess,
}

/// Brings what is stored over from the form of the version before.
#[async_trait]
pub trait Migration: Send + Sync {
    /// Brings a community over as far as a process of this kind may, where that is not done yet. May be called
    /// by several processes at the same time, and again after one ended in between. Until it is done, the
    /// community is used all the same; what the version before left unfinished may be found late.
    async fn bring_over(
        &self,
        community: &CommunityId,
        by: Migrator,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
