//! The profile: the personal data of a user, field by field.

mod typed;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A profile field of the user. The digital badge and the groups are not profile fields: the badge
/// belongs to the attendee, groups are memberships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProfileField {
    /// Form of address: Dr., Ms, …
    Title,
    /// First name; mandatory.
    FirstName,
    /// Last name; mandatory.
    LastName,
    /// Job title.
    JobTitle,
    /// Company.
    Company,
    /// Country.
    Country,
    /// Additional info.
    AdditionalInfo,
    /// Biography.
    Biography,
}

impl ProfileField {
    /// Every field, in the order people read them.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::FirstName,
        Self::LastName,
        Self::JobTitle,
        Self::Company,
        Self::Country,
        Self::AdditionalInfo,
        Self::Biography,
    ];

    /// The field's name in configurations, the API and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::JobTitle => "job_title",
            Self::Company => "company",
            Self::Country => "country",
            Self::AdditionalInfo => "additional_info",
            Self::Biography => "biography",
        }
    }

    /// Returns the longest value that is stored, in characters; longer ones are cut with an issue.
    /// The long-text fields have 4,000 characters, the others 250, so that an attendee stays far
    /// below the 400 KB a `DynamoDB` item may have.
    #[must_use]
    pub fn max_chars(self) -> usize {
        match self {
            Self::AdditionalInfo | Self::Biography => 4_000,
            _ => 250,
        }
    }
}

impl fmt::Display for ProfileField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A field that a source can provide for an attendee and that a run can change. Mappings, changes
/// and issues use its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttendeeField {
    /// The e-mail address.
    Email,
    /// The record's id in the source.
    SourceId,
    /// [`ProfileField::Title`].
    Title,
    /// [`ProfileField::FirstName`].
    FirstName,
    /// [`ProfileField::LastName`].
    LastName,
    /// [`ProfileField::JobTitle`].
    JobTitle,
    /// [`ProfileField::Company`].
    Company,
    /// [`ProfileField::Country`].
    Country,
    /// [`ProfileField::AdditionalInfo`].
    AdditionalInfo,
    /// [`ProfileField::Biography`].
    Biography,
    /// The groups, their names in order.
    Groups,
    /// URL of the digital badge.
    DigitalBadge,
}

impl AttendeeField {
    /// The field's name in configurations, the API and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::SourceId => "source_id",
            Self::Title => ProfileField::Title.name(),
            Self::FirstName => ProfileField::FirstName.name(),
            Self::LastName => ProfileField::LastName.name(),
            Self::JobTitle => ProfileField::JobTitle.name(),
            Self::Company => ProfileField::Company.name(),
            Self::Country => ProfileField::Country.name(),
            Self::AdditionalInfo => ProfileField::AdditionalInfo.name(),
            Self::Biography => ProfileField::Biography.name(),
            Self::Groups => "groups",
            Self::DigitalBadge => "digital_badge",
        }
    }
}

impl From<ProfileField> for AttendeeField {
    fn from(field: ProfileField) -> Self {
        match field {
            ProfileField::Title => Self::Title,
            ProfileField::FirstName => Self::FirstName,
            ProfileField::LastName => Self::LastName,
            ProfileField::JobTitle => Self::JobTitle,
            ProfileField::Company => Self::Company,
            ProfileField::Country => Self::Country,
            ProfileField::AdditionalInfo => Self::AdditionalInfo,
            ProfileField::Biography => Self::Biography,
        }
    }
}

impl fmt::Display for AttendeeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Values by field, in reading order; a field that is absent is blank.
// It is a list because a map of its few entries would use several times the memory and be slower to copy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(from = "BTreeMap<ProfileField, String>")]
#[cfg_attr(feature = "schemas", schema(value_type = BTreeMap<ProfileField, String>))]
pub struct Profile(Vec<(ProfileField, String)>);

impl From<BTreeMap<ProfileField, String>> for Profile {
    fn from(values: BTreeMap<ProfileField, String>) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, value)| (field, value)))
    }
}

impl Profile {
    /// The field's value, if it has one.
    #[must_use]
    pub fn get(&self, field: ProfileField) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(of, _)| *of == field)?;
        Some(value)
    }

    /// Sets the field; an empty value blanks it.
    pub fn set(&mut self, field: ProfileField, value: Option<String>) {
        let place = self.0.binary_search_by_key(&field, |(of, _)| *of);
        match (place, value.filter(|text| !text.is_empty())) {
            (Ok(index), None) => {
                self.0.remove(index);
            }
            (Ok(index), Some(text)) => {
                if let Some((_, value)) = self.0.get_mut(index) {
                    *value = text;
                }
            }
            (Err(index), Some(text)) => self.0.insert(index, (field, text)),
            (Err(_), None) => {}
        }
    }

    /// The fields that have a value, in reading order.
    pub fn iter(&self) -> impl Iterator<Item = (ProfileField, &str)> {
        self.0.iter().map(|(field, value)| (*field, value.as_str()))
    }

    /// First and last name, for display.
    #[must_use]
    pub fn full_name(&self) -> String {
        [ProfileField::FirstName, ProfileField::LastName]
            .into_iter()
            .filter_map(|field| self.get(field))
            .collect::<Vec<_>>()
            .join(" ")
    }
}
