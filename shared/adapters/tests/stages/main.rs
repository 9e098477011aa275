//! The contracts of the ports against stages that somebody started: `tests/contracts` does, and
//! names their endpoints in the environment. What a stage cannot do is listed with its reason; a
//! gap that has closed is a failure, so that the list stays true.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a case fails"
)]

#[path = "../contract/mod.rs"]
mod contract;
mod gaps;
mod letters;
mod mail;
mod queues;
mod schedules;
mod stage;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attendee_sync_adapters::clock::SystemClock;
use attendee_sync_adapters::cloud::{SsmSecrets, clients};
use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::dynamodb::DynamoTable;

use contract::place::ContractPlace;
use contract::secrets::Keyring;
use contract::table::TablePlace;
use contract::{ContractCase, Running};
use stage::{StageCase, TestStage};

/// The longest that a case may take, on the slowest stage.
const LONGEST: Duration = Duration::from_secs(90);

/// What became of the cases.
#[derive(Default)]
struct CaseTally {
    kept: usize,
    gaps: usize,
    broken: Vec<String>,
}

impl CaseTally {
    async fn run<S>(
        &mut self,
        stage: &TestStage,
        port: &str,
        cases: Vec<ContractCase<S>>,
        of: impl Fn(usize) -> S,
    ) {
        println!("\n{port} on {}", stage.name);
        for (number, case) in cases.into_iter().enumerate() {
            let start = Instant::now();
            let ended = ended((case.run)(of(number))).await;
            let seconds = start.elapsed().as_secs_f64();
            let gap = gaps::gap(stage.name, case.name);
            match (ended, gap) {
                (Ok(()), None) => {
                    self.kept += 1;
                    println!("  ok    {} ({seconds:.1} s)", case.name);
                }
                (Err(said), Some(gap)) if said.contains(gap.says) => {
                    self.gaps += 1;
                    println!("  gap   {}: {}", case.name, gap.reason);
                }
                (Ok(()), Some(_)) => {
                    self.broken(stage, case.name, "is listed as a gap, and is none");
                }
                (Err(said), _) => self.broken(stage, case.name, &said),
            }
        }
    }

    fn broken(&mut self, stage: &TestStage, case: &str, said: &str) {
        println!("  FAIL  {case}: {said}");
        self.broken.push(format!("{case} on {}", stage.name));
    }

    async fn store(&mut self, stage: &TestStage) {
        let client = clients::dynamodb(&stage.config);
        let table = Arc::new(DynamoTable::new(client, "attendee-sync"));
        if let Err(error) = table.create().await {
            println!("\nthe table on {}: {error:?}", stage.name);
            self.broken.push(format!("the table on {}", stage.name));
            return;
        }
        let engine = |number| TablePlace::new(table.clone(), number);
        self.run(stage, "the table", contract::table::cases(), engine)
            .await;
        let store = Arc::new(TableStore::new(table.clone()));
        let place = |number: usize| ContractPlace::new(store.clone(), &number.to_string());
        self.run(stage, "the store", contract::store::cases(), place)
            .await;
    }

    async fn services(&mut self, stage: &TestStage) {
        let scene = |port: &'static str| {
            let stage = stage.clone();
            move |number| StageCase::new(&stage, &format!("{port}-{number}"))
        };
        self.run(
            stage,
            "orders and batches",
            queues::cases(),
            scene("queues"),
        )
        .await;
        self.run(stage, "schedules", schedules::cases(), scene("schedules"))
            .await;
        let client = clients::ssm(&stage.config);
        let secrets = SsmSecrets::new(client, "/attendee-sync", Arc::new(SystemClock));
        let secrets = Arc::new(secrets);
        let keyring = |number: usize| Keyring {
            secrets: secrets.clone(),
            tag: format!("case-{number}"),
        };
        self.run(stage, "secrets", contract::secrets::cases(), keyring)
            .await;
        self.run(stage, "dead letters", letters::cases(), scene("letters"))
            .await;
        self.run(stage, "mail", mail::cases(), scene("mail")).await;
    }
}

/// Runs a case to its end; gives what it panicked with.
async fn ended(running: Running) -> Result<(), String> {
    let running = tokio::spawn(running);
    let abort = running.abort_handle();
    let Ok(ended) = tokio::time::timeout(LONGEST, running).await else {
        abort.abort();
        return Err(format!("not done in {LONGEST:?}"));
    };
    ended.map_err(|error| {
        let said = error.into_panic();
        let text = said.downcast_ref::<String>().cloned();
        text.or_else(|| said.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default()
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    // What cases panic with is told with them.
    std::panic::set_hook(Box::new(|_| {}));
    let stages = TestStage::all();
    if stages.is_empty() {
        eprintln!("no stage is named in the environment; tests/contracts starts them");
        return ExitCode::FAILURE;
    }
    let mut tally = CaseTally::default();
    for stage in &stages {
        tally.store(stage).await;
        if stage.is_whole {
            tally.services(stage).await;
        }
    }
    println!(
        "\n{} kept, {} gaps, {} broken",
        tally.kept,
        tally.gaps,
        tally.broken.len()
    );
    for broken in &tally.broken {
        println!("  broken: {broken}");
    }
    if tally.broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
