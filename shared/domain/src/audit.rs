//! What people did: entries of the audit log. They are about changes, about who signed in, and about who
//! took lists of people out of the installation.
//!
//! An entry about a person names them by their id alone, which nobody can turn back into an address:
//! an erasure has nothing to take out of this log.

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

/// For how many days entries are kept: a year, and the next one's review of it.
pub const KEPT_DAYS: i64 = 400;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Actor {
    /// Who holds the installation: the first API token, a sign-in link or the command line.
    Owner,
    /// Who holds the further token of this name.
    Token(String),
    /// Somebody an identity provider knows by this name.
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

/// The parts of a document, by their keys at its top, that another has otherwise.
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
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub action: AuditAction,
}

/// By what somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// By a link that works once, for whoever holds the installation.
    Link,
    /// By a token that the installation gave out.
    Token,
    /// By a token of an identity provider.
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

/// What of a run's log somebody downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunLogPart {
    /// What the run changed.
    Changes,
    /// What the run had to say about records.
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

/// Which list of a community somebody downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportedList {
    /// The users.
    Users,
    /// The addresses that get no mail.
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

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AuditAction {
    /// Somebody signed in to the console who has a role in the community.
    SignedIn {
        /// By what.
        method: SignInMethod,
    },
    /// Somebody signed out of the console. Nothing is said of a session that ended by itself.
    SignedOut,
    /// A file of attendees was downloaded.
    AttendeesExported {
        /// Of which event.
        event: EventId,
        /// How many attendees it has.
        count: u64,
    },
    /// A file of what a run changed, or had to say, was downloaded.
    RunLogExported {
        /// Which run's.
        run: RunId,
        /// What of it.
        part: RunLogPart,
    },
    /// A list of the community was downloaded as a file.
    ListExported {
        /// Which.
        list: ExportedList,
    },
    /// An event was made.
    ConfigurationCreated {
        /// Which.
        event: EventId,
    },
    /// An event's configuration was stored again.
    ConfigurationSaved {
        /// Whose.
        event: EventId,
        /// The parts of the document, by their keys at its top, that are not as before.
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
        /// For which event.
        event: EventId,
        /// Its name.
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
    /// A sync was asked to stop.
    SyncStopped {
        /// Which run.
        run: RunId,
    },
    /// A sync was begun.
    SyncStarted {
        /// Which run.
        run: RunId,
    },
    /// What a run held was let through.
    RunApproved {
        /// Which.
        run: RunId,
    },
    /// What a run held was dropped.
    RunDiscarded {
        /// Which.
        run: RunId,
    },
    /// Invitations were asked for.
    InvitationsAsked {
        /// Of which event.
        event: EventId,
        /// How many were queued.
        count: u64,
    },
    /// A backup took the place of everything; invitations are held since.
    BackupRestored {
        /// When the backup was made.
        made: Timestamp,
    },
    /// Invitations that were held since a backup was restored were let go.
    InvitationsReleased {
        /// When that backup was made.
        made: Timestamp,
    },
    /// A test of an invitation was asked for; written before the mail is handed over.
    TestMailAsked {
        /// Of which event.
        event: EventId,
        /// Whom it goes to.
        person: PersonId,
        /// Whether it says what is stored, or something that was not saved.
        saved: bool,
    },
    /// Somebody was given a group by hand.
    GroupGranted {
        /// Who.
        person: PersonId,
        /// Which group.
        group: GroupName,
    },
    /// A group given by hand was taken away.
    GroupRevoked {
        /// From whom.
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
        /// Of which event.
        event: EventId,
        /// Who.
        person: PersonId,
    },
    /// An attendee who was taken out by hand may come in again.
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
        /// Whose.
        person: PersonId,
    },
    /// An address may get mail again.
    SuppressionLifted {
        /// Whose.
        person: PersonId,
    },
    /// A further token was made that opens the community.
    TokenAdded {
        /// What it is called.
        token: String,
        /// What its holder may do.
        role: Role,
    },
    /// A further token was made useless.
    TokenRevoked {
        /// What it was called.
        token: String,
    },
    /// What a queue between processes had set aside was given back, of all communities.
    SetAsideReturned {
        /// Which queue.
        queue: String,
    },
}

impl AuditAction {
    /// Whom it is about.
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

    /// What was done, in words; whom it is about stands there by their id.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.in_words_naming(None)
    }

    /// The same, where somebody knows how to call whom it is about.
    #[must_use]
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
