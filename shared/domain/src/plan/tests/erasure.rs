//! The delete flag, and what an erasure refuses later.

use insta::assert_snapshot;
use serde_json::json;

use super::build::{ContributionBuilder, batch, delta, erasing, event, keeping, live, removing};
use super::text::text;
use super::world::PlanWorld;
use crate::evaluate::Contribution;
use crate::plan::Delta;

fn erased() -> PlanWorld {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(
        1,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    world.sync(&batch(2, vec![delta("ann", vec![erasing(12)])]));
    world
}

#[test]
fn a_flagged_attendee_is_erased_and_the_change_does_not_name_them() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(
        1,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    let plan = world.sync(&batch(2, vec![delta("ann", vec![erasing(12)])]));
    assert_snapshot!(text(&plan), @"
    ann erased: erase
      known [12]; 1 removed, 1 erased
    ");
    let change = plan.people[0].change.as_ref().unwrap();
    assert_eq!(*change, change.without_person());
    assert_eq!(world.state_of("ann"), "ann: erased");
}

#[test]
fn a_flag_on_one_record_erases_whatever_their_others_say() {
    let mut world = PlanWorld::new(&json!({}));
    let records = vec![live(11), erasing(12), removing(13, 1)];
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    let plan = world.sync(&batch(2, vec![delta("ann", records)]));
    assert_snapshot!(text(&plan), @"
    ann erased: erase
      known [11 12 13]; 2 unchanged, 1 removed, 1 erased
    ");
}

#[test]
fn a_user_of_other_events_is_erased_as_well() {
    let mut world = PlanWorld::new(&json!({}));
    world.grant("ann", "VIP", event("other"));
    let plan = world.sync(&batch(1, vec![delta("ann", vec![erasing(11)])]));
    assert_snapshot!(text(&plan), @"
    ann erased: erase
      known [11]; 1 removed, 1 erased
    ");
}

#[test]
fn a_flag_on_someone_unknown_leaves_a_tombstone_and_counts_nobody() {
    let mut world = PlanWorld::new(&json!({}));
    let plan = world.sync(&batch(1, vec![delta("ann", vec![erasing(11)])]));
    assert_snapshot!(text(&plan), @"
    ann unchanged: erase
      known [11]; 1 unchanged
    ");
    assert_eq!(world.state_of("ann"), "ann: erased");
}

#[test]
fn an_erased_person_who_is_flagged_again_changes_nothing() {
    let mut world = erased();
    let again = world.sync(&batch(2, vec![delta("ann", vec![erasing(12)])]));
    assert!(again.is_empty());
    let plan = world.sync(&batch(3, vec![delta("ann", vec![erasing(13)])]));
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known [13]; 1 unchanged
    ");
}

#[test]
fn an_erasure_refuses_what_was_read_before_it() {
    for run in [1, 2] {
        let mut world = erased();
        let plan = world.sync(&batch(run, vec![delta("ann", vec![live(13)])]));
        assert!(plan.is_empty(), "run {run}");
        assert_eq!(world.state_of("ann"), "ann: erased");
    }
}

#[test]
fn records_known_at_the_erasure_do_not_bring_them_back() {
    let mut world = erased();
    let plan = world.sync(&batch(
        3,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    assert!(plan.is_empty());
    assert_eq!(world.state_of("ann"), "ann: erased");
}

#[test]
fn a_changed_record_in_a_newer_run_brings_them_back_as_someone_new() {
    let mut world = erased();
    let plan = world.sync(&batch(
        3,
        vec![delta(
            "ann",
            vec![live(13).company("Globex").groups(&["VIP"])],
        )],
    ));
    assert_snapshot!(text(&plan), @"
    ann added: user over 2, joins vip, new attendee
      first_name: - -> First
      last_name: - -> Last
      company: - -> Globex
      groups: - -> VIP
      known [13]; 1 added
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, company=Globex, VIP by event:devcon
      attending, records 13
    ");
}

#[test]
fn a_known_record_of_an_erased_person_is_read_anew_before_it_counts() {
    let mut world = erased();
    let plan = world.sync(&batch(
        3,
        vec![keeping(delta("ann", vec![live(13)]), &[(12, 1)])],
    ));
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known []; 1 unchanged
    ");
}

#[test]
fn a_flag_and_a_live_record_in_two_batches_of_a_run_erase_in_any_order() {
    let attends = batch(2, vec![delta("ann", vec![live(12)])]);
    let flagged = batch(2, vec![delta("ann", vec![erasing(13)])]);
    for order in [[&attends, &flagged], [&flagged, &attends]] {
        let mut world = PlanWorld::new(&json!({}));
        world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
        for batch in order {
            world.sync(batch);
        }
        assert_eq!(world.state_of("ann"), "ann: erased");
    }
}

#[test]
fn a_change_of_the_mapping_brings_nobody_back_and_a_later_change_of_the_record_does() {
    let of_key = |hash, key| Contribution { key, ..live(hash) };
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![of_key(11, 70)])]));
    let flagged = Contribution {
        key: 70,
        ..erasing(12)
    };
    world.sync(&batch(2, vec![delta("ann", vec![flagged])]));
    let read = |run: u32, mapping_hash, company: &str| {
        let said = delta("ann", vec![of_key(run.into(), 70).company(company)]);
        batch(
            run,
            vec![Delta {
                mapping_hash,
                ..said
            }],
        )
    };
    // By the new mapping the same record says something else.
    world.sync(&read(3, 2, "Initech"));
    assert_eq!(world.state_of("ann"), "ann: erased");
    world.sync(&read(4, 2, "Initech"));
    assert_eq!(world.state_of("ann"), "ann: erased");
    let nobody_knows = world.sync(&read(5, 0, "Globex"));
    assert_eq!(nobody_knows.people[0].known, None);
    assert_eq!(world.state_of("ann"), "ann: erased");
    world.sync(&read(6, 2, "Globex"));
    assert!(world.state_of("ann").contains("attending"));
}

#[test]
fn another_record_brings_an_erased_person_back() {
    let of_key = |hash, key| Contribution { key, ..live(hash) };
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![of_key(11, 70)])]));
    world.sync(&batch(
        2,
        vec![delta(
            "ann",
            vec![Contribution {
                key: 70,
                ..erasing(12)
            }],
        )],
    ));
    world.sync(&batch(3, vec![delta("ann", vec![of_key(13, 70)])]));
    assert_eq!(world.state_of("ann"), "ann: erased");
    world.sync(&batch(4, vec![delta("ann", vec![of_key(14, 71)])]));
    assert!(world.state_of("ann").contains("attending"));
}
