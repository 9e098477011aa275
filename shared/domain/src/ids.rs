//! Identifiers: names that people choose (community, event) and ids that the program derives
//! (person, run).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::email::EmailAddress;

/// The reason why a name or id is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 1 to 64 of `a-z`, `0-9` and `-`, starting with a letter or digit.
    #[error(
        "\"{0}\" is not a valid name: use 1 to 64 lower-case letters, digits and hyphens, starting with a letter or digit"
    )]
    Name(String),
    /// The text is not `EVENT.NUMBER`.
    #[error("\"{0}\" is not a run: expected EVENT.NUMBER")]
    Run(String),
    /// The text is not 32 hexadecimal digits.
    #[error("not a person id")]
    Person,
}

/// Checks a name. Names are used in keys, URLs and file names, so their alphabet is small.
fn check_name(text: &str) -> Result<(), IdError> {
    let first_ok = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let all_ok = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if first_ok && all_ok && text.len() <= 64 {
        Ok(())
    } else {
        Err(IdError::Name(text.to_owned()))
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check_name(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                check_name(&text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// One organisation's user base.
    CommunityId
);
name_type!(
    /// One event. Its id is unique in an installation, whatever its community.
    EventId
);

/// The number of a run within its event: 1, 2, 3, … It decides the order of runs; clocks never do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct RunNumber(pub u32);

impl fmt::Display for RunNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A run, written `EVENT.NUMBER`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId {
    /// The event that was synced.
    pub event: EventId,
    /// The run's number within the event.
    pub number: RunNumber,
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event, self.number)
    }
}

impl FromStr for RunId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refused = || IdError::Run(text.to_owned());
        let (event, number) = text.rsplit_once('.').ok_or_else(refused)?;
        Ok(Self {
            event: event.parse().map_err(|_| refused())?,
            number: RunNumber(number.parse().map_err(|_| refused())?),
        })
    }
}

impl TryFrom<String> for RunId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> String {
        id.to_string()
    }
}

/// The secret from which a community's person ids are derived. It is created once and stored with
/// the community.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey(pub [u8; 32]);

impl PersonKey {
    /// Returns what notices of an event are signed with, as a secret of Standard Webhooks.
    #[must_use]
    pub fn notice_secret(&self, event: &EventId) -> String {
        // No e-mail address begins so: no person's id is ever a part of it.
        let halves = [1, 2].map(|half| self.authenticate(&format!("notices/{event}/{half}")));
        format!("whsec_{}", BASE64_STANDARD.encode(halves.concat()))
    }

    /// The first 128 bits of HMAC-SHA-256 (RFC 2104) of a text under the key.
    pub(crate) fn authenticate(&self, text: &str) -> [u8; 16] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            // HMAC accepts keys of any length (RFC 2104, section 2), so this is never reached.
            return [0; 16];
        };
        mac.update(text.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(digest) {
            *to = from;
        }
        first
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(…)")
    }
}

/// A person within a community: the first 128 bits of HMAC-SHA-256 (RFC 2104) of their e-mail
/// address under the community's key. Keys and tombstones use it because it does not reveal who the
/// person is (invariant 12).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonId([u8; 16]);

impl PersonId {
    /// The id of the person with this address.
    #[must_use]
    pub fn of(key: &PersonKey, email: &EmailAddress) -> Self {
        Self(key.authenticate(email.as_str()))
    }

    /// Returns the id whose [`PersonId::to_bytes`] are these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id as bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Returns the first 64 bits, by which packed fingerprints identify a person.
    #[must_use]
    pub fn short(self) -> u64 {
        self.0
            .iter()
            .take(8)
            .fold(0, |acc, byte| (acc << 8) | u64::from(*byte))
    }

    /// Returns which of the 16 partitions of a community or event contains this person.
    #[must_use]
    pub fn shard(self) -> u8 {
        self.0.first().map_or(0, |byte| byte >> 4)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Formatting one number is fast; a sync writes each id many times.
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({self})")
    }
}

impl FromStr for PersonId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 32 || !text.is_ascii() {
            return Err(IdError::Person);
        }
        let value = u128::from_str_radix(text, 16).map_err(|_| IdError::Person)?;
        Ok(Self(value.to_be_bytes()))
    }
}

impl TryFrom<String> for PersonId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<PersonId> for String {
    fn from(id: PersonId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_letters_digits_and_hyphens() {
        for good in ["acme", "devcon-2026", "1"] {
            assert!(good.parse::<EventId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "Acme", "a b", "a#b", "a.b", &"x".repeat(65)] {
            assert!(bad.parse::<EventId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_run_id_is_read_back_as_written() {
        let id: RunId = "devcon-2026.17".parse().unwrap();
        assert_eq!(id.number, RunNumber(17));
        assert_eq!(id.to_string(), "devcon-2026.17");
        assert!("devcon".parse::<RunId>().is_err());
    }

    #[test]
    fn a_person_id_depends_on_address_and_community_key() {
        let ada: EmailAddress = "ada@example.org".parse().unwrap();
        let one = PersonId::of(&PersonKey([1; 32]), &ada);
        assert_eq!(one, PersonId::of(&PersonKey([1; 32]), &ada));
        assert_ne!(one, PersonId::of(&PersonKey([2; 32]), &ada));
        assert_eq!(one.to_string().parse::<PersonId>().unwrap(), one);
        assert_eq!(format!("{:016x}", one.short()), one.to_string()[..16]);
    }
}
