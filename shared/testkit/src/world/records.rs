//! Example documents, records, and the names that they have.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId};
use serde_json::{Value, json};

/// The community of the examples.
#[must_use]
pub fn acme() -> CommunityId {
    "acme".parse().unwrap()
}

/// The event of the examples.
#[must_use]
pub fn devcon() -> EventId {
    "devcon".parse().unwrap()
}

/// The address of the person called `name`.
#[must_use]
pub fn address(name: &str) -> EmailAddress {
    format!("{name}@example.org").parse().unwrap()
}

/// A small configuration of an event of the community `acme`.
#[must_use]
pub fn document(event: &str) -> Value {
    json!({
        "community": "acme", "event": event, "name": event,
        "source": {"url": "https://registration.example.org/"},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "company": "company", "groups": "groups", "digital_badge": "badge"
        },
        "delete_flag": {"path": "erased"},
        "rules": [{"when": "cancelled", "then": "remove_attendee"}, {"when": "test", "then": "ignore"}]
    })
}

/// A record of the person called `name`.
#[must_use]
pub fn person(name: &str) -> Value {
    json!({
        "id": format!("R-{name}"), "email": format!("{name}@example.org"), "first": name, "last": "Example",
        "company": "Initech", "groups": ["Regular"], "badge": format!("https://badges.example.org/{name}.pdf")
    })
}

/// Returns the record with some fields changed.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "it is called with literals")]
pub fn with(mut record: Value, change: Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// Returns the records of this many people.
#[must_use]
pub fn crowd(count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| person(&format!("p{number:04}")))
        .collect()
}
