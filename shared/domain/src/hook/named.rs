//! What the body of a hook names: a person by their address, or a record by its id.

use serde_json::Value;

use super::HookTarget;
use crate::config::{EventDocument, FieldMapping, ValueOrigin};
use crate::evaluate::as_plain_text;
use crate::expression::{ExpressionScope, Surroundings};
use crate::feed::FeedRecord;
use crate::lookup::Lookups;

/// Longest id of a record that is asked for, in bytes.
const MAX_ID: usize = 200;

/// Returns what a hook names that the source can be asked for alone; nothing where everything that changed has to
/// be read.
#[must_use]
pub fn named_in(document: &EventDocument, body: &[u8]) -> Option<HookTarget> {
    let settings = document.hook.as_ref()?;
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |mapping: &FieldMapping| text_of(document, mapping, &body);
    if document.source.one_person.is_some()
        && let Some(email) = settings.email.as_ref().and_then(text)
        && let Ok(email) = email.parse()
    {
        return Some(HookTarget::Person(email));
    }
    document.source.one_record.as_ref()?;
    let id = settings.source_id.as_ref().and_then(text)?;
    let is_usable = !id.is_empty() && id.len() <= MAX_ID && !id.chars().any(char::is_control);
    is_usable.then_some(HookTarget::Record(id))
}

fn text_of(document: &EventDocument, mapping: &FieldMapping, body: &Value) -> Option<String> {
    let record = FeedRecord::within(body, Vec::new());
    let text = match &mapping.origin {
        ValueOrigin::Path(path) => record.find(path).and_then(as_plain_text),
        ValueOrigin::Constant(_) => None,
        ValueOrigin::Expression(expression) => {
            let surroundings = Surroundings::new(document, &Lookups::default());
            let scope = ExpressionScope::of(&record, &surroundings);
            let value = expression.evaluate(&scope).ok()?;
            as_plain_text(&value)
        }
    }?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(source: &Value, hook: &Value) -> EventDocument {
        let mut source = source.clone();
        source["url"] = json!("https://registration.example/attendees");
        serde_json::from_value(json!({
            "community": "acme", "event": "devcon", "name": "DevCon",
            "source": source, "hook": hook,
            "mapping": {"email": "email", "first_name": "first", "last_name": "last", "source_id": "id"}
        }))
        .unwrap()
    }

    #[test]
    fn a_hook_names_what_the_source_can_be_asked_for_alone() {
        let person = json!({"one_person": {"parameter": "search"}});
        let record =
            json!({"one_record": {"url": "https://registration.example/attendees/{source_id}"}});
        let both = json!({"email": "payload.email", "source_id": {"expression": "api_url | match('attendees/([0-9]+)')"}});
        let body = json!({
            "payload": {"email": " Ada@Example.org "},
            "api_url": "https://registration.example/attendees/77/"
        });
        let bytes = body.to_string();
        let found =
            |source: &Value, hook: &Value| named_in(&document(source, hook), bytes.as_bytes());
        let ada = HookTarget::Person("ada@example.org".parse().unwrap());
        assert_eq!(found(&person, &both), Some(ada));
        assert_eq!(
            found(&record, &both),
            Some(HookTarget::Record("77".to_owned()))
        );
        assert_eq!(found(&json!({}), &both), None);
        assert_eq!(found(&person, &json!({})), None);
        assert_eq!(found(&person, &json!({"email": "payload"})), None);
        let document = document(&person, &both);
        assert_eq!(named_in(&document, b"no JSON"), None);
        assert_eq!(named_in(&document, b"{}"), None);
    }
}
