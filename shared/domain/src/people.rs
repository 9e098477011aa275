//! Stored people: the users of a community, their attendance of events, and what remains of erased
//! people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::activity::AppActivity;
use crate::email::EmailAddress;
use crate::evaluate::Contribution;
use crate::group::{Group, GroupKey, GroupName};
use crate::hand::{FieldSetter, ImportMark, PresenceByHand};
use crate::ids::{EventId, RunNumber};
use crate::invitation::Invitation;
use crate::profile::{Profile, ProfileField};

/// A stored value with the version its next write expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The version, which every write increases by one.
    pub version: u64,
    /// The stored value.
    pub value: T,
}

/// The origin of a membership. One grant never removes another's (invariant 10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grantor {
    /// The sync of this event.
    Event(EventId),
    /// A person, in the console or by the API.
    Hand,
}

impl fmt::Display for Grantor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => write!(f, "event:{event}"),
            Self::Hand => f.write_str("hand"),
        }
    }
}

impl FromStr for Grantor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("event:") {
            Some(event) => event
                .parse()
                .map(Self::Event)
                .map_err(|error| format!("{error}")),
            None if text == "hand" => Ok(Self::Hand),
            None => Err("neither event:NAME nor hand".to_owned()),
        }
    }
}

impl TryFrom<String> for Grantor {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Grantor> for String {
    fn from(grantor: Grantor) -> String {
        grantor.to_string()
    }
}

/// A user's membership of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The group's first spelling.
    pub name: GroupName,
    /// Everybody who granted it; never empty.
    pub by: BTreeSet<Grantor>,
}

/// Whether an attendee may enter the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// They attend.
    Attending,
    /// They were removed from the event.
    Removed,
}

/// A person in a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The address, which identifies the user.
    pub email: EmailAddress,
    /// The user's profile fields.
    pub profile: Profile,
    /// The fields that somebody set in place of a sync.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set_by: BTreeMap<ProfileField, FieldSetter>,
    /// Their groups.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<GroupKey, Membership>,
    /// Their events.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<EventId, Presence>,
    /// The time at which they became a user.
    pub created: Timestamp,
    /// The time of the last change of the fields above.
    pub updated: Timestamp,
}

/// What remains of an erased person, under an id that does not reveal who they were: just enough to
/// refuse data that was sent before the erasure. It contains no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The time of the erasure.
    pub erased: Timestamp,
    /// The newest run of each event of the community at that time: theirs and older messages are
    /// refused.
    pub runs: BTreeMap<EventId, RunNumber>,
    /// Fingerprints of records from an earlier version: these records do not bring the person back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub records: BTreeSet<u64>,
    /// The content of the person's records at that time, by event: the same content does not bring
    /// them back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<EventId, Vec<ErasedRecord>>,
}

/// The content of an erased person's record, as hashes that can be compared but not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedRecord {
    /// The source key: a hash of the record's id in the source.
    pub key: u64,
    /// A hash of the mapping and the rules that the record was read with; 0 if unknown.
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
    /// A keyed hash of the record's content.
    pub said: u64,
}

/// The data stored under a person's id in a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// A user.
    User(User),
    /// The tombstone of an erased person.
    Erased(Tombstone),
}

/// The place where a run's log names a person: the run and the batch within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogRef(pub RunNumber, pub u32);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_unknown(mapping_hash: &u64) -> bool {
    *mapping_hash == 0
}

/// A record that a person had before, kept until a read has shown whether it moved to another
/// address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerRecord {
    /// The record's fingerprint.
    pub hash: u64,
    /// The source key: a hash of the record's id in the source.
    pub key: u64,
    /// A hash of the folded name in the record; absent where the name was blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<u64>,
}

/// The attendance of a user in one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Who they are.
    pub email: EmailAddress,
    /// Whether they may enter.
    pub presence: Presence,
    /// The reason, where they may not enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The time at which a person blocked them by hand: no record brings them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "barred")]
    pub blocked: Option<Timestamp>,
    /// Whether they attend by decision of a person: no record changes that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<PresenceByHand>,
    /// What imports of lists set of them and nobody changed since by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<ImportMark>,
    /// The run that wrote this last: an older run never overwrites it.
    pub run: RunNumber,
    /// The content of each of their records, by position in the feed: the commit mark of a sync.
    pub records: Vec<Contribution>,
    /// Records they had before; no read has shown yet whether these moved or are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerRecord>,
    /// A hash of the mapping and the rules that the records were read with; 0 if unknown.
    #[serde(default, skip_serializing_if = "is_unknown")]
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
    /// The id of their record in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// URL of their digital badge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_badge: Option<String>,
    /// Their invitation, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// What the event app reported of them.
    #[serde(default, skip_serializing_if = "AppActivity::is_silent")]
    pub activity: AppActivity,
    /// Where the logs name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogRef>,
    /// The time at which they were first added.
    pub added: Timestamp,
    /// The time of the last visible change.
    pub updated: Timestamp,
}

/// The result of adding or removing a membership by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupsEdited {
    /// The user after the change.
    pub user: User,
    /// Whether they joined or left the group. False where another grant keeps them in the group.
    pub moves: bool,
}

impl User {
    /// Their name and address, or the address alone where they have no name.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.profile.full_name() {
            name if name.is_empty() => self.email.to_string(),
            name => format!("{name} ({})", self.email),
        }
    }

    /// Returns the user with this group granted by hand; `None` where it is already.
    #[must_use]
    pub fn granted_by_hand(&self, group: &Group, now: Timestamp) -> Option<GroupsEdited> {
        let mut user = self.clone();
        let moves = !user.groups.contains_key(&group.key);
        let new = || Membership {
            name: group.name.clone(),
            by: BTreeSet::new(),
        };
        let membership = user.groups.entry(group.key.clone()).or_insert_with(new);
        let news = membership.by.insert(Grantor::Hand);
        user.updated = now;
        news.then_some(GroupsEdited { user, moves })
    }

    /// Returns the user without a deleted event and without the groups that only it granted, and
    /// the groups that they leave.
    #[must_use]
    pub fn without_event(&self, event: &EventId, now: Timestamp) -> (User, Vec<GroupKey>) {
        let mut user = self.clone();
        let grantor = Grantor::Event(event.clone());
        for membership in user.groups.values_mut() {
            membership.by.remove(&grantor);
        }
        let left = user
            .groups
            .extract_if(.., |_, membership| membership.by.is_empty());
        let leaves = left.map(|(group, _)| group).collect();
        user.events.remove(event);
        user.updated = now;
        (user, leaves)
    }

    /// Them in the other group in the place of one, or without it, with the groups that they come into and leave; `None`
    /// where that changes nothing. Whoever gave them the one gives them the other.
    #[must_use]
    pub fn regrouped(
        &self,
        from: &GroupKey,
        to: Option<&Group>,
        now: Timestamp,
    ) -> Option<(User, Vec<GroupKey>, Vec<GroupKey>)> {
        let mut user = self.clone();
        user.updated = now;
        let was = user.groups.remove(from)?;
        let Some(to) = to else {
            return Some((user, Vec::new(), vec![from.clone()]));
        };
        if to.key == *from && was.name == to.name {
            return None;
        }
        let is_new = to.key != *from && !user.groups.contains_key(&to.key);
        let new = || Membership {
            name: to.name.clone(),
            by: BTreeSet::new(),
        };
        let membership = user.groups.entry(to.key.clone()).or_insert_with(new);
        membership.by.extend(was.by);
        let joins = is_new.then(|| to.key.clone());
        let leaves = (to.key != *from).then(|| from.clone());
        Some((
            user,
            joins.into_iter().collect(),
            leaves.into_iter().collect(),
        ))
    }

    /// Returns the user without a grant by hand of this group; `None` where there is none. Grants
    /// of events stay.
    #[must_use]
    pub fn revoked_by_hand(&self, group: &GroupKey, now: Timestamp) -> Option<GroupsEdited> {
        let mut user = self.clone();
        let membership = user.groups.get_mut(group)?;
        if !membership.by.remove(&Grantor::Hand) {
            return None;
        }
        let moves = membership.by.is_empty();
        if moves {
            user.groups.remove(group);
        }
        user.updated = now;
        Some(GroupsEdited { user, moves })
    }
}
