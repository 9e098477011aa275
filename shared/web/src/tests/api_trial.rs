//! What programs learn before anything is stored: tests of documents, diagnoses, presets.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

const TEST: &str = "/api/v1/events/devcon/configuration/test";

#[tokio::test]
async fn a_document_is_tried_out_without_being_stored() {
    let world = ConsoleWorld::empty().await;
    let nameless = json!({"id": "2", "email": "p2@example.org"});
    world.registered(vec![person(1, "Ada"), nameless]);
    let mut unsaved = document();
    unsaved["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    let answer = world.send(TestRequest::post(TEST).json(&unsaved)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(!answer.body.contains("s3cr3t-value"));
    let trial = answer.json();
    assert_eq!(trial["request"]["method"], "GET");
    assert_eq!(trial["records"][0]["raw"]["first"], "Ada");
    assert_eq!(trial["records"][0]["outcome"], "attends");
    assert_eq!(trial["records"][0]["attendee"]["email"], "p1@example.org");
    assert_eq!(trial["records"][1]["outcome"], "rejected");
    assert_eq!(trial["records"][1]["issues"][0]["field"], "first_name");
    let company = json!({"path": "company", "filled": 1, "example": "Example Ltd"});
    assert!(trial["fields"].as_array().unwrap().contains(&company));
    assert_eq!(world.api("/communities").await["items"], json!([]));
}

#[tokio::test]
async fn that_the_source_fails_is_part_of_the_answer() {
    let world = ConsoleWorld::empty().await;
    world.source_fails("the source answered 401 Unauthorized; check its credential");
    let answer = world.send(TestRequest::post(TEST).json(&document())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(
        answer.json()["error"],
        "the source answered 401 Unauthorized; check its credential"
    );
}

#[tokio::test]
async fn a_document_that_does_not_pass_is_not_tried_out() {
    let world = ConsoleWorld::empty().await;
    let mut wrong = document();
    wrong["time_zone"] = json!("Mars/Olympus");
    let problem = world
        .send(TestRequest::post(TEST).json(&wrong))
        .await
        .problem(422);
    assert_eq!(problem["problems"][0]["path"], "time_zone");
    let mut other = document();
    other["event"] = json!("another");
    let problem = world
        .send(TestRequest::post(TEST).json(&other))
        .await
        .problem(422);
    assert_eq!(problem["problems"][0]["path"], "event");
}

#[tokio::test]
async fn a_document_that_says_only_where_its_source_is_gets_proposals() {
    let world = ConsoleWorld::empty().await;
    let mut gone = person(3, "Kim");
    gone["canceled"] = json!(true);
    world.registered(vec![person(1, "Ada"), person(2, "Eve"), gone]);
    let mut bare = document();
    let fields = bare.as_object_mut().unwrap();
    fields.remove("mapping");
    fields.remove("rules");
    let answer = world.send(TestRequest::post(TEST).json(&bare)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let trial = answer.json();
    let proposed = &trial["proposed"];
    let mapping = json!({"source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
        "company": "company", "groups": "groups"});
    assert_eq!(
        (&proposed["records"], &proposed["mapping"]),
        (&json!("$[*]"), &mapping)
    );
    let rule = json!({"field": "canceled", "is": ["true"], "then": "remove_attendee"});
    assert_eq!(proposed["rules"], json!([rule]));
    assert_eq!(proposed["pagination"]["type"], "none");
    let reasons = &proposed["reasons"];
    assert_eq!(
        reasons["records"]["reason"],
        "3 people found at the top of the answer"
    );
    assert_eq!(reasons["mapping"][1]["example"], "p1@example.org");
    assert_eq!(
        reasons["rules"][0]["reason"],
        "canceled: false 2, true 1; matches 1 of 3"
    );
    assert_eq!(
        trial["problems"][0]["path"], "document",
        "{}",
        trial["problems"]
    );
    // As the proposed mapping would make them.
    assert_eq!(trial["records"][0]["attendee"]["email"], "p1@example.org");

    // What is proposed makes the document whole.
    bare["mapping"] = proposed["mapping"].clone();
    bare["rules"] = proposed["rules"].clone();
    bare["source"]["records"] = proposed["records"].clone();
    bare["source"]["pagination"] = proposed["pagination"].clone();
    let trial = world.send(TestRequest::post(TEST).json(&bare)).await.json();
    assert!(trial.get("problems").is_none(), "{trial}");
    assert_eq!(trial["records"][2]["outcome"], json!({"removed": 1}));
}

#[tokio::test]
async fn what_says_how_an_answer_is_read_may_be_wrong_in_a_test_and_nothing_else() {
    let world = ConsoleWorld::empty().await;
    world.registered(vec![person(1, "Ada")]);
    let mut wrong = document();
    wrong["source"]["records"] = json!("data[*]");
    wrong["source"]["pagination"] = json!({"type": "next"});
    wrong["rules"] = json!([{"when": "a ==", "then": "ignore"}]);
    let answer = world.send(TestRequest::post(TEST).json(&wrong)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let trial = answer.json();
    let paths: Vec<&str> = trial["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["path"].as_str().unwrap())
        .collect();
    for path in ["source.records", "source.pagination", "rules"] {
        assert!(
            paths.iter().any(|known| known.starts_with(path)),
            "{path} in {paths:?}"
        );
    }
    assert_eq!(trial["records"][0]["attendee"]["email"], "p1@example.org");
    wrong["source"]["url"] = json!("ftp://registration.example");
    let problem = world
        .send(TestRequest::post(TEST).json(&wrong))
        .await
        .problem(422);
    assert!(
        problem["problems"].to_string().contains("source.url"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_feed_is_examined_and_nothing_changes() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(1, "Ada")]).await;
    let doctor = |event: &str| {
        let path = format!("/api/v1/events/{event}/doctor");
        TestRequest::post(&path).bearer(TOKEN)
    };
    world.send(doctor("nothing")).await.problem(404);
    let answer = world.send(doctor("devcon")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let checkup = answer.json();
    assert_eq!(
        (&checkup["records"], &checkup["people"]),
        (&json!(2), &json!(1))
    );
    let found = checkup["findings"].as_array().unwrap();
    assert!(found.iter().any(|found| found["code"] == "shared_address"));
    assert_eq!(world.api("/events/devcon/runs").await["items"], json!([]));

    world.source_fails("the source answered 500");
    let failed = world.send(doctor("devcon")).await.json();
    assert_eq!(failed["complete"], false);
    assert_eq!(failed["findings"][0]["code"], "source_failed");
}

#[tokio::test]
async fn presets_are_listed_and_filled() {
    let world = ConsoleWorld::empty().await;
    let presets = world.api("/presets").await;
    let tito = presets["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|preset| preset["name"] == "tito")
        .unwrap();
    assert_eq!(tito["title"], "Tito");
    assert_eq!(
        (&tito["authentication"], &tito["incremental"]),
        (&json!("bearer"), &json!(true))
    );
    assert_eq!(tito["parameters"][2]["kind"], "secret");
    for key in ["summary", "documentation", "notes"] {
        assert!(!tito[key].is_null(), "{key}");
    }
    assert!(tito.get("document").is_none());

    let fill = |body: Value| {
        let ask = TestRequest::post("/api/v1/presets/tito/document").json(&body);
        world.send(ask)
    };
    let event = json!({
        "community": "acme", "event": "devcon", "name": "DevCon", "time_zone": "Europe/Amsterdam"
    });
    let filled = fill(json!({
        "event": event, "values": {"account": "acme", "tito_event": "2026"}
    }))
    .await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.body);
    let filled = filled.json();
    assert_eq!(filled["event"], "devcon");
    assert!(
        filled["source"]["url"]
            .as_str()
            .unwrap()
            .contains("/v3/acme/2026/")
    );
    assert_eq!(
        filled["source"]["authentication"]["token"],
        json!({"secret": "devcon-token"})
    );
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&filled);
    assert_eq!(world.send(put).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_preset_that_cannot_be_filled_names_each_value() {
    let world = ConsoleWorld::empty().await;
    let fill = |preset: &str, body: Value| {
        let ask = TestRequest::post(&format!("/api/v1/presets/{preset}/document")).json(&body);
        world.send(ask)
    };
    let paths = |problem: &Value| -> Vec<String> {
        let problems = problem["problems"].as_array().unwrap().iter();
        problems
            .map(|one| one["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let refused = fill(
        "humanitix",
        json!({
            "event": {"community": "Acme!", "event": "", "name": "DevCon"},
            "values": {"event_id": "S3CRET-not-an-id", "tokn": "x"}
        }),
    )
    .await;
    assert!(!refused.body.contains("S3CRET"), "{}", refused.body);
    assert_eq!(
        paths(&refused.problem(422)),
        [
            "event.community",
            "event.event",
            "values.tokn",
            "values.event_id"
        ]
    );
    let nothing = fill("tito", json!({})).await.problem(422);
    assert_eq!(
        paths(&nothing),
        [
            "event.community",
            "event.event",
            "values.account",
            "values.tito_event"
        ]
    );
    let event = json!({"community": "acme", "event": "devcon", "name": "", "time_zone": "Mars"});
    let values = json!({"account": "acme", "tito_event": "2026"});
    let document = fill("tito", json!({"event": event, "values": values})).await;
    assert_eq!(
        paths(&document.problem(422)),
        ["event.name", "event.time_zone"]
    );
    fill("nothing", json!({})).await.problem(404);
    fill("tito", json!({"evnt": {}})).await.problem(422);
}
