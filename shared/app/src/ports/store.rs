//! The store: all that the table does, in one trait, and its errors.

use async_trait::async_trait;

use super::{
    Audit, BadgeStore, Checkpoints, Communities, Directory, DraftSecrets, ExpiringStore,
    Fingerprinting, GroupEditing, HookStore, Logs, Memberships, Migration, NoticeStore, Outbox,
    PendingChangeStore, People, Purges, Restores, RunCoordination, RunStore, SuppressionStore,
    TokenStore, UploadedLists,
};

/// The table: communities, events, runs, people, groups, fingerprints and logs. Every read sees
/// every write that was acknowledged before it.
#[async_trait]
pub trait Store:
    Communities
    + RunStore
    + People
    + Directory
    + Memberships
    + Logs
    + PendingChangeStore
    + Fingerprinting
    + Outbox
    + SuppressionStore
    + Audit
    + TokenStore
    + RunCoordination
    + Checkpoints
    + ExpiringStore
    + DraftSecrets
    + HookStore
    + Migration
    + NoticeStore
    + Restores
    + Purges
    + GroupEditing
    + UploadedLists
    + BadgeStore
{
}

impl<T> Store for T where
    T: Communities
        + RunStore
        + People
        + Directory
        + Memberships
        + Logs
        + PendingChangeStore
        + Fingerprinting
        + Outbox
        + SuppressionStore
        + Audit
        + TokenStore
        + RunCoordination
        + Checkpoints
        + ExpiringStore
        + DraftSecrets
        + HookStore
        + Migration
        + NoticeStore
        + Restores
        + Purges
        + GroupEditing
        + UploadedLists
        + BadgeStore
{
}

/// Why the store did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else was written meanwhile.
    #[error("it was changed by someone else meanwhile")]
    Conflict,
    /// What is stored cannot be read.
    #[error("the stored item {key} cannot be read")]
    Corrupt {
        /// Its key, which names no person.
        key: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer version of the program wrote it, in a form that this one does not know.
    #[error(
        "a newer version of this program wrote the stored item {key} (schema {schema}), and this one cannot read it; use the newer version again"
    )]
    Newer {
        /// Its key, which names no person.
        key: String,
        /// The schema version of the item.
        schema: String,
    },
    /// The table did not answer, or refused.
    #[error("the table could not be used ({operation})")]
    Failed {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
