//! A disk that is full, for the whole program: no file may grow beyond a limit. Each command says once
//! which file cannot grow and that space is to be freed, and what is stored stays.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_testkit::peers::RegistrationPeer;
use attendee_sync_testkit::waiting::eventually;
use attendee_sync_tests::{CliOutcome, TestCli};
use serde_json::{Value, json};

/// Kilobytes that a file may have: enough to begin with, not enough for a sync.
const LIMIT: u64 = 400;
const PEOPLE: usize = 1_500;

fn registrations() -> RegistrationPeer {
    let record = |number: usize| {
        let email = format!("p{number}@example.org");
        json!({"id": number, "email": email, "first": "Pat", "last": "Example", "bio": "x".repeat(500)})
    };
    RegistrationPeer::start((0..PEOPLE).map(record).collect())
}

fn configure(cli: &TestCli, url: &str) {
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon", "source": {"url": url},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "biography": "bio"
        },
    });
    let file = cli.data_dir().join("devcon.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let _configured = cli.json(&["configure", file.to_str().unwrap()]);
}

/// Asserts that a text names the file and says what to do, once.
fn is_told_once(text: &str, file: &str) {
    assert!(text.contains(file), "{text}");
    assert_eq!(text.matches("free space").count(), 1, "{text}");
}

fn failed(outcome: CliOutcome, file: &str) {
    let outcome = outcome.expect_status(1);
    let said = if outcome.stderr.is_empty() {
        &outcome.stdout
    } else {
        &outcome.stderr
    };
    is_told_once(said, file);
}

#[test]
fn every_command_says_once_which_file_cannot_grow_and_goes_on_later() {
    let cli = TestCli::new();
    let source = registrations();
    configure(&cli, &source.url());
    failed(cli.run_limited(LIMIT, &["sync", "devcon"]), "attendees.db");

    let server = cli.serve_limited(LIMIT);
    let token = std::fs::read_to_string(cli.data_dir().join("token")).unwrap();
    let get = |path: &str| server.call(&token, "GET", &format!("/api/v1{path}"), "").1;
    let mut runs = String::new();
    eventually("a run says what to do", || {
        runs = get("/events/devcon/runs");
        let is_told = runs.contains("free space");
        if !is_told {
            let run = "{\"mode\": \"sync\"}";
            let _begun = server.call(&token, "POST", "/api/v1/events/devcon/runs", run);
        }
        is_told
    });
    let body = runs.split("\r\n\r\n").nth(1).unwrap();
    let runs: Value = serde_json::from_str(body).unwrap();
    let reason = runs["items"][0]["reason"].as_str().unwrap();
    is_told_once(reason, "attendees.db");
    assert!(get("/health").contains("200 OK"), "it goes on");
    assert_eq!(server.end(), 0);

    let run = cli.json(&["sync", "devcon"]);
    assert_eq!(run["state"], "succeeded", "{run}");
    let people = cli.json(&["attendees", "devcon"]);
    assert_eq!(people["items"].as_array().unwrap().len(), PEOPLE);

    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday.backup");
    let file = backup.to_str().unwrap();
    failed(cli.run_limited(LIMIT, &["backup", file]), "monday.backup");
    let left = std::fs::read_dir(folder.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
    let _made = cli.json(&["backup", file]);
    let other = TestCli::new();
    failed(
        other.run_limited(LIMIT, &["restore", file]),
        "restore.partial",
    );
    let _restored = other.json(&["restore", file]);
}
