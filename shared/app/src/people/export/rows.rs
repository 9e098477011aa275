//! The columns and cells of each kind of list.

use attendee_sync_domain::audit::AuditEntry;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::{Profile, ProfileField};
use attendee_sync_domain::run::{Action, Change, FieldChange, Summary};

use super::Exported;
use crate::people::attendee_list::AttendeeView;
use crate::people::audience::AudienceMember;
use crate::people::users::UserView;

/// Returns the headings of a person: address and profile, followed by `last`.
fn of_person(last: &[&'static str]) -> Vec<&'static str> {
    let fields = ProfileField::ALL.iter().map(|field| field.name());
    let last = last.iter().copied();
    ["email"].into_iter().chain(fields).chain(last).collect()
}

fn person(email: &EmailAddress, profile: &Profile) -> Vec<String> {
    let field = |field| profile.get(field).unwrap_or_default().to_owned();
    let mut row = vec![email.to_string()];
    row.extend(ProfileField::ALL.map(field));
    row
}

impl Exported for AttendeeView {
    fn columns() -> Vec<&'static str> {
        of_person(&["groups", "digital_badge", "source_id", "status"])
    }

    fn cells(&self) -> serde_json::Result<Vec<String>> {
        let groups: Vec<&str> = self.groups.iter().map(GroupName::as_str).collect();
        let status = match self.status {
            Presence::Attending => "attending",
            Presence::Removed => "removed",
        };
        let mut row = person(&self.email, &self.profile);
        row.push(groups.join("; "));
        row.push(self.digital_badge.clone().unwrap_or_default());
        row.push(self.source_id.clone().unwrap_or_default());
        row.push(status.to_owned());
        Ok(row)
    }
}

impl Exported for AudienceMember {
    fn columns() -> Vec<&'static str> {
        vec![
            "email",
            "person",
            "first_name",
            "last_name",
            "country",
            "groups",
        ]
    }

    fn cells(&self) -> serde_json::Result<Vec<String>> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let groups: Vec<&str> = self.groups.iter().map(GroupName::as_str).collect();
        Ok(vec![
            self.email.to_string(),
            self.person.to_string(),
            text(&self.first_name),
            text(&self.last_name),
            text(&self.country),
            groups.join("; "),
        ])
    }
}

/// The cells also contain the events that the user attends.
impl Exported for UserView {
    fn columns() -> Vec<&'static str> {
        of_person(&["groups", "events", "created", "updated"])
    }

    fn cells(&self) -> serde_json::Result<Vec<String>> {
        let groups: Vec<&str> = self
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .collect();
        let attended = self
            .events
            .iter()
            .filter(|(_, presence)| **presence == Presence::Attending);
        let events: Vec<&str> = attended.map(|(event, _)| EventId::as_str(event)).collect();
        let mut row = person(&self.email, &self.profile);
        row.push(groups.join("; "));
        row.push(events.join("; "));
        row.push(self.created.to_string());
        row.push(self.updated.to_string());
        Ok(row)
    }
}

/// One field of a change; a change without fields is one line, too.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ChangeLine {
    person: PersonId,
    email: Option<EmailAddress>,
    action: Action,
    field: Option<String>,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
}

impl ChangeLine {
    /// A line for each field of each change.
    #[must_use]
    pub fn of(changes: Vec<Change>) -> Vec<Self> {
        changes.into_iter().flat_map(Self::of_one).collect()
    }

    fn of_one(mut change: Change) -> Vec<Self> {
        let fields = std::mem::take(&mut change.fields);
        if fields.is_empty() {
            return vec![Self::new(&change, None)];
        }
        let lines = fields
            .into_iter()
            .map(|field| Self::new(&change, Some(field)));
        lines.collect()
    }

    fn new(change: &Change, field: Option<FieldChange>) -> Self {
        let (name, before, after) = field.map_or((None, None, None), |field| {
            (
                Some(field.field.name().to_owned()),
                field.before,
                field.after,
            )
        });
        Self {
            person: change.person,
            email: change.email.clone(),
            action: change.action,
            field: name,
            before,
            after,
            reason: change.reason.clone(),
        }
    }
}

impl Exported for ChangeLine {
    fn columns() -> Vec<&'static str> {
        vec![
            "person", "email", "action", "field", "before", "after", "reason",
        ]
    }
}

impl Exported for Issue {
    fn columns() -> Vec<&'static str> {
        vec![
            "severity",
            "position",
            "source_id",
            "person",
            "field",
            "code",
            "reason",
        ]
    }
}

impl Exported for Summary {
    fn columns() -> Vec<&'static str> {
        vec![
            "run",
            "event",
            "mode",
            "state",
            "started",
            "finished",
            "records_read",
            "added",
            "updated",
            "unchanged",
            "removed",
            "erased",
            "rejected",
            "ignored",
            "missing_removed",
            "moved",
            "groups_created",
            "invitations_queued",
            "issues",
            "pages",
            "bytes",
            "complete",
            "seconds",
            "reason",
        ]
    }
}

/// The cells also contain the action in words.
impl Exported for AuditEntry {
    fn columns() -> Vec<&'static str> {
        vec!["at", "by", "action", "what"]
    }

    fn cells(&self) -> serde_json::Result<Vec<String>> {
        let action = serde_json::to_value(&self.action)?;
        let action = action.get("action").map(super::cell).unwrap_or_default();
        let (at, by) = (self.at.to_string(), self.by.to_string());
        Ok(vec![at, by, action, self.action.in_words()])
    }
}
