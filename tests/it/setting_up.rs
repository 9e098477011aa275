//! Trying a configuration out and having a source examined: what is shown is what a sync would do,
//! nothing is written, and no credential comes out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use attendee_sync_app::{Author, MappingTest};
use attendee_sync_testkit::peers::{HttpPeer, ResponseTemplate};
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};

fn document(change: &Value) -> Value {
    let mut document = json!({
        "community": "acme", "event": "devcon", "name": "devcon",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "company": "company", "groups": "groups", "digital_badge": "badge"
        },
        "delete_flag": {"path": "erased"},
        "rules": [{"when": "cancelled", "then": "remove_attendee"}, {"when": "test", "then": "ignore"}]
    });
    for (key, value) in change.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

/// One record of every fate.
fn of_all_kinds() -> Vec<Value> {
    vec![
        person("ada"),
        with(person("bo"), json!({"cancelled": true})),
        with(person("cy"), json!({"erased": "yes"})),
        with(person("di"), json!({"test": true})),
        with(person("ed"), json!({"last": null})),
    ]
}

#[tokio::test]
async fn a_trial_shows_each_record_beside_what_would_be_made_of_it_and_stores_nothing() {
    let world = World::new();
    world.feed(of_all_kinds());
    let before = world.line.writes();
    let trial = world
        .app
        .test_mapping(&document(&json!({})), Author::Owner)
        .await
        .unwrap();
    assert_eq!(world.line.writes(), before);
    let shown = serde_json::to_value(&trial).unwrap();
    let records = shown["records"].as_array().unwrap();
    let outcomes: Vec<&Value> = records.iter().map(|record| &record["outcome"]).collect();
    assert_eq!(
        json!(outcomes),
        json!(["attends", {"removed": 1}, "erased", "ignored", "rejected"])
    );
    for (record, raw) in records.iter().zip(of_all_kinds()) {
        assert_eq!(record["raw"], raw);
    }
    assert_eq!(records[4]["position"], 5);
    assert_eq!(records[4]["issues"][0]["code"], "missing_last_name");
    assert_eq!(records[0]["attendee"]["email"], "ada@example.org");
    assert_eq!(
        records[0]["attendee"]["digital_badge"],
        "https://badges.example.org/ada.pdf"
    );
    let paths: Vec<&str> = trial
        .fields
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    assert!(paths.contains(&"company") && paths.contains(&"cancelled"));
    assert!(!trial.more);
}

#[tokio::test]
async fn a_trial_shows_the_first_records_of_many() {
    let world = World::new();
    world.feed(crowd(60));
    let trial = world
        .app
        .test_mapping(&document(&json!({})), Author::Owner)
        .await
        .unwrap();
    assert_eq!((trial.records.len(), trial.more), (50, true));
    // Elements with several records each are more records than elements.
    world.feed((0..30).map(|_| json!({"people": crowd(3)})).collect());
    let nested = json!({"source": {
        "url": "https://registration.example.org/", "records": "$[*].people[*]"
    }});
    let trial = world
        .app
        .test_mapping(&document(&nested), Author::Owner)
        .await
        .unwrap();
    assert_eq!((trial.records.len(), trial.more), (50, true));
    assert_eq!(trial.records[49].position, 50);
    assert!(trial.records[0].parents[0]["people"].is_array());
}

async fn tried(authentication: &Value, status: u16, body: String) -> MappingTest {
    let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
    let server = HttpPeer::start(answer);
    let world = World::over_http(&server.origin());
    let source = json!({"url": server.origin(), "authentication": authentication});
    let document = document(&json!({"source": source}));
    world
        .app
        .test_mapping(&document, Author::Owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_trial_shows_the_request_without_its_credential() {
    let basic = "cmVhZGVyOmNhbmFyeS1zZWNyZXQ=";
    for authentication in [
        json!({"type": "bearer", "token": "canary-secret"}),
        json!({"type": "header", "name": "X-Api-Key", "value": "canary-secret"}),
        json!({"type": "query", "name": "key", "value": "canary-secret"}),
        json!({"type": "basic", "username": "reader", "password": "canary-secret"}),
    ] {
        let people = json!([person("ada")]).to_string();
        // A source that repeats what it was sent.
        let echo = json!({"detail": format!("no: canary-secret {basic}")}).to_string();
        for (status, body) in [(200, people), (401, echo)] {
            let trial = tried(&authentication, status, body).await;
            assert_eq!(trial.error.is_none(), status == 200, "{trial:?}");
            assert_eq!(trial.request.method, "GET");
            let shown = serde_json::to_string(&trial).unwrap();
            let said = format!("{shown} {trial:?}");
            assert!(
                !said.contains("canary-secret") && !said.contains(basic),
                "{said}"
            );
            assert!(
                shown.contains('…') || shown.contains("%E2%80%A6"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn a_checkup_reads_the_whole_feed_and_says_what_it_would_cause() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(100);
    feed.extend(of_all_kinds());
    feed.push(person("p0007"));
    world.feed(feed);
    let before = world.line.writes();
    let event = "devcon".parse().unwrap();
    let checkup = world.app.diagnose_feed(&event).await.unwrap();
    assert_eq!(world.line.writes(), before);
    assert!(checkup.complete);
    let found = &checkup.diagnosis;
    assert_eq!((found.records, found.people), (106, 103));
    assert_eq!((found.attending, found.removed, found.erased), (102, 1, 1));
    assert_eq!((found.rejected, found.ignored), (1, 1));
    let codes: Vec<&str> = checkup
        .diagnosis
        .findings
        .iter()
        .map(|f| f.code.as_str())
        .collect();
    assert!(codes.contains(&"missing_last_name") && codes.contains(&"shared_address"));
    assert!(!checkup.diagnosis.is_serious(), "{codes:?}");
    // What it says is about fields and positions.
    let said = serde_json::to_string(&checkup).unwrap();
    for personal in ["ada@", "p0007", "\"Example\""] {
        assert!(!said.contains(personal), "{personal}: {said}");
    }
}

#[tokio::test]
async fn a_checkup_of_a_feed_that_fails_says_so_first() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed_cut_off(crowd(10));
    let event = "devcon".parse().unwrap();
    let checkup = world.app.diagnose_feed(&event).await.unwrap();
    assert!(!checkup.complete);
    assert!(checkup.diagnosis.is_serious());
    assert_eq!(checkup.diagnosis.findings[0].code, "source_failed");
    assert_eq!(checkup.diagnosis.records, 10);

    let limits = json!({"max_records": 20});
    let source = json!({"url": "https://registration.example.org/", "limits": limits});
    world.configure("devcon", json!({"source": source})).await;
    for (people, complete) in [(20, true), (40, false)] {
        world.script(Scripted {
            records: crowd(people),
            ..Scripted::default()
        });
        let checkup = world.app.diagnose_feed(&event).await.unwrap();
        assert_eq!(checkup.complete, complete, "{people}");
    }
}

#[tokio::test]
async fn badges_that_are_no_images_are_told() {
    let server = HttpPeer::answering_not_found();
    let world = World::over_http(&server.origin());
    let source = json!({"url": server.origin()});
    world.configure("devcon", json!({"source": source})).await;
    // A badge at an address that is not asked.
    let people = json!([with(
        person("ada"),
        json!({"badge": "https://127.0.0.1/ada.png"})
    )]);
    server.answer_json(people.to_string());
    let checkup = world
        .app
        .diagnose_feed(&"devcon".parse().unwrap())
        .await
        .unwrap();
    let found = checkup
        .diagnosis
        .findings
        .iter()
        .find(|f| f.code == "badge_not_an_image");
    let message = &found.unwrap().message;
    assert!(message.starts_with("1 of 1 badges"), "{message}");
    assert!(!message.contains("ada.png"), "{message}");
}
