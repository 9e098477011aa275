//! The timer of the real binary: what is due begins after the start, a few at a time, and does not
//! hold up the end.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]
#![cfg(unix)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use attendee_sync_testkit::peers::{FaultyServer, ServerStep, json as page};
use attendee_sync_tests::TestCli;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

const EVENTS: usize = 9;

/// A registration system that answers when the test lets it.
struct SlowSource {
    server: FaultyServer,
    asked: Arc<Semaphore>,
    may_answer: Arc<Semaphore>,
    /// How many answers were permitted, and the most requests that waited at once.
    permitted: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl SlowSource {
    async fn start() -> Self {
        let (asked, may_answer) = (Semaphore::new(0), Semaphore::new(0));
        let (asked, may_answer) = (Arc::new(asked), Arc::new(may_answer));
        let (permitted, most) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let shared = (Arc::clone(&asked), Arc::clone(&may_answer));
        let counts = (Arc::clone(&permitted), Arc::clone(&most));
        let server = FaultyServer::start(move |request| {
            let waiting = (request.before + 1).saturating_sub(counts.0.load(Ordering::SeqCst));
            counts.1.fetch_max(waiting, Ordering::SeqCst);
            shared.0.add_permits(1);
            let mut steps = vec![ServerStep::Hold(Arc::clone(&shared.1))];
            steps.extend(page(
                r#"[{"id": "1", "email": "ada@example.org", "first": "Ada", "last": "Example"}]"#,
            ));
            steps
        });
        Self {
            server: server.await,
            asked,
            may_answer,
            permitted,
            most,
        }
    }

    /// Waits for so many more requests.
    async fn is_asked(&self, times: u32) {
        let asked = timeout(Duration::from_mins(2), self.asked.acquire_many(times)).await;
        asked.expect("it is asked").unwrap().forget();
    }

    /// Lets so many more requests be answered.
    fn permit(&self, answers: usize) {
        self.permitted.fetch_add(answers, Ordering::SeqCst);
        self.may_answer.add_permits(answers);
    }
}

fn configure(cli: &TestCli, url: &str) {
    let files: Vec<String> = (0..EVENTS)
        .map(|number| {
            let event = format!("event-{number}");
            let document = json!({
                "community": "acme", "event": event, "name": event, "source": {"url": url},
                "mapping": {
                    "source_id": "id", "email": "email", "first_name": "first", "last_name": "last"
                },
                "schedule": {"auto_sync": "hourly"}
            });
            let file = cli.data_dir().join(format!("{event}.json"));
            std::fs::write(&file, document.to_string()).unwrap();
            file.to_str().unwrap().to_owned()
        })
        .collect();
    let arguments: Vec<&str> = ["configure"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let _configured = cli.run(&arguments).expect_status(0);
}

fn newest(cli: &TestCli, event: usize) -> Value {
    let runs = cli.json(&["runs", &format!("event-{event}")]);
    runs["items"][0]["state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_begins_after_the_start_a_few_at_a_time_and_does_not_hold_up_the_end() {
    let slow = SlowSource::start().await;
    let cli = TestCli::new();
    configure(&cli, &slow.server.url("/"));
    let serving = cli.serve();
    slow.is_asked(4).await;
    for _ in 4..EVENTS {
        slow.permit(1);
        slow.is_asked(1).await;
    }
    assert_eq!(slow.most.load(Ordering::SeqCst), 4);
    // The last four are never answered: the process ends all the same.
    assert_eq!(serving.end(), 0);
    let states: Vec<Value> = (0..EVENTS).map(|event| newest(&cli, event)).collect();
    let count = |state| states.iter().filter(|one| *one == state).count();
    assert_eq!(
        (count("succeeded"), count("reading")),
        (EVENTS - 4, 4),
        "{states:?}"
    );

    // The next one takes them up.
    slow.permit(EVENTS);
    let serving = cli.serve();
    slow.is_asked(4).await;
    drop(serving);
}
