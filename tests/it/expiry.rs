//! What the table keeps for a time only: that it goes, by whom, and that nothing else does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::ports::{KeptKey, RunStore};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{Run, RunMode};
use attendee_sync_testkit::transport::MeasuredItem;
use attendee_sync_testkit::world::{World, acme, address, crowd, devcon, person, with};
use attendee_sync_tests::{FeedServer, Fixture, TestCli};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// An event whose first run added people and has an issue, and a session.
async fn begun() -> World {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(5);
    feed.push(with(person("bad"), json!({"email": "nobody"})));
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.rejected), (5, 1));
    let until = world.now() + SignedDuration::from_hours(12);
    let session = KeptKey([1; 32]);
    let kept = world
        .app
        .parts()
        .store
        .keep(session, b"session".to_vec(), until);
    kept.await.unwrap();
    let owner = Actor::Owner;
    let group = GroupName::parse("By hand").unwrap();
    let granted = world.app.as_of(&owner);
    let one = address("p0000");
    granted.grant(&acme(), &group, &one).await.unwrap();
    world
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Items by their keys.
fn by_key(items: Vec<MeasuredItem>) -> BTreeMap<(String, String), MeasuredItem> {
    let keyed = |item: MeasuredItem| ((item.pk.clone(), item.sk.clone()), item);
    items.into_iter().map(keyed).collect()
}

/// The kinds of what is in the first and not in the second.
fn gone(before: &[MeasuredItem], after: &[MeasuredItem]) -> Vec<String> {
    let after = by_key(after.to_vec());
    let lacking = by_key(before.to_vec());
    let lacking = lacking.keys().filter(|key| !after.contains_key(*key));
    let kind = |(pk, sk): &(String, String)| match pk.as_str() {
        kept if kept.starts_with("K#") => "kept".to_owned(),
        "E#devcon#LOG" => format!("{pk} {}", &sk[..12]),
        _ => format!("{pk} {sk}"),
    };
    lacking.map(kind).collect()
}

#[tokio::test]
async fn what_is_past_its_time_goes_and_nothing_else() {
    let world = begun().await;
    let start = world.now();
    world.set_clock(start + days(60));
    world.feed(crowd(6));
    world.sync("devcon").await;
    let before = world.line.items();

    assert_eq!(world.line.sweep(start + days(0)), 0);
    assert_eq!(world.line.sweep(start + days(1)), 1);
    let signed_out = world.line.items();
    assert_eq!(gone(&before, &signed_out), ["kept"]);
    assert_eq!(world.line.sweep(start + days(89)), 2, "marks of both runs");
    let signed_out = world.line.items();

    let swept = world.line.sweep(start + days(91));
    let after = world.line.items();
    assert_eq!(
        gone(&signed_out, &after),
        [
            "E#devcon#LOG C#0000000001",
            "E#devcon#LOG I#0000000001",
            "E#devcon#RUNS 0000000001",
        ]
    );
    assert_eq!(swept, 3);
    let as_it_was = by_key(signed_out);
    for (key, item) in by_key(after) {
        assert_eq!(as_it_was[&key], item);
    }

    let rest = world.line.sweep(start + days(401));
    assert_eq!(rest, 4, "audit, version of the configuration, and run 2");
    let left = world.line.items();
    let limited: Vec<&MeasuredItem> = left.iter().filter(|item| item.expires.is_some()).collect();
    assert_eq!(limited, Vec::<&MeasuredItem>::new());
}

#[tokio::test]
async fn an_event_whose_runs_are_all_gone_goes_on_as_before() {
    let world = begun().await;
    let state = world.state("devcon").await;
    world.wait_hours(91 * 24);
    assert!(world.line.sweep(world.now()) > 0);
    let store = &world.app.parts().store;
    assert!(store.runs(&devcon(), None, 9).await.unwrap().is_empty());
    assert_eq!(store.newest_run(&devcon()).await.unwrap(), RunNumber(1));
    assert_eq!(world.state("devcon").await, state);
    world.feed(crowd(5));
    let run = world.sync("devcon").await;
    assert_eq!((run.id.number.0, run.counts.unchanged), (2, 5));
    assert_eq!(world.state("devcon").await, state);
    let erased = world.app.erase_user(&acme(), &address("p0001")).await;
    erased.unwrap();
    assert_eq!(world.people("devcon").await.len(), 4);
}

/// What the event is like after a run that changes much of it, with a sweep of old runs before
/// one of its writes.
async fn swept_before(write: Option<i64>) -> (String, Vec<MeasuredItem>, i64) {
    let world = begun().await;
    world.wait_hours(91 * 24);
    let mut feed = crowd(40);
    feed[1] = with(person("p0001"), json!({"cancelled": true}));
    feed[2] = with(person("p0002"), json!({"erased": true}));
    feed.push(with(person("bad"), json!({"email": "nobody"})));
    world.feed(feed);
    let (line, now) = (world.line.clone(), world.now());
    if let Some(write) = write {
        world.line.before_write(write, async move {
            assert!(line.sweep(now) >= 4);
        });
    }
    let before = world.line.writes();
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.erased), (35, 1));
    let writes = world.line.writes() - before;
    let _swept = world.line.sweep(now);
    let items = world.line.items();
    let numbered = |item: &MeasuredItem| item.sk.contains("0000000002");
    let of_run = items.into_iter().filter(numbered).collect();
    (world.state("devcon").await, of_run, writes)
}

#[tokio::test]
async fn a_sweep_amid_a_sync_disturbs_nothing() {
    let (state, of_run, writes) = swept_before(None).await;
    assert!(writes > 5, "{writes}");
    let keys = |items: Vec<MeasuredItem>| by_key(items).into_keys().collect::<Vec<_>>();
    let of_run = keys(of_run);
    for write in 0..writes {
        let (swept, logged, _) = swept_before(Some(write)).await;
        assert_eq!(swept, state, "before write {write}");
        assert_eq!(keys(logged), of_run, "before write {write}");
    }
}

/// An attendee as they are stored.
fn stored_attendee(world: &World) -> serde_json::Value {
    let items = world.line.items();
    let theirs = items.iter().find(|item| item.pk.starts_with("E#devcon#A#"));
    serde_json::from_str(theirs.unwrap().doc.as_deref().unwrap()).unwrap()
}

#[tokio::test]
async fn references_to_logs_that_are_gone_go_when_there_are_many() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    for day in 0..160 {
        let company = format!("Company {day}");
        world.feed(vec![with(person("ada"), json!({ "company": company }))]);
        assert_eq!(world.sync("devcon").await.counts.accounted(), 1);
        world.wait_hours(24);
        let _swept = world.line.sweep(world.now());
    }
    let references = stored_attendee(&world)["log"].clone();
    let runs: Vec<u64> = references
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r[0].as_u64().unwrap())
        .collect();
    assert_eq!(runs.last(), Some(&160));
    let logged = world.line.items();
    let logged = logged
        .iter()
        .filter(|item| item.sk.starts_with("C#"))
        .count();
    assert!((80..=91).contains(&logged), "{logged}");
    // All that lead somewhere, and that of the day.
    assert!(
        (logged..=logged + 2).contains(&runs.len()),
        "{logged} logs, {runs:?}"
    );

    world
        .app
        .erase_user(&acme(), &address("ada"))
        .await
        .unwrap();
    for run in [RunNumber(160), RunNumber(80)] {
        let changes = world
            .changes(&RunId {
                event: devcon(),
                number: run,
            })
            .await;
        assert!(
            changes[0].email.is_none() && changes[0].fields.is_empty(),
            "{changes:?}"
        );
    }
}

#[tokio::test]
async fn the_journal_of_fingerprints_is_folded_also_where_each_run_changes_little() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut most = 0;
    for number in 0..320 {
        let company = format!("Company {number}");
        let mut feed = crowd(3);
        feed.push(with(person("ada"), json!({ "company": company })));
        world.feed(feed);
        let run = world.sync("devcon").await;
        let known = world
            .app
            .parts()
            .store
            .fingerprints(&devcon())
            .await
            .unwrap();
        most = most.max(known.journal.len());
        assert!(number == 0 || run.counts.unchanged == 3, "{run:?}");
    }
    assert!(most < 300, "{most}");
}

/// A run that began long before any clock that this is tested by.
fn old_run(number: u32) -> Run {
    let began: Timestamp = "2020-01-01T08:00:00Z".parse().unwrap();
    let id = RunId {
        event: devcon(),
        number: RunNumber(number),
    };
    let mut run = Run::begin(id, RunMode::Sync, began);
    run.reason = Some("the source did not answer: ".repeat(40));
    run
}

/// Runs that a round writes and deletes.
const RUNS: u32 = 320;

#[tokio::test]
async fn a_file_takes_up_again_what_was_freed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = SqliteTable::open(&folder.path().join("table.db")).unwrap();
    let store = TableStore::new(Arc::new(engine.clone()));
    let mut sizes = Vec::new();
    for round in 0..4_u32 {
        for number in 0..RUNS {
            let run = old_run(round * RUNS + number);
            store.put_run(&run).await.unwrap();
        }
        sizes.push(engine.size().await.unwrap());
        let now = u64::try_from(Timestamp::now().as_second()).unwrap();
        let deleted = engine.delete_expired(now).await.unwrap();
        assert_eq!(deleted, RUNS as usize);
        assert!(store.runs(&devcon(), None, 9).await.unwrap().is_empty());
    }
    assert!(sizes[0] > 1_000 * u64::from(RUNS), "{sizes:?}");
    // A few pages between full and empty ones.
    assert!(sizes[3] <= sizes[0] + sizes[0] / 20, "{sizes:?}");
}

/// The table of a data directory, while no process uses it.
fn table(cli: &TestCli) -> TableStore {
    let engine = SqliteTable::open(&cli.data_dir().join("attendees.db")).unwrap();
    TableStore::new(Arc::new(engine))
}

#[tokio::main]
async fn numbers_of_runs(cli: &TestCli, event: &EventId) -> Vec<u32> {
    let runs = table(cli).runs(event, None, 9).await.unwrap();
    runs.iter().map(|run| run.id.number.0).collect()
}

/// A data directory with an event of one person, and two runs from long ago.
fn old_data_dir(server: &FeedServer) -> (TestCli, EventId) {
    let cli = TestCli::new();
    let mut document: serde_json::Value = serde_json::from_str(&server.text("event.json")).unwrap();
    document["schedule"] = json!({"auto_sync": "off"});
    let file = cli.data_dir().join("event.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let _configured = cli.json(&["configure", file.to_str().unwrap()]);
    let event: EventId = document["event"].as_str().unwrap().parse().unwrap();
    age(&cli, &event);
    (cli, event)
}

/// Adds the runs from long ago.
#[tokio::main]
async fn age(cli: &TestCli, event: &EventId) {
    let store = table(cli);
    for number in [800_001, 800_002] {
        let mut run = old_run(number);
        run.id.event = event.clone();
        store.put_run(&run).await.unwrap();
    }
}

/// Waits for an answer: from then on it also hears that it is told to end.
fn is_served(origin: &str) {
    let address = origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn serve_deletes_what_is_past_its_time() {
    let server = FeedServer::start(&Fixture::feed("ndjson-stream"));
    let (cli, event) = old_data_dir(&server);
    let begun = Instant::now();
    // It sweeps beside all else that it begins with, and may be told to end before.
    while !numbers_of_runs(&cli, &event).is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(2), "it does not");
        let serving = cli.serve();
        is_served(&serving.origin);
        assert_eq!(serving.end(), 0);
    }
}

#[test]
fn a_sync_by_the_command_line_deletes_it_once_a_day() {
    let server = FeedServer::start(&Fixture::feed("ndjson-stream"));
    let (cli, event) = old_data_dir(&server);
    let _synced = cli.json(&["sync", event.as_str()]);
    assert_eq!(numbers_of_runs(&cli, &event).len(), 3, "made today");
    std::fs::remove_file(cli.data_dir().join("swept")).unwrap();
    let _synced = cli.json(&["sync", event.as_str()]);
    assert_eq!(numbers_of_runs(&cli, &event), [2, 1]);
    age(&cli, &event);
    let _synced = cli.json(&["sync", event.as_str()]);
    assert_eq!(numbers_of_runs(&cli, &event).len(), 5);
}

#[test]
fn a_clock_that_jumped_ahead_deletes_no_history_until_somebody_confirms() {
    let server = FeedServer::start(&Fixture::feed("ndjson-stream"));
    let (cli, event) = old_data_dir(&server);
    let swept = cli.data_dir().join("swept");
    let long_ago = std::time::SystemTime::now() - Duration::from_hours(8 * 24);
    let file = std::fs::File::options().append(true).open(&swept).unwrap();
    file.set_modified(long_ago).unwrap();
    let _synced = cli.json(&["sync", event.as_str()]);
    assert_eq!(numbers_of_runs(&cli, &event).len(), 3, "kept");
    let deleted = cli.json(&["sweep"]);
    assert_eq!(deleted["items"], 2, "{deleted}");
    assert_eq!(numbers_of_runs(&cli, &event), [1]);
    age(&cli, &event);
    let _synced = cli.json(&["sync", event.as_str()]);
    assert_eq!(numbers_of_runs(&cli, &event).len(), 4, "done today");
}
