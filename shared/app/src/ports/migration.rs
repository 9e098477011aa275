//! Migrates what the previous version stored to the form of this version.

use async_trait::async_trait;
use attendee_sync_domain::ids::CommunityId;
use jiff::Timestamp;

use super::StoreError;

/// The kind of process that migrates, which decides what it may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrator {
    /// A run. It may not write where configurations are stored, so it copies what was stored there
    /// and leaves the original.
    Run,
    /// The console of an installation of several processes; processes of the previous version may
    /// still be running.
    Console,
    /// The only process of the installation.
    OnlyProcess,
}

/// Migrates what is stored from the form of the previous version.
#[async_trait]
pub trait Migration: Send + Sync {
    /// Migrates a community as far as a process of this kind may, unless it is migrated already.
    /// Several processes may call it at the same time, and again after an interruption. Until it is
    /// done, the community is used all the same; what the previous version left unfinished may be
    /// found late.
    async fn bring_over(
        &self,
        community: &CommunityId,
        by: Migrator,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
