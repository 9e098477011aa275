//! The profile: what is known of a user, field by field.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A profile field of the user. The digital badge and the groups are not here: the badge belongs
/// to the attendee, groups are memberships.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
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

    /// Longest value kept, in characters; longer ones are cut with an issue. The long-text fields
    /// take 4,000 characters, the others 250, so that an attendee stays far below the 400 KB a
    /// `DynamoDB` item may have.
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

/// Values by field; a field that is absent is blank.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Profile(BTreeMap<ProfileField, String>);

impl Profile {
    /// The field's value, if it has one.
    #[must_use]
    pub fn get(&self, field: ProfileField) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    /// Sets the field; an empty value blanks it.
    pub fn set(&mut self, field: ProfileField, value: Option<String>) {
        match value.filter(|text| !text.is_empty()) {
            Some(text) => self.0.insert(field, text),
            None => self.0.remove(&field),
        };
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
