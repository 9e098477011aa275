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

use attendee_sync_tests::TestCli;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

const EVENTS: usize = 9;

/// A registration system that answers when the test lets it.
struct SlowSource {
    asked: Semaphore,
    may_answer: Semaphore,
    answering: AtomicUsize,
    most: AtomicUsize,
}

impl SlowSource {
    async fn start() -> (Arc<Self>, String) {
        let slow = Arc::new(Self {
            asked: Semaphore::new(0),
            may_answer: Semaphore::new(0),
            answering: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/", get(answer))
            .with_state(Arc::clone(&slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (slow, url)
    }

    /// Waits for so many more requests.
    async fn is_asked(&self, times: u32) {
        let asked = timeout(Duration::from_mins(2), self.asked.acquire_many(times)).await;
        asked.expect("it is asked").unwrap().forget();
    }
}

async fn answer(State(slow): State<Arc<SlowSource>>) -> Json<Value> {
    let answering = slow.answering.fetch_add(1, Ordering::SeqCst) + 1;
    slow.most.fetch_max(answering, Ordering::SeqCst);
    slow.asked.add_permits(1);
    slow.may_answer.acquire().await.unwrap().forget();
    slow.answering.fetch_sub(1, Ordering::SeqCst);
    Json(json!([{"id": "1", "email": "ada@example.org", "first": "Ada", "last": "Example"}]))
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
    let (slow, url) = SlowSource::start().await;
    let cli = TestCli::new();
    configure(&cli, &url);
    let serving = cli.serve();
    slow.is_asked(4).await;
    for _ in 4..EVENTS {
        slow.may_answer.add_permits(1);
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
    slow.may_answer.add_permits(EVENTS);
    let serving = cli.serve();
    slow.is_asked(4).await;
    drop(serving);
}
