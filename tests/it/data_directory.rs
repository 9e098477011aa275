//! What the program says of its data directory, and what it notes of what leaves it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use attendee_sync_tests::{CliOutcome, TestCli};
use serde_json::json;

fn configure(cli: &TestCli) -> CliOutcome {
    let file = cli.data_dir().join("devcon.json");
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"}
    });
    std::fs::write(&file, document.to_string()).unwrap();
    cli.run(&["configure", file.to_str().unwrap()])
}

#[test]
fn a_directory_that_others_get_into_is_warned_of_or_refused_by_every_command() {
    for (mode, status, words) in [
        (0o700, 0, ""),
        (0o755, 0, "other users of this machine can get into"),
        (0o777, 1, "every user of this machine can write into"),
    ] {
        let cli = TestCli::new();
        set_permissions(cli.data_dir(), Permissions::from_mode(mode)).unwrap();
        let configured = configure(&cli).expect_status(status);
        let said = &configured.stderr;
        assert!(said.contains(words), "{configured}");
        assert_eq!(said.contains("chmod 700"), mode != 0o700, "{configured}");
        assert_eq!(
            cli.data_dir().join("lock").exists(),
            status == 0,
            "{mode:o}"
        );
    }
}

#[test]
fn an_export_by_the_command_line_is_in_the_audit_log() {
    let cli = TestCli::new();
    let _configured = configure(&cli).expect_status(0);
    let _exported = cli.run(&["export", "devcon"]).expect_status(0);
    let log = cli.json(&["audit", "acme"]).to_string();
    assert!(log.contains("\"attendees_exported\""), "{log}");
    let _refused = cli.run(&["export", "nowhere"]).expect_status(2);
    let log = cli.json(&["audit", "acme"]).to_string();
    assert_eq!(log.matches("attendees_exported").count(), 1, "{log}");
}

/// The names of a table's partitions, while no process uses it.
fn partitions(table: &std::path::Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(table).unwrap();
    let mut names = connection
        .prepare("SELECT name FROM partitions ORDER BY name")
        .unwrap();
    let names = names.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// What version 0.1 left in its data directory: three runs, the last of them held.
const OLD_TABLE: &[u8] = include_bytes!("../fixtures/data-dir-0.1/attendee-sync.db.gz");

#[test]
fn a_directory_of_version_0_1_is_used_as_it_was() {
    let cli = TestCli::new();
    let mut table = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(OLD_TABLE), &mut table).unwrap();
    std::fs::write(cli.data_dir().join("attendee-sync.db"), table).unwrap();
    let runs = cli.json(&["runs", "devcon"]);
    let state = |number: usize| runs["items"][number]["state"].clone();
    assert_eq!([state(0), state(1)], ["held", "succeeded"], "{runs}");
    assert_eq!(cli.json(&["invitations", "devcon"])["states"]["queued"], 22);
    assert_eq!(cli.json(&["token", "list"])[0]["name"], "event app");
    // An item for each membership is no more.
    let names = partitions(&cli.data_dir().join("attendees.db"));
    let of_groups = |name: &&String| name.contains("#G#") || name.contains("#M");
    let of_groups: Vec<&String> = names.iter().filter(of_groups).collect();
    assert_eq!(of_groups, ["C#acme#MJ"]);
    // What it held is applied, and who it had is erased.
    let approved = cli.json(&["approve", "devcon.3"]);
    assert_eq!(approved["missing_removed"], 14, "{approved}");
    let copy = cli.data_dir().join("attendee-sync.db.before-migration");
    assert!(copy.exists());
    let _erased = cli.json(&["erase", "acme", "person07@example.org", "--yes"]);
    for entry in std::fs::read_dir(cli.data_dir()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let names = bytes.windows(8).any(|part| part == b"person07");
        assert!(!names);
    }
    assert!(!copy.exists());
}
