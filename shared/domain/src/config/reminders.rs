//! Reminders: who was invited and has not entered gets another mail, after so many days.

use serde::{Deserialize, Serialize};

use super::document::{EventDocument, Template};

/// When attendees are reminded, and by which mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReminderSettings {
    /// After how many days from the invitation each of them goes out, in order.
    #[cfg_attr(feature = "schemas", schema(min_items = 1, max_items = 10))]
    pub after_days: Vec<u16>,
    /// The mail.
    pub template: Template,
}

impl EventDocument {
    /// The document with the reminder in the place of the invitation: its mail is checked, written and tried as
    /// that of an invitation. `None` where there are no reminders.
    #[must_use]
    pub fn reminding(&self) -> Option<Self> {
        let reminders = self.reminders.as_ref()?;
        let mut reminding = self.clone();
        reminding.invitations.template = Some(reminders.template.clone());
        Some(reminding)
    }
}
