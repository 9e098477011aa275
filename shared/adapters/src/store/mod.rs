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
mod suppressions;

use aws_sdk_dynamodb::Client;

/// The table, through a client of `DynamoDB` or of something that speaks its protocol.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// A store over an existing table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }
}
