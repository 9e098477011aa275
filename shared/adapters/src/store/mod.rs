//! The store: every port of the table over the [`Table`] trait, in one table.
//!
//! `ARCHITECTURE.md` lists the items and which access pattern each key serves.

mod apply;
mod audit;
mod closing;
mod communities;
mod directory;
mod fingerprints;
mod holding;
mod keeping;
mod keys;
mod logs;
mod memberships;
mod outbox;
mod people;
mod runs;
mod sharing;
mod singly;
mod suppressions;

use std::sync::Arc;

use crate::table::Table;

/// The store over a table, whatever engine the table has.
#[derive(Debug, Clone)]
pub struct TableStore {
    table: Arc<dyn Table>,
    writing: Writing,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// Many people in a transaction: quick where each commit waits for a disk.
    Together,
    /// Item by item: in the cloud a transaction costs twice as much.
    Singly,
}

impl TableStore {
    /// A store over an existing table.
    #[must_use]
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self {
            table,
            writing: Writing::Together,
        }
    }

    /// The same table, where plans are applied with single conditional writes, as far as a crash
    /// between them loses nothing: in the cloud, a transaction costs twice as much (`DynamoDB`
    /// documentation, "Read and write operations").
    #[must_use]
    pub fn writing_singly(self) -> Self {
        Self {
            writing: Writing::Singly,
            ..self
        }
    }
}
