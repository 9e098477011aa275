//! Going back one version: what a newer version added to the table is read past, and kept where this version writes
//! the item anew. What people send is refused all the same.

use std::collections::BTreeMap;

use attendee_sync_adapters::table::{ItemBody, ItemSchema, TableItem};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, document, person};

/// What the newer version added to every object.
const ADDED: &str = "added_by_a_newer_version";

/// The pages of the console that read what is stored.
const PAGES: [&str; 18] = [
    "/",
    "/account",
    "/tokens",
    "/events/devcon",
    "/events/devcon/runs",
    "/events/devcon/runs/2",
    "/events/devcon/groups",
    "/events/devcon/groups/speakers",
    "/events/devcon/help-desk",
    "/events/devcon/configuration",
    "/events/devcon/configuration/document",
    "/events/devcon/configuration/history",
    "/events/devcon/invitations",
    "/events/devcon/hooks",
    "/communities/acme/suppressions",
    "/communities/acme/audit",
    "/api/v1/communities/acme/users",
    "/api/v1/communities/acme/events",
];

async fn ask(world: &ConsoleWorld, ask: TestRequest) -> TestResponse {
    let answer = world.send(ask.bearer(TOKEN)).await;
    assert!(
        answer.status.is_success(),
        "{}: {}",
        answer.status,
        answer.body
    );
    answer
}

/// Adds a key to the objects of a document that are of one type: not to maps, whose keys are data.
fn add_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_keys),
        Value::Object(object) => {
            if let Some(inner) = object.get_mut("user") {
                return add_keys(inner);
            }
            for inner in [
                "source",
                "guards",
                "schedule",
                "invitation",
                "authentication",
                "contributions",
            ] {
                if let Some(inner) = object.get_mut(inner) {
                    add_keys(inner);
                }
            }
            object.insert(ADDED.to_owned(), json!({"x": [1, 2]}));
        }
        _ => {}
    }
}

/// The item as the newer version would have written it.
fn newer(item: TableItem) -> TableItem {
    let body = match item.body {
        ItemBody::Document(json) => {
            let mut value: Value = serde_json::from_str(&json).unwrap();
            add_keys(&mut value);
            ItemBody::Document(value.to_string())
        }
        other => other,
    };
    TableItem {
        body,
        schema: ItemSchema::from_number(ItemSchema::CURRENT.number() + 1),
        ..item
    }
}

/// How often each document has what was added, by its key.
fn added(world: &ConsoleWorld) -> BTreeMap<(String, String), usize> {
    let items = world.line().raw_items().into_iter();
    let documents = items.filter_map(|item| match item.body {
        ItemBody::Document(json) => Some(((item.key.pk, item.key.sk), json.matches(ADDED).count())),
        _ => None,
    });
    documents.collect()
}

/// Thirty people, of whom run 2 would remove twelve; and one of everything that people make.
async fn written_by_a_newer_version() -> ConsoleWorld {
    let world = ConsoleWorld::held().await;
    let acme = "/api/v1/communities/acme";
    let devcon = "/api/v1/events/devcon";
    ask(
        &world,
        TestRequest::put(&format!("{acme}/groups/VIP/members/p20@example.org")),
    )
    .await;
    ask(&world, TestRequest::post(&format!("{devcon}/hook"))).await;
    ask(
        &world,
        TestRequest::put(&format!("{devcon}/attendees/p21@example.org/block")),
    )
    .await;
    let suppressed = format!("{acme}/suppressions/p22@example.org");
    ask(&world, TestRequest::put(&suppressed)).await;
    let group = json!({"name": "Crew", "event": "devcon", "ends": "ends"});
    ask(
        &world,
        TestRequest::post(&format!("{acme}/groups")).json(&group),
    )
    .await;
    for item in world.line().raw_items() {
        world.line().put_raw(newer(item));
    }
    world
}

#[tokio::test]
async fn what_a_newer_version_added_is_kept_by_all_that_this_version_does() {
    let world = written_by_a_newer_version().await;
    let before = added(&world);
    assert!(
        before.values().filter(|count| **count > 0).count() > 60,
        "{before:?}"
    );

    let browser = world.browser().await;
    for page in PAGES {
        if page.starts_with("/api") {
            ask(&world, TestRequest::get(page)).await;
        } else {
            browser.page(page).await;
        }
    }
    ask(&world, TestRequest::post("/api/v1/runs/devcon.2/approve")).await;
    let settled = world.settled().await;
    assert_eq!(
        (&settled["state"], &settled["removed"]),
        (&json!("succeeded"), &json!(12)),
        "{settled}"
    );
    let edit = json!({"profile": {"first_name": "By hand"}});
    let ada = "/api/v1/events/devcon/attendees/p23@example.org";
    ask(&world, TestRequest::put(ada).json(&edit)).await;
    ask(
        &world,
        TestRequest::new("DELETE", "/api/v1/communities/acme/users/p24@example.org"),
    )
    .await;
    ask(
        &world,
        TestRequest::put("/api/v1/communities/acme/groups/VIP/members/p25@example.org"),
    )
    .await;
    let mut changed = document();
    changed["name"] = json!("DevCon, changed");
    changed["guards"] = json!({"removals_percent": 90, "removals_count": 90});
    ask(
        &world,
        TestRequest::put("/api/v1/events/devcon/configuration").json(&changed),
    )
    .await;
    let people = (1..=40).map(|id| person(id, if id % 2 == 0 { "Ada" } else { "Eve" }));
    world.registered(people.filter(|person| person["id"] != "24").collect());
    world.sync().await;
    let run = world.api("/runs/devcon.3").await;
    assert_eq!(run["state"], "succeeded", "{run}");

    let after = added(&world);
    let mut kept = 0;
    for (key, count) in &before {
        let Some(now) = after.get(key) else { continue };
        let is_erased = key.0.contains("#U#") && *now == 0;
        assert!(now >= count || is_erased, "{key:?}: {count}, then {now}");
        kept += usize::from(*now > 0);
    }
    assert!(kept > 60, "{kept}");
    let erased = before
        .iter()
        .filter(|(key, count)| key.0.contains("#U#") && **count > 0 && after.get(*key) == Some(&0));
    assert_eq!(erased.count(), 1);
    let configuration = after.get(&("E#devcon".to_owned(), "CONFIG".to_owned()));
    assert!(
        configuration.is_some_and(|count| *count >= 2),
        "{configuration:?}"
    );
    // The newer version has to see that it wrote them.
    let schemas = world.line().raw_items().into_iter();
    let schemas = schemas
        .filter(|item| matches!(&item.body, ItemBody::Document(json) if json.contains(ADDED)));
    for item in schemas {
        assert!(item.schema.is_newer(), "{:?}", item.key);
    }
}

#[tokio::test]
async fn people_are_refused_the_keys_that_are_read_past_in_the_table() {
    let world = written_by_a_newer_version().await;
    let mut sent = document();
    sent[ADDED] = json!(1);
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&sent);
    let refused = world.send(put).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains(ADDED), "{}", refused.body);
    let shown = world.api("/events/devcon/configuration").await;
    assert_eq!(shown.get(ADDED), None, "{shown}");
}

#[tokio::test]
async fn an_item_of_a_newer_major_version_is_said_to_be_one_and_stays_as_it_is() {
    let world = ConsoleWorld::held().await;
    let major = ItemSchema::from_number(ItemSchema::CURRENT.number() + 1_000);
    for item in world.line().partition("E#devcon") {
        world.line().put_raw(TableItem {
            schema: major,
            ..item
        });
    }
    let before = world.line().partition("E#devcon");
    let get = TestRequest::get("/api/v1/events/devcon/configuration").bearer(TOKEN);
    let answer = world.send(get).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("a newer version"), "{}", answer.body);
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&document());
    assert!(!world.send(put).await.status.is_success());
    assert_eq!(world.line().partition("E#devcon"), before);
}
