//! What is stored of people: users of a community, their attendance of events, and what is left
//! of someone who was erased.

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
    /// Grows by one with every write.
    pub version: u64,
    /// What is stored.
    pub value: T,
}

/// Who gave a membership. One grant never removes another's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grantor {
    /// This event's sync.
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
    /// Who granted it; never empty.
    pub by: BTreeSet<Grantor>,
}

/// Whether an attendee may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// They attend.
    Attending,
    /// They were taken out of the event.
    Removed,
}

/// A person in a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Who they are.
    pub email: EmailAddress,
    /// What is known of them.
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
    /// When they became a user.
    pub created: Timestamp,
    /// When something above last changed.
    pub updated: Timestamp,
}

/// What stays of an erased person, under an id that does not say who they were: enough to refuse
/// what was sent before the erasure. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// When they were erased.
    pub erased: Timestamp,
    /// The newest run of each event of the community at that time: theirs and older messages are
    /// refused.
    pub runs: BTreeMap<EventId, RunNumber>,
    /// Fingerprints of records that the version before kept: they do not bring this person back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub records: BTreeSet<u64>,
    /// What their records said at that time, by event: the same does not bring this person back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<EventId, Vec<ErasedRecord>>,
}

/// What a record of an erased person said, as far as it can be recognised and not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedRecord {
    /// A hash of its id in the source.
    pub key: u64,
    /// A hash of the mapping and the rules that it was read by; 0 where nobody knows.
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
    /// A keyed hash of what it said.
    pub said: u64,
}

/// What is stored under a person's id in a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// A user.
    User(User),
    /// Someone who was erased.
    Erased(Tombstone),
}

/// Where a run's log names a person: the run and the batch within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogRef(pub RunNumber, pub u32);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_unknown(mapping_hash: &u64) -> bool {
    *mapping_hash == 0
}

/// What is kept of a record that a person had, until a read has shown whether it moved to another address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerRecord {
    /// Its fingerprint.
    pub hash: u64,
    /// A hash of its id in the source.
    pub key: u64,
    /// A hash of the name it stated, folded; absent where that was blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<u64>,
}

/// A user's presence in one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Who they are.
    pub email: EmailAddress,
    /// Whether they may come in.
    pub presence: Presence,
    /// Why not, where they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when they are out because a person took them out by hand: no record brings them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "barred")]
    pub blocked: Option<Timestamp>,
    /// Whether they attend by decision of a person: no record changes that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<PresenceByHand>,
    /// What imports of lists set of them and nobody changed since by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<ImportMark>,
    /// The run that wrote this last: an older one never overwrites it.
    pub run: RunNumber,
    /// What each of their records says, by position in the feed: the commit mark of a sync.
    pub records: Vec<Contribution>,
    /// Records they had before, of which no read has shown yet what became of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerRecord>,
    /// A hash of the mapping and the rules that the records were read by; 0 where nobody knows.
    #[serde(default, skip_serializing_if = "is_unknown")]
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
    /// Their record's id in the source.
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
    /// When they were first added.
    pub added: Timestamp,
    /// When something people see last changed.
    pub updated: Timestamp,
}

/// What became of a membership that a person gave or took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupsEdited {
    /// The user after it.
    pub user: User,
    /// Whether they came into the group or left it; not where somebody else's grant keeps them in.
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

    /// Them with this group given by hand; `None` where it is already.
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

    /// Them without an event that is no more: neither in it nor in the groups that only it gave; with
    /// the groups they leave.
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

    /// Them without what was given by hand of this group; `None` where nothing was. What events
    /// gave stays.
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
