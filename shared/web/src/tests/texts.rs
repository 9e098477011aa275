//! The texts of the console: that the catalogue and the code agree, and that pages have no other
//! text.

mod markup;
mod sources;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use attendee_sync_domain::preset::built_in;
use attendee_sync_domain::profile::ProfileField;
use axum::http::StatusCode;
use fluent_syntax::ast::Entry;
use fluent_syntax::parser;
use serde_json::{Value, json};

use super::browser::unescaped;
use super::permits::filled;
use super::post::inviting;
use super::world::{ConsoleWorld, TOKEN, TestResponse, document};
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
    // Found by the code of a country, the name of a field, and the number of a status.
    let by_name = |id: &str| {
        let prefixes = ["country-", "field-", "status-"];
        prefixes.iter().any(|prefix| id.starts_with(prefix))
    };
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

/// What pages show beside the catalogue: names and values that the tests plant, words of documents,
/// codes of issues, and names that the program knows. The long ones come first.
const DATA: [&str; 62] = [
    "Attendee Sync",
    "DevCon 2026",
    "Gnu 2026",
    "DevCon",
    "admin-of-globex",
    "viewer-of-all",
    "-of-acme",
    "gnu-2026",
    "devcon",
    "acme",
    "globex",
    "Ada Doe",
    "Ada",
    "Doe",
    "Bo",
    "Example Ltd",
    "Gnu",
    "Speakers",
    "VIP",
    "Welcome",
    "Local owner",
    "Token",
    "helpdesk",
    "viewer",
    "operator",
    "admin",
    "app",
    "unknown browser",
    "CSV",
    "JSON Lines",
    "JSON",
    "Standard Webhooks",
    "Hi.Events",
    "Ticket Tailor",
    "Tito",
    "Slack",
    "CET",
    "UTC",
    "November",
    "Nov",
    "GET",
    "Missing email",
    "Invalid email",
    "Missing first name",
    "data.registrations",
    "registrations",
    "data",
    "first_name",
    "last_name",
    "source_id",
    "groups",
    "company",
    "email",
    "canceled",
    "first is",
    "first",
    "last",
    "id",
    "false",
    "true",
    "live",
    "T-",
];

/// Phrases of the application, which programs and the command line get, too: reasons, issues,
/// the log, proposals, and what is wrong with a document. They are English in every language.
const OF_THE_APPLICATION: [&str; 41] = [
    "Changed the configuration",
    "Requested",
    "; matches",
    "There is no",
    "there is no",
    "Nobody with this e-mail address",
    "Grants access",
    "The source's field",
    "Attends since",
    "The e-mail address",
    "the e-mail address is empty",
    "The source of devcon named",
    "The organiser put",
    "They get no mail",
    "Set by another event",
    "Removed from the list by hand",
    "Removed by hand",
    "Removed and blocked by hand",
    "No such version",
    "Assigned by",
    "Suppressed the address",
    "Started run",
    "Signed in by",
    "Signed out",
    "Saved the configuration",
    "Removed Ada Doe",
    "Made a new address",
    "Downloaded",
    "Created the event",
    "Added Ada Doe",
    "A token's name",
    "is not a valid name",
    "missing field",
    "EOF while parsing",
    "is called so",
    "differs in every record",
    "is the name of an e-mail",
    "says to which group",
    "The answer has",
    "people found at",
    "as a file",
];

/// Returns the texts of an answer that are neither of the catalogue nor data.
fn strangers(answer: &TestResponse) -> Vec<String> {
    if !answer.header("content-type").starts_with("text/html") {
        return Vec::new();
    }
    let texts = texts_of(&answer.body).into_iter();
    texts.filter(|text| !is_known(&unescaped(text))).collect()
}

/// Returns whether all letters of a text that are not of the catalogue are known.
fn is_known(text: &str) -> bool {
    text.split(|c: char| ('\u{ff21}'..='\u{ff5a}').contains(&c))
        .all(is_known_part)
}

fn is_known_part(part: &str) -> bool {
    let part = part.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if OF_THE_APPLICATION
        .iter()
        .any(|phrase| part.contains(phrase))
        || is_of_a_preset(part)
    {
        return true;
    }
    // Addresses and ids, and times.
    let is_value = |word: &&str| {
        word.contains('@') || (word.len() == 32 && word.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let words: Vec<&str> = part
        .split_whitespace()
        .filter(|word| !is_value(word))
        .collect();
    let left = DATA
        .iter()
        .fold(words.join(" "), |left, data| left.replace(data, ""));
    !left.contains(|c: char| c.is_ascii_alphabetic())
}

/// Presets are documents with texts of their own.
fn is_of_a_preset(part: &str) -> bool {
    fn spaced(text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    }
    static PRESETS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let presets = built_in().iter();
        presets.map(|(_, text)| spaced(text)).collect()
    });
    let is_there = |piece: &str| {
        let piece = spaced(piece.trim_end_matches('.'));
        piece.len() > 1 && PRESETS.iter().any(|preset| preset.contains(&piece))
    };
    part.split("; ")
        .flat_map(|part| part.split(". "))
        .all(is_there)
}

/// What was found, by where.
#[derive(Default)]
struct Strangers(BTreeSet<String>);

impl Strangers {
    fn look(&mut self, place: &str, answer: &TestResponse) {
        let found = strangers(answer).into_iter();
        self.0.extend(found.map(|text| format!("{place}: {text}")));
    }

    fn assert_none(self) {
        let found: Vec<String> = self.0.into_iter().collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// With people, a held run, groups, blocks, invitations, and whatever else pages list.
async fn rich() -> ConsoleWorld {
    let world = ConsoleWorld::held().await;
    world.configure(&inviting(500)).await;
    let browser = world.browser().await;
    let mut people = Vec::new();
    for number in 20..26 {
        people.push(page_of(&world, number).await);
    }
    let person = |number: usize| &people[number - 20];
    for (path, fields) in [
        (
            "/communities/acme/suppressions".to_owned(),
            vec![("email", "p20@example.org")],
        ),
        (format!("{}/groups", person(21)), vec![("group", "VIP")]),
        (format!("{}/block", person(22)), vec![("block", "yes")]),
        (format!("{}/remove", person(23)), vec![]),
        (format!("{}/edit", person(24)), vec![("company", "Gnu")]),
        (format!("{}/invite", person(25)), vec![]),
        ("/events/devcon/filters".to_owned(), vec![("name", "Gnu")]),
        ("/events/devcon/doctor".to_owned(), vec![]),
    ] {
        let answer = browser.submit(&path, &fields).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
    }
    let mut records: Vec<Value> = (1..=30).map(|id| super::world::person(id, "Ada")).collect();
    records.push(json!({"id": "31", "first": "Ada"}));
    records.push(json!({"id": "32", "email": "gnu", "canceled": "maybe"}));
    world.registered(records);
    world.sync().await;
    world.in_pseudo()
}

/// The path of somebody's page.
async fn page_of(world: &ConsoleWorld, number: usize) -> String {
    let email = format!("p{number}@example.org").parse().unwrap();
    let event = "devcon".parse().unwrap();
    let found = world.app.attendee(&event, &email).await.unwrap();
    format!("/events/devcon/people/{}", found.person)
}

/// Pages of what the world has, and of what it has not.
#[tokio::test]
async fn pages_have_no_text_beside_the_catalogue() {
    let mut found = Strangers::default();
    let world = rich().await;
    let browser = world.browser().await;
    let mut paths: Vec<String> = [
        "/events/devcon/runs/2",
        "/events/devcon/runs/3",
        "/events/devcon?status=all&sort=-added",
        "/events/devcon?print=yes",
        "/events/devcon?search=nobody&status=removed",
        "/events/devcon/help-desk?q=ada",
        "/events/devcon/groups/VIP",
        "/nowhere",
    ]
    .map(str::to_owned)
    .to_vec();
    for number in 19..27 {
        paths.push(page_of(&world, number).await);
    }
    for path in paths {
        found.look(&path, &browser.open(&path).await);
    }
    let mut document = document();
    document["rules"] = json!([{"field": "first", "is": "Ada", "then": {"add_group": "VIP"}}]);
    let text = document.to_string();
    for (path, fields) in [
        (
            "/events/devcon/configuration/document/test",
            vec![("document", text.as_str())],
        ),
        (
            "/events/devcon/configuration/document",
            vec![("document", "{}")],
        ),
        ("/new-event", vec![("document", text.as_str())]),
        ("/new-event/test", vec![("document", text.as_str())]),
        ("/events/devcon/preview", vec![]),
        (
            "/events/devcon/selection",
            vec![("action", "invite"), ("scope", "all")],
        ),
        (
            "/events/devcon/selection",
            vec![("action", "group"), ("into", "VIP"), ("scope", "all")],
        ),
        (
            "/events/devcon/selection",
            vec![("action", "take_out"), ("scope", "all")],
        ),
    ] {
        found.look(path, &browser.submit(path, &fields).await);
    }
    let form = browser.form("/events/devcon/configuration").await;
    let mut wrong = form.clone();
    wrong.insert("source.url".to_owned(), String::new());
    wrong.insert("guards.removals_percent".to_owned(), "many".to_owned());
    for (path, form) in [
        ("/events/devcon/configuration", wrong),
        ("/events/devcon/configuration/test", form),
    ] {
        found.look(path, &browser.send_form(path, &form).await);
    }
    found.assert_none();
}

/// Every page as several roles, and what it answers to an empty form.
#[tokio::test]
async fn no_route_has_a_text_beside_the_catalogue() {
    let mut found = Strangers::default();
    for (world, is_rich) in [
        (ConsoleWorld::empty().await.in_pseudo(), false),
        (rich().await, true),
    ] {
        for token in ["admin-of-acme", "viewer-of-acme", "helpdesk-of-acme", TOKEN] {
            for entry in entries() {
                if entry.path.starts_with("/api") || entry.path == "/metrics" {
                    continue;
                }
                let path = filled(entry.path, "acme", "devcon");
                let browser = world.browser_of(token).await;
                let answer = match entry.method {
                    "GET" => browser.open(&path).await,
                    _ => browser.submit(&path, &[]).await,
                };
                found.look(&format!("{} {}", entry.method, entry.path), &answer);
                if is_rich {
                    world.settled().await;
                }
            }
        }
    }
    found.assert_none();
}

/// The steps of a new event.
#[tokio::test]
async fn steps_have_no_text_beside_the_catalogue() {
    let mut found = Strangers::default();
    let world = ConsoleWorld::asking_over_http().await.in_pseudo();
    let browser = world.browser().await;
    let first = "/new-event/steps";
    let mut form = browser.form(first).await;
    found.look(first, &browser.send_form(first, &form).await);
    let example = json!({"data": {"registrations": [super::world::person(1, "Ada"), super::world::person(2, "Bo")]}});
    form.insert("name".to_owned(), "Gnu 2026".to_owned());
    form.insert("example".to_owned(), example.to_string());
    let answer = browser.send_form(first, &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let connected = answer.header("location").to_owned();
    let (steps, _) = connected.rsplit_once('/').unwrap();
    for step in ["connect", "list", "fields", "rules", "check", "live"] {
        let path = format!("{steps}/{step}");
        let page = browser.open(&path).await;
        found.look(step, &page);
        if page.body.contains("novalidate>") {
            found.look(step, &browser.send_form(&path, &page.fields()).await);
        }
    }
    found.assert_none();
}
