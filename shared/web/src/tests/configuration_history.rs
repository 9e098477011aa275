//! The history of a configuration: listed, read, restored.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest};

const PATH: &str = "/api/v1/events/devcon/configuration";

async fn renamed(world: &ConsoleWorld, name: &str, token: &str) {
    let mut document = world.api("/events/devcon/configuration").await;
    document["name"] = json!(name);
    let put = TestRequest::new("PUT", PATH).json(&document).bearer(token);
    let answer = world.send(put).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn versions(world: &ConsoleWorld) -> Vec<Value> {
    let list = world.api("/events/devcon/configuration/versions").await;
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_version_says_who_stored_it_and_what_they_changed() {
    let world = ConsoleWorld::with(Vec::new()).await;
    renamed(&world, "DevCon 2027", "admin-of-acme").await;
    let list = versions(&world).await;
    assert_eq!(list.len(), 2, "{list:?}");
    assert_eq!(list[0]["version"], 2);
    assert_eq!(
        list[0]["by"],
        json!({"kind": "token", "name": "admin-of-acme"})
    );
    assert_eq!(
        list[0]["changes"],
        json!([{"path": "name", "before": "DevCon 2026", "after": "DevCon 2027"}])
    );
    assert_eq!(list[1]["version"], 1);
    assert_eq!(list[1]["changes"], Value::Null);
    let page = world
        .api("/events/devcon/configuration/versions?limit=1")
        .await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = format!("/events/devcon/configuration/versions?limit=1&cursor={cursor}");
    let rest = world.api(&rest).await;
    assert_eq!(rest["items"], json!([list[1]]));
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_restored_version_is_stored_as_the_newest_and_stale_requests_are_refused() {
    let world = ConsoleWorld::with(Vec::new()).await;
    renamed(&world, "DevCon 2027", TOKEN).await;
    let first = versions(&world).await[1]["id"].as_str().unwrap().to_owned();
    let path = format!("{PATH}/versions/{first}");
    let kept = world.api(path.strip_prefix("/api/v1").unwrap()).await;
    assert_eq!(kept["document"]["name"], "DevCon 2026");
    let restore = || TestRequest::new("POST", &format!("{path}/restore"));
    let member = restore().bearer("operator-of-acme");
    world.send(member).await.problem(403);
    let stale = restore().bearer(TOKEN).with("if-match", "\"1\"");
    world.send(stale).await.problem(412);
    let done = world
        .send(restore().bearer(TOKEN).with("if-match", "\"2\""))
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(done.header("etag"), "\"3\"");
    assert_eq!(done.json()["document"]["name"], "DevCon 2026");
    assert_eq!(versions(&world).await.len(), 3);
    let unknown = TestRequest::new("POST", &format!("{PATH}/versions/none/restore"));
    world.send(unknown.bearer(TOKEN)).await.problem(404);
}

#[tokio::test]
async fn the_page_shows_the_changes_and_restores() {
    let world = ConsoleWorld::with(Vec::new()).await;
    renamed(&world, "DevCon <2027>", TOKEN).await;
    let browser = world.browser().await;
    let path = "/events/devcon/configuration/history";
    let page = browser.page(path).await;
    assert!(page.contains("Version 2 (current)"), "{page}");
    assert!(page.contains("changed one setting"), "{page}");
    assert!(page.contains("DevCon &#60;2027&#62;"), "{page}");
    let id = versions(&world).await[1]["id"].as_str().unwrap().to_owned();
    let restored = browser
        .submit(&format!("{path}/{id}/restore"), &[("version", "2")])
        .await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", restored.body);
    let document = world.api("/events/devcon/configuration").await;
    assert_eq!(document["name"], "DevCon 2026");
    // A second click on the same page comes too late.
    let again = browser
        .submit(&format!("{path}/{id}/restore"), &[("version", "2")])
        .await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
}
