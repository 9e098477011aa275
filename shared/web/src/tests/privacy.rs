//! The privacy desk: the dossier of a person, and what is said of events whose people are purged.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

const DOSSIER: &str = "/api/v1/communities/acme/users/p1@example.org/dossier";

/// How many entries of this kind the audit log has.
async fn audited(world: &ConsoleWorld, action: &str) -> usize {
    let log = world.api("/communities/acme/audit").await;
    let entries = log["items"].as_array().unwrap().iter();
    entries.filter(|entry| entry["action"] == action).count()
}

#[tokio::test]
async fn an_admin_reads_prints_and_downloads_a_dossier() {
    let world = ConsoleWorld::inviting(500, vec![person(1, "Grace"), person(2, "Ada")]).await;
    let read = world
        .send(TestRequest::get(DOSSIER).bearer("admin-of-acme"))
        .await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.body);
    let dossier = read.json();
    assert_eq!(dossier["items"][0]["kind"], "user", "{dossier}");
    assert!(
        read.body.contains("Grace") && !read.body.contains("Ada"),
        "{}",
        read.body
    );
    assert_eq!(audited(&world, "dossier_opened").await, 1);
    let refused = world
        .send(TestRequest::get(DOSSIER).bearer("operator-of-acme"))
        .await;
    refused.problem(403);

    let id = world.person("p1@example.org").await;
    let path = format!("/events/devcon/people/{id}");
    let browser = world.browser_of("admin-of-acme").await;
    let page = browser.page(&path).await;
    let link = format!("{path}/dossier");
    assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    let page = browser.page(&link).await;
    assert!(page.contains("Grace") && !page.contains("Ada"), "{page}");
    assert!(page.contains("p1@example.org") && !page.contains("p2@example.org"));
    for heading in [
        "Profile, groups and events",
        "Attendance",
        "Changes by syncs",
        "Not shown",
    ] {
        assert!(page.contains(heading), "{heading}: {page}");
    }
    let file = browser.open(&format!("{link}/file")).await;
    assert!(file.header("content-disposition").contains("attachment"));
    assert_eq!(file.json()["person"], id.to_string());
    assert_eq!(audited(&world, "dossier_opened").await, 3);
    let operator = world.browser_of("operator-of-acme").await;
    assert!(!operator.page(&path).await.contains("/dossier"));
}

#[tokio::test]
async fn the_pages_of_an_event_tell_of_its_purge_before_and_after() {
    let world = ConsoleWorld::with(vec![person(1, "Grace")]).await;
    world.sync().await;
    let mut purging = document();
    purging["purge_after"] = json!("2026-12-20T00:00");
    world.configure(&purging).await;
    let browser = world.browser().await;
    let warning = "will be deleted, on 20 Dec 2026, 00:00:00 CET";
    let page = browser.page("/events/devcon").await;
    assert!(
        !page.contains("will be deleted"),
        "more than a month before: {page}"
    );
    world.clock.set("2026-12-01T12:00:00Z".parse().unwrap());
    let browser = world.browser().await;
    let page = browser.page("/events/devcon").await;
    assert!(
        page.contains(warning) && page.contains("p1@example.org"),
        "{page}"
    );
    world.clock.set("2026-12-20T12:00:00Z".parse().unwrap());
    world.app.purge_what_is_due().await.unwrap();
    let browser = world.browser().await;
    let page = browser.page("/events/devcon").await;
    assert!(
        page.contains("was deleted 20 Dec 2026") && !page.contains("p1@"),
        "{page}"
    );
    let schedule = world.api("/events/devcon/schedule").await;
    assert_eq!(
        schedule["purge"]["at"], "2026-12-19T23:00:00Z",
        "{schedule}"
    );
    assert!(schedule["purge"]["done"].is_string(), "{schedule}");
    assert_eq!(audited(&world, "event_purged").await, 1);
    let page = browser.page("/communities/acme/audit").await;
    assert!(
        page.contains("Deleted what was stored about 1 attendee of devcon"),
        "{page}"
    );
    let wanted = json!({"mode": "sync"});
    let sync = TestRequest::post("/api/v1/events/devcon/runs").json(&wanted);
    let refused = world.send(sync.bearer(TOKEN)).await.problem(409);
    assert!(
        refused["detail"].as_str().unwrap().contains("purge_after"),
        "{refused}"
    );
}
