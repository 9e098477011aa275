//! Presets, filled in by the real binary and played against feeds in the shape their documentation gives.
//!
//! A preset and its fixture are found by their names: neither needs a line here.

use std::collections::BTreeSet;

use attendee_sync_tests::{Fixture, TestCli, check_feeds, names_in};

fn presets() -> BTreeSet<String> {
    let files = names_in("../shared/presets");
    let names = files.iter().filter_map(|file| file.strip_suffix(".toml"));
    names.map(str::to_owned).collect()
}

fn fixtures() -> Vec<String> {
    let mut names = Fixture::feeds();
    names.retain(|name| name.starts_with("preset-"));
    names
}

#[test]
fn every_preset_has_a_fixture_and_is_listed() {
    let fixtures: BTreeSet<_> = fixtures()
        .iter()
        .filter_map(|name| name.strip_prefix("preset-").map(str::to_owned))
        .collect();
    assert_eq!(presets(), fixtures);

    let listed = TestCli::new().json(&["presets"]);
    assert_eq!(listed["broken"].as_array().unwrap().len(), 0, "{listed}");
    let listed: BTreeSet<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|preset| preset["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(presets(), listed);
}

#[test]
fn every_preset_syncs_the_feed_it_is_for() {
    check_feeds(fixtures());
}

#[test]
fn filled_preset_can_be_configured_as_it_is_printed() {
    let cli = TestCli::new();
    let document = cli.json(&[
        "presets",
        "tito",
        "--community=acme",
        "--event=devcon",
        "--name=DevCon",
        "--time-zone=Europe/Dublin",
        "--set=account=ultimateconf",
        "--set=tito_event=2026",
        "--set=token=canary",
    ]);
    let file = cli.data_dir().join("event.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let configured = cli.run(&["configure", file]).expect_status(0);
    assert_eq!(configured.json()["events"][0]["event"], "devcon");
    let secrets = std::fs::read_to_string(cli.data_dir().join("secrets.json")).unwrap();
    assert!(secrets.contains("token=canary"));
}

#[test]
fn what_is_missing_is_listed_and_nothing_printed() {
    let cli = TestCli::new();
    let event = ["--community=acme", "--event=devcon", "--name=DevCon"];
    let outcome = cli.run(&[&["presets", "tito"], &event[..]].concat());
    let outcome = outcome.expect_status(2);
    for missing in ["account is missing", "tito_event is missing"] {
        assert!(outcome.stderr.contains(missing), "{outcome}");
    }
    assert!(outcome.json()["source"].is_null(), "{outcome}");
    let outcome = cli.run(&["presets", "nothing"]).expect_status(2);
    assert!(outcome.stderr.contains("there is no preset"), "{outcome}");
}

#[test]
fn preset_in_the_data_directory_goes_first_and_a_broken_one_is_named() {
    let cli = TestCli::new();
    let folder = cli.data_dir().join("presets");
    std::fs::create_dir(&folder).unwrap();
    let own = "title = \"Own\"\nsummary = \"Ours.\"\ndocumentation = \"https://registration.example/\"\n\
        [document.source]\nurl = \"https://registration.example/people\"\n\
        [document.mapping]\nemail = \"e\"\nfirst_name = \"f\"\nlast_name = \"l\"\n";
    std::fs::write(folder.join("tito.toml"), own).unwrap();
    std::fs::write(folder.join("broken.toml"), own.replace("url", "address")).unwrap();

    let outcome = cli.run(&["presets"]).expect_status(0);
    assert!(
        outcome.stderr.contains("broken.toml: line 5: "),
        "{outcome}"
    );
    let listed = outcome.json();
    assert_eq!(listed["broken"].as_array().unwrap().len(), 1);
    let titles: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|preset| preset["title"].as_str().unwrap())
        .collect();
    assert!(titles.contains(&"Own") && !titles.contains(&"Tito"));
    assert_eq!(titles.len(), presets().len());
    let outcome = cli.run(&["presets", "broken"]).expect_status(2);
    assert!(outcome.stderr.contains("line 5"), "{outcome}");
}
