//! What people set in place of a sync: of others by hand, and of themselves in the app. It is stored beside
//! what syncs give, and stays until somebody releases it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::group::{GroupKey, GroupName};
use crate::people::Presence;
use crate::profile::ProfileField;

/// Who set a profile field in place of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldSetter {
    /// An organiser or a help desk, by hand: no sync changes the field.
    Hand,
    /// The person themselves, in the app: syncs change the field only where the mapping takes it always.
    Person,
}

/// A decision by hand about who attends: no record changes it, but for a delete flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct PresenceByHand {
    /// Whether they attend.
    pub presence: Presence,
    /// Since when.
    pub since: Timestamp,
}

/// Something of an attendee that was set by hand, and can be released to the sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HandField {
    /// Whether they attend.
    Status,
    /// The groups that were given by hand.
    Groups,
    /// A field of their profile.
    Profile(ProfileField),
}

/// What a text is that names nothing that can be set by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is status, groups, or a field of the profile: {}",
    profile_fields()
)]
pub struct NoHandField;

fn profile_fields() -> String {
    ProfileField::ALL.map(ProfileField::name).join(", ")
}

impl HandField {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Groups => "groups",
            Self::Profile(field) => field.name(),
        }
    }
}

impl fmt::Display for HandField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HandField {
    type Err = NoHandField;

    fn from_str(text: &str) -> Result<Self, NoHandField> {
        let profile = ProfileField::ALL.map(Self::Profile).into_iter();
        let mut all = [Self::Status, Self::Groups].into_iter().chain(profile);
        all.find(|field| field.name() == text).ok_or(NoHandField)
    }
}

impl TryFrom<String> for HandField {
    type Error = NoHandField;

    fn try_from(text: String) -> Result<Self, NoHandField> {
        text.parse()
    }
}

impl From<HandField> for String {
    fn from(field: HandField) -> Self {
        field.name().to_owned()
    }
}

/// What is to be set by hand of one person; values are clean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandEdit {
    /// The profile fields to set; nothing empties one.
    pub profile: BTreeMap<ProfileField, Option<String>>,
    /// The groups that are given by hand; `None` leaves them.
    pub groups: Option<Vec<GroupName>>,
}

/// How much an edit by hand may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandScope {
    /// It adds who does not attend, and takes nothing from whom the community knows already: their groups
    /// by hand stay, and so do fields that have a value.
    WalkIn,
    /// It adds and edits anybody, and takes nothing: groups by hand stay, and a field that has the value already
    /// follows the sync as before.
    Import,
    /// It edits anybody.
    Anybody,
}

/// The name of an import of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImportId(String);

/// Why a text is no name of an import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an import, such as 20261130t101500-3f2504e0")]
pub struct NoImportId;

/// Longest name of an import, in characters.
const LONGEST_IMPORT_ID: usize = 64;

impl ImportId {
    /// The name of an import that is begun now; the number keeps two of the same second apart.
    #[must_use]
    pub fn new(now: Timestamp, number: u32) -> Self {
        Self(format!("{}-{number:08x}", now.strftime("%Y%m%dt%H%M%S")))
    }
}

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ImportId {
    type Err = NoImportId;

    fn from_str(text: &str) -> Result<Self, NoImportId> {
        let may = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_one = (1..=LONGEST_IMPORT_ID).contains(&text.len()) && text.chars().all(may);
        is_one.then(|| Self(text.to_owned())).ok_or(NoImportId)
    }
}

impl TryFrom<String> for ImportId {
    type Error = NoImportId;

    fn try_from(text: String) -> Result<Self, NoImportId> {
        text.parse()
    }
}

impl From<ImportId> for String {
    fn from(import: ImportId) -> Self {
        import.0
    }
}

/// What an import set of an attendee and nobody changed since by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportMark {
    /// Which import.
    pub import: ImportId,
    /// Whether it added them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub added: bool,
    /// The profile fields that it set.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<ProfileField>,
    /// The groups that it gave.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupKey>,
}

impl ImportMark {
    /// A mark of nothing yet.
    #[must_use]
    pub fn new(import: ImportId) -> Self {
        Self {
            import,
            added: false,
            fields: BTreeSet::new(),
            groups: BTreeSet::new(),
        }
    }

    /// Whether nothing is left that it set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.added && self.fields.is_empty() && self.groups.is_empty()
    }
}
