//! What the program says of its data directory, and what it notes of what leaves it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use attendee_sync_tests::{Cli, Outcome};
use serde_json::json;

fn configure(cli: &Cli) -> Outcome {
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
        let cli = Cli::new();
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
    let cli = Cli::new();
    let _configured = configure(&cli).expect_status(0);
    let _exported = cli.run(&["export", "devcon"]).expect_status(0);
    let log = cli.json(&["audit", "acme"]).to_string();
    assert!(log.contains("\"attendees_exported\""), "{log}");
    let _refused = cli.run(&["export", "nowhere"]).expect_status(2);
    let log = cli.json(&["audit", "acme"]).to_string();
    assert_eq!(log.matches("attendees_exported").count(), 1, "{log}");
}
