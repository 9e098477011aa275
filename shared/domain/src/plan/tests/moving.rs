//! Records that have another address than before.

use serde_json::json;

use super::build::{batch, delta, live, person};
use super::world::PlanWorld;
use crate::people::Grantor;
use crate::plan::{Batch, Delta, MovedRecord, PersonStep};

/// A batch by which the record of `ann` is corrected to the address of `bo`.
fn correction(run: u32) -> Batch {
    let moved = |hash, name: &str| MovedRecord {
        hash,
        other: person(name),
        corrected: true,
    };
    let alone = |name, delta: Delta| Delta {
        together: 1,
        partial: true,
        settles: true,
        ..Delta {
            person: person(name),
            ..delta
        }
    };
    batch(
        run,
        vec![
            alone(
                "ann",
                Delta {
                    gone: vec![11],
                    moved_to: vec![moved(11, "bo")],
                    ..delta("ann", vec![])
                },
            ),
            alone(
                "bo",
                Delta {
                    moved_from: vec![moved(21, "ann")],
                    ..delta("bo", vec![])
                },
            ),
        ],
    )
}

/// Both attend by what run 1 read, and `ann` has a group by hand.
fn before() -> PlanWorld {
    let mut world = PlanWorld::new(&json!({}));
    let people = [("ann", 11), ("bo", 21)].map(|(name, hash)| delta(name, vec![live(hash)]));
    world.sync(&batch(1, people.into()));
    world.grant("ann", "Friends", Grantor::Hand);
    world
}

#[test]
fn a_correction_takes_along_what_was_given_by_hand() {
    let mut world = before();
    world.sync(&correction(2));
    assert!(world.state_of("bo").contains("Friends by hand"));
    assert!(!world.state_of("ann").contains("Friends"));
}

#[test]
fn a_run_that_was_overtaken_carries_nothing_over_what_a_newer_one_wrote() {
    let mut world = before();
    world.sync(&correction(3));
    // Somebody gives it back by hand; the same moves of an older run come late.
    world.grant("ann", "Friends", Grantor::Hand);
    let late = world.plan(&correction(2));
    for planned in &late.people {
        let PersonStep::Write { user, attendee, .. } = &planned.step else {
            panic!("{planned:?}");
        };
        assert_eq!((user.is_some(), attendee.is_some()), (false, false));
    }
    // Where the newer run wrote one of the two alone, the older one carries nothing over either.
    let mut world = before();
    world.sync(&batch(3, vec![delta("bo", vec![live(22)])]));
    world.sync(&correction(2));
    assert!(world.state_of("ann").contains("Friends by hand"));
    assert!(!world.state_of("bo").contains("Friends"));
}
