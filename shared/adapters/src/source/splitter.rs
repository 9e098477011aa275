//! Splits a body into records, in any of the formats.

use attendee_sync_app::ports::{FeedBlock, Remark, SourceError};
use attendee_sync_domain::config::{
    CharsetLabel, CsvLayout, FeedFormat, SourceSettings, TakenField,
};
use attendee_sync_domain::feed::{FeedEnd, FeedError, RecordSplitter, RecordsPath, Unit, listed};
use attendee_sync_domain::profile::AttendeeField;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::csv::CsvRows;
use super::lines::BodyLines;
use super::{came, failure, told};

/// The settings of the document about a body.
#[derive(Default)]
pub(super) struct BodyShape {
    pub(super) format: FeedFormat,
    pub(super) records: RecordsPath,
    pub(super) charset: Option<CharsetLabel>,
    pub(super) csv: CsvLayout,
    pub(super) taken: Vec<TakenField>,
}

impl BodyShape {
    pub(super) fn of(source: &SourceSettings) -> Self {
        Self {
            format: source.format,
            records: source.records.clone(),
            charset: source.charset.clone(),
            csv: source.csv.clone(),
            taken: source.taken.clone(),
        }
    }
}

/// The splitter of one body.
pub(super) enum Splitter {
    Json(Box<Json>),
    Lines(BodyLines),
    Csv(Box<CsvRows>),
}

/// The result of splitting a body into records.
#[derive(Default)]
pub(super) struct Split {
    /// What surrounds its records.
    pub(super) envelope: Value,
    /// The error that there is no list at its path, if there is none.
    pub(super) no_list: Option<SourceError>,
    /// Remarks on the body.
    pub(super) remarks: Vec<Remark>,
}

impl Splitter {
    pub(super) fn new(shape: &BodyShape) -> Self {
        match shape.format {
            FeedFormat::Json => Self::Json(Box::new(Json::new(shape))),
            FeedFormat::Ndjson => Self::Lines(BodyLines::default()),
            FeedFormat::Csv => Self::Csv(Box::new(CsvRows::new(shape))),
        }
    }

    /// Takes the next bytes and puts the records that end in them into `block`.
    pub(super) fn push(&mut self, chunk: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        match self {
            Self::Json(json) => json.push(chunk, block),
            Self::Lines(lines) => lines.push(chunk, block),
            Self::Csv(rows) => rows.push(chunk, block),
        }
    }

    /// Returns the envelope of a finished body whose list has no record and nothing else in its
    /// place.
    pub(super) fn without_list(&self) -> Option<Value> {
        match self {
            Self::Json(json) => json.splitter.without_list(),
            Self::Lines(_) => None,
            Self::Csv(rows) => rows.is_blank().then_some(Value::Null),
        }
    }

    /// Ends the body: checks that it is complete, and returns what surrounds the records.
    pub(super) fn finish(self, block: &mut FeedBlock) -> Result<Split, SourceError> {
        match self {
            Self::Json(json) => json.finish(block),
            Self::Lines(lines) => lines.finish(block).map(|()| Split::default()),
            Self::Csv(rows) => rows.finish(block).map(|remarks| Split {
                remarks,
                ..Split::default()
            }),
        }
    }
}

/// Copies one record into `block`.
pub(super) fn add(block: &mut FeedBlock, unit: &Unit<'_>) {
    match unit {
        Unit::TooLong => block.units.push(None),
        Unit::Bytes(bytes) => {
            let start = block.bytes.len();
            block.bytes.extend_from_slice(bytes);
            block.units.push(Some(start..block.bytes.len()));
        }
    }
}

/// A JSON body.
pub(super) struct Json {
    splitter: RecordSplitter,
    /// How the body begins, for a message.
    beginning: Vec<u8>,
    /// A field that every element of the list has, as far as the document shows.
    telling: Option<String>,
}

impl Json {
    fn new(shape: &BodyShape) -> Self {
        Self {
            splitter: RecordSplitter::new(&shape.records),
            beginning: Vec::new(),
            telling: telling_field(shape),
        }
    }

    fn push(&mut self, chunk: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        let room = came::ENOUGH.saturating_sub(self.beginning.len());
        let beginning = chunk.get(..room.min(chunk.len())).unwrap_or_default();
        self.beginning.extend_from_slice(beginning);
        self.splitter
            .push(chunk, &mut |unit| add(block, &unit))
            .map_err(|error| in_words(error, &self.beginning))
    }

    fn finish(self, block: &mut FeedBlock) -> Result<Split, SourceError> {
        let Self {
            splitter,
            beginning,
            telling,
        } = self;
        let ended = splitter
            .finish()
            .map_err(|error| in_words(error, &beginning))?;
        let mut no_list = None;
        if !ended.has_list {
            if let Some(error) = told::error_in(&ended.envelope, true) {
                return Err(told_error(&error));
            }
            no_list = stand_in(&ended, telling.as_deref(), block)?;
        }
        Ok(Split {
            envelope: ended.envelope,
            no_list,
            remarks: Vec::new(),
        })
    }
}

/// Returns the error that a source reports an error in place of its list.
pub(super) fn told_error(error: &str) -> SourceError {
    SourceError::new(format!(
        "the source answered with an error in place of its list: {error}; see to that, and sync again"
    ))
}

/// Handles a value that is at the path of the list and is no list: an empty value is an empty list,
/// and records may be written without a list. Returns an error where the path does not exist, and
/// fails for any other value.
fn stand_in(
    ended: &FeedEnd,
    telling: Option<&str>,
    block: &mut FeedBlock,
) -> Result<Option<SourceError>, SourceError> {
    let no_list = || SourceError::new(ended.no_list().to_string());
    let value = match ended.at_list() {
        None => return Ok(Some(no_list())),
        Some(Value::Null | Value::Bool(false)) => return Ok(None),
        // An empty XML element becomes such a text.
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(value) => value,
    };
    let elements = listed(value).filter(|_| value.is_object());
    let has_field = |element: &&Value| telling.is_some_and(|name| element.get(name).is_some());
    match elements {
        Some(elements) if elements.iter().all(has_field) => {
            for element in elements {
                let bytes = serde_json::to_vec(element)
                    .map_err(|error| failure("a record cannot be read", error))?;
                add(block, &Unit::Bytes(&bytes));
            }
            Ok(None)
        }
        _ => Err(no_list()),
    }
}

/// Returns the field by which an element of the list is recognised: the list within it, or the
/// address.
fn telling_field(shape: &BodyShape) -> Option<String> {
    let below = shape.records.first_below().map(str::to_owned);
    below.or_else(|| {
        let email = shape
            .taken
            .iter()
            .find(|field| field.name == AttendeeField::Email)?;
        Some(email.path.own_field()?.to_owned())
    })
}

fn in_words(error: FeedError, beginning: &[u8]) -> SourceError {
    let message = error.to_string();
    match error {
        FeedError::NotJson(_) => came::not(FeedFormat::Json, beginning),
        FeedError::TrailingBytes if begins_with_a_line(beginning) => SourceError::new(format!(
            "{message}: it looks like one JSON object a line; set source.format to ndjson"
        )),
        FeedError::Envelope(cause) => failure(message, cause),
        _ => SourceError::new(message),
    }
}

/// Returns whether the first line is complete JSON.
fn begins_with_a_line(beginning: &[u8]) -> bool {
    let mut lines = beginning.splitn(2, |byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default();
    lines.next().is_some() && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}
