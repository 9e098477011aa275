//! Messages as text: orders as JSON, batches as compressed JSON, since SQS counts each 64 KB of a
//! message as a request (Amazon SQS pricing).

use std::io::{Read, Write};

use attendee_sync_app::ports::{Order, Parcel, QueueError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// What the text of a batch begins with; another shape gets another number.
const VERSION: &str = "batch-1:";

/// Most bytes of an unpacked batch: far more than 1 MiB of text holds, unless somebody means harm.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

/// A message that nobody can read. Its text repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Poison {
    /// No order.
    #[error("the message is no order (line {line}, column {column})")]
    Order {
        /// Where in it.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// No batch, or one of a version that is not known.
    #[error("the message is no batch of a known version")]
    Version,
    /// A batch that is damaged.
    #[error("the batch cannot be unpacked")]
    Packing,
    /// A batch of another shape.
    #[error("the batch is not of the expected shape (line {line}, column {column})")]
    Shape {
        /// Where in it.
        line: usize,
        /// Where in the line.
        column: usize,
    },
}

/// An order as text, as `EventBridge` Scheduler is given it, too.
pub fn body_of_order(order: &Order) -> Result<String, QueueError> {
    serde_json::to_string(order).map_err(|error| QueueError::Failed {
        operation: "an order as text",
        source: Box::new(error),
    })
}

/// The order in a message.
pub fn order_of(body: &str) -> Result<Order, Poison> {
    serde_json::from_str(body).map_err(|error: serde_json::Error| Poison::Order {
        line: error.line(),
        column: error.column(),
    })
}

/// A batch as text.
pub fn body_of_parcel(parcel: &Parcel) -> Result<String, QueueError> {
    let packed = pack(parcel).map_err(|source| QueueError::Failed {
        operation: "a batch as text",
        source: Box::new(source),
    })?;
    Ok(format!("{VERSION}{}", STANDARD.encode(packed)))
}

fn pack(parcel: &Parcel) -> std::io::Result<Vec<u8>> {
    // At once: the encoder clears its output buffer at every write, however small.
    let json = serde_json::to_vec(parcel)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&json)?;
    encoder.finish()
}

/// The batch in a message.
pub fn parcel_of(body: &str) -> Result<Parcel, Poison> {
    let packed = body.strip_prefix(VERSION).ok_or(Poison::Version)?;
    let packed = STANDARD.decode(packed).map_err(|_| Poison::Packing)?;
    let mut json = Vec::new();
    DeflateDecoder::new(packed.as_slice())
        .take(MAX_UNPACKED)
        .read_to_end(&mut json)
        .map_err(|_| Poison::Packing)?;
    serde_json::from_slice(&json).map_err(|error| Poison::Shape {
        line: error.line(),
        column: error.column(),
    })
}
