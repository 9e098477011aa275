//! The event documents of `examples/`: each is accepted as it is, and syncs a feed of its kind.
//!
//! An example and its fixture are found by their names: neither needs a line here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use attendee_sync_tests::{ExampleDocument, Fixture, TestCli, check_feeds};

#[test]
fn every_example_is_accepted_as_it_is() {
    let cli = TestCli::new();
    for example in ExampleDocument::all() {
        let path = example.path();
        let checked = cli.json(&["configure", "--check", path.to_str().unwrap()]);
        let notices = checked["events"][0]["notices"].as_array().unwrap();
        assert!(notices.is_empty(), "{}: {notices:?}", example.file);
    }
}

#[test]
fn every_example_syncs_the_feed_it_is_for() {
    check_feeds(
        ExampleDocument::all()
            .iter()
            .map(ExampleDocument::fixture)
            .collect(),
    );
}

#[test]
fn every_example_has_a_fixture_and_a_line_in_the_list() {
    let examples = ExampleDocument::all();
    assert_eq!(examples.len(), 10);
    let mut fixtures = Fixture::feeds();
    fixtures.retain(|name| name.starts_with("example-"));
    let wanted: BTreeSet<_> = examples.iter().map(ExampleDocument::fixture).collect();
    assert_eq!(fixtures.into_iter().collect::<BTreeSet<_>>(), wanted);

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/README.md");
    let page = fs::read_to_string(page).unwrap();
    for ExampleDocument { file } in examples {
        assert!(page.contains(&format!("| [{file}]({file}) | ")), "{file}");
    }
}
