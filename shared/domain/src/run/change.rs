//! What a run changed about a person.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::ids::PersonId;
use crate::profile::AttendeeField;

/// What happened to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The person became an attendee.
    Added,
    /// Something about the person changed.
    Updated,
    /// The person was removed from the event.
    Removed,
    /// Their ticket has another address now: it changed hands, or the address was corrected.
    Moved,
    /// The person was erased.
    Erased,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 5] = [
        Self::Added,
        Self::Updated,
        Self::Removed,
        Self::Moved,
        Self::Erased,
    ];

    /// Returns the action's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Erased => "erased",
        }
    }
}

/// A changed field, with its values before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// The field.
    pub field: AttendeeField,
    /// Its value before, if it had one.
    pub before: Option<String>,
    /// Its value after, if it has one.
    pub after: Option<String>,
}

/// The changes that a run made to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Change {
    /// The person's id, for programs.
    pub person: PersonId,
    /// The person's address, for people; absent once they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// What happened to the person.
    pub action: Action,
    /// The changed fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// The reason, where the fields do not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the same person attends with another address now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// Who has their ticket now, for programs, where it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<PersonId>,
}

impl Change {
    /// Returns the same change without the data that identifies the person.
    #[must_use]
    pub fn without_person(&self) -> Self {
        Self {
            person: self.person,
            email: None,
            action: self.action,
            fields: Vec::new(),
            reason: None,
            corrected: self.corrected,
            moved_to: None,
        }
    }
}
