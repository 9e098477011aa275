//! Issues: remarks of a run about records, in plain words.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// The severity of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A remark; nothing is wrong.
    Notice,
    /// Part of the record was not used.
    Warning,
    /// The record was rejected.
    Error,
}

impl Severity {
    /// All severities, in ascending order.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Warning, Self::Error];

    /// Returns the severity's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A remark about one record. Its text names fields and positions, never a person's values, so that
/// an erasure leaves no personal data in issues that cannot be traced to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Issue {
    /// The severity.
    pub severity: Severity,
    /// The record's position in the feed, counting from 1.
    pub position: u32,
    /// The record's id in the source, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The person, for programs; absent where no address could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The profile field or part of the configuration that the issue is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A stable code for programs.
    pub code: String,
    /// What is wrong, and what happened, for people.
    pub reason: String,
}

impl Issue {
    /// An issue about the record at `position`.
    #[must_use]
    pub fn new(severity: Severity, position: u32, code: &str, reason: impl Into<String>) -> Self {
        Self {
            severity,
            position,
            source_id: None,
            person: None,
            field: None,
            code: code.to_owned(),
            reason: reason.into(),
        }
    }

    /// Returns the issue, about one field.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Returns the issue, with the record's id in the source.
    #[must_use]
    pub fn from_source(mut self, source_id: Option<String>) -> Self {
        self.source_id = source_id;
        self
    }

    /// Returns the issue, about this person.
    #[must_use]
    pub fn of_person(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }
}
