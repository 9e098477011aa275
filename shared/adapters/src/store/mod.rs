//! The store: every port of the table over the [`Table`] trait, in one table.
//!
//! `docs/internals/table.md` lists the items and which access pattern each key serves.

mod apply;
mod audit;
mod badges;
mod checkpoints;
mod closing;
mod communities;
mod directory;
mod draft_secrets;
mod fingerprints;
mod group_editing;
mod holding;
mod hooks;
mod keeping;
mod keys;
mod logs;
mod memberships;
mod migration;
mod notices;
mod outbox;
mod people;
mod purges;
mod restores;
mod runs;
mod sharing;
mod suppressions;
mod uploads;

use std::sync::Arc;

use crate::table::{Table, VersionedTable};
pub use keys::KEPT_PARTITIONS;

/// The store over a table, whatever engine the table has.
#[derive(Debug, Clone)]
pub struct TableStore {
    table: Arc<dyn Table>,
}

impl TableStore {
    /// A store over an existing table.
    #[must_use]
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self {
            table: Arc::new(VersionedTable::new(table)),
        }
    }
}
