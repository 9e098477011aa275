//! What a run costs in the cloud, from real runs over the real store: request units as the table counts
//! them, messages by their bytes. Prints a table in Markdown, or JSON with `--json`.
//!
//!     cargo run --release -p attendee-sync-tests --bin costs [--json] [COUNT ...]
//!
//! Records are as those of `tests/bench`: some 600 bytes, two of five groups each.

#![expect(clippy::unwrap_used, reason = "a panic is how a measurement fails")]
#![expect(
    clippy::indexing_slicing,
    reason = "a panic is how a measurement fails"
)]
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

use attendee_sync_adapters::cloud::messages_of;
use attendee_sync_testkit::meter::Usage;
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::World;
use serde_json::{Value, json};

/// Dollars, us-east-1, 2026: the public price pages of `DynamoDB` (on demand), SQS (standard), Lambda
/// (arm64, requests) and `EventBridge` Scheduler, per unit.
const WRITE_UNIT: f64 = 0.625e-6;
const READ_UNIT: f64 = 0.125e-6;
const SQS_REQUEST: f64 = 0.40e-6;
const LAMBDA_REQUEST: f64 = 0.20e-6;
const SCHEDULER_INVOCATION: f64 = 1e-6;
/// A request is counted for each 64 KB of its messages (Amazon SQS pricing).
const SQS_CHUNK: usize = 64 * 1024;
/// Messages that a function is given at once at most (template.yaml, `BatchSize`).
const RECEIVED_TOGETHER: usize = 10;

fn record(number: usize, version: usize) -> Value {
    const GROUPS: [&str; 5] = ["Regular", "Speakers", "VIP", "Press", "Workshop"];
    let job = match version {
        0 => "Engineer".to_owned(),
        _ => format!("Engineer {version}"),
    };
    json!({
        "id": format!("R-{number:07}"), "email": format!("person.{number}@example.org"),
        "first": format!("First{number}"), "last": format!("Last{number}"), "title": "Dr.", "job": job,
        "company": format!("Company {}", number % 997), "country": "NL", "bio": "b".repeat(230),
        "groups": [GROUPS[number % 5], GROUPS[(number / 5) % 5]],
        "badge": format!("https://badges.example.org/{number}.pdf"), "status": "confirmed",
        "updated": "2026-11-01T08:00:00Z", "order": {"code": format!("O{number:07}"), "price": "120.00"}
    })
}

/// Requests to SQS: sent, received and deleted, as they are billed.
fn sqs_requests(world: &World, before: usize) -> u64 {
    let sent = world.stage.as_ref().unwrap().sent();
    let bodies: Vec<Vec<String>> = sent
        .get(before..)
        .unwrap_or_default()
        .chunks(RECEIVED_TOGETHER)
        .flat_map(|batch_messages| messages_of(batch_messages).unwrap())
        .collect();
    let billed = |request: &Vec<String>| {
        let bytes: usize = request.iter().map(String::len).sum();
        bytes.div_ceil(SQS_CHUNK) as u64
    };
    let sending: u64 = bodies.iter().map(billed).sum();
    // What is received is billed by its bytes, too; what is deleted, by the request.
    2 * sending + bodies.len() as u64
}

struct CostRow {
    people: usize,
    what: &'static str,
    usage: Usage,
    sqs: u64,
    batches: u64,
}

impl CostRow {
    /// But for the time that functions run, which depends on the source.
    fn dollars(&self) -> f64 {
        let invocations = 1.0 + self.batches.div_ceil(RECEIVED_TOGETHER as u64) as f64;
        // A scheduled run: one invocation of the scheduler, its message sent, received and deleted.
        SCHEDULER_INVOCATION
            + self.usage.write_units * WRITE_UNIT
            + self.usage.read_units * READ_UNIT
            + (self.sqs + 3) as f64 * SQS_REQUEST
            + invocations * LAMBDA_REQUEST
    }

    fn json(&self) -> Value {
        json!({
            "people": self.people, "run": self.what,
            "read_units": self.usage.read_units, "write_units": self.usage.write_units,
            "table_requests": self.usage.requests.values().sum::<u64>(),
            "sqs_requests": self.sqs + 3, "batches": self.batches, "dollars": self.dollars(),
        })
    }
}

async fn run(world: &World, people: usize, what: &'static str) -> CostRow {
    let before = world.stage.as_ref().unwrap().sent().len();
    world.line.meter.begin();
    let run = world.sync("devcon").await;
    let usage = world.line.meter.read();
    assert_eq!(run.counts.records_read, people as u64);
    let sent = world.stage.as_ref().unwrap().sent().len();
    CostRow {
        people,
        what,
        usage,
        sqs: sqs_requests(world, before),
        batches: (sent - before) as u64,
    }
}

async fn measure(people: usize) -> Vec<CostRow> {
    let world = World::cloud(Delivery::Calm);
    let mapping = json!({
        "source_id": "id", "email": "email", "first_name": "first", "last_name": "last", "title": "title",
        "job_title": "job", "company": "company", "country": "country", "biography": "bio",
        "groups": "groups", "digital_badge": "badge"
    });
    world.configure("devcon", json!({"mapping": mapping})).await;
    let mut feed: Vec<Value> = (0..people).map(|number| record(number, 0)).collect();
    world.feed(feed.clone());
    let first = run(&world, people, "first").await;
    let unchanged = run(&world, people, "unchanged").await;
    for number in (0..people).step_by(100) {
        *feed.get_mut(number).unwrap() = record(number, 1);
    }
    world.feed(feed);
    let changed = run(&world, people, "1 % changed").await;
    vec![first, unchanged, changed]
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let counts: Vec<usize> = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let counts = if counts.is_empty() {
        vec![2_000, 10_000, 100_000]
    } else {
        counts
    };
    let mut rows = Vec::new();
    for people in counts {
        rows.extend(measure(people).await);
    }
    if arguments.iter().any(|argument| argument == "--json") {
        let rows: Vec<Value> = rows.iter().map(CostRow::json).collect();
        println!("{}", json!(rows));
        return;
    }
    println!(
        "| people | run | read units | write units | requests to the table | to SQS | batches | dollars |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|");
    for row in &rows {
        println!(
            "| {} | {} | {:.0} | {:.0} | {} | {} | {} | {:.6} |",
            row.people,
            row.what,
            row.usage.read_units,
            row.usage.write_units,
            row.usage.requests.values().sum::<u64>(),
            row.sqs + 3,
            row.batches,
            row.dollars()
        );
    }
}
