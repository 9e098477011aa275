//! Registration systems.

use async_trait::async_trait;
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
    /// Reads on where an earlier reading of the same was left.
    async fn resume(
        &self,
        source: &SourceSettings,
        ask: &ReadMode,
        place: &SourcePosition,
    ) -> Result<Box<dyn Feed>, SourceError>;
    /// Until when readings of this source wait, because it asked for it.
    fn waits_until(&self, _source: &SourceSettings) -> Option<Timestamp> {
        None
    }
    /// Reads the side lists of `source.lookups`.
    async fn lookups(&self, source: &SourceSettings) -> Result<SourceSideLists, SourceError>;
    /// Begins to ask for the details of records, by `source.details`, where no reading is to wait longer than
    /// somebody does who `watches`.
    async fn details(
        &self,
        _source: &SourceSettings,
        _watched: bool,
    ) -> Result<Box<dyn AskDetails>, SourceError> {
        Err(SourceError::new("these sources have no details of records"))
    }
    /// Reads the first page, up to `most` elements of its list, and tells what was asked and
    /// answered, also where that failed.
    async fn sample(&self, source: &SourceSettings, most: usize) -> FeedSample;
    /// The media type of what is at a public URL, asked without a credential.
    async fn media_type(&self, url: &str) -> Result<String, SourceError>;
}

/// The details of records while a feed is read: asked for with the credential and at the pace of their source.
#[async_trait]
pub trait AskDetails: Send + Sync {
    /// The JSON at these addresses, in order, asked for a few at a time.
    async fn ask(&self, urls: &[String]) -> Vec<Result<serde_json::Value, NoDetails>>;
}

/// Why the details of a record could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDetails {
    /// The reason, naming the address, for people. Holds no credential.
    pub reason: String,
    /// Whether it is about this record alone. Else the source may fail whatever it is asked for.
    pub of_record: bool,
}

/// A feed while it is read.
#[async_trait]
pub trait Feed: Send {
    /// The next records; `None` once the feed has proved to be whole, or not to have changed. Where nobody waits for
    /// them to the end, none of them counts as given out: [`place`](Self::place) stays as it was.
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError>;
    /// Pages and bytes read so far.
    fn read(&self) -> (u64, u64);
    /// Where the reading can go on after the records given out so far, by this process or another;
    /// `None` where it has to begin again.
    fn place(&self) -> Option<SourcePosition> {
        None
    }
    /// What the answers said of the feed as a whole; to be asked after its end.
    fn conclusion(&self) -> Conclusion {
        Conclusion::default()
    }
}

/// Where the reading of a feed was left, in the words of whoever reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourcePosition(pub String);

/// What a source is asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadMode {
    /// Everything.
    Everything,
    /// Everything, unless it is as it was when these came with it.
    Unless(Validators),
    /// What changed since then, by `source.incremental`.
    Since(Timestamp),
    /// One person's records, by `source.one_person`; everything where the source has no such
    /// filter.
    Person(EmailAddress),
    /// One record, by `source.one_record`.
    Record(String),
}

/// By what a source can tell that its answer would be the same (RFC 9110, section 8.8).
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
    /// It is as it was: nothing was sent.
    pub not_modified: bool,
    /// By what to ask next time; only where one answer holds the whole feed.
    pub validators: Option<Validators>,
    /// The source's own time at its first answer.
    pub answered: Option<Timestamp>,
    /// What the answers held that was not read as a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Whether records were left out as their details could not be had.
    #[serde(default)]
    pub lacks_details: bool,
    /// Whether its validators were those of an earlier read, and its records were not.
    #[serde(default)]
    pub validators_lie: bool,
}

impl Conclusion {
    /// Whether everything that the answers held was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.lacks_details && !self.remarks.iter().any(|remark| remark.incomplete)
    }
}

/// The side lists of a source.
#[derive(Debug, Clone, Default)]
pub struct SourceSideLists {
    /// What they hold.
    pub lookups: Lookups,
    /// What their answers held that was not read.
    pub remarks: Vec<Remark>,
}

/// Something that an answer held and that was not read as a record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Remark {
    /// A stable word for programs.
    pub code: String,
    /// The part of the configuration it is about.
    pub field: String,
    /// What it is, where it stands and what to do, for people.
    pub reason: String,
    /// Whether somebody may be in the feed who was not read.
    pub incomplete: bool,
}

impl Remark {
    /// A remark that somebody may be in the feed who was not read.
    #[must_use]
    pub fn incomplete(code: &str, field: &str, reason: String) -> Self {
        Self {
            incomplete: true,
            ..Self::notice(code, field, reason)
        }
    }

    /// A remark on something that was rightly left out.
    #[must_use]
    pub fn notice(code: &str, field: &str, reason: String) -> Self {
        Self {
            code: code.to_owned(),
            field: field.to_owned(),
            reason,
            incomplete: false,
        }
    }

    /// The issue that a run says it by; it is about no record.
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
    /// Where each lies; `None` for one that was too long to be read.
    pub units: Vec<Option<std::ops::Range<usize>>>,
}

/// Why a source cannot be read on. Its text is for people and holds no credential.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What happened, where, and what to do.
    pub message: String,
    /// Why.
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
