//! What the command line lists, and what it tells a shell of itself.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::Command;

use attendee_sync_tests::{TestCli, binary};
use serde_json::{Value, json};

fn configure(cli: &TestCli, community: &str, event: &str) {
    let file = cli.data_dir().join(format!("{event}.json"));
    let document = json!({
        "community": community, "event": event, "name": format!("The {event}"),
        "source": {"url": "https://registration.example.org/"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"},
        "schedule": {"auto_sync": "daily", "daily_at": "03:30"}
    });
    std::fs::write(&file, document.to_string()).unwrap();
    let configured = cli.run(&["configure", file.to_str().unwrap()]);
    drop(configured.expect_status(0));
}

/// What a command prints that needs no data directory.
fn said(arguments: &[&str]) -> String {
    let printed = Command::new(binary()).args(arguments).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    String::from_utf8(printed.stdout).unwrap()
}

#[test]
fn events_of_all_communities_or_of_one_are_listed() {
    let cli = TestCli::new();
    configure(&cli, "acme", "devcon");
    configure(&cli, "globex", "summit");
    let listed = cli.json(&["events"]);
    let names = |listed: &Value| -> Vec<String> {
        let items = listed["items"].as_array().unwrap();
        items.iter().map(|item| item["event"].to_string()).collect()
    };
    assert_eq!(names(&listed), ["\"devcon\"", "\"summit\""]);
    assert_eq!(listed["items"][0]["last_run"], Value::Null);
    assert!(listed["items"][0]["next_sync"].is_string(), "{listed}");
    assert_eq!(names(&cli.json(&["events", "globex"])), ["\"summit\""]);
    drop(cli.run(&["events", "nowhere"]).expect_status(2));
}

#[test]
fn an_export_as_json_is_one_document() {
    let cli = TestCli::new();
    configure(&cli, "acme", "devcon");
    let exported = cli.json(&["export", "devcon"]);
    assert_eq!(exported, json!({"items": [], "next_cursor": null}));
    let csv = cli.run(&["export", "devcon", "--format", "csv"]);
    assert!(csv.expect_status(0).stdout.starts_with("email,"));
}

#[test]
fn a_shell_completes_every_command_and_the_manual_describes_it() {
    let help = said(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    let manual = said(&["man"]);
    for shell in ["bash", "zsh", "fish"] {
        let script = said(&["completions", shell]);
        for command in &commands {
            assert!(script.contains(command), "{shell} lacks {command}");
            assert!(
                manual.contains(&format!(r"attendee\-sync\-{command}(1)")),
                "the manual lacks {command}"
            );
        }
    }
}
