//! A configuration document that is accepted is the same again once it is written and read. One
//! that is not names places, and no credential.
//!
//! Input: JSON or TOML, merged into a document that is accepted (RFC 7396).

use attendee_sync_domain::config::{EventDocument, Problems, SourceAddresses, check};
use attendee_sync_domain::toml_text;
use serde_json::Value;

use crate::base::{base_document, merge};
use crate::text::text;

/// Stands for a credential.
const CANARY: &str = "canary-7f3a";

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let input = text(input);
    let as_json = serde_json::from_str(input).ok();
    let Some(patch) = as_json.or_else(|| toml_text::parse(input).ok()) else {
        return;
    };
    let mut document = base_document();
    merge(&mut document, patch);
    match check(&document, &SourceAddresses::Public) {
        Ok(accepted) => is_the_same_again(&accepted),
        Err(problems) => says_what_is_wrong(&document, &problems, input),
    }
    let anywhere = check(&document, &SourceAddresses::Any);
    if let Ok(accepted) = anywhere
        && let Some(written) = written(&accepted)
    {
        let read: EventDocument = serde_json::from_value(written).unwrap();
        assert_eq!(read.reading(), accepted.reading());
    }
}

/// The document as it is kept. A credential goes elsewhere first, and one that stands there is not
/// written.
fn written(document: &EventDocument) -> Option<Value> {
    match serde_json::to_value(document) {
        Ok(written) => Some(written),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("SecretValue::Plain"), "{text}");
            assert!(!text.contains(CANARY), "{text}");
            None
        }
    }
}

fn is_the_same_again(accepted: &EventDocument) {
    let Some(written) = written(accepted) else {
        return;
    };
    let again = check(&written, &SourceAddresses::Public).unwrap_or_else(|problems| {
        panic!("accepted, and refused as it is written: {problems}");
    });
    assert_eq!(again, *accepted);
    assert_eq!(serde_json::to_value(&again).unwrap(), written);
    // As text, too.
    let text = serde_json::to_string_pretty(accepted).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), written);
}

fn says_what_is_wrong(document: &Value, problems: &Problems, input: &str) {
    assert!(!problems.0.is_empty());
    let lines = input.lines().count().max(1) + 1;
    for problem in &problems.0 {
        assert!(!problem.path.is_empty() && !problem.reason.is_empty());
        let line = toml_text::line_of(input, &problem.path);
        assert!((1..=lines).contains(&line));
    }
    let mut elsewhere = document.clone();
    if let Some(authentication) = elsewhere.pointer_mut("/source/authentication") {
        *authentication = Value::Null;
    }
    if !elsewhere.to_string().contains(CANARY) && values_alone(document) {
        assert!(!problems.to_string().contains(CANARY), "{problems}");
    }
}

/// Whether no key of the authentication is the credential.
fn values_alone(document: &Value) -> bool {
    let fields = document.pointer("/source/authentication");
    let fields = fields.and_then(Value::as_object);
    fields.is_none_or(|fields| fields.keys().all(|name| !name.contains(CANARY)))
}
