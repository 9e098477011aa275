//! Credentials in documents: by name, and as text only before they are stored.
//!
//! A name has a meaning only within one event of one community. When a document is read, it adds
//! its community and its event to the name that it contains, so that the code that uses a name
//! cannot confuse it with another event's.

use std::fmt;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::{CommunityId, EventId};

/// The keys that a credential can have in `source.authentication`, and what that of hooks is called.
const KEYS: [&str; 5] = ["token", "value", "password", "client_secret", "hook_secret"];

/// The prefix of the environment variables that contain secrets.
const PREFIX: &str = "ATTENDEE_SYNC_SECRET_";
/// The suffix of the environment variables that list communities.
const BINDING: &str = "__COMMUNITIES";

/// The owner of a credential: one event of one community.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretOwner {
    /// The community.
    pub community: CommunityId,
    /// The event.
    pub event: EventId,
}

/// The name of a secret: lower-case letters, digits and hyphens, together with its owner.
///
/// A name that was read outside a document has no owner: nothing is stored under it, and no secret
/// is found by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretName {
    name: String,
    owner: Option<Box<SecretOwner>>,
}

impl SecretName {
    /// Returns the name under which an event stores the credential that its document has at `key`,
    /// or the reason why there can be none.
    pub fn of(owner: SecretOwner, key: &str) -> Result<Self, String> {
        let name: Self = generated(&owner.event, key).parse()?;
        Ok(name.owned_by(owner))
    }

    /// Returns all names under which the program itself may have stored a credential of this event.
    #[must_use]
    pub fn all_generated(owner: &SecretOwner) -> Vec<Self> {
        let names = KEYS.iter().map(|key| Self::of(owner.clone(), key));
        names.filter_map(Result::ok).collect()
    }

    /// Returns the same name with this owner.
    #[must_use]
    pub fn owned_by(self, owner: SecretOwner) -> Self {
        Self {
            owner: Some(Box::new(owner)),
            ..self
        }
    }

    /// Returns the owner, if the name has one.
    #[must_use]
    pub fn owner(&self) -> Option<&SecretOwner> {
        self.owner.as_deref()
    }

    /// Returns whether the program gives this name by itself to a credential of the same event.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        let owner = self.owner();
        owner.is_some_and(|owner| {
            KEYS.iter()
                .any(|key| generated(&owner.event, key) == self.name)
        })
    }

    /// Returns the environment variable that may contain the secret: upper case, `-` as `_`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// Returns the environment variable that lists the communities to which the other one is bound.
    #[must_use]
    pub fn binding_variable(&self) -> String {
        format!("{}{BINDING}", self.variable())
    }

    /// Returns whether its variable would be another secret's list of communities, and so contains
    /// no secret.
    #[must_use]
    pub fn is_binding(&self) -> bool {
        self.variable().ends_with(BINDING)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

fn generated(event: &EventId, key: &str) -> String {
    format!("{event}-{}", key.replace('_', "-"))
}

impl FromStr for SecretName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let good = !text.is_empty()
            && text.len() <= 100
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if good {
            Ok(Self {
                name: text.to_owned(),
                owner: None,
            })
        } else {
            Err("a secret's name has 1 to 100 lower-case letters, digits and hyphens".to_owned())
        }
    }
}

impl TryFrom<String> for SecretName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> String {
        name.name
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A credential. In a stored document it is always the name of a secret. It is plain text only in a
/// document that is being submitted; then it is stored as a secret, and its name replaces it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretValue {
    /// `{"secret": NAME}`.
    Secret(SecretName),
    /// The credential itself. It is never serialised.
    #[serde(skip_serializing)]
    Plain(String),
}

impl Default for SecretValue {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "Secret({name})"),
            Self::Plain(_) => f.write_str("Plain(…)"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct NamedSecret {
            secret: SecretName,
        }

        struct TextOrName;

        impl<'de> Visitor<'de> for TextOrName {
            type Value = SecretValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{\"secret\": NAME}, or the credential as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretValue, E> {
                Ok(SecretValue::Plain(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretValue, A::Error> {
                NamedSecret::deserialize(MapAccessDeserializer::new(map))
                    .map(|named| SecretValue::Secret(named.secret))
            }
        }

        deserializer.deserialize_any(TextOrName)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::EventDocument;

    fn owner(community: &str, event: &str) -> SecretOwner {
        SecretOwner {
            community: community.parse().unwrap(),
            event: event.parse().unwrap(),
        }
    }

    #[test]
    fn a_name_in_a_document_is_of_its_community_and_event() {
        let document = |community: &str, event: &str| -> EventDocument {
            let document = json!({
                "community": community, "event": event, "name": "DevCon",
                "source": {
                    "url": "https://registration.example/",
                    "authentication": {"type": "bearer", "token": {"secret": "devcon-source"}}
                },
                "mapping": {"email": "email", "first_name": "first", "last_name": "last"}
            });
            serde_json::from_value(document).unwrap()
        };
        let ours = document("acme", "devcon");
        let name = ours.source.authentication.named_secret().unwrap();
        assert_eq!(name.owner(), Some(&owner("acme", "devcon")));
        assert_ne!(ours.source, document("globex", "devcon").source);
        assert_ne!(ours.source, document("acme", "gala").source);
        let written = serde_json::to_value(&ours).unwrap();
        assert_eq!(
            written["source"]["authentication"]["token"],
            json!({"secret": "devcon-source"})
        );
        assert_eq!(
            serde_json::from_value::<EventDocument>(written).unwrap(),
            ours
        );
        let alone: SecretName = "devcon-source".parse().unwrap();
        assert_eq!(alone.owner(), None);
    }

    #[test]
    fn a_generated_name_is_told_from_others() {
        let of = |name: &str| {
            let name: SecretName = name.parse().unwrap();
            name.owned_by(owner("acme", "devcon"))
        };
        let generated = SecretName::all_generated(&owner("acme", "devcon"));
        assert!(generated.contains(&of("devcon-client-secret")));
        assert!(generated.iter().all(SecretName::is_generated));
        for other in ["devcon-source", "gala-token", "devcon-x-token", "token"] {
            assert!(!of(other).is_generated(), "{other}");
        }
        let alone: SecretName = "devcon-token".parse().unwrap();
        assert!(!alone.is_generated());
    }

    #[test]
    fn a_name_has_a_variable_and_one_that_binds_it() {
        let name: SecretName = "devcon-source".parse().unwrap();
        assert_eq!(name.variable(), "ATTENDEE_SYNC_SECRET_DEVCON_SOURCE");
        let binding = "ATTENDEE_SYNC_SECRET_DEVCON_SOURCE__COMMUNITIES";
        assert_eq!(name.binding_variable(), binding);
        let list: SecretName = "devcon-source--communities".parse().unwrap();
        assert_eq!(list.variable(), binding);
        assert!(list.is_binding() && !name.is_binding());
    }
}
