//! What every value that must stay inside is, and the stage on which it may not come out.

use std::path::{Path, PathBuf};
use std::process::Command;

use attendee_sync_testkit::peers::{FaultyServer, ServerStep};
use attendee_sync_tests::{CliOutcome, TestCli};
use serde_json::{Value, json};
use tempfile::TempDir;

/// In every canary, whatever its case.
pub(super) const CANARY: &str = "canary";
/// A token in the environment.
pub(super) const TOKEN: &str = "canary-secret-token";
/// A parameter of the URL, written plainly into a configuration.
pub(super) const PARAMETER: &str = "canary-secret-parameter";
/// A password, written plainly into a configuration.
pub(super) const PASSWORD: &str = "canary-secret-password";
/// What a request has of `reader` and the password.
pub(super) const BASIC: &str = "cmVhZGVyOmNhbmFyeS1zZWNyZXQtcGFzc3dvcmQ=";

/// Everything.
pub(super) const FILTER: &str = "trace";

/// Whether this process and those it starts log everything. If not, the test is played again in a
/// process that does, and this one only says how that ended.
pub(super) fn logs_everything(test: &str) -> bool {
    if std::env::var("RUST_LOG").is_ok_and(|filter| filter == FILTER) {
        return true;
    }
    let played = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("canaries::{test}"), "--nocapture"])
        .env("RUST_LOG", FILTER)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success(), "{said}");
    // What a started `serve` logs, goes straight there.
    assert!(!said.to_lowercase().contains(CANARY), "{said}");
    let counted = String::from_utf8_lossy(&played.stdout);
    assert!(counted.contains("1 passed"), "no test is called {test}");
    false
}

/// A registration system that gives every request the same answer, byte by byte as a test set it.
pub(super) struct CanarySource(FaultyServer);

impl CanarySource {
    pub(super) fn new() -> Self {
        Self(FaultyServer::beside(|_| Vec::new()))
    }

    /// Whether some request had this in it.
    pub(super) fn was_sent(&self, text: &str) -> bool {
        let asked = self.0.asked();
        asked
            .iter()
            .any(|asked| format!("{asked:?}").contains(text))
    }

    /// `head` is a status with headers of its own.
    pub(super) fn answers(&self, head: &str, body: &str) {
        self.answers_in_part(head, body, body.len());
    }

    /// Says that the body has `length` bytes, sends it, and closes.
    pub(super) fn answers_in_part(&self, head: &str, body: &str, length: usize) {
        let answer = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let answer = ServerStep::Send(answer.into_bytes());
        self.0.answer(move |_| vec![answer.clone()]);
    }

    pub(super) fn feeds(&self, people: &[Value]) {
        let body = json!({"people": people}).to_string();
        self.answers("200 OK\r\nContent-Type: application/json", &body);
    }
}

/// The binary, a source, and a folder for documents beside the data directory.
pub(super) struct CanaryStage {
    pub(super) cli: TestCli,
    pub(super) source: CanarySource,
    documents: TempDir,
}

impl CanaryStage {
    pub(super) fn new() -> Self {
        Self {
            cli: TestCli::new().with_secret("feed-token", TOKEN),
            source: CanarySource::new(),
            documents: TempDir::new().unwrap(),
        }
    }

    pub(super) fn document(&self, event: &str, authentication: &Value) -> Value {
        json!({
            "community": "acme", "event": event, "name": event,
            "source": {
                "url": self.source.0.url("/people"),
                "authentication": authentication,
                "records": "$.people[*]",
            },
            "mapping": {
                "source_id": "id", "email": "email", "title": "title", "first_name": "first",
                "last_name": "last", "job_title": "job", "company": "company",
                "country": "country", "additional_info": "info", "biography": "bio",
                "groups": "groups", "digital_badge": "badge",
            },
            "delete_flag": {"path": "erased"},
        })
    }

    pub(super) fn store(&self, document: &Value) -> PathBuf {
        let file = self.documents.path().join("document.json");
        std::fs::write(&file, document.to_string()).unwrap();
        file
    }

    pub(super) fn configure(&self, event: &str, authentication: &Value) -> CliOutcome {
        let file = self.store(&self.document(event, authentication));
        self.run(&["configure", file.to_str().unwrap()])
            .expect_status(0)
    }

    /// Runs a command, which must not log a canary, nor show a secret.
    pub(super) fn run(&self, arguments: &[&str]) -> CliOutcome {
        let outcome = self.cli.run(arguments);
        assert_clean(&outcome.stderr, &outcome);
        for secret in [TOKEN, PARAMETER, PASSWORD, BASIC] {
            assert!(!outcome.stdout.contains(secret), "{secret}\n{outcome}");
        }
        outcome
    }

    /// The numbers of an event's runs.
    pub(super) fn runs(&self, event: &str) -> Vec<String> {
        let runs = self.run(&["runs", event]).expect_status(0).json();
        let runs = runs["items"].as_array().unwrap();
        let number = |run: &Value| run["run"].as_str().unwrap().to_owned();
        runs.iter().map(number).collect()
    }

    /// Everything an event shows of people, command by command.
    pub(super) fn shown(&self, event: &str) -> Vec<CliOutcome> {
        let mut shown = vec![
            self.run(&["attendees", event, "--status", "all"]),
            self.run(&["export", event, "--status", "all"]),
            self.run(&["export", event, "--status", "all", "--format", "jsonl"]),
            self.run(&["groups", "acme"]),
        ];
        for run in self.runs(event) {
            shown.push(self.run(&["runs", event, "--run", &run]));
        }
        shown
    }

    /// Files in the data directory in which `text` is, whatever its case.
    pub(super) fn files_with(&self, text: &str) -> Vec<String> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.cli.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && has(&path, text) {
                names.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        names.sort();
        names
    }
}

pub(super) fn has(path: &Path, text: &str) -> bool {
    let bytes = std::fs::read(path).unwrap().to_ascii_lowercase();
    let text = text.to_ascii_lowercase();
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

pub(super) fn assert_clean(text: &str, outcome: &CliOutcome) {
    assert!(
        !text.to_lowercase().contains(CANARY) && !text.contains(BASIC),
        "a canary is out:\n{text}\nof {outcome}"
    );
}

/// A person whose every field is a canary.
pub(super) fn bird() -> Value {
    json!({
        "id": "R-canary", "email": "canary-mail@example.org", "title": "Canarytitle",
        "first": "Canaryfirst", "last": "Canarylast", "job": "Canaryjob",
        "company": "Canarycompany", "country": "Canarycountry", "info": "Canaryinfo",
        "bio": "Canarybio", "groups": ["Regular"],
        "badge": "https://badges.example.org/canary.pdf",
    })
}

pub(super) fn with(mut record: Value, change: &Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// Records of which none can be taken as it is, each with canaries where it is wrong.
pub(super) fn warts() -> Vec<Value> {
    let other = |number: u32, change: &Value| {
        let email = format!("canary-{number}@example.org");
        with(with(bird(), &json!({"email": email})), change)
    };
    vec![
        with(bird(), &json!({"email": "canary-broken at example.org"})),
        with(bird(), &json!({"email": "Canary <canary@example@org>"})),
        with(bird(), &json!({"email": ["canary@example.org"]})),
        other(1, &json!({"first": ""})),
        other(2, &json!({"last": null})),
        other(3, &json!({"badge": "https//canary badge"})),
        other(4, &json!({"bio": "Canary ".repeat(20_000)})),
        other(5, &json!({"company": {"name": "Canarycompany"}})),
        other(
            6,
            &json!({"groups": [{"name": "Canarygroup"}, ["Canarygroup"]]}),
        ),
        other(7, &json!({"erased": "canary, maybe"})),
        with(
            bird(),
            &json!({"id": "R-canary-again", "title": "Canarymerged"}),
        ),
        json!("canary@example.org"),
    ]
}

/// The reasons in what `runs` or `preview` shows.
pub(super) fn reasons(details: &Value) -> String {
    let issues = details["issues"].as_array().unwrap();
    let of_issue =
        |issue: &Value| format!("{} {} {}", issue["code"], issue["field"], issue["reason"]);
    let issues: Vec<String> = issues.iter().map(of_issue).collect();
    format!("{}\n{}", details["run"]["reason"], issues.join("\n"))
}
