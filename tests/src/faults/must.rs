//! What users and attendees must be after a calm play, by the reference model: what all plays are compared with is
//! itself compared with it.

use std::collections::BTreeSet;

use attendee_sync_app::App;
use attendee_sync_testkit::model::{ModelSettings, ReferenceModel, seen};

use super::scene::{BARRED, CREW, first_feed, second_feed, summit_feed};
use super::schedule::{ConcurrentAction, Memory};

const DEVCON: &str = "devcon";
const SUMMIT: &str = "summit";

fn address(name: &str) -> String {
    format!("{name}@example.org")
}

fn settings(company: &'static str) -> ModelSettings {
    ModelSettings {
        removes_missing: true,
        has_rule: true,
        company,
        ..ModelSettings::default()
    }
}

/// The lines that must be there after these actions.
fn wanted(memory: Memory, done: &BTreeSet<ConcurrentAction>) -> Vec<String> {
    let mut model = ReferenceModel::default();
    model.configure(SUMMIT, &settings("company"));
    model.sync(SUMMIT, &summit_feed());
    model.configure(DEVCON, &settings("company"));
    model.sync(DEVCON, &first_feed());
    for name in CREW {
        assert!(model.grant(&address(name), "Crew"));
    }
    assert!(model.bar(DEVCON, &address(BARRED), true));
    let feed = second_feed(memory);
    model.sync(DEVCON, &feed);
    for action in done {
        do_it(&mut model, *action);
    }
    model.sync(DEVCON, &feed);
    model.lines()
}

fn do_it(model: &mut ReferenceModel, action: ConcurrentAction) {
    let is_there = match action {
        ConcurrentAction::Grants => model.grant(&address("ada"), "Crew"),
        ConcurrentAction::Revokes => model.revoke(&address("cy"), "Crew"),
        ConcurrentAction::Bars => model.bar(DEVCON, &address("max"), true),
        ConcurrentAction::LetsIn => model.bar(DEVCON, &address(BARRED), false),
        ConcurrentAction::Erases => {
            model.erase(&address("lee"));
            true
        }
        ConcurrentAction::Configures => {
            model.configure(DEVCON, &settings("employer"));
            true
        }
        // Nothing that people see comes of them; who removes the event is not compared.
        ConcurrentAction::Syncs
        | ConcurrentAction::Removes
        | ConcurrentAction::LosesFingerprints
        | ConcurrentAction::SpoilsFingerprints => true,
    };
    assert!(is_there, "{action:?}");
}

/// Asserts that a calm play with these actions came to what it must.
pub(super) async fn compare(app: &App, memory: Memory, done: &BTreeSet<ConcurrentAction>) {
    if done.contains(&ConcurrentAction::Removes) {
        return;
    }
    let is = seen(app, "acme", &[DEVCON, SUMMIT]).await;
    assert_eq!(is, wanted(memory, done), "a calm play with {done:?}");
}
