//! What the event app asks and reports, with a token of the role `app` alone.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, document, person};

const ATTENDEE: &str = "/api/v1/events/devcon/attendees/p1@example.org";

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    world
}

async fn as_app(world: &ConsoleWorld, ask: TestRequest) -> TestResponse {
    world.send(ask.bearer("app-of-acme")).await
}

async fn seen(world: &ConsoleWorld, path: &str) -> Value {
    let answer = as_app(
        world,
        TestRequest::get(&format!("/api/v1/events/devcon/{path}")),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.json()
}

#[tokio::test]
async fn activity_is_reported_shown_and_filtered_by() {
    let world = world().await;
    let report = |body: &Value| TestRequest::post(&format!("{ATTENDEE}/activity")).json(body);
    let at = "2026-11-01T10:00:00Z";
    for _ in 0..2 {
        let answer = as_app(
            &world,
            report(&json!({"has_account": true, "entered_at": at})),
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(
            answer.json(),
            json!({"has_account": true, "entered_at": at})
        );
    }
    for wrong in [
        json!({}),
        json!({"entered": at}),
        json!({"entered_at": "2026-11-03T10:00:00Z"}),
    ] {
        as_app(&world, report(&wrong)).await.problem(422);
    }
    let ada = seen(&world, "attendees/p1@example.org").await;
    assert_eq!(ada["activity"]["entered_at"], at);
    for (filter, emails) in [("no_account", 1), ("not_entered", 1), ("", 2)] {
        let list = world
            .api(&format!("/events/devcon/attendees?activity={filter}"))
            .await;
        assert_eq!(list["items"].as_array().unwrap().len(), emails, "{filter}");
        let path = format!("/api/v1/events/devcon/attendees.csv?activity={filter}");
        let file = world.send(TestRequest::get(&path).bearer(TOKEN)).await;
        assert_eq!(file.body.lines().count(), emails + 1, "{}", file.body);
    }
    let browser = world.browser().await;
    let list = browser.page("/events/devcon?activity=not_entered").await;
    assert!(
        list.contains("Bob Doe") && !list.contains("Ada Doe"),
        "{list}"
    );
    let found = browser
        .submit("/events/devcon/help-desk", &[("who", "p1@example.org")])
        .await;
    let page = browser.page(found.header("location")).await;
    assert!(
        page.contains("Has an account") && page.contains("Entered,"),
        "{page}"
    );
}

#[tokio::test]
async fn an_app_asks_for_pages_and_an_unknown_one_is_told_the_known() {
    let world = world().await;
    let mut document = document();
    document["access"] = json!({"pages": [
        {"name": "stage", "groups": ["speakers"]}, {"name": "press", "groups": ["Press"]}
    ]});
    let path = "/api/v1/events/devcon/configuration";
    let put = TestRequest::put(path).json(&document).with("if-match", "*");
    assert_eq!(world.send(put).await.status, StatusCode::OK);
    let access = seen(&world, "access/p1@example.org").await;
    assert_eq!(access["pages"], json!(["stage"]), "{access}");
    let stage = seen(&world, "access/p1@example.org?page=stage").await;
    assert_eq!(stage["allowed"], true, "{stage}");
    let press = seen(&world, "access/p1@example.org?page=press").await;
    assert_eq!(press["allowed"], false, "{press}");
    let ask = TestRequest::get("/api/v1/events/devcon/access/p1@example.org?page=lounge");
    let problem = as_app(&world, ask).await.problem(404);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("\"stage\", \"press\""), "{detail}");
}

#[tokio::test]
async fn an_audience_is_a_list_and_three_files() {
    let world = world().await;
    let path = "audience?groups=nobody,SPEAKERS&match=any";
    let list = seen(&world, path).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list}");
    assert_eq!(list["items"][0]["groups"], json!(["Speakers"]));
    let none = seen(&world, "audience?groups=nobody,SPEAKERS&match=all").await;
    assert_eq!(none["items"], json!([]));
    for (ending, lines) in [("csv", 3), ("jsonl", 2), ("json", 4)] {
        let path = format!("/api/v1/events/devcon/audience.{ending}?groups=Speakers");
        let file = as_app(&world, TestRequest::get(&path)).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.body.lines().count(), lines, "{}", file.body);
        assert!(file.body.contains("p1@example.org"), "{}", file.body);
    }
    for wrong in ["match=some", "page=lounge"] {
        let path = format!("/api/v1/events/devcon/audience?{wrong}");
        let answer = as_app(&world, TestRequest::get(&path)).await;
        assert!(answer.status.is_client_error(), "{wrong}: {}", answer.body);
    }
}

#[tokio::test]
async fn people_edit_their_own_profile_but_no_locked_field() {
    let world = world().await;
    let edit =
        |profile: Value| TestRequest::new("PATCH", ATTENDEE).json(&json!({"profile": profile}));
    let refused = as_app(
        &world,
        edit(json!({"first_name": "A", "last_name": "B", "biography": "C"})),
    );
    let problem = refused.await.problem(422);
    let paths: Vec<&str> = problem["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["profile.first_name", "profile.last_name"]);
    let edited = as_app(&world, edit(json!({"biography": "Hello\u{200b} there"}))).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    assert_eq!(edited.json()["profile"]["biography"], "Hello there");
    let audit = world.api("/communities/acme/audit").await;
    let mut entries = audit["items"].as_array().unwrap().iter();
    let edited = entries.find(|entry| entry["action"] == "profile_edited_in_app");
    assert_eq!(edited.unwrap()["fields"], json!(["biography"]));
}
