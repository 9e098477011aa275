//! What runs changed of them, and what waits.

use jiff::Timestamp;
use serde::Serialize;

use crate::ids::RunId;
use crate::run::{Action, Change, FieldChange, RunState};

/// What one run changed of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ChangeExplained {
    /// Which run.
    pub run: RunId,
    /// Where it stands, unless it is no longer kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// When it ended, or began where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What happened.
    pub action: Action,
    /// Field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Why, where the fields do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ChangeExplained {
    /// What a run changed of them; with how it stands, and since when.
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
    /// In which run.
    pub run: RunId,
    /// What would change; `None` where only another change of theirs waits.
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
