//! Users of the community who do not attend.

use super::build::{ContributionBuilder, batch, delta, live, missing, person, removing, user_only};
use super::world::PlanWorld;
use crate::guard::Loss;
use crate::people::{Presence, UserState};
use crate::plan::{Delta, Inviting};
use crate::run::Action;
use serde_json::json;

const NAME: &str = "ada";

fn world() -> PlanWorld {
    let mut world = PlanWorld::new(&json!({}));
    world.invite(Inviting::Arrivals);
    world
}

/// Syncs one delta; gives what was done with them.
fn sync(world: &mut PlanWorld, run: u32, delta: Delta) -> Option<Action> {
    let plan = world.sync(&batch(run, vec![delta]));
    let planned = &plan.people[0];
    assert!(!planned.invites || planned.change.as_ref().unwrap().action == Action::Added);
    planned.change.as_ref().map(|change| change.action)
}

/// Their groups, their part in the event, and whether they attend.
fn stored(world: &PlanWorld) -> (Vec<String>, Option<Presence>, Option<Presence>) {
    let UserState::User(user) = &world.actual.users[&person(NAME)].value else {
        panic!("erased")
    };
    let groups = user.groups.values().map(|group| group.name.to_string());
    let event = user.events.values().next().copied();
    let attendee = world.actual.attendees.get(&person(NAME));
    (
        groups.collect(),
        event,
        attendee.map(|attendee| attendee.value.presence),
    )
}

#[test]
fn a_user_is_fed_and_attends_nothing() {
    let mut world = world();
    let record = || user_only(1, 2).groups(&["VIP"]).company("Example");
    assert_eq!(
        sync(&mut world, 1, delta(NAME, vec![record()])),
        Some(Action::Updated)
    );
    let removed = Some(Presence::Removed);
    assert_eq!(stored(&world), (vec!["VIP".to_owned()], None, removed));
    assert_eq!(sync(&mut world, 2, delta(NAME, vec![record()])), None);
    let other = user_only(2, 2).groups(&["Crew"]);
    assert_eq!(
        sync(&mut world, 3, delta(NAME, vec![other])),
        Some(Action::Updated)
    );
    assert_eq!(stored(&world), (vec!["Crew".to_owned()], None, removed));
}

#[test]
fn an_attendee_who_becomes_a_user_only_leaves_the_event_and_keeps_groups() {
    let mut world = world();
    let attends = live(1).groups(&["VIP"]);
    assert_eq!(
        sync(&mut world, 1, delta(NAME, vec![attends])),
        Some(Action::Added)
    );
    let plan = world.plan(&batch(
        2,
        vec![delta(NAME, vec![user_only(2, 1).groups(&["VIP"])])],
    ));
    let change = plan.people[0].change.as_ref().unwrap();
    assert_eq!(Loss::of(change, &delta(NAME, vec![])), Some(Loss::Removal));
    assert_eq!(plan.people[0].counts.removed, 1);
    world.sync(&batch(
        2,
        vec![delta(NAME, vec![user_only(2, 1).groups(&["VIP"])])],
    ));
    let removed = Some(Presence::Removed);
    assert_eq!(stored(&world), (vec!["VIP".to_owned()], removed, removed));
    // And comes back.
    let back = sync(&mut world, 3, delta(NAME, vec![live(3)]));
    assert_eq!(back, Some(Action::Added));
    assert_eq!(stored(&world).2, Some(Presence::Attending));
}

#[test]
fn a_record_that_has_them_attend_wins_and_one_that_removes_them_loses() {
    for (records, presence, groups) in [
        (
            vec![user_only(1, 1).groups(&["VIP"]), live(2).groups(&["Crew"])],
            Presence::Attending,
            vec!["Crew", "VIP"],
        ),
        (
            vec![removing(1, 2), user_only(2, 1).groups(&["VIP"])],
            Presence::Removed,
            vec!["VIP"],
        ),
    ] {
        let mut world = world();
        sync(&mut world, 1, delta(NAME, records));
        let (found, _, attends) = stored(&world);
        assert_eq!(
            (found, attends),
            (
                groups.iter().map(ToString::to_string).collect(),
                Some(presence)
            )
        );
    }
}

#[test]
fn whoever_is_missing_from_the_source_loses_what_it_gave() {
    let mut world = world();
    sync(
        &mut world,
        1,
        delta(NAME, vec![user_only(1, 1).groups(&["VIP"])]),
    );
    sync(&mut world, 2, missing(NAME));
    assert_eq!(stored(&world).0, Vec::<String>::new());
    sync(
        &mut world,
        3,
        delta(NAME, vec![user_only(1, 1).groups(&["VIP"])]),
    );
    assert_eq!(stored(&world).0, ["VIP"]);
}
