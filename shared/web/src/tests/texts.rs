//! The texts of the console: that the catalogue and the code agree, and that pages have no other
//! text.

mod markup;
mod sources;

use std::collections::BTreeSet;

use attendee_sync_domain::profile::ProfileField;
use fluent_syntax::ast::Entry;
use fluent_syntax::parser;

use super::permits::filled;
use super::world::{ConsoleWorld, TestResponse};
use crate::routes::entries;
use crate::texts::{ENGLISH_FILES, find, names_of_english};
use markup::texts_of;
use sources::{NamedMessage, named_messages, quoted};

#[test]
fn every_file_of_the_catalogue_can_be_read() {
    let mut ids = BTreeSet::new();
    for (name, file) in ENGLISH_FILES {
        let resource = parser::parse(file)
            .unwrap_or_else(|(_, errors)| panic!("{name}: {:?}", errors.first()));
        for entry in resource.body {
            if let Entry::Message(message) = entry {
                assert!(message.attributes.is_empty(), "{}", message.id.name);
                assert!(
                    ids.insert(message.id.name),
                    "{} is there twice",
                    message.id.name
                );
            }
        }
    }
    assert!(ids.len() > 1_000, "{}", ids.len());
}

#[test]
fn every_message_that_is_named_exists_with_these_values_and_elements() {
    let catalogue = names_of_english();
    let mut wrong = Vec::new();
    for NamedMessage {
        place,
        id,
        values,
        elements,
    } in named_messages()
    {
        let Some(known) = catalogue.get(&id) else {
            wrong.push(format!("{place}: there is no message {id}"));
            continue;
        };
        if let Some(values) = values.filter(|values| *values != known.values) {
            wrong.push(format!(
                "{place}: {id} has {:?}, and gets {values:?}",
                known.values
            ));
        }
        if let Some(elements) = elements.filter(|elements| *elements != known.elements) {
            wrong.push(format!(
                "{place}: {id} has {:?}, and gets {elements:?}",
                known.elements
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_message_is_used() {
    let quoted = quoted();
    // Found by the code of a country and the name of a field.
    let by_name = |id: &str| id.starts_with("country-") || id.starts_with("field-");
    let catalogue = names_of_english();
    let unused: Vec<_> = catalogue
        .keys()
        .filter(|id| !by_name(id) && !quoted.contains(*id))
        .collect();
    assert!(unused.is_empty(), "{unused:#?}");
    for field in ProfileField::ALL {
        let id = format!("field-{}", field.name().replace('_', "-"));
        assert!(find(&id).is_some(), "{id}");
    }
}

/// What pages show beside the catalogue: names and values that the test plants or that the program
/// makes, and sentences of the application, which programs and the command line get, too.
const DATA: [&str; 1] = [""];

fn strangers(answer: &TestResponse) -> Vec<String> {
    if !answer.header("content-type").starts_with("text/html") {
        return Vec::new();
    }
    let texts = texts_of(&answer.body).into_iter();
    texts
        .map(|text| DATA.iter().fold(text, |text, data| text.replace(data, "")))
        .filter(|text| text.contains(|c: char| c.is_ascii_alphabetic()))
        .collect()
}

async fn rich() -> ConsoleWorld {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    drop(browser);
    world.in_pseudo()
}

/// Every page of the console, as every role, and what it answers to an empty form.
#[tokio::test]
async fn pages_have_no_text_beside_the_catalogue() {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for world in [ConsoleWorld::empty().await.in_pseudo(), rich().await] {
        for token in ["admin-of-acme", "viewer-of-acme", "helpdesk-of-acme"] {
            for entry in entries() {
                if entry.path.starts_with("/api") || entry.path == "/metrics" {
                    continue;
                }
                let path = filled(entry.path, "acme", "devcon");
                let browser = world.browser_of(token).await;
                let answer = if entry.method == "GET" {
                    browser.open(&path).await
                } else {
                    browser.submit(&path, &[]).await
                };
                for text in strangers(&answer) {
                    found.insert(format!("{} {}: {text}", entry.method, entry.path));
                }
                world.settled().await;
            }
        }
    }
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
