//! Versions of an event's configuration, and what differs between two of them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EventDocument;
use crate::audit::Actor;

/// For how many days a version is kept after another one took its place, as the audit log keeps its entries.
pub const VERSION_KEPT_DAYS: i64 = crate::audit::KEPT_DAYS;

/// A configuration as somebody stored it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ConfigurationVersion {
    /// Its number: 1 for the first one of the event, and the `ETag` of the configuration while it counts.
    pub version: u64,
    /// When it was stored.
    pub at: Timestamp,
    /// Who stored it.
    pub by: Actor,
    /// The document. It names secrets, and holds none.
    pub document: EventDocument,
}

impl ConfigurationVersion {
    /// The number of the version that has to be stored before this one, or nothing for the first.
    #[must_use]
    pub fn expected(&self) -> Option<u64> {
        self.version.checked_sub(1).filter(|before| *before > 0)
    }
}

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DocumentDifference {
    /// The path in the document, such as `mapping.company` or `rules[2].when`.
    pub path: String,
    /// What stood there before; absent where nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there now; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// The places where two documents differ, in the order of their paths.
#[must_use]
pub fn document_differences(
    before: &EventDocument,
    after: &EventDocument,
) -> Vec<DocumentDifference> {
    let value = |document| serde_json::to_value(document).unwrap_or_default();
    let mut found = Vec::new();
    compare(
        String::new(),
        Some(&value(before)),
        Some(&value(after)),
        &mut found,
    );
    found
}

fn compare(
    path: String,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<DocumentDifference>,
) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let inner = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                compare(inner, before.get(key), after.get(key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                let inner = format!("{path}[{index}]");
                compare(inner, before.get(index), after.get(index), found);
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(DocumentDifference {
            path,
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{SourceAddresses, check};

    fn document(rules: &Value, company: &str) -> EventDocument {
        let document = json!({
            "community": "acme", "event": "devcon", "name": "DevCon",
            "source": {"url": "https://registration.example/attendees"},
            "mapping": {"email": "mail", "first_name": "first", "last_name": "last", "company": company},
            "rules": rules,
        });
        check(&document, &SourceAddresses::Public).unwrap()
    }

    #[test]
    fn each_place_that_differs_is_named_once() {
        let cancelled = json!([{"when": "cancelled", "then": "remove_attendee"}]);
        let both = json!([
            {"when": "cancelled or refunded", "then": "remove_attendee"},
            {"when": "vip", "then": {"add_group": "VIP"}}
        ]);
        let (before, after) = (document(&cancelled, "firm"), document(&both, "company"));
        let found = document_differences(&before, &after);
        let paths: Vec<_> = found.iter().map(|found| found.path.as_str()).collect();
        assert_eq!(paths, ["mapping.company", "rules[0].when", "rules[1]"]);
        assert_eq!(found[0].before, Some(json!("firm")));
        assert_eq!(found[2].before, None);
        assert!(document_differences(&after, &after).is_empty());
    }

    #[test]
    fn the_first_version_follows_nothing() {
        let version = |version| ConfigurationVersion {
            version,
            at: Timestamp::UNIX_EPOCH,
            by: Actor::Owner,
            document: document(&json!([]), "firm"),
        };
        assert_eq!(version(1).expected(), None);
        assert_eq!(version(7).expected(), Some(6));
    }
}
