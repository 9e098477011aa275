//! Registration systems.

use async_trait::async_trait;
use attendee_sync_domain::badge::BadgeFinding;
use attendee_sync_domain::config::SourceSettings;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::lookup::Lookups;
use jiff::Timestamp;

use super::FeedSample;

/// Registration systems.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Begins to read what `ask` asks for.
    async fn open(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
    ) -> Result<Box<dyn Feed>, SourceError>;
    /// Continues a reading from the position where an earlier one stopped.
    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError>;
    /// Returns until when readings of this source wait, because the source asked for a pause.
    fn waits_until(&self, _source: &SourceSettings) -> Option<Timestamp> {
        None
    }
    /// Reads the side lists of `source.lookups`.
    async fn lookups(&self, source: &SourceSettings) -> Result<SourceSideLists, SourceError>;
    /// Begins to request the details of records, by `source.details`. Where `watched` is set, a
    /// person waits for them, and no request waits longer than that person would.
    async fn details(
        &self,
        _source: &SourceSettings,
        _watched: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        Err(SourceError::new("these sources have no details of records"))
    }
    /// Reads the first page, at most `most` elements of its list, and returns the request and the
    /// answer, even where that failed.
    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample;
    /// Looks what is at the public URL of a badge, without a credential, for at most ten seconds.
    async fn badge(&self, url: &str) -> BadgeFinding;
}

/// Requests the details of records while a feed is read, with the credential and at the pace of
/// their source.
#[async_trait]
pub trait AskDetails: Send + Sync {
    /// Returns the JSON at these addresses, in order, requested a few at a time.
    async fn ask(&self, urls: &[String]) -> Vec<Result<serde_json::Value, NoDetails>>;
}

/// Why the details of a record could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDetails {
    /// The reason with the address, for people. It contains no credential.
    pub reason: String,
    /// Whether the failure concerns this record only. Otherwise the source may fail for any
    /// request.
    pub of_record: bool,
}

/// A feed while it is read.
#[async_trait]
pub trait Feed: Send {
    /// Returns the next records; `None` once the feed has proved to be complete, or unchanged.
    /// Where the caller drops the future, none of the records counts as returned:
    /// [`place`](Self::place) stays as it was.
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError>;
    /// Returns the pages and bytes read so far.
    fn read(&self) -> (u64, u64);
    /// Returns the position from which this process or another can continue after the records
    /// returned so far; `None` where the reading has to begin again.
    fn place(&self) -> Option<SourcePosition> {
        None
    }
    /// Returns what the answers said of the feed as a whole; only valid after its end.
    fn conclusion(&self) -> Conclusion {
        Conclusion::default()
    }
}

/// A position in a feed, in a format that only the adapter understands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourcePosition(pub String);

/// What a run reads from its source.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadMode {
    /// Everything.
    Everything,
    /// Everything, unless the source still has these validators.
    Unless(Validators),
    /// The changes since this time, by `source.incremental`.
    Since(Timestamp),
    /// One person's records, by `source.one_person`; everything where the source has no such
    /// filter.
    Person(EmailAddress),
    /// One record, by `source.one_record`.
    Record(String),
}

/// The validators by which a source can tell that its answer would be the same (RFC 9110, section
/// 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Validators {
    /// The entity tag, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The time of the last change, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// What the answers said of a feed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Conclusion {
    /// Whether the source answered that nothing has changed, and sent no records.
    pub not_modified: bool,
    /// The validators for the next request; only where one answer holds the whole feed.
    pub validators: Option<Validators>,
    /// The source's own time at its first answer.
    pub answered: Option<Timestamp>,
    /// Parts of the answers that were not read as records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Whether records were left out because their details could not be fetched.
    #[serde(default)]
    pub lacks_details: bool,
    /// Whether its validators were those of an earlier read, and its records were not.
    #[serde(default)]
    pub validators_lie: bool,
}

impl Conclusion {
    /// Returns whether everything in the answers was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.lacks_details && !self.remarks.iter().any(|remark| remark.incomplete)
    }
}

/// The side lists of a source.
#[derive(Debug, Clone, Default)]
pub struct SourceSideLists {
    /// The content of the lists.
    pub lookups: Lookups,
    /// Parts of their answers that were not read.
    pub remarks: Vec<Remark>,
}

/// A part of an answer that was not read as a record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Remark {
    /// A stable code for programs.
    pub code: String,
    /// The part of the configuration it is about.
    pub field: String,
    /// What it is, where it is and what to do, for people.
    pub reason: String,
    /// Whether a person who was not read may be in the feed.
    pub incomplete: bool,
}

impl Remark {
    /// Returns a remark that a person who was not read may be in the feed.
    #[must_use]
    pub fn incomplete(code: &str, field: &str, reason: String) -> Self {
        Self {
            incomplete: true,
            ..Self::notice(code, field, reason)
        }
    }

    /// Returns a remark on something that was rightly left out.
    #[must_use]
    pub fn notice(code: &str, field: &str, reason: String) -> Self {
        Self {
            code: code.to_owned(),
            field: field.to_owned(),
            reason,
            incomplete: false,
        }
    }

    /// Returns the issue by which a run reports the remark; it belongs to no record.
    #[must_use]
    pub fn to_issue(&self) -> Issue {
        let severity = if self.incomplete {
            Severity::Warning
        } else {
            Severity::Notice
        };
        Issue::new(severity, 0, &self.code, self.reason.clone()).about(&self.field)
    }
}

/// Some records of a feed, as bytes.
#[derive(Debug, Default)]
pub struct FeedBlock {
    /// The bytes of all of them.
    pub bytes: Vec<u8>,
    /// The range of each record in `bytes`; `None` for one that was too long to be read.
    pub units: Vec<Option<std::ops::Range<usize>>>,
}

/// Why reading a source failed. The text is for people and contains no credential.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What happened, where, and what to do.
    pub message: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    /// An error without a cause below it.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }
}
