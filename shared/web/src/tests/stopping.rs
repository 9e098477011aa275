//! Stopping a run: by the API and in the console.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{ConsoleWorld, TOKEN, TestRequest, person};

const SYNC: &str = "/api/v1/events/devcon/runs";

fn sync() -> TestRequest {
    TestRequest::post(SYNC).json(&json!({"mode": "sync"}))
}

#[tokio::test]
async fn a_run_under_way_stops_when_somebody_says_so_and_no_other_follows() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.hold();
    assert_eq!(world.send(sync()).await.status, StatusCode::ACCEPTED);
    let stop = || TestRequest::post("/api/v1/runs/devcon.1/stop").bearer(TOKEN);
    let asked = world.send(stop()).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    // The source still holds its answer back.
    let run = world.settled().await;
    assert_eq!(
        (&run["run"], &run["state"]),
        (&json!("devcon.1"), &json!("stopped"))
    );
    assert_eq!(run["reason"], json!("a person stopped the run"));
    world.send(stop()).await.problem(409);
    let nobody = TestRequest::post("/api/v1/runs/devcon.9/stop").bearer(TOKEN);
    world.send(nobody).await.problem(404);
    let event = "devcon".parse().unwrap();
    let due = world.app.begin_due(&event).await.unwrap();
    assert!(due.is_none(), "a sync begins by itself");
    world.release();
    assert_eq!(world.send(sync()).await.status, StatusCode::ACCEPTED);
    let run = world.settled().await;
    assert_eq!(
        (&run["run"], &run["state"]),
        (&json!("devcon.2"), &json!("succeeded"))
    );
}

#[tokio::test]
async fn the_page_of_a_run_under_way_has_a_button_that_stops_it() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.hold();
    assert_eq!(world.send(sync()).await.status, StatusCode::ACCEPTED);
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/runs/1").await;
    assert!(page.contains("Stop the sync</button>"), "{page}");
    for _ in 0..2 {
        let answer = browser.submit("/events/devcon/runs/1/stop", &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.header("location"), "/events/devcon/runs/1");
    }
    world.settled().await;
    let page = browser.page("/events/devcon/runs/1").await;
    assert!(page.contains("Stopped</span>"), "{page}");
    assert!(!page.contains("Stop the sync"), "{page}");
    let audit = browser.page("/communities/acme/audit").await;
    assert!(
        audit.to_lowercase().contains("stopped run devcon.1"),
        "{audit}"
    );
    world.release();
}
