//! What programs do about changes that a guard holds.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest};

fn post(path: &str) -> TestRequest {
    TestRequest::post(&format!("/api/v1/runs/{path}")).bearer(TOKEN)
}

#[tokio::test]
async fn what_is_held_is_listed_approved_and_then_applied() {
    let world = ConsoleWorld::held().await;
    let run = world.api("/runs/devcon.2").await;
    assert_eq!(run["held"]["people"], 12);
    assert_eq!(run["held"]["guards"][0]["guard"], "removals");
    let held = world.api("/runs/devcon.2/held").await;
    assert_eq!(held["items"].as_array().unwrap().len(), 12);
    assert_eq!(held["items"][0]["action"], "removed");
    assert_eq!(held["next_cursor"], Value::Null);

    let approved = world.send(post("devcon.2/approve")).await;
    assert_eq!(approved.status, StatusCode::ACCEPTED, "{}", approved.body);
    assert_eq!(approved.header("location"), "/api/v1/runs/devcon.2");
    assert_eq!(approved.json()["held"]["decision"], "approved");
    world.settled().await;
    let run = world.api("/runs/devcon.2").await;
    assert_eq!(
        (&run["state"], &run["removed"]),
        (&json!("succeeded"), &json!(12))
    );
    let held = world.api("/runs/devcon.2/held").await;
    assert_eq!(held, json!({"items": [], "next_cursor": null}));

    for again in ["devcon.2/approve", "devcon.2/discard"] {
        let refused = world.send(post(again)).await.problem(409);
        assert_eq!(refused["run"], "devcon.2");
        assert_eq!(refused["type"], "urn:attendee-sync:problem:nothing-held");
    }
}

#[tokio::test]
async fn what_is_discarded_changes_nobody() {
    let world = ConsoleWorld::held().await;
    let discarded = world.send(post("devcon.2/discard")).await;
    assert_eq!(discarded.status, StatusCode::OK, "{}", discarded.body);
    let run = discarded.json();
    assert_eq!(
        (&run["state"], &run["removed"]),
        (&json!("succeeded"), &json!(0))
    );
    assert_eq!(run["held"]["decision"], "discarded");
    world.send(post("devcon.2/approve")).await.problem(409);
    let removed = world.api("/events/devcon/attendees?status=removed").await;
    assert_eq!(removed["items"], json!([]));
}

#[tokio::test]
async fn nothing_is_decided_while_another_run_is_under_way() {
    let world = ConsoleWorld::held().await;
    world.hold();
    let wanted = json!({"mode": "sync"});
    let sync = TestRequest::post("/api/v1/events/devcon/runs").json(&wanted);
    assert_eq!(world.send(sync).await.status, StatusCode::ACCEPTED);
    for decision in ["devcon.2/approve", "devcon.2/discard"] {
        let busy = world.send(post(decision)).await.problem(409);
        assert_eq!(busy["run"], "devcon.3", "{decision}");
        assert_eq!(busy["type"], "urn:attendee-sync:problem:run-under-way");
    }
    world.release();
    world.settled().await;
    // The newer run looked at the same people, and holds them in the place of the older one.
    let older = world.send(post("devcon.2/approve")).await.problem(409);
    assert_eq!(older["run"], "devcon.2");
    assert_eq!(
        world.api("/runs/devcon.2").await["held"]["decision"],
        "superseded"
    );
    assert_eq!(world.api("/runs/devcon.3").await["state"], "held");
}

#[tokio::test]
async fn a_run_that_is_not_there_or_holds_nothing_says_so() {
    let world = ConsoleWorld::held().await;
    for path in ["devcon.9/approve", "devcon.9/discard", "devcon/approve"] {
        world.send(post(path)).await.problem(404);
    }
    world.send(post("devcon.1/approve")).await.problem(409);
    let get = |path: &str| TestRequest::get(&format!("/api/v1/runs/{path}")).bearer(TOKEN);
    world.send(get("devcon.9/held")).await.problem(404);
    world.send(get("devcon.2/held?cursor=x")).await.problem(400);
    assert_eq!(world.api("/runs/devcon.1/held").await["items"], json!([]));
    assert_eq!(
        world.api("/runs/devcon.2/held?cursor=7").await["items"],
        json!([])
    );
}
