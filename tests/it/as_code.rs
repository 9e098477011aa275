//! Events as a folder of documents: `plan` and `apply`, on a data directory and through a server.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use attendee_sync_testkit::peers::RegistrationPeer;
use attendee_sync_tests::{CliOutcome, TestCli};
use serde_json::{Value, json};
use tempfile::TempDir;

fn people() -> RegistrationPeer {
    let record = |number: usize| {
        let email = format!("pat{number}@example.org");
        json!({"id": number, "email": email, "first": "Pat", "last": "Example"})
    };
    RegistrationPeer::start((1..=20).map(record).collect())
}

/// A folder with the document of one event, whose rules are these.
fn folder(source: &RegistrationPeer, rules: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "devcon", source, rules);
    folder
}

fn write(folder: &Path, event: &str, source: &RegistrationPeer, rules: &Value) {
    let document = json!({
        "community": "acme", "event": event, "name": "DevCon",
        "source": {"url": source.url()},
        "mapping": {"source_id": "id", "email": "email", "first_name": "first", "last_name": "last"},
        "rules": rules
    });
    let file = folder.join(format!("{event}.json"));
    std::fs::write(file, document.to_string()).unwrap();
}

fn run(cli: &TestCli, command: &str, folder: &TempDir, more: &[&str]) -> CliOutcome {
    let mut arguments = vec![
        command,
        folder.path().to_str().unwrap(),
        "--allow-private-sources",
    ];
    arguments.extend(more);
    cli.run(&arguments)
}

fn actions(outcome: &Value) -> Vec<(String, String)> {
    let events = outcome["events"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    events
        .map(|event| (text(&event["event"]), text(&event["action"])))
        .collect()
}

fn only(event: &str, action: &str) -> Vec<(String, String)> {
    vec![(event.to_owned(), action.to_owned())]
}

#[test]
fn a_folder_is_planned_and_applied_and_applied_again_without_a_change() {
    let (cli, source) = (TestCli::new(), people());
    let files = folder(&source, &json!([]));
    let planned = run(&cli, "plan", &files, &[]).expect_status(0).json();
    assert_eq!(actions(&planned), only("devcon", "create"));
    assert_eq!(planned["applied"], false);
    let none = cli.json(&["events"]);
    assert_eq!(none["items"], json!([]));

    let applied = run(&cli, "apply", &files, &[]).expect_status(0).json();
    assert_eq!(applied["applied"], true);
    let again = run(&cli, "apply", &files, &[]).expect_status(0).json();
    assert_eq!(actions(&again), only("devcon", "nothing"));

    let vip = json!([{"when": "id == 1", "then": {"add_group": "VIP"}}]);
    write(files.path(), "devcon", &source, &vip);
    let changed = run(&cli, "plan", &files, &[]).expect_status(0).json();
    assert_eq!(actions(&changed), only("devcon", "update"));
    assert_eq!(changed["events"][0]["changes"][0]["path"], "rules");

    // What is stored and has no file is named, and stays.
    let other = folder(&source, &json!([]));
    std::fs::remove_file(other.path().join("devcon.json")).unwrap();
    write(other.path(), "summit", &source, &json!([]));
    let applied = run(&cli, "apply", &other, &[]).expect_status(0).json();
    assert_eq!(applied["not_in_folder"], json!(["devcon"]));
    assert_eq!(cli.json(&["events"])["items"].as_array().unwrap().len(), 2);
}

#[test]
fn nothing_is_stored_where_a_sync_by_one_document_would_be_held() {
    let (cli, source) = (TestCli::new(), people());
    let files = folder(&source, &json!([]));
    let _applied = run(&cli, "apply", &files, &[]).expect_status(0);
    let _synced = cli.json(&["sync", "devcon"]);

    let all = json!([{"when": "id > 0", "then": "remove_attendee"}]);
    write(files.path(), "devcon", &source, &all);
    write(files.path(), "summit", &source, &json!([]));
    for command in ["plan", "apply"] {
        let held = run(&cli, command, &files, &[]).expect_status(3).json();
        assert_eq!(held["applied"], false);
        let reason = held["events"][0]["held"].as_str().unwrap();
        assert!(reason.contains("would be held"), "{reason}");
        assert_eq!(held["events"][1]["held"], Value::Null);
    }
    assert_eq!(cli.json(&["events"])["items"].as_array().unwrap().len(), 1);
    let applied = run(&cli, "apply", &files, &["--no-preview"]).expect_status(0);
    assert_eq!(applied.json()["applied"], true);
}

#[test]
fn a_wrong_file_stores_nothing_of_the_folder() {
    let (cli, source) = (TestCli::new(), people());
    let files = folder(&source, &json!([]));
    std::fs::write(files.path().join("wrong.toml"), "community = \"acme\"\n").unwrap();
    let refused = run(&cli, "apply", &files, &[]).expect_status(2);
    assert!(refused.stderr.contains("wrong.toml"), "{}", refused.stderr);
    let none = cli.run(&["events"]).expect_status(1);
    assert!(none.stderr.contains("there is nothing"), "{}", none.stderr);
}

#[test]
fn a_folder_is_applied_to_a_running_server() {
    let (cli, source) = (TestCli::new(), people());
    let serving = cli.serve();
    let token = std::fs::read_to_string(cli.data_dir().join("token")).unwrap();
    let origin = serving.origin.clone();
    let there = ["--server", &origin, "--token", token.trim()];
    let files = folder(&source, &json!([]));
    let applied = run(&cli, "apply", &files, &there).expect_status(0).json();
    assert_eq!(actions(&applied), only("devcon", "create"));
    let again = run(&cli, "apply", &files, &there).expect_status(0).json();
    assert_eq!(actions(&again), only("devcon", "nothing"));
    let mode = json!({"mode": "preview"}).to_string();
    let (status, _) = serving.call(token.trim(), "POST", "/api/v1/events/devcon/runs", &mode);
    assert_eq!(status, 200);
    let vip = json!([{"when": "id == 1", "then": {"add_group": "VIP"}}]);
    write(files.path(), "devcon", &source, &vip);
    let applied = run(&cli, "apply", &files, &there).expect_status(0).json();
    assert_eq!(actions(&applied), only("devcon", "update"));
    let path = "/api/v1/events/devcon/configuration/versions";
    let (_, versions) = serving.call(token.trim(), "GET", path, "");
    assert!(versions.contains(r#""path":"rules""#), "{versions}");

    let refused = run(
        &cli,
        "plan",
        &files,
        &["--server", &origin, "--token", "wrong"],
    );
    let refused = refused.expect_status(1);
    assert!(
        refused.stderr.contains("wrong or revoked"),
        "{}",
        refused.stderr
    );
    drop(serving);
    let gone = run(&cli, "plan", &files, &there).expect_status(1);
    assert!(gone.stderr.contains("cannot be reached"), "{}", gone.stderr);
    assert!(!gone.stderr.contains(token.trim()), "{}", gone.stderr);
}
