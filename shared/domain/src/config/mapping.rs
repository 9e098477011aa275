//! The mapping part of the document: for each profile field, where its value comes from.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::expression::Expression;
use crate::feed::FieldPath;
use crate::profile::{AttendeeField, ProfileField};

/// The origin of each profile field's value. A sync never changes a field that is not mapped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The record's own id in the source, for people to find it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<FieldMapping>,
    /// The e-mail address, which identifies the person.
    pub email: FieldMapping,
    /// Form of address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<FieldMapping>,
    /// First name.
    pub first_name: FieldMapping,
    /// Last name.
    pub last_name: FieldMapping,
    /// Job title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<FieldMapping>,
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<FieldMapping>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<FieldMapping>,
    /// Additional info.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_info: Option<FieldMapping>,
    /// Biography.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biography: Option<FieldMapping>,
    /// Groups: a list, or a text with a separator; from one place of the record, or from several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<GroupsMapping>,
    /// URL of the digital badge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_badge: Option<FieldMapping>,
}

impl Mapping {
    /// The mapping of a profile field.
    #[must_use]
    pub fn of(&self, field: ProfileField) -> Option<&FieldMapping> {
        match field {
            ProfileField::Title => self.title.as_ref(),
            ProfileField::FirstName => Some(&self.first_name),
            ProfileField::LastName => Some(&self.last_name),
            ProfileField::JobTitle => self.job_title.as_ref(),
            ProfileField::Company => self.company.as_ref(),
            ProfileField::Country => self.country.as_ref(),
            ProfileField::AdditionalInfo => self.additional_info.as_ref(),
            ProfileField::Biography => self.biography.as_ref(),
        }
    }

    /// Returns every field mapping with the attendee's field that it fills. Groups appear once for
    /// each of their places.
    pub fn all(&self) -> impl Iterator<Item = (AttendeeField, &FieldMapping)> {
        let profile = ProfileField::ALL.map(|field| (field.into(), self.of(field)));
        let groups = self.groups.iter().flat_map(GroupsMapping::places);
        let groups = groups.map(|place| (AttendeeField::Groups, place));
        [
            (AttendeeField::SourceId, self.source_id.as_ref()),
            (AttendeeField::Email, Some(&self.email)),
            (AttendeeField::DigitalBadge, self.digital_badge.as_ref()),
        ]
        .into_iter()
        .chain(profile)
        .filter_map(|(name, mapping)| Some((name, mapping?)))
        .chain(groups)
    }
}

/// The places that groups come from. The groups of all places are combined. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupsMapping(Vec<FieldMapping>);

impl GroupsMapping {
    /// The places, in order.
    pub fn places(&self) -> impl Iterator<Item = &FieldMapping> {
        self.0.iter()
    }
}

impl Serialize for GroupsMapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for GroupsMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = GroupsMapping;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a path as text, an object with path, constant or expression, or a list of these",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<GroupsMapping, E> {
                let path = text.parse().map_err(E::custom)?;
                Ok(GroupsMapping(vec![FieldMapping::from_path(path)]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<GroupsMapping, A::Error> {
                let one = WrittenField::deserialize(MapAccessDeserializer::new(map))?;
                let one = one.try_into().map_err(de::Error::custom)?;
                Ok(GroupsMapping(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<GroupsMapping, A::Error> {
                let mut places = Vec::new();
                while let Some(place) = list.next_element()? {
                    places.push(place);
                }
                if places.is_empty() {
                    return Err(de::Error::custom("list at least one place"));
                }
                Ok(GroupsMapping(places))
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

/// The origin of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueOrigin {
    /// A field of the record, or of a level above it.
    Path(FieldPath),
    /// A fixed text, the same for every record.
    Constant(String),
    /// The result of an expression on the record.
    Expression(Expression),
}

/// When a value from the source is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Apply {
    /// At every sync.
    #[default]
    Always,
    /// Only when the user is created.
    OnCreate,
    /// Only while the user has no value.
    IfEmpty,
}

/// What an empty value in the source does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// It empties the field.
    #[default]
    Clear,
    /// It leaves the field as it is.
    Keep,
}

/// The mapping of one field. Written as a path alone, or as an object with `path`, `constant` or
/// `expression` and the options.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMapping {
    /// The origin of the value.
    pub origin: ValueOrigin,
    /// The separator of the groups in a text.
    pub separator: Option<String>,
    /// When the value is applied.
    pub apply: Apply,
    /// What an empty value does.
    pub blank: Blank,
    /// The value used in place of an empty one.
    pub default: Option<String>,
}

/// The mapping of one field with its options: exactly one of `path`, `constant` and `expression`.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schemas", schema(as = MappedField))]
pub(crate) struct WrittenField {
    /// A field of the record, or of a level above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<FieldPath>,
    /// A fixed text, the same for every record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    constant: Option<String>,
    /// The expression whose result is the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expression: Option<Expression>,
    /// The separator of the groups in a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    separator: Option<String>,
    /// When the value is applied.
    #[serde(default, skip_serializing_if = "is_default")]
    apply: Apply,
    /// What an empty value does.
    #[serde(default, skip_serializing_if = "is_default")]
    blank: Blank,
    /// The value used in place of an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl FieldMapping {
    fn from_path(path: FieldPath) -> Self {
        Self {
            origin: ValueOrigin::Path(path),
            separator: None,
            apply: Apply::default(),
            blank: Blank::default(),
            default: None,
        }
    }

    fn has_options(&self) -> bool {
        self.separator.is_some()
            || !is_default(&self.apply)
            || !is_default(&self.blank)
            || self.default.is_some()
    }
}

impl TryFrom<WrittenField> for FieldMapping {
    type Error = &'static str;

    fn try_from(written: WrittenField) -> Result<Self, Self::Error> {
        let origin = match (written.path, written.constant, written.expression) {
            (Some(path), None, None) => ValueOrigin::Path(path),
            (None, Some(constant), None) => ValueOrigin::Constant(constant),
            (None, None, Some(expression)) => ValueOrigin::Expression(expression),
            _ => return Err("give exactly one of path, constant and expression"),
        };
        Ok(Self {
            origin,
            separator: written.separator,
            apply: written.apply,
            blank: written.blank,
            default: written.default,
        })
    }
}

impl Serialize for FieldMapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = WrittenField {
            path: None,
            constant: None,
            expression: None,
            separator: self.separator.clone(),
            apply: self.apply,
            blank: self.blank,
            default: self.default.clone(),
        };
        match &self.origin {
            ValueOrigin::Path(path) if !self.has_options() => return path.serialize(serializer),
            ValueOrigin::Path(path) => written.path = Some(path.clone()),
            ValueOrigin::Constant(constant) => written.constant = Some(constant.clone()),
            ValueOrigin::Expression(expression) => written.expression = Some(expression.clone()),
        }
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FieldMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrObject;

        impl<'de> Visitor<'de> for TextOrObject {
            type Value = FieldMapping;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path as text, or an object with path, constant or expression")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldMapping, E> {
                text.parse().map(FieldMapping::from_path).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldMapping, A::Error> {
                WrittenField::deserialize(MapAccessDeserializer::new(map))?
                    .try_into()
                    .map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(TextOrObject)
    }
}
