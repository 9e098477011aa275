//! What a table consists of: for tests that watch it grow.

use dynoxide::Database;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::{AttributeValue, item_size};

use super::{Embedded, EmbeddedError};

/// An item by its key, with what it has beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its partition key.
    pub pk: String,
    /// Its sort key.
    pub sk: String,
    /// Its bytes, as `DynamoDB` counts them.
    pub bytes: usize,
    /// Its document as JSON, where it has one.
    pub doc: Option<String>,
    /// When it may be deleted, in seconds since 1970.
    pub expires: Option<u64>,
}

impl Embedded {
    /// Looks at every item of a table, a page at a time.
    pub fn measure(
        &self,
        table: &str,
        mut look: impl FnMut(Measured),
    ) -> Result<(), EmbeddedError> {
        let mut start = None;
        loop {
            let request = ScanRequest {
                table_name: table.to_owned(),
                exclusive_start_key: start,
                ..ScanRequest::default()
            };
            let page = Database::scan(&self.database, request)?;
            for item in page.items.unwrap_or_default() {
                let text = |name: &str| match item.get(name) {
                    Some(AttributeValue::S(text) | AttributeValue::N(text)) => Some(text.clone()),
                    _ => None,
                };
                look(Measured {
                    pk: text("pk").unwrap_or_default(),
                    sk: text("sk").unwrap_or_default(),
                    bytes: item_size(&item),
                    doc: text("doc"),
                    expires: text("expires").and_then(|at| at.parse().ok()),
                });
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// The bytes of the file, or of the memory that takes its place, those included that are free
    /// to be used again.
    pub fn size(&self) -> Result<u64, EmbeddedError> {
        Ok(self.database.db_size_bytes()?)
    }
}
