//! Reads roles from a claim in an identity provider's token.

use serde_json::Value;

use super::{Role, Roles};
use crate::ids::CommunityId;

/// The name that means all communities.
const ALL: &str = "*";

impl Roles {
    /// Reads a claim: an object of roles by community, `{"acme": "operator", "*": "viewer"}`, or a
    /// list of the same as text, `["acme:operator", "*:viewer"]`, for providers that support only
    /// lists. Anything else gives no role.
    #[must_use]
    pub fn from_claim(claim: &Value) -> Self {
        let mut roles = Self::default();
        match claim {
            Value::Object(entries) => {
                for (place, role) in entries {
                    roles.add_read(place, role.as_str().unwrap_or_default());
                }
            }
            Value::Array(entries) => {
                for entry in entries.iter().filter_map(Value::as_str) {
                    let (place, role) = entry.split_once(':').unwrap_or_default();
                    roles.add_read(place, role);
                }
            }
            _ => {}
        }
        roles
    }

    fn add_read(&mut self, place: &str, role: &str) {
        let Ok(role) = role.parse::<Role>() else {
            return;
        };
        if place == ALL {
            self.add(None, role);
        } else if let Ok(community) = place.parse::<CommunityId>() {
            self.add(Some(community), role);
        }
    }
}
