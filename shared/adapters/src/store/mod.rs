//! The store: every port of the table over `aws-sdk-dynamodb`, in one table.
//!
//! `ARCHITECTURE.md` lists the items and which access pattern each key serves.

mod apply;
mod audit;
mod client;
mod closing;
mod communities;
mod directory;
mod fingerprints;
mod holding;
mod item;
mod keeping;
mod keys;
mod logs;
mod outbox;
mod people;
mod runs;
mod sharing;
mod singly;
mod suppressions;

use aws_sdk_dynamodb::Client;

/// The table, through a client of `DynamoDB` or of something that speaks its protocol.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
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

impl DynamoStore {
    /// A store over an existing table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
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
