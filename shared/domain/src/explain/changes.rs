//! What runs changed of a person, and what waits for a decision.

use jiff::Timestamp;
use serde::Serialize;

use crate::ids::RunId;
use crate::run::{Action, Change, FieldChange, RunState};

/// What one run changed of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ChangeExplained {
    /// The run.
    pub run: RunId,
    /// The run's state; absent when the run is no longer stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// The time at which the run ended, or started where it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What happened to the person.
    pub action: Action,
    /// The changed fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// The reason, where the fields do not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ChangeExplained {
    /// Returns a change of a run, with the run's state and the time of that state.
    #[must_use]
    pub fn new(run: RunId, stands: Option<(RunState, Timestamp)>, change: Change) -> Self {
        Self {
            run,
            state: stands.map(|(state, _)| state),
            at: stands.map(|(_, at)| at),
            action: change.action,
            fields: change.fields,
            reason: change.reason,
        }
    }
}

/// What waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct HeldExplained {
    /// The run that holds it.
    pub run: RunId,
    /// The change that waits; `None` where only another change of this person waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

impl HeldExplained {
    pub(super) fn in_words(&self) -> String {
        let would = match self.change.as_ref().map(|change| change.action) {
            Some(Action::Removed) => "remove them from the event",
            Some(Action::Moved) => {
                "remove them from the event, because their ticket now has another address"
            }
            Some(Action::Erased) => "erase them permanently",
            Some(Action::Added) => "add them",
            Some(Action::Updated) | None => "change them",
        };
        let reason = self.change.as_ref().and_then(|c| c.reason.as_deref());
        let why = reason.map(|reason| format!(" ({reason})"));
        format!(
            "Run {} would {would}{}; this waits for approval",
            self.run,
            why.unwrap_or_default()
        )
    }
}
