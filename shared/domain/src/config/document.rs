//! The document itself. Unknown keys are refused by name; what is left out has a default here.

use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64;

use crate::email::EmailAddress;
use crate::ids::{CommunityId, EventId};
#[cfg(feature = "schemas")]
use crate::schemas::{LocalDateTime, LocalTime};

use super::access::AccessRules;
use super::answer::TakenField;
use super::hook::HookSettings;
use super::mapping::Mapping;
use super::notify::NotifyTarget;
use super::reminders::ReminderSettings;
use super::rule::{DeleteFlag, Rule};
use super::secret::{SecretName, SecretOwner, SecretValue};
use super::source::SourceSettings;
use super::upload::ListOrigin;

/// The configuration of one event: everything that says how it is synced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
// Serialize and Deserialize are implemented below and forward the fields to derived
// implementations.
#[serde(deny_unknown_fields, remote = "Self")]
pub struct EventDocument {
    /// The community whose users the attendees become.
    pub community: CommunityId,
    /// The event, unique in an installation.
    pub event: EventId,
    /// The event's display name.
    pub name: String,
    /// IANA time zone of all local times in this document.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// When the app opens for attendees, local time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<LocalDateTime>))]
    pub goes_live: Option<DateTime>,
    /// When the event starts, local time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<LocalDateTime>))]
    pub starts: Option<DateTime>,
    /// When the event ends, local time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<LocalDateTime>))]
    pub ends: Option<DateTime>,
    /// When everything that is stored about the people of the event is deleted, local time. Counts stay, and so do
    /// users of the community.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<LocalDateTime>))]
    pub purge_after: Option<DateTime>,
    /// The source of the registrations.
    pub source: SourceSettings,
    /// How a record becomes an attendee.
    pub mapping: Mapping,
    /// The field by which the source orders the permanent erasure of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_flag: Option<DeleteFlag>,
    /// Conditions on records, in order; every rule whose condition is true applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What happens to attendees whom a complete feed no longer contains.
    #[serde(default)]
    pub missing: MissingPolicy,
    /// When the event syncs automatically.
    #[serde(default)]
    pub schedule: ScheduleSettings,
    /// The mail that invites new attendees.
    #[serde(default)]
    pub invitations: InvitationSettings,
    /// The limits beyond which a run waits for approval.
    #[serde(default)]
    pub guards: Guards,
    /// Who may enter the event.
    #[serde(default)]
    pub access: AccessRules,
    /// Mails to who was invited and has not entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<ReminderSettings>,
    /// How the registration system reports changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<HookSettings>,
    /// Who is told when the event needs somebody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schema(max_items = 10))]
    pub notify: Vec<NotifyTarget>,
}

impl<'de> Deserialize<'de> for EventDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut document = Self::deserialize(deserializer)?;
        document.own_its_secrets();
        if document.source.upload {
            document.source.list = ListOrigin::Stored(document.event.clone());
        }
        document.source.taken = document.mapping.fields();
        if document.source.details.is_some() {
            let is_in_record = |field: &TakenField| field.path.own_field() != Some("details");
            document.source.taken.retain(is_in_record);
        }
        Ok(document)
    }
}

impl Serialize for EventDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl EventDocument {
    /// Returns the owner of this document's credentials.
    #[must_use]
    pub fn secret_owner(&self) -> SecretOwner {
        SecretOwner {
            community: self.community.clone(),
            event: self.event.clone(),
        }
    }

    /// Returns the name of the secret that this document refers to.
    #[must_use]
    pub fn named_secret(&self) -> Option<&SecretName> {
        self.source.authentication.named_secret()
    }

    /// Returns the name of the secret that hooks are signed with, where it is named and not written out.
    #[must_use]
    pub fn hook_secret(&self) -> Option<&SecretName> {
        match self.hook.as_ref()?.secret.as_ref()? {
            SecretValue::Secret(name) => Some(name),
            SecretValue::Plain(_) => None,
        }
    }

    /// Returns every credential, with what it is called in the names of secrets and where it stands.
    pub fn secrets_mut(&mut self) -> Vec<(&'static str, String, &mut SecretValue)> {
        let mut secrets = Vec::new();
        if let Some((key, value)) = self.source.authentication.secret_mut() {
            secrets.push((key, format!("source.authentication.{key}"), value));
        }
        let hook = self.hook.as_mut();
        if let Some(value) = hook.and_then(|hook| hook.secret.as_mut()) {
            secrets.push(("hook_secret", "hook.secret".to_owned(), value));
        }
        secrets
    }

    /// Makes the credentials that this document names its own, whoever else uses the same names.
    fn own_its_secrets(&mut self) {
        let owner = self.secret_owner();
        for (_, _, value) in self.secrets_mut() {
            if let SecretValue::Secret(name) = value {
                *name = name.clone().owned_by(owner.clone());
            }
        }
    }

    /// Returns a hash of the settings that decide what the source is asked for and what it means
    /// that a person is not in its answer. When the hash changes, what earlier runs stored about
    /// the source no longer applies.
    #[must_use]
    pub fn reading(&self) -> u64 {
        let asked = serde_json::json!([self.source, self.missing]);
        xxh3_64(asked.to_string().as_bytes())
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What happens to attendees a complete feed no longer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MissingPolicy {
    /// They stay attendees.
    #[default]
    Keep,
    /// They are removed from the event, once a run has proved that it read the whole feed.
    RemoveAttendee,
}

/// When the event syncs automatically.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleSettings {
    /// The frequency of the syncs.
    #[serde(default)]
    pub auto_sync: AutoSync,
    /// The local time of daily syncs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<LocalTime>))]
    pub daily_at: Option<Time>,
    /// The local time of the last sync; no automatic sync follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<LocalDateTime>))]
    pub final_sync: Option<DateTime>,
}

/// How often an event syncs automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AutoSync {
    /// Only when a person starts a sync.
    #[default]
    Off,
    /// Every hour.
    Hourly,
    /// Every day at `daily_at`.
    Daily,
    /// Daily from `goes_live`, hourly from `starts` to `ends`, and a final sync a day later.
    Phases,
}

/// The mail that asks new attendees in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InvitationSettings {
    /// Whether new attendees are invited.
    #[serde(default)]
    pub enabled: bool,
    /// Most invitations one run may send without approval.
    #[serde(default = "limit_per_run")]
    pub limit_per_run: u32,
    /// Where attendees sign in: the template's `sign_in_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_url: Option<String>,
    /// The mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// Addresses that may get tests of the mail, in addition to the event's attendees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schema(max_items = 20))]
    pub test_recipients: Vec<EmailAddress>,
}

fn limit_per_run() -> u32 {
    500
}

impl Default for InvitationSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            limit_per_run: limit_per_run(),
            sign_in_url: None,
            template: None,
            test_recipients: Vec::new(),
        }
    }
}

/// The text of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The sender, as `Name <address>`.
    pub from: String,
    /// The address for replies, if it is not the sender's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The subject, in the template language.
    pub subject: String,
    /// The body, in the template language and Markdown.
    pub body_markdown: String,
}

/// The limits beyond which a run waits for approval, in percent of the attendees and in people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// Removals are held that are more than this, in percent of the attendees …
    #[cfg_attr(feature = "schemas", schema(maximum = 100))]
    pub removals_percent: u8,
    /// … and more than this many people.
    pub removals_count: u32,
    /// Changes that blank a profile field are held if the field goes blank for more than this, in
    /// percent of the attendees who have it, and for more than 10 of them.
    #[cfg_attr(feature = "schemas", schema(maximum = 100))]
    pub blanked_percent: u8,
    /// Every loss is held where more records than this are rejected, in percent of those read,
    /// and more than 10.
    #[cfg_attr(feature = "schemas", schema(maximum = 100))]
    pub rejected_percent: u8,
    /// Additions are held if they are more than this, in percent of the attendees, and more than 10
    /// people: the list may be another event's. Without a value, additions are never held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(minimum = 1, maximum = 10000))]
    pub additions_percent: Option<u16>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            removals_percent: 20,
            removals_count: 10,
            blanked_percent: 50,
            rejected_percent: 40,
            additions_percent: None,
        }
    }
}
