//! Items: a key, a version where writes are conditional, and one body.

use std::io::{Read, Write};

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::people::Versioned;
use attendee_sync_domain::unknown_keys::read_known;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::schema::{ItemSchema, KnownShape};

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

impl ItemBody {
    /// Returns the JSON that it holds, as text or compressed.
    pub(super) fn json(&self) -> Option<Value> {
        match self {
            Self::Document(json) => serde_json::from_str(json).ok(),
            Self::Data(bytes) => serde_json::from_slice(&inflate(bytes).ok()?).ok(),
            Self::Empty => None,
        }
    }

    /// Returns a body of the same kind with this JSON.
    pub(super) fn with_json(&self, value: &Value) -> Option<Self> {
        match self {
            Self::Document(_) => Some(Self::Document(value.to_string())),
            Self::Data(_) => pack(value).ok().map(Self::Data),
            Self::Empty => None,
        }
    }
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
    /// The schema version of the content.
    pub schema: ItemSchema,
    /// What the content is, where it is about to be written.
    pub shape: KnownShape,
}

impl TableItem {
    /// Returns an item as it is read.
    #[must_use]
    pub fn stored(
        key: TableKey,
        version: Option<u64>,
        expires: Option<u64>,
        body: ItemBody,
        schema: ItemSchema,
    ) -> Self {
        Self {
            key,
            version,
            expires,
            body,
            schema,
            shape: KnownShape::default(),
        }
    }

    /// Adds what a stored item of a newer version has and this version does not know.
    pub(super) fn keep_unknown_of(&mut self, stored: &Self) {
        if !stored.schema.is_newer() {
            return;
        }
        if let Some(body) = self.shape.keep(&stored.body, &self.body) {
            self.body = body;
            self.schema = stored.schema;
        }
    }

    /// Returns the error that says that only a newer version can read the item.
    pub(super) fn newer(&self) -> StoreError {
        StoreError::Newer {
            key: format!("{}/{}", self.key.pk, self.key.sk),
            schema: self.schema.to_string(),
        }
    }

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
        serde_json::from_str(json).or_else(|error| self.known_part(error))
    }

    /// Reads past what a newer version added, after reading everything failed with this error.
    fn known_part<T: DeserializeOwned>(&self, error: serde_json::Error) -> Result<T, StoreError> {
        let known = self.body.json().and_then(|json| read_known(&json).ok());
        known.ok_or_else(|| {
            if self.schema.is_newer() {
                self.newer()
            } else {
                self.corrupt(error)
            }
        })
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
            .or_else(|error| self.known_part(error))
    }
}

fn inflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut json = Vec::new();
    DeflateDecoder::new(bytes)
        .take(MAX_UNPACKED)
        .read_to_end(&mut json)?;
    Ok(json)
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
        Self(TableItem::stored(
            key,
            None,
            None,
            ItemBody::Empty,
            ItemSchema::CURRENT,
        ))
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

    /// Sets the document to a value. Written over a document of a newer version, it keeps what that has and
    /// `T` does not know.
    pub fn doc<T: Serialize + DeserializeOwned>(self, value: &T) -> Result<Self, StoreError> {
        self.doc_read_as::<T>(value)
    }

    /// Sets the document to a value that is read as `T`, and writes it as [`doc`](Self::doc) does.
    pub fn doc_read_as<T: Serialize + DeserializeOwned>(
        mut self,
        value: &impl Serialize,
    ) -> Result<Self, StoreError> {
        let json = serde_json::to_string(value).map_err(|error| self.0.corrupt(error))?;
        self.0.body = ItemBody::Document(json);
        self.0.shape = KnownShape::of::<T>();
        Ok(self)
    }

    /// Sets the content to bytes.
    #[must_use]
    pub fn data(mut self, bytes: Vec<u8>) -> Self {
        self.0.body = ItemBody::Data(bytes);
        self
    }

    /// Sets the content to a value, as compressed JSON. Nothing else stays of what is written over, so that
    /// nothing of a person stays in a log that an erasure writes anew.
    pub fn packed<T: Serialize>(self, value: &T) -> Result<Self, StoreError> {
        let bytes = pack(value).map_err(|error| self.0.corrupt(error))?;
        Ok(self.data(bytes))
    }

    /// Sets the content to a value, as compressed JSON, which keeps what a newer version added as
    /// [`doc`](Self::doc) does.
    pub fn packed_and_kept<T: Serialize + DeserializeOwned>(
        self,
        value: &T,
    ) -> Result<Self, StoreError> {
        let mut builder = self.packed(value)?;
        builder.0.shape = KnownShape::of::<T>();
        Ok(builder)
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
