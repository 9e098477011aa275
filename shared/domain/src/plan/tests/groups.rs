//! Groups: who granted what, and whose spelling counts.

use insta::assert_snapshot;
use serde_json::json;

use super::world::{Says, World, batch, delta, event, live, removing, text};
use crate::people::Grantor;

#[test]
fn a_group_the_source_no_longer_names_is_left() {
    let mut world = World::new(&json!({}));
    let record = live(11).groups(&["VIP", "Crew"]);
    world.sync(&batch(1, vec![delta("ann", vec![record])]));
    let plan = world.sync(&batch(2, vec![delta("ann", vec![live(12).groups(&["Crew"])])]));
    assert_snapshot!(text(&plan), @"");
}

#[test]
fn a_group_that_another_event_or_a_person_gave_is_never_taken_away() {
    let mut world = World::new(&json!({}));
    world.grant("ann", "VIP", Grantor::Hand);
    world.grant("ann", "Crew", event("other"));
    let record = live(11).groups(&["VIP", "Crew", "Speakers"]);
    let plan = world.sync(&batch(1, vec![delta("ann", vec![record])]));
    assert_snapshot!(text(&plan), @"");
    let plan = world.sync(&batch(2, vec![delta("ann", vec![live(12)])]));
    assert_snapshot!(text(&plan), @"");
    assert_snapshot!(world.state_of("ann"), @"");
}

#[test]
fn removal_takes_only_the_grants_of_this_event() {
    let mut world = World::new(&json!({}));
    world.grant("ann", "VIP", Grantor::Hand);
    world.grant("ann", "Crew", event("other"));
    let record = live(11).groups(&["VIP", "Crew", "Speakers"]);
    world.sync(&batch(1, vec![delta("ann", vec![record])]));
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 1)])]));
    assert_snapshot!(world.state_of("ann"), @"");
}

#[test]
fn a_grant_on_top_of_anothers_is_stored_though_people_see_no_change() {
    let mut world = World::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    world.grant("ann", "VIP", Grantor::Hand);
    let plan = world.sync(&batch(2, vec![delta("ann", vec![live(12).groups(&["VIP"])])]));
    assert_snapshot!(text(&plan), @"");
    assert_snapshot!(world.state_of("ann"), @"");
}

#[test]
fn the_first_spelling_of_a_group_stays() {
    let mut world = World::new(&json!({}));
    world.grant("bo", "Vip Lounge", Grantor::Hand);
    let record = live(11).groups(&["VIP  LOUNGE"]);
    let plan = world.sync(&batch(1, vec![delta("ann", vec![record])]));
    assert_snapshot!(text(&plan), @"");
}

#[test]
fn a_new_group_of_several_people_is_made_once_a_batch() {
    let mut world = World::new(&json!({}));
    let people = vec![
        delta("ann", vec![live(11).groups(&["Crew"])]),
        delta("bo", vec![live(21).groups(&["CREW", "vip"])]),
        delta("cy", vec![live(31).groups(&["VIP", "crew"])]),
    ];
    let plan = world.sync(&batch(1, people));
    assert_snapshot!(text(&plan), @"");
}
