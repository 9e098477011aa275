//! Cuts a body into records, whatever it is written in.

use attendee_sync_app::ports::{Block, SourceError};
use attendee_sync_domain::config::Format;
use attendee_sync_domain::feed::{FeedError, RecordSplitter, RecordsPath, Unit};
use serde_json::Value;

use super::csv::Rows;
use super::failure;
use super::lines::Lines;

/// The splitter of one body.
pub(super) enum Splitter {
    Json(Box<RecordSplitter>),
    Lines(Lines),
    Csv(Box<Rows>),
}

impl Splitter {
    pub(super) fn new(format: Format, records: &RecordsPath) -> Self {
        match format {
            Format::Json => Self::Json(Box::new(RecordSplitter::new(records))),
            Format::Ndjson => Self::Lines(Lines::default()),
            Format::Csv => Self::Csv(Box::default()),
        }
    }

    /// Takes the next bytes and puts the records that end in them into `block`.
    pub(super) fn push(&mut self, chunk: &[u8], block: &mut Block) -> Result<(), SourceError> {
        match self {
            Self::Json(splitter) => splitter
                .push(chunk, &mut |unit| add(block, &unit))
                .map_err(in_words),
            Self::Lines(lines) => lines.push(chunk, block),
            Self::Csv(rows) => rows.push(chunk, block),
        }
    }

    /// What the body holds where it is over and has no record in its list's place, but nothing.
    pub(super) fn without_list(&self) -> Option<Value> {
        match self {
            Self::Json(splitter) => splitter.without_list(),
            Self::Lines(_) => None,
            Self::Csv(rows) => rows.is_blank().then_some(Value::Null),
        }
    }

    /// Ends the body: checks that it was whole and gives what surrounds the records.
    pub(super) fn finish(self, block: &mut Block) -> Result<Value, SourceError> {
        match self {
            Self::Json(splitter) => splitter.finish().map_err(in_words),
            Self::Lines(lines) => lines.finish(block).map(|()| Value::Null),
            Self::Csv(rows) => rows.finish(block).map(|()| Value::Null),
        }
    }
}

/// Copies one record into `block`.
pub(super) fn add(block: &mut Block, unit: &Unit<'_>) {
    match unit {
        Unit::TooLong => block.units.push(None),
        Unit::Bytes(bytes) => {
            let start = block.bytes.len();
            block.bytes.extend_from_slice(bytes);
            block.units.push(Some(start..block.bytes.len()));
        }
    }
}

fn in_words(error: FeedError) -> SourceError {
    let message = error.to_string();
    match error {
        FeedError::Envelope(cause) => failure(message, cause),
        _ => SourceError::new(message),
    }
}
