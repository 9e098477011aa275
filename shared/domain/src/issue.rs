//! Issues: what a run has to say about records, in plain words.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// How much an issue matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is wrong; worth knowing.
    Notice,
    /// Part of the record was not taken.
    Warning,
    /// The record was not taken.
    Error,
}

impl Severity {
    /// All of them, the gravest last.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Warning, Self::Error];

    /// The severity as the interface names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something about one record. Its words name fields and positions, never a person's values, so
/// that erasing a person leaves nothing of them in issues that could not be traced to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Issue {
    /// How much it matters.
    pub severity: Severity,
    /// Which record of the feed, counting from 1.
    pub position: u32,
    /// The record's id in the source, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Whom it is about, for programs; absent where no address could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The profile field or part of the configuration it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A stable word for programs.
    pub code: String,
    /// What is the matter, and what happened, for people.
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

    /// The same, about one field.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The same, with the record's id in the source.
    #[must_use]
    pub fn from_source(mut self, source_id: Option<String>) -> Self {
        self.source_id = source_id;
        self
    }

    /// The same, about this person.
    #[must_use]
    pub fn of_person(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }
}
