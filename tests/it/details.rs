//! A request for each new or changed record: its answer is `details` in mapping and rules, and what goes wrong
//! with it harms nobody.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use attendee_sync_app::{Author, SyncScope};
use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "source": {
            "url": "https://registration.example.org/",
            "details": {"url": "https://registration.example.org/people/{id}"}
        },
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "company": "details.work.company",
            "job_title": {"expression": "details.job | upper"}
        },
        "rules": [
            {"when": "test", "then": "ignore"},
            {"when": "details.state == 'gone'", "then": "remove_attendee"}
        ]
    })
}

fn url(record: &Value) -> String {
    let id = record["id"].as_str().unwrap();
    format!("https://registration.example.org/people/{id}")
}

fn details(records: &[Value]) -> BTreeMap<String, Value> {
    let of = |record: &Value| json!({"work": {"company": record["first"]}, "job": "dev"});
    records
        .iter()
        .map(|record| (url(record), of(record)))
        .collect()
}

/// A world of this edition whose event asks for details, and its feed.
async fn asking(world: World, records: &[Value]) -> World {
    world.configure("devcon", document()).await;
    world.script(Scripted {
        records: records.to_vec(),
        details: details(records),
        page: 20,
        ..Scripted::default()
    });
    world
}

/// Sets the feed anew; what was asked is forgotten.
fn change(world: &World, records: &[Value], change: impl FnOnce(&mut BTreeMap<String, Value>)) {
    let mut scripted = Scripted {
        records: records.to_vec(),
        details: details(records),
        page: 20,
        ..Scripted::default()
    };
    change(&mut scripted.details);
    world.script(scripted);
}

async fn codes(world: &World, run: &Run) -> Vec<String> {
    let issues = world.issues(&run.id).await.into_iter();
    issues.map(|issue| issue.code).collect()
}

#[tokio::test]
async fn each_new_or_changed_record_has_its_details_asked_for_once() {
    let mut records = crowd(30);
    records.push(with(person("test"), json!({"test": true})));
    let world = asking(World::new(), &records).await;
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.ignored), (30, 1));
    assert!(run.complete);
    let mut asked = world.scripted().asked_details;
    asked.sort();
    let urls: Vec<String> = records[..30].iter().map(url).collect();
    assert_eq!(asked, urls, "who is left out anyway is not asked for");
    let state = world.state("devcon").await;
    assert!(state.contains("Example @ p0007 "), "{state}");

    world.sync("devcon").await;
    assert_eq!(world.scripted().asked_details.len(), 30);

    records[3]["last"] = json!("Married");
    records[9]["last"] = json!("Gone");
    change(&world, &records, |details| {
        details.insert(url(&records[3]), json!({"work": {"company": "Globex"}}));
        details.insert(url(&records[9]), json!({"state": "gone"}));
        details.insert(url(&records[5]), json!({"work": {"company": "Unseen"}}));
    });
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.updated, run.counts.removed), (1, 1));
    assert_eq!(
        world.scripted().asked_details,
        [url(&records[3]), url(&records[9])]
    );
    let state = world.state("devcon").await;
    assert!(state.contains("Globex") && !state.contains("Unseen"));
}

#[tokio::test]
async fn record_whose_details_fail_keeps_what_it_had_and_is_asked_for_again() {
    let mut records = crowd(12);
    let world = asking(World::new(), &records).await;
    world
        .configure(
            "devcon",
            with(document(), json!({"missing": "remove_attendee"})),
        )
        .await;
    world.sync("devcon").await;
    let before = world.state("devcon").await;

    records[3]["last"] = json!("Married");
    records.push(person("new"));
    change(&world, &records, |details| {
        details.remove(&url(&records[3]));
        details.remove(&url(&records[12]));
    });
    for _ in 0..2 {
        let run = world.sync("devcon").await;
        assert_eq!((run.counts.rejected, run.counts.unchanged), (2, 11));
        assert!(!run.complete);
        let issues = world.issues(&run.id).await;
        assert_eq!(codes(&world, &run).await, ["no_details", "no_details"]);
        assert!(issues[0].reason.contains(&url(&records[3])), "{issues:?}");
        assert_eq!(issues[0].source_id, Some("R-p0003".to_owned()));
        assert_eq!(issues[0].field.as_deref(), Some("source.details"));
        assert_eq!(world.state("devcon").await, before);
    }
    assert_eq!(world.scripted().asked_details.len(), 4);

    change(&world, &records, |_| ());
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.updated, run.counts.added), (1, 1));
    assert!(run.complete);
    assert_eq!(world.scripted().asked_details.len(), 2);
}

#[tokio::test]
async fn changed_records_whose_details_fail_come_up_again_in_incremental_reads() {
    let records = crowd(3);
    let world = asking(World::new(), &records).await;
    let mut incremental = document();
    incremental["source"]["incremental"] = json!({"parameter": "since", "overlap_seconds": 0});
    world.configure("devcon", incremental).await;
    world.sync("devcon").await;
    let read = world.now();
    world.wait_hours(1);
    change(
        &world,
        &[with(person("p0001"), json!({"last": "Married"}))],
        |details| {
            details.clear();
        },
    );
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.rejected, 1);
    world.sync("devcon").await;
    let attendee_sync_app::ports::ReadMode::Since(since) = world.asked() else {
        panic!("{:?}", world.asked());
    };
    assert!(since <= read, "the same changes are asked for again");
}

#[tokio::test]
async fn run_of_several_processes_goes_on_between_two_details() {
    for take in [0, 15] {
        let records = crowd(90);
        let world = asking(World::cloud(Delivery::Wild), &records).await;
        let mut scripted = world.scripted();
        scripted.details_take = Duration::from_millis(take);
        world.script(scripted);
        world
            .stage
            .as_ref()
            .unwrap()
            .time_of_each_process(Duration::from_millis(take * 10));
        let run = world.sync("devcon").await;
        assert_eq!((run.counts.added, run.counts.records_read), (90, 90));
        assert_eq!(run.pages, 5);
        assert!(run.complete);
        let state = world.state("devcon").await;
        let one_machine = asking(World::new(), &records).await;
        one_machine.sync("devcon").await;
        assert_eq!(state, one_machine.state("devcon").await);
        let asked = world.scripted().asked_details.len();
        assert!((90..=180).contains(&asked), "{asked}");
        assert_eq!(world.sync("devcon").await.counts.unchanged, 90);
    }
}

#[tokio::test]
async fn known_ticket_after_a_changed_one_of_the_same_person_has_its_details() {
    let ticket = |id: &str, last: &str| with(person("ada"), json!({"id": id, "last": last}));
    let mut records = vec![
        ticket("0", "A"),
        ticket("1", "A"),
        person("b"),
        ticket("2", "A"),
    ];
    let world = asking(World::new(), &records).await;
    world.sync("devcon").await;
    records[1] = ticket("1", "B");
    change(&world, &records, |_| ());
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.rejected, 0, "{:?}", world.issues(&run.id).await);
    let asked = world.scripted().asked_details;
    assert_eq!(asked, [url(&records[1]), url(&records[3])]);
}

#[tokio::test]
async fn one_persons_sync_asks_for_their_details_alone() {
    let records = crowd(30);
    let world = asking(World::new(), &records).await;
    let email = "p0003@example.org".parse().unwrap();
    let event = "devcon".parse().unwrap();
    let run = world.app.sync(&event, SyncScope::One(email)).await.unwrap();
    assert_eq!((run.state, run.counts.added), (RunState::Succeeded, 1));
    assert_eq!(world.scripted().asked_details, [url(&records[3])]);
    let email = "p0004@example.org".parse().unwrap();
    let says = world.app.query_source(&event, &email).await.unwrap();
    assert_eq!(says.records[0].details.as_ref().unwrap()["job"], "dev");
    assert_eq!(world.scripted().asked_details.len(), 2);
}

#[tokio::test]
async fn preview_test_and_doctor_ask_for_details_too() {
    let records = crowd(30);
    let world = asking(World::new(), &records).await;
    let event = "devcon".parse().unwrap();
    let preview = world
        .app
        .preview(&event, SyncScope::Everyone)
        .await
        .unwrap();
    assert_eq!(preview.run.counts.added, 30);
    assert_eq!(world.scripted().asked_details.len(), 30);

    change(&world, &records, |details| {
        details.remove(&url(&records[1]));
    });
    let preview = world
        .app
        .preview(&event, SyncScope::Everyone)
        .await
        .unwrap();
    assert!(!preview.run.complete);
    let document = serde_json::to_value(world.app.document(&event).await.unwrap()).unwrap();
    change(&world, &records, |details| {
        details.remove(&url(&records[1]));
    });
    let trial = world
        .app
        .test_mapping(&document, Author::Owner)
        .await
        .unwrap();
    assert_eq!(trial.records.len(), 5);
    assert!(trial.more);
    let attendee = trial.records[0].attendee.as_ref().unwrap();
    assert_eq!(json!(attendee)["profile"]["company"], "p0000");
    assert_eq!(trial.records[1].issues[0].code, "no_details");
    assert!(
        trial
            .fields
            .iter()
            .any(|field| field.path == "details.work.company")
    );
    assert_eq!(world.scripted().asked_details.len(), 5);

    let checkup = world.app.diagnose_feed(&event).await.unwrap();
    assert_eq!(checkup.diagnosis.attending, 29);
    assert_eq!(world.scripted().asked_details.len(), 35);
}

#[tokio::test]
async fn switching_details_on_reads_everything_anew() {
    let records = crowd(5);
    let world = World::new();
    world.configure("devcon", json!({})).await;
    change(&world, &records, |_| ());
    world.sync("devcon").await;
    let mut without = document();
    without["source"].as_object_mut().unwrap().remove("details");
    world.configure("devcon", without).await;
    // No record has what the mapping takes from the details.
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!((run.state, run.counts.records_read), (RunState::Held, 5));
    world.configure("devcon", document()).await;
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.updated, 5);
    assert_eq!(world.scripted().asked_details.len(), 5);
}
