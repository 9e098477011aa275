//! Groups: who granted what, and whose spelling counts.

use insta::assert_snapshot;
use serde_json::json;

use super::build::{ContributionBuilder, batch, delta, event, live, removing};
use super::text::text;
use super::world::PlanWorld;
use crate::people::Grantor;

#[test]
fn a_group_the_source_no_longer_names_is_left() {
    let mut world = PlanWorld::new(&json!({}));
    let record = live(11).groups(&["VIP", "Crew"]);
    world.sync(&batch(1, vec![delta("ann", vec![record])]));
    let plan = world.sync(&batch(
        2,
        vec![delta("ann", vec![live(12).groups(&["Crew"])])],
    ));
    assert_snapshot!(text(&plan), @"
    ann updated: user over 1, leaves vip, attendee over 1
      groups: Crew; VIP -> Crew
      known [12]; 1 updated
    ");
}

#[test]
fn a_group_that_another_event_or_a_person_gave_is_never_taken_away() {
    let mut world = PlanWorld::new(&json!({}));
    world.grant("ann", "VIP", Grantor::Hand);
    world.grant("ann", "Crew", event("other"));
    let record = live(11).groups(&["VIP", "Crew", "Speakers"]);
    let plan = world.sync(&batch(1, vec![delta("ann", vec![record])]));
    assert_snapshot!(text(&plan), @"
    new group Speakers
    ann added: user over 1, joins speakers, new attendee
      first_name: - -> First
      last_name: - -> Last
      groups: Crew; VIP -> Crew; Speakers; VIP
      known [11]; 1 added
    ");
    let plan = world.sync(&batch(2, vec![delta("ann", vec![live(12)])]));
    assert_snapshot!(text(&plan), @"
    ann updated: user over 2, leaves speakers, attendee over 1
      groups: Crew; Speakers; VIP -> Crew; VIP
      known [12]; 1 updated
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, Crew by event:other, VIP by hand
      attending, records 12
    ");
}

#[test]
fn removal_takes_only_the_grants_of_this_event() {
    let mut world = PlanWorld::new(&json!({}));
    world.grant("ann", "VIP", Grantor::Hand);
    world.grant("ann", "Crew", event("other"));
    let record = live(11).groups(&["VIP", "Crew", "Speakers"]);
    world.sync(&batch(1, vec![delta("ann", vec![record])]));
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 1)])]));
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, Crew by event:other, VIP by hand
      removed, rule 1 removes them from the event, records 12
    ");
}

#[test]
fn a_grant_on_top_of_anothers_is_stored_though_people_see_no_change() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    world.grant("ann", "VIP", Grantor::Hand);
    let plan = world.sync(&batch(
        2,
        vec![delta("ann", vec![live(12).groups(&["VIP"])])],
    ));
    assert_snapshot!(text(&plan), @"
    ann unchanged: user over 1, attendee over 1
      known [12]; 1 unchanged
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, VIP by event:devcon+hand
      attending, records 12
    ");
}

#[test]
fn the_first_spelling_of_a_group_stays() {
    let mut world = PlanWorld::new(&json!({}));
    world.grant("bo", "Vip Lounge", Grantor::Hand);
    let record = live(11).groups(&["VIP  LOUNGE"]);
    let plan = world.sync(&batch(1, vec![delta("ann", vec![record])]));
    assert_snapshot!(text(&plan), @"
    ann added: new user, joins vip lounge, new attendee
      first_name: - -> First
      last_name: - -> Last
      groups: - -> Vip Lounge
      known [11]; 1 added
    ");
}

#[test]
fn a_new_group_of_several_people_is_made_once_a_batch() {
    let mut world = PlanWorld::new(&json!({}));
    let people = vec![
        delta("ann", vec![live(11).groups(&["Crew"])]),
        delta("bo", vec![live(21).groups(&["CREW", "vip"])]),
        delta("cy", vec![live(31).groups(&["VIP", "crew"])]),
    ];
    let plan = world.sync(&batch(1, people));
    assert_snapshot!(text(&plan), @"
    new group Crew
    new group vip
    ann added: new user, joins crew, new attendee
      first_name: - -> First
      last_name: - -> Last
      groups: - -> Crew
      known [11]; 1 added
    bo added: new user, joins crew, joins vip, new attendee
      first_name: - -> First
      last_name: - -> Last
      groups: - -> Crew; vip
      known [21]; 1 added
    cy added: new user, joins crew, joins vip, new attendee
      first_name: - -> First
      last_name: - -> Last
      groups: - -> Crew; vip
      known [31]; 1 added
    ");
}
