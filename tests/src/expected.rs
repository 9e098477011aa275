//! `expected.json` of a fixture: the runs to make, and what each must come to.
//!
//! Everything is a subset, compared field by field, but for the people who attend and the groups that have members:
//! those lists are complete.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The whole file: one or more runs, each on the feed as the one before left it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// In order.
    pub runs: Vec<ExpectedRun>,
}

/// One run and the state after it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRun {
    /// Request of a route -> the body it has from this run on.
    #[serde(default)]
    pub replace: BTreeMap<String, String>,
    /// Exit status of `sync`.
    #[serde(default)]
    pub status: i32,
    /// Members of the run's summary.
    #[serde(default)]
    pub summary: BTreeMap<String, Value>,
    /// Everyone who attends after the run.
    pub attendees: Vec<ExpectedAttendee>,
    /// Every group with members after the run: name as shown -> how many.
    pub groups: Option<BTreeMap<String, u64>>,
    /// Some of the run's changes.
    #[serde(default)]
    pub changes: Vec<ExpectedChange>,
    /// Some of the run's issues; of the errors, all.
    #[serde(default)]
    pub issues: Vec<ExpectedIssue>,
    /// Texts that no look-up may show any more after this run: addresses of people who were erased.
    #[serde(default)]
    pub gone: Vec<String>,
}

/// Some of what is known of one attendee.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedAttendee {
    /// Compared without regard to case.
    pub email: Email,
    /// The id in the source.
    pub source_id: Option<String>,
    /// Profile fields; an empty text says that the field must be absent or empty.
    #[serde(default)]
    pub profile: BTreeMap<String, String>,
    /// An empty text says that there must be none.
    pub digital_badge: Option<String>,
    /// All groups, in any order.
    pub groups: Option<Vec<String>>,
}

/// An address, or the spellings any of which will do.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Email {
    /// This one.
    One(String),
    /// Any of these.
    AnyOf(Vec<String>),
}

impl Email {
    pub(crate) fn is(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        match self {
            Self::One(one) => one.to_lowercase() == address,
            Self::AnyOf(spellings) => spellings.iter().any(|one| one.to_lowercase() == address),
        }
    }
}

/// One change of one person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedChange {
    /// Whose.
    pub email: String,
    /// `added`, `updated`, `removed` or `erased`.
    pub action: String,
    /// Field -> before and after.
    #[serde(default)]
    pub fields: BTreeMap<String, (Value, Value)>,
}

/// One issue. What is left out is not compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedIssue {
    /// Which record, from 1, across the whole feed.
    pub position: u64,
    /// `error`, `warning` or `notice`.
    pub severity: Option<String>,
    /// The id of the record in the source.
    pub source_id: Option<String>,
    /// The field it is about.
    pub field: Option<String>,
    /// Its stable name.
    pub code: Option<String>,
    /// A part of the reason, in any case.
    pub reason: Option<String>,
}
