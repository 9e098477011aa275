//! What programs get.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

const CONFIGURATION: &str = "/api/v1/events/devcon/configuration";
const RUNS: &str = "/api/v1/events/devcon/runs";

#[tokio::test]
async fn a_configuration_is_stored_under_its_version() {
    let world = ConsoleWorld::empty().await;
    world
        .send(TestRequest::get(CONFIGURATION).bearer(TOKEN))
        .await
        .problem(404);
    let mut first = document();
    first["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    let put = |document: &Value| TestRequest::put(CONFIGURATION).json(document);
    let created = world.send(put(&first).with("if-none-match", "*")).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
    assert_eq!(created.header("etag"), "\"1\"");
    assert!(!created.body.contains("s3cr3t-value"));
    assert_eq!(
        created.json()["document"]["source"]["authentication"]["token"],
        json!({"secret": "devcon-token"})
    );
    let read = world
        .send(TestRequest::get(CONFIGURATION).bearer(TOKEN))
        .await;
    assert_eq!(read.header("etag"), "\"1\"");
    // What was given can be sent back as it is.
    let again = world
        .send(put(&read.json()).with("if-match", "\"1\""))
        .await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.body);
    assert_eq!(again.header("etag"), "\"2\"");
    for (name, value) in [("if-match", "\"1\""), ("if-none-match", "*")] {
        world.send(put(&first).with(name, value)).await.problem(412);
    }
    let mut elsewhere = document();
    elsewhere["community"] = json!("other");
    world.send(put(&elsewhere)).await.problem(409);
}

#[tokio::test]
async fn a_refused_configuration_names_each_place() {
    let world = ConsoleWorld::empty().await;
    let mut wrong = document();
    wrong["name"] = json!("");
    wrong["time_zone"] = json!("Mars/Olympus");
    let problem = world
        .send(TestRequest::put(CONFIGURATION).json(&wrong))
        .await;
    let problem = problem.problem(422);
    let paths: Vec<&Value> = problem["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| &problem["path"])
        .collect();
    assert_eq!(paths, ["name", "time_zone"]);
    let mut other = document();
    other["event"] = json!("another");
    let problem = world
        .send(TestRequest::put(CONFIGURATION).json(&other))
        .await;
    assert_eq!(problem.problem(422)["problems"][0]["path"], "event");
}

#[tokio::test]
async fn a_run_is_begun_followed_and_read() {
    let people = (1..=5).map(|id| person(id, "Ada"));
    let nameless = json!({"id": "6", "email": "p6@example.org"});
    let world = ConsoleWorld::with(people.chain([nameless]).collect()).await;
    world.hold();
    let wanted = json!({"mode": "sync"});
    let begun = world.send(TestRequest::post(RUNS).json(&wanted)).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    assert_eq!(begun.header("location"), "/api/v1/runs/devcon.1");
    assert_eq!(begun.json()["state"], "reading");
    let busy = world
        .send(TestRequest::post(RUNS).json(&wanted))
        .await
        .problem(409);
    assert_eq!(busy["run"], "devcon.1");
    let preview = TestRequest::post(RUNS).json(&json!({"mode": "preview"}));
    assert_eq!(world.send(preview).await.problem(409)["run"], "devcon.1");
    loop {
        let run = world.api("/runs/devcon.1").await;
        if run["progress"]["records"] == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    world.release();
    world.settled().await;

    let run = world.api("/runs/devcon.1").await;
    assert_eq!(run["state"], "succeeded");
    assert_eq!(run["records_read"], 6);
    assert_eq!((&run["added"], &run["rejected"]), (&json!(5), &json!(1)));
    assert!(run.get("progress").is_none());
    let changes = world.api("/runs/devcon.1/changes").await;
    assert_eq!(changes["items"].as_array().unwrap().len(), 5);
    assert_eq!(changes["items"][0]["action"], "added");
    assert_eq!(changes["next_cursor"], Value::Null);
    let issues = world.api("/runs/devcon.1/issues?limit=1").await;
    assert_eq!(issues["items"][0]["position"], 6);
    assert_eq!(issues["items"][0]["source_id"], "6");
    let past = world.api("/runs/devcon.1/issues?cursor=500").await;
    assert_eq!(past["items"], json!([]));
}

#[tokio::test]
async fn lists_go_on_from_their_cursor() {
    let world = ConsoleWorld::with((1..=5).map(|id| person(id, "Ada")).collect()).await;
    for _ in 0..3 {
        world.sync().await;
    }
    let mut found = Vec::new();
    let mut path = "/events/devcon/attendees?limit=2".to_owned();
    loop {
        let page = world.api(&path).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().map(|item| item["email"].to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/events/devcon/attendees?limit=2&cursor={cursor}");
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 5);

    let runs = world.api("/events/devcon/runs?limit=2").await;
    assert_eq!(runs["items"][0]["run"], "devcon.3");
    assert_eq!(runs["next_cursor"], "2");
    let rest = world.api("/events/devcon/runs?limit=2&cursor=2").await;
    assert_eq!(rest["items"][0]["run"], "devcon.1");
    assert_eq!(rest["next_cursor"], Value::Null);
    let removed = world.api("/events/devcon/attendees?status=removed").await;
    assert_eq!(removed, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn communities_lead_to_events_and_groups() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    assert_eq!(
        world.api("/communities").await,
        json!({"items": [{"community": "acme"}], "next_cursor": null})
    );
    let events = world.api("/communities/acme/events").await;
    assert_eq!(events["items"][0]["event"], "devcon");
    assert_eq!(events["items"][0]["last_run"]["run"], "devcon.1");
    assert_eq!(
        world.api("/communities/acme/groups").await["items"],
        json!([{"group": "speakers", "name": "Speakers", "members": 1, "options": {}}])
    );
    for id in ["b", "a"] {
        let mut more = document();
        more["event"] = json!(id);
        let put = TestRequest::put(&format!("/api/v1/events/{id}/configuration")).json(&more);
        assert_eq!(world.send(put).await.status, StatusCode::CREATED);
    }
    let page = world.api("/communities/acme/events?limit=2").await;
    assert_eq!(page["next_cursor"], "b");
    let rest = world.api("/communities/acme/events?limit=2&cursor=b").await;
    assert_eq!(rest["items"][0]["event"], "devcon");
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_preview_is_the_plan_and_leaves_no_trace() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    let wanted = json!({"mode": "preview", "email": "P2@example.org"});
    let preview = world.send(TestRequest::post(RUNS).json(&wanted)).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    let preview = preview.json();
    assert_eq!(preview["run"]["mode"], "preview");
    assert_eq!(preview["changes"].as_array().unwrap().len(), 1);
    assert_eq!(preview["changes"][0]["email"], "p2@example.org");
    assert_eq!(world.api("/events/devcon/runs").await["items"], json!([]));
    assert_eq!(
        world.api("/events/devcon/attendees?status=all").await["items"],
        json!([])
    );
    world.source_fails("the source did not answer within 30 seconds");
    let failed = world
        .send(TestRequest::post(RUNS).json(&wanted))
        .await
        .problem(502);
    assert_eq!(
        failed["detail"],
        "the source did not answer within 30 seconds"
    );
}

#[tokio::test]
async fn whatever_is_wrong_gets_a_problem() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let get = |path: &str| TestRequest::get(&format!("/api/v1{path}")).bearer(TOKEN);
    let post = |kind: &str, body: String| TestRequest::post(RUNS).bearer(TOKEN).body(kind, body);
    let kind = "application/json";
    for (ask, status) in [
        (get(""), 404),
        (get("/nothing"), 404),
        (get("/events/nothing/attendees"), 404),
        (get("/events/Not%20A%20Name/attendees"), 404),
        (get("/events/%ff/attendees"), 404),
        (get("/communities/nothing/events"), 404),
        (get("/communities/nothing/groups"), 404),
        (get("/runs/devcon.7"), 404),
        (get("/runs/devcon"), 404),
        (get("/events/devcon/attendees?limit=0"), 400),
        (get("/events/devcon/attendees?limit=501"), 400),
        (get("/events/devcon/attendees?limit=many"), 400),
        (get("/events/devcon/attendees?cursor=x"), 400),
        (get("/events/devcon/attendees?status=here"), 400),
        (get("/events/devcon/runs?cursor=x"), 400),
        (post(kind, "{\"mode\": ".to_owned()), 400),
        (post(kind, "{\"mode\": \"dance\"}".to_owned()), 422),
        (
            post(kind, "{\"mode\": \"sync\", \"dry_run\": true}".to_owned()),
            422,
        ),
        (
            post(kind, "{\"mode\": \"sync\", \"email\": \"x\"}".to_owned()),
            422,
        ),
        (post("text/plain", "{\"mode\": \"sync\"}".to_owned()), 415),
        (post(kind, format!("\"{}\"", "x".repeat(1024 * 1024))), 413),
    ] {
        world.send(ask).await.problem(status);
    }
    let delete = TestRequest::new("DELETE", RUNS).bearer(TOKEN);
    let refused = world.send(delete).await;
    refused.problem(405);
    assert!(
        refused.header("allow").contains("POST"),
        "{:?}",
        refused.headers
    );
    assert_eq!(world.api("/events/devcon/runs").await["items"], json!([]));
}

#[tokio::test]
async fn a_panic_is_a_problem_without_its_cause() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    world.clock.is_broken(true);
    let wanted = json!({"mode": "preview"});
    let answer = world.send(TestRequest::post(RUNS).json(&wanted)).await;
    answer.problem(500);
    assert!(!answer.body.contains("clock"));
    let page = browser.open("/").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.body.contains("<h1>Internal Server Error</h1>"));
    assert!(!page.body.contains("clock"));
}
