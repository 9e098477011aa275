//! Entries of the audit log: what people changed, who signed in, and who downloaded files of
//! people.
//!
//! An entry about a person names them by their id alone, which nobody can turn back into an
//! address. So an erasure has nothing to delete from this log.

mod by_hand;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::authority::Role;
use crate::config::{EventDocument, SecretName};
use crate::group::GroupName;
use crate::hand::{HandField, ImportId};
use crate::ids::{EventId, PersonId, RunId};
use crate::profile::ProfileField;

/// Days for which an entry is kept: a year, and time for the next year's review of it.
pub const KEPT_DAYS: i64 = 400;

/// The person or token that did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Actor {
    /// The owner of the installation, who uses the first API token, a sign-in link or the command
    /// line.
    Owner,
    /// The holder of the further API token of this name.
    Token(String),
    /// A person, by the name that an identity provider gives them.
    Person(String),
    /// Nobody: the program did it by itself, as a configuration says.
    Automatic,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("local owner"),
            Self::Token(name) => write!(f, "token \"{name}\""),
            Self::Person(name) => f.write_str(name),
            Self::Automatic => f.write_str("automatic"),
        }
    }
}

/// Returns the top-level keys of the document whose values differ between `before` and `after`.
#[must_use]
pub fn changed_parts(before: &EventDocument, after: &EventDocument) -> Vec<String> {
    let parts = |document| match serde_json::to_value(document) {
        Ok(Value::Object(parts)) => parts,
        _ => Map::new(),
    };
    let (before, after) = (parts(before), parts(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}

/// An entry of a community's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// The time at which it was done.
    pub at: Timestamp,
    /// The person or token that did it.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub action: AuditAction,
}

/// The means by which a person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// A sign-in link, which works once and signs in as the owner of the installation.
    Link,
    /// An API token of this installation.
    Token,
    /// A token of an identity provider.
    IdentityProvider,
}

impl SignInMethod {
    fn in_words(self) -> &'static str {
        match self {
            Self::Link => "by a sign-in link",
            Self::Token => "by an API token",
            Self::IdentityProvider => "by the identity provider",
        }
    }
}

/// The part of a run's log that was downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunLogPart {
    /// The changes that the run made.
    Changes,
    /// The issues that the run found in records.
    Issues,
}

impl RunLogPart {
    fn in_words(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Issues => "issues",
        }
    }
}

/// The list of a community that was downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportedList {
    /// The users of the community.
    Users,
    /// The suppressed addresses.
    Suppressions,
    /// The audit log.
    AuditLog,
}

impl ExportedList {
    fn in_words(self) -> &'static str {
        match self {
            Self::Users => "list of users",
            Self::Suppressions => "suppression list",
            Self::AuditLog => "audit log",
        }
    }
}

/// An action that the audit log records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AuditAction {
    /// A person with a role in the community signed in to the console.
    SignedIn {
        /// The means of the sign-in.
        method: SignInMethod,
    },
    /// A person signed out of the console. A session that expired is not recorded.
    SignedOut,
    /// A file of attendees was downloaded.
    AttendeesExported {
        /// The event whose attendees are in the file.
        event: EventId,
        /// The number of attendees in the file.
        count: u64,
    },
    /// The changes or the issues of a run were downloaded as a file.
    RunLogExported {
        /// The run whose log was downloaded.
        run: RunId,
        /// The part of the log that is in the file.
        part: RunLogPart,
    },
    /// A list of the community was downloaded as a file.
    ListExported {
        /// The list that is in the file.
        list: ExportedList,
    },
    /// An event was created.
    ConfigurationCreated {
        /// The event that was created.
        event: EventId,
    },
    /// An event's configuration was stored again.
    ConfigurationSaved {
        /// The event whose configuration was saved.
        event: EventId,
        /// The top-level keys of the document whose values changed.
        parts: Vec<String>,
    },
    /// An event was deleted.
    ConfigurationDeleted {
        /// Which.
        event: EventId,
    },
    /// What was stored about the people of an event was deleted, as its configuration says.
    EventPurged {
        /// Which.
        event: EventId,
        /// How many attendees it had, removed ones included.
        count: u64,
    },
    /// A credential was stored.
    SecretSet {
        /// The event that uses the credential.
        event: EventId,
        /// The name of the secret; its value is never recorded.
        #[cfg_attr(feature = "schemas", schema(value_type = String))]
        secret: SecretName,
    },
    /// A new address for the hooks of an event was made; the one before it counts no more.
    HookAddressMade {
        /// Of which event.
        event: EventId,
    },
    /// A list was uploaded for an event that reads none at a URL.
    ListUploaded {
        /// Which event.
        event: EventId,
        /// How long it is.
        bytes: u64,
    },
    /// A person asked a sync to stop.
    SyncStopped {
        /// The run that was asked to stop.
        run: RunId,
    },
    /// A person started a sync.
    SyncStarted {
        /// The run that was started.
        run: RunId,
    },
    /// A person approved what a run held.
    RunApproved {
        /// The run whose held changes and invitations were approved.
        run: RunId,
    },
    /// A person discarded what a run held.
    RunDiscarded {
        /// The run whose held changes and invitations were discarded.
        run: RunId,
    },
    /// A person requested invitations.
    InvitationsAsked {
        /// The event whose attendees are invited.
        event: EventId,
        /// The number of invitations that were queued.
        count: u64,
    },
    /// A backup replaced all stored data; since then invitations are held.
    BackupRestored {
        /// The time at which the backup was made.
        made: Timestamp,
    },
    /// A person released the invitations that were held since a backup was restored.
    InvitationsReleased {
        /// The time at which that backup was made.
        made: Timestamp,
    },
    /// A person requested a test of an invitation. The entry is written before the mail is handed
    /// over.
    TestMailAsked {
        /// The event whose invitation is tested.
        event: EventId,
        /// The recipient of the test.
        person: PersonId,
        /// Whether the test shows the saved invitation; otherwise it shows an unsaved one.
        saved: bool,
    },
    /// A person added somebody to a group by hand.
    GroupGranted {
        /// The user who was added.
        person: PersonId,
        /// The group they were added to.
        group: GroupName,
    },
    /// A person removed somebody from a group to which they were added by hand.
    GroupRevoked {
        /// The user who was removed.
        person: PersonId,
        /// Which group.
        group: GroupName,
    },
    /// A group was made that has no members yet.
    GroupCreated {
        /// Which.
        group: GroupName,
    },
    /// A group was given another name.
    GroupRenamed {
        /// What it was called.
        group: GroupName,
        /// What it is called now.
        name: GroupName,
    },
    /// What is set about a group was changed.
    GroupChanged {
        /// Which.
        group: GroupName,
    },
    /// A group was deleted.
    GroupDeleted {
        /// Which.
        group: GroupName,
    },
    /// An attendee was taken out of an event by hand.
    AttendeeBarred {
        /// The event from which the attendee was removed.
        event: EventId,
        /// The attendee who was blocked.
        person: PersonId,
    },
    /// A person unblocked an attendee.
    BarLifted {
        /// Of which event.
        event: EventId,
        /// Who.
        person: PersonId,
    },
    /// Somebody was added to an event by hand.
    AttendeeAddedByHand {
        /// To which event.
        event: EventId,
        /// Who.
        person: PersonId,
    },
    /// Something of an attendee was set by hand.
    AttendeeEditedByHand {
        /// Of which event.
        event: EventId,
        /// Who.
        person: PersonId,
        /// What was set.
        fields: Vec<HandField>,
    },
    /// An attendee was removed from the list of an event by hand.
    AttendeeRemovedByHand {
        /// Of which event.
        event: EventId,
        /// Who.
        person: PersonId,
    },
    /// Something that was set by hand follows the sync again.
    ByHandReleased {
        /// Of which event.
        event: EventId,
        /// Whose.
        person: PersonId,
        /// What.
        field: HandField,
    },
    /// A list was imported by hand.
    ListImported {
        /// Into which event.
        event: EventId,
        /// Which import.
        import: ImportId,
        /// How many people were added.
        added: u64,
        /// Of how many something was set.
        changed: u64,
    },
    /// An import was undone.
    ImportUndone {
        /// In which event.
        event: EventId,
        /// Which import.
        import: ImportId,
        /// Of how many people something was released.
        people: u64,
    },
    /// An attendee edited their own profile in the event app.
    ProfileEditedInApp {
        /// Of which event.
        event: EventId,
        /// Who.
        person: PersonId,
        /// Which fields.
        fields: Vec<ProfileField>,
    },
    /// Somebody was erased.
    UserErased {
        /// Who.
        person: PersonId,
    },
    /// A user was made, or their profile was edited, by hand.
    UserSaved {
        /// Who.
        person: PersonId,
    },
    /// Somebody was shown everything that is stored about a person.
    DossierOpened {
        /// About whom.
        person: PersonId,
    },
    /// Mail was kept from an address.
    SuppressionAdded {
        /// The id of the address's owner.
        person: PersonId,
    },
    /// A person allowed mail to a suppressed address again.
    SuppressionLifted {
        /// The id of the address's owner.
        person: PersonId,
    },
    /// A person created a further API token for the community.
    TokenAdded {
        /// The name of the token.
        token: String,
        /// The role of the token's holder.
        role: Role,
    },
    /// A person revoked a further API token.
    TokenRevoked {
        /// What it was called.
        token: String,
    },
    /// A person had the failed jobs of a queue tried again, of all communities.
    SetAsideReturned {
        /// The queue whose jobs are tried again.
        queue: String,
    },
}

impl AuditAction {
    /// Returns the person that the action is about, if it is about one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::TestMailAsked { person, .. }
            | Self::GroupGranted { person, .. }
            | Self::GroupRevoked { person, .. }
            | Self::AttendeeBarred { person, .. }
            | Self::BarLifted { person, .. }
            | Self::AttendeeAddedByHand { person, .. }
            | Self::AttendeeEditedByHand { person, .. }
            | Self::AttendeeRemovedByHand { person, .. }
            | Self::ByHandReleased { person, .. }
            | Self::ProfileEditedInApp { person, .. }
            | Self::UserErased { person }
            | Self::UserSaved { person }
            | Self::DossierOpened { person }
            | Self::SuppressionAdded { person }
            | Self::SuppressionLifted { person } => Some(*person),
            _ => None,
        }
    }

    /// Describes the action in words. A person it is about appears by their id.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.in_words_naming(None)
    }

    /// Describes the action in words. A person it is about appears by `name`, where one is given,
    /// otherwise by their id.
    #[must_use]
    #[expect(
        clippy::too_many_lines,
        reason = "one sentence for each action, and nothing else"
    )]
    pub fn in_words_naming(&self, name: Option<&str>) -> String {
        let whom = |person: &PersonId| match name {
            Some(name) => name.to_owned(),
            None => format!("person {person}"),
        };
        match self {
            Self::SignedIn { method } => format!("signed in {}", method.in_words()),
            Self::SignedOut => "signed out".to_owned(),
            Self::AttendeesExported { event, count: 1 } => {
                format!("downloaded a file of 1 attendee of {event}")
            }
            Self::AttendeesExported { event, count } => {
                format!("downloaded a file of {count} attendees of {event}")
            }
            Self::RunLogExported { run, part } => {
                format!("downloaded the {} of run {run} as a file", part.in_words())
            }
            Self::ListExported { list } => format!("downloaded the {} as a file", list.in_words()),
            Self::ConfigurationCreated { event } => format!("created the event {event}"),
            Self::ConfigurationSaved { event, parts } if parts.is_empty() => {
                format!("saved the configuration of {event}; nothing changed")
            }
            Self::ConfigurationSaved { event, parts } => {
                format!("changed the configuration of {event}: {}", parts.join(", "))
            }
            Self::ConfigurationDeleted { event } => format!("deleted the event {event}"),
            Self::EventPurged { event, count: 1 } => {
                format!("deleted what was stored about 1 attendee of {event}")
            }
            Self::EventPurged { event, count } => {
                format!("deleted what was stored about {count} attendees of {event}")
            }
            Self::SecretSet { event, secret } => {
                format!("set the secret {} of {event}", secret.as_str())
            }
            Self::HookAddressMade { event } => {
                format!("made a new address for the hooks of {event}")
            }
            Self::ListUploaded { event, bytes } => {
                format!("uploaded a list of {bytes} bytes for {event}")
            }
            Self::SyncStarted { run } => format!("started run {run}"),
            Self::SyncStopped { run } => format!("stopped run {run}"),
            Self::RunApproved { run } => format!("approved the changes of run {run}"),
            Self::RunDiscarded { run } => format!("discarded the changes of run {run}"),
            Self::InvitationsAsked { event, count } => {
                format!("requested {count} invitations for {event}")
            }
            Self::BackupRestored { made } => format!("restored the backup of {made}"),
            Self::InvitationsReleased { made } => {
                format!(
                    "released the invitations that were paused since the backup of {made} was restored"
                )
            }
            Self::TestMailAsked {
                event,
                person,
                saved,
            } => {
                let what = if *saved { "the" } else { "an unsaved" };
                let whom = whom(person);
                format!("requested a test of {what} invitation of {event}, to {whom}")
            }
            Self::GroupGranted { person, group } => {
                format!("added {} to the group {group}", whom(person))
            }
            Self::GroupRevoked { person, group } => {
                format!("removed {} from the group {group}", whom(person))
            }
            Self::GroupCreated { group } => format!("created the group {group}"),
            Self::GroupRenamed { group, name } => {
                format!("renamed the group {group} to {name}")
            }
            Self::GroupChanged { group } => format!("changed the group {group}"),
            Self::GroupDeleted { group } => format!("deleted the group {group}"),
            Self::AttendeeBarred { event, person } => {
                format!("removed {} from {event} and blocked them", whom(person))
            }
            Self::BarLifted { event, person } => {
                format!("unblocked {} in {event}", whom(person))
            }
            Self::ListImported { .. } | Self::ImportUndone { .. } => self.by_hand_in_words(""),
            Self::AttendeeAddedByHand { person, .. }
            | Self::AttendeeEditedByHand { person, .. }
            | Self::AttendeeRemovedByHand { person, .. }
            | Self::ByHandReleased { person, .. }
            | Self::ProfileEditedInApp { person, .. } => self.by_hand_in_words(&whom(person)),
            Self::UserErased { person } => format!("erased {}", whom(person)),
            Self::UserSaved { person } => format!("saved the profile of {} by hand", whom(person)),
            Self::DossierOpened { person } => format!("opened the dossier of {}", whom(person)),
            Self::SuppressionAdded { person } => {
                format!("suppressed the address of {}", whom(person))
            }
            Self::SuppressionLifted { person } => {
                format!("allowed mail to {} again", whom(person))
            }
            Self::TokenAdded { token, role } => {
                format!("created the token \"{token}\" with the role {role}")
            }
            Self::TokenRevoked { token } => format!("revoked the token \"{token}\""),
            Self::SetAsideReturned { queue } => {
                format!("retried the failed jobs of the queue {queue}")
            }
        }
    }
}
