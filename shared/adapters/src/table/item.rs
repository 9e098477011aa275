//! Items: a key, a version where writes are conditional, and one body.

use std::io::{Read, Write};

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::people::Versioned;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The maximum size of a decompressed document, in bytes.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

/// A partition key and a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableKey {
    /// The partition key.
    pub pk: String,
    /// The sort key within the partition.
    pub sk: String,
}

/// What an item holds beside its key, version and time-to-live.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ItemBody {
    /// Nothing: the key says it all.
    #[default]
    Empty,
    /// A value as JSON.
    Document(String),
    /// Bytes: packed entries, or compressed JSON.
    Data(Vec<u8>),
}

/// An item of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableItem {
    /// Its key.
    pub key: TableKey,
    /// The version that a conditional write expects.
    pub version: Option<u64>,
    /// When it may be deleted, in seconds since 1970.
    pub expires: Option<u64>,
    /// Its content.
    pub body: ItemBody,
}

impl TableItem {
    /// Returns the approximate size of the item in bytes, its key included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let body = match &self.body {
            ItemBody::Empty => 0,
            ItemBody::Document(json) => json.len(),
            ItemBody::Data(bytes) => bytes.len(),
        };
        self.key.pk.len() + self.key.sk.len() + 16 + body
    }

    /// Returns the error that says that the item cannot be read.
    pub(crate) fn corrupt(
        &self,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        corrupt(&self.key, error)
    }

    /// Reads its document.
    pub fn doc<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let ItemBody::Document(json) = &self.body else {
            return Err(self.corrupt("it has no document"));
        };
        serde_json::from_str(json).map_err(|error| self.corrupt(error))
    }

    /// Reads its document with its version; 0 where it has none.
    pub fn versioned<T: DeserializeOwned>(&self) -> Result<Versioned<T>, StoreError> {
        Ok(Versioned {
            version: self.version.unwrap_or(0),
            value: self.doc()?,
        })
    }

    /// Returns its bytes, where it has any.
    #[must_use]
    pub fn data(&self) -> Option<&[u8]> {
        match &self.body {
            ItemBody::Data(bytes) => Some(bytes),
            ItemBody::Empty | ItemBody::Document(_) => None,
        }
    }

    /// Returns its bytes, where it has any, without a copy.
    #[must_use]
    pub fn into_data(self) -> Option<Vec<u8>> {
        match self.body {
            ItemBody::Data(bytes) => Some(bytes),
            ItemBody::Empty | ItemBody::Document(_) => None,
        }
    }

    /// Reads its bytes as compressed JSON.
    pub fn unpacked<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let bytes = self.data().ok_or_else(|| self.corrupt("it has no data"))?;
        let reader = DeflateDecoder::new(bytes).take(MAX_UNPACKED);
        serde_json::from_reader(std::io::BufReader::new(reader))
            .map_err(|error| self.corrupt(error))
    }
}

fn corrupt(
    key: &TableKey,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Corrupt {
        key: format!("{}/{}", key.pk, key.sk),
        source: error.into(),
    }
}

/// An item under construction.
#[derive(Debug)]
pub struct TableItemBuilder(TableItem);

impl TableItemBuilder {
    /// Begins an item without content.
    #[must_use]
    pub fn new(key: TableKey) -> Self {
        Self(TableItem {
            key,
            version: None,
            expires: None,
            body: ItemBody::Empty,
        })
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: u64) -> Self {
        self.0.version = Some(version);
        self
    }

    /// Sets when it may be deleted.
    #[must_use]
    pub fn expires(mut self, at: Timestamp) -> Self {
        self.0.expires = Some(u64::try_from(at.as_second()).unwrap_or(0));
        self
    }

    /// Sets the document to a value.
    pub fn doc<T: Serialize>(mut self, value: &T) -> Result<Self, StoreError> {
        let json = serde_json::to_string(value).map_err(|error| self.0.corrupt(error))?;
        self.0.body = ItemBody::Document(json);
        Ok(self)
    }

    /// Sets the content to bytes.
    #[must_use]
    pub fn data(mut self, bytes: Vec<u8>) -> Self {
        self.0.body = ItemBody::Data(bytes);
        self
    }

    /// Sets the content to a value, as compressed JSON.
    pub fn packed<T: Serialize>(self, value: &T) -> Result<Self, StoreError> {
        let bytes = pack(value).map_err(|error| self.0.corrupt(error))?;
        Ok(self.data(bytes))
    }

    /// Returns the item.
    #[must_use]
    pub fn build(self) -> TableItem {
        self.0
    }
}

/// Returns a value as compressed JSON: logs are repetitive, and stored bytes cost money.
fn pack<T: Serialize>(value: &T) -> std::io::Result<Vec<u8>> {
    // The JSON is written at once: the encoder clears its output buffer at every write, however
    // small.
    let json = serde_json::to_vec(value)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&json)?;
    encoder.finish()
}
