//! People who are taken out of the event, and those who come back.

use insta::assert_snapshot;
use serde_json::json;

use super::build::{ContributionBuilder, batch, delta, erasing, live, missing, removing};
use super::text::text;
use super::world::PlanWorld;
use crate::people::Grantor;

fn attending() -> PlanWorld {
    let mut world = PlanWorld::new(&json!({}));
    let record = live(11)
        .groups(&["VIP"])
        .source("A-1")
        .badge("https://badges.example.org/1.png");
    world.sync(&batch(1, vec![delta("ann", vec![record])]));
    world
}

#[test]
fn a_rule_takes_them_out_of_the_event_and_leaves_the_user() {
    let mut world = attending();
    let plan = world.sync(&batch(2, vec![delta("ann", vec![removing(12, 2)])]));
    assert_snapshot!(text(&plan), @"
    ann removed: user over 1, leaves vip, attendee over 1
      groups: VIP -> -
      because rule 2 removes them from the event
      known [12]; 1 removed
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last
      removed, rule 2 removes them from the event, id A-1, https://badges.example.org/1.png, records 12
    ");
}

#[test]
fn who_is_removed_before_they_ever_attended_does_not_become_a_user() {
    let mut world = PlanWorld::new(&json!({}));
    let removed = batch(1, vec![delta("ann", vec![removing(11, 1)])]);
    let plan = world.sync(&removed);
    assert_snapshot!(text(&plan), @"
    ann unchanged: new attendee
      known [11]; 1 unchanged
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: no user
      removed, rule 1 removes them from the event, records 11
    ");
    assert!(world.sync(&removed).is_empty());
}

#[test]
fn a_user_who_never_attended_stays_as_they_are_when_a_rule_removes_them() {
    let mut world = PlanWorld::new(&json!({}));
    world.grant("ann", "VIP", Grantor::Hand);
    let plan = world.sync(&batch(1, vec![delta("ann", vec![removing(11, 1)])]));
    assert_snapshot!(text(&plan), @"
    ann unchanged: new attendee
      known [11]; 1 unchanged
    ");
}

#[test]
fn who_comes_back_after_a_removal_is_added() {
    let mut world = attending();
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 2)])]));
    let plan = world.sync(&batch(
        3,
        vec![delta("ann", vec![live(13).groups(&["VIP"])])],
    ));
    assert_snapshot!(text(&plan), @"
    ann added: user over 2, joins vip, attendee over 2
      groups: - -> VIP
      digital_badge: https://badges.example.org/1.png -> -
      source_id: A-1 -> -
      known [13]; 1 added
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, VIP by event:devcon
      attending, records 13
    ");
}

#[test]
fn a_second_reason_to_be_out_is_stored_and_is_no_second_removal() {
    let mut world = attending();
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 2)])]));
    let plan = world.sync(&batch(3, vec![delta("ann", vec![removing(13, 1)])]));
    assert_snapshot!(text(&plan), @"
    ann unchanged: attendee over 2
      known [13]; 1 unchanged
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last
      removed, rule 1 removes them from the event, id A-1, https://badges.example.org/1.png, records 13
    ");
}

#[test]
fn who_is_missing_from_the_feed_is_taken_out_where_that_is_asked() {
    let mut world = attending();
    let plan = world.sync(&batch(2, vec![missing("ann")]));
    assert_snapshot!(text(&plan), @"
    ann removed: user over 1, leaves vip, attendee over 1
      groups: VIP -> -
      because missing from the source
      known []; 1 missing removed
    ");
    assert!(
        world
            .state_of("ann")
            .contains("removed, missing from the source")
    );
}

#[test]
fn a_missing_person_stays_removed_when_the_message_comes_twice() {
    let mut world = attending();
    let gone = batch(2, vec![missing("ann")]);
    world.sync(&gone);
    let plan = world.sync(&gone);
    assert!(plan.is_empty(), "{}", text(&plan));
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known []; counts nothing
    ");
}

#[test]
fn who_was_missing_and_is_named_again_is_added() {
    let mut world = attending();
    world.sync(&batch(2, vec![missing("ann")]));
    let plan = world.sync(&batch(
        3,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    assert_snapshot!(text(&plan), @"
    ann added: user over 2, joins vip, attendee over 2
      groups: - -> VIP
      digital_badge: https://badges.example.org/1.png -> -
      source_id: A-1 -> -
      known [11]; 1 added
    ");
}

#[test]
fn who_is_missing_stays_where_nobody_asked_to_take_them_out() {
    let mut world = attending();
    let before = world.state();
    let plan = world.sync(&batch(2, vec![delta("ann", vec![])]));
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known []; 1 unchanged
    ");
    assert_eq!(world.state(), before);
}

#[test]
fn a_missing_person_who_is_out_already_or_unknown_changes_nothing() {
    let mut world = attending();
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 2)])]));
    let plan = world.sync(&batch(3, vec![missing("ann"), missing("bo")]));
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known []; counts nothing
    bo unchanged: no write
      known []; counts nothing
    ");
}

#[test]
fn an_older_run_writes_nothing_over_a_newer_one() {
    let mut world = attending();
    world.sync(&batch(
        5,
        vec![delta("ann", vec![live(15).groups(&["Crew"])])],
    ));
    let before = world.state();
    for late in [
        delta("ann", vec![live(14).company("Example Works")]),
        delta("ann", vec![removing(14, 1)]),
        delta("ann", vec![erasing(14)]),
        missing("ann"),
    ] {
        let plan = world.sync(&batch(4, vec![late]));
        assert!(plan.is_empty());
        assert_eq!(plan.people[0].known, None);
        assert_eq!(world.state(), before);
    }
}

#[test]
fn an_older_run_writes_nothing_after_a_newer_one_found_them_as_they_were() {
    let mut world = attending();
    let same = world.attendee("ann").records.clone();
    world.sync(&batch(5, vec![delta("ann", same)]));
    let plan = world.sync(&batch(4, vec![delta("ann", vec![removing(14, 1)])]));
    assert!(plan.is_empty(), "{}", text(&plan));
}
