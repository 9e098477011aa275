//! Items: a key, a version where writes are conditional, and a document as JSON text.

use std::collections::HashMap;
use std::io::{Read, Write};

use attendee_sync_app::ports::StoreError;
use attendee_sync_domain::people::Versioned;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys::Key;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The partition key.
pub(super) const PK: &str = "pk";
/// The sort key.
pub(super) const SK: &str = "sk";
/// The version a conditional write expects.
pub(super) const VERSION: &str = "v";
/// A value as JSON.
pub(super) const DOC: &str = "doc";
/// Bytes: packed entries, or compressed JSON.
const DATA: &str = "data";
/// The table's time-to-live attribute: seconds since 1970.
pub(super) const EXPIRES: &str = "expires";
/// Most bytes a compressed document may have once it is unpacked.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn integer(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The attributes that are an item's key.
pub(super) fn key_attributes(key: &Key) -> Item {
    HashMap::from([
        (PK.to_owned(), text(&key.pk)),
        (SK.to_owned(), text(&key.sk)),
    ])
}

fn corrupt(key: &Key, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Corrupt {
        key: format!("{}/{}", key.pk, key.sk),
        source: error.into(),
    }
}

/// About how many bytes the item of a put has.
pub(super) fn item_bytes(action: &TransactWriteItem) -> usize {
    let attributes = action.put.iter().flat_map(|put| put.item.values());
    attributes
        .map(|value| match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::B(blob) => blob.as_ref().len(),
            _ => 8,
        })
        .sum()
}

/// An item under construction.
#[derive(Debug)]
pub(super) struct Builder {
    key: Key,
    item: Item,
}

impl Builder {
    pub(super) fn new(key: Key) -> Self {
        Self {
            item: key_attributes(&key),
            key,
        }
    }

    pub(super) fn version(mut self, version: u64) -> Self {
        self.item.insert(VERSION.to_owned(), integer(version));
        self
    }

    pub(super) fn expires(mut self, at: Timestamp) -> Self {
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        self.item.insert(EXPIRES.to_owned(), integer(seconds));
        self
    }

    pub(super) fn doc<T: Serialize>(mut self, value: &T) -> Result<Self, StoreError> {
        let json = serde_json::to_string(value).map_err(|error| corrupt(&self.key, error))?;
        self.item.insert(DOC.to_owned(), text(json));
        Ok(self)
    }

    pub(super) fn data(mut self, bytes: Vec<u8>) -> Self {
        self.item
            .insert(DATA.to_owned(), AttributeValue::B(Blob::new(bytes)));
        self
    }

    pub(super) fn packed<T: Serialize>(self, value: &T) -> Result<Self, StoreError> {
        let bytes = pack(value).map_err(|error| corrupt(&self.key, error))?;
        Ok(self.data(bytes))
    }

    pub(super) fn build(self) -> Item {
        self.item
    }
}

/// Compressed JSON: logs are repetitive, and stored bytes cost.
fn pack<T: Serialize>(value: &T) -> std::io::Result<Vec<u8>> {
    // At once: the encoder clears its output buffer at every write, however small.
    let json = serde_json::to_vec(value)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&json)?;
    encoder.finish()
}

/// An item as it was read.
#[derive(Debug)]
pub(super) struct Stored(pub(super) Item);

impl Stored {
    pub(super) fn key(&self) -> Key {
        let part = |name| {
            self.0
                .get(name)
                .and_then(|value| value.as_s().ok())
                .cloned()
        };
        Key {
            pk: part(PK).unwrap_or_default(),
            sk: part(SK).unwrap_or_default(),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(super) fn doc<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let json = self
            .0
            .get(DOC)
            .and_then(|value| value.as_s().ok())
            .ok_or_else(|| corrupt(&self.key(), "it has no document"))?;
        serde_json::from_str(json).map_err(|error| corrupt(&self.key(), error))
    }

    pub(super) fn versioned<T: DeserializeOwned>(&self) -> Result<Versioned<T>, StoreError> {
        Ok(Versioned {
            version: self.integer(VERSION).unwrap_or(0),
            value: self.doc()?,
        })
    }

    pub(super) fn data(&self) -> Option<&[u8]> {
        Some(self.0.get(DATA)?.as_b().ok()?.as_ref())
    }

    pub(super) fn into_data(mut self) -> Option<Vec<u8>> {
        match self.0.remove(DATA)? {
            AttributeValue::B(blob) => Some(blob.into_inner()),
            _ => None,
        }
    }

    pub(super) fn unpacked<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let bytes = self
            .data()
            .ok_or_else(|| corrupt(&self.key(), "it has no data"))?;
        let reader = DeflateDecoder::new(bytes).take(MAX_UNPACKED);
        serde_json::from_reader(std::io::BufReader::new(reader))
            .map_err(|error| corrupt(&self.key(), error))
    }
}
