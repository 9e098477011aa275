//! One feed from beginning to end: configure, sync, compare, sync again and find that nothing changes.

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::example::{ExampleDocument, parsed};
use crate::preset_file::PresetFile;
use crate::{Expected, ExpectedRun, FeedServer, Fixture, TestCli, compare};

/// Plays the fixture of this name and fails the test with every difference found.
pub fn check_feed(name: &str) {
    let fixture = Fixture::feed(name);
    let expected: Expected = fixture.json("expected.json");
    let scenario = Scenario::configure(&fixture);
    for (index, run) in expected.runs.iter().enumerate() {
        for (request, file) in &run.replace {
            scenario.server.replace_body(request, file);
        }
        let mut differences = scenario.check(run);
        differences.extend(scenario.check_again());
        assert!(
            differences.is_empty(),
            "run {} of {name}:\n  {}\nthe source was asked:\n{}",
            index + 1,
            differences.join("\n  "),
            scenario.server.log()
        );
    }
}

/// Feeds played at a time: each spends its time in child processes.
const AT_A_TIME: usize = 3;

/// Plays several fixtures, some at a time, and fails the test with the names of those that differ.
pub fn check_feeds(names: Vec<String>) {
    let open = Mutex::new(names);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(name) = { open.lock().unwrap().pop() } {
                    if catch_unwind(|| check_feed(&name)).is_err() {
                        failed.lock().unwrap().push(name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "see above: {failed:?}");
}

struct Scenario {
    cli: TestCli,
    server: FeedServer,
    event: String,
    community: String,
}

impl Scenario {
    fn configure(fixture: &Fixture) -> Self {
        let server = FeedServer::start(fixture);
        let cli = server
            .secrets()
            .iter()
            .fold(TestCli::new(), |cli, (name, value)| {
                cli.with_secret(name, value)
            });
        let (name, text) = event_document(fixture, &server, &cli);
        let document = parsed(&name, &text);
        let member = |name: &str| {
            let member = document.get(name).and_then(Value::as_str);
            member.map(str::to_owned)
        };
        let file = cli.data_dir().join(&name);
        std::fs::write(&file, text).expect("the data directory can be written to");
        let file = file.to_str().expect("a temporary path is text");
        let _ = cli.run(&["configure", file]).expect_status(0);
        Self {
            cli,
            server,
            event: member("event").expect("the document names its event"),
            community: member("community").expect("the document names its community"),
        }
    }

    fn check(&self, expected: &ExpectedRun) -> Vec<String> {
        let summary = self.sync(expected.status);
        let run = self.run_details(&number_of(&summary));
        let attendees = self.cli.json(&["attendees", &self.event]);
        let groups = self.cli.json(&["groups", &self.community]);
        [
            compare::summary(expected, &summary),
            compare::counts(&summary),
            compare::attendees(expected, &attendees),
            compare::groups(expected, &groups),
            compare::changes_counted(&summary, &run),
            compare::changes(expected, &run),
            compare::issues(expected, &run),
            self.still_shown(&expected.gone),
        ]
        .concat()
    }

    fn check_again(&self) -> Vec<String> {
        let before = self.everyone();
        let summary = self.sync(0);
        let mut differences = [compare::counts(&summary), compare::quiet(&summary)].concat();
        if self.everyone() != before {
            differences.push("second sync of the same feed: the attendees differ".to_owned());
        }
        differences
    }

    fn sync(&self, status: i32) -> Value {
        let outcome = self.cli.run(&["sync", &self.event]);
        assert_eq!(
            outcome.status,
            status,
            "exit status\n{outcome}\nthe source was asked:\n{}",
            self.server.log()
        );
        outcome.json()
    }

    fn run_details(&self, number: &str) -> Value {
        self.cli.json(&["runs", &self.event, "--run", number])
    }

    fn everyone(&self) -> Value {
        self.cli
            .json(&["attendees", &self.event, "--status", "all"])
    }

    /// Looks for texts that should be gone among all attendees and in every run so far.
    fn still_shown(&self, gone: &[String]) -> Vec<String> {
        if gone.is_empty() {
            return Vec::new();
        }
        let runs = self.cli.json(&["runs", &self.event]);
        let numbers: Vec<_> = runs
            .get("items")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(number_of)
            .collect();
        assert!(!numbers.is_empty(), "no runs are listed: {runs}");
        let mut shown = vec![("the attendees".to_owned(), self.everyone())];
        for number in numbers {
            let details = self.run_details(&number);
            shown.push((format!("run {number}"), details));
        }
        gone.iter()
            .flat_map(|gone| shown.iter().map(move |(place, value)| (gone, place, value)))
            .filter(|(gone, _, value)| value.to_string().to_lowercase().contains(gone.as_str()))
            .map(|(gone, place, _)| format!("{gone} is still shown by {place}"))
            .collect()
    }
}

/// Returns the document that the fixture's event is configured by, with a name for its file.
fn event_document(fixture: &Fixture, server: &FeedServer, cli: &TestCli) -> (String, String) {
    if let Some(example) = ExampleDocument::played_by(fixture.name()) {
        let text = example.text_for(server.base());
        return (example.file, text);
    }
    let text = if fixture.has("preset.json") {
        let preset: PresetFile = fixture.json("preset.json");
        let document = preset.document(cli, fixture.name(), server.base());
        document.to_string()
    } else {
        server.text("event.json")
    };
    ("event-under-test.json".to_owned(), text)
}

fn number_of(run: &Value) -> String {
    match run.get("run") {
        Some(Value::String(run)) => run.clone(),
        Some(run) => run.to_string(),
        None => panic!("the run has no number: {run}"),
    }
}
