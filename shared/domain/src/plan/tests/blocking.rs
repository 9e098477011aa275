//! People who are taken out of the event by hand, and let in again.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::build::{ContributionBuilder, NAMES, batch, delta, erasing, live, missing, removing};
use super::feeds::{case, join};
use super::text::text;
use super::world::PlanWorld;
use crate::invitation::{Invitation, InvitationState};
use crate::people::{Grantor, Presence};
use crate::plan::{BlockChange, Inviting};

fn attending() -> PlanWorld {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(
        1,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    world
}

#[test]
fn a_person_takes_them_out_and_no_record_brings_them_back() {
    let mut world = attending();
    world.grant("ann", "Friends", Grantor::Hand);
    let plan = world.bar("ann", BlockChange::Put).unwrap();
    assert_snapshot!(text(&plan), @"
    ann unchanged: user over 1, leaves vip, attendee over 1
      known as before; counts nothing
    ");
    let out = world.state_of("ann");
    assert_snapshot!(out, @"
    ann: user first_name=First, last_name=Last, Friends by hand
      removed, removed by hand, records 11
    ");
    let plan = world.sync(&batch(
        2,
        vec![delta("ann", vec![live(12).groups(&["VIP"])])],
    ));
    assert_snapshot!(text(&plan), @"
    ann unchanged: attendee over 2
      known [12]; 1 unchanged
    ");
    assert_eq!(world.attendee("ann").presence, Presence::Removed);
    world.sync(&batch(3, vec![delta("ann", vec![removing(13, 1)])]));
    assert_eq!(
        world.attendee("ann").reason.as_deref(),
        Some("removed by hand")
    );
}

#[test]
fn what_was_last_said_of_them_counts_once_they_are_let_in_again() {
    let mut world = attending();
    world.bar("ann", BlockChange::Put).unwrap();
    world.sync(&batch(
        2,
        vec![delta("ann", vec![live(12).groups(&["Press"])])],
    ));
    let plan = world.bar("ann", BlockChange::Lifted).unwrap();
    assert_snapshot!(text(&plan), @"
    ann unchanged: user over 2, joins press, attendee over 3
      known as before; counts nothing
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, Press by event:devcon
      attending, records 12
    ");
}

/// A run reads attendees first, then users; they are let in between, and their record is read once more.
#[test]
fn who_is_let_in_between_two_reads_of_a_run_is_written_only_with_the_attendee_it_read() {
    let mut world = attending();
    world.bar("ann", BlockChange::Put).unwrap();
    let again = batch(2, vec![delta("ann", vec![live(12)])]);
    world.sync(&again);
    let read = world.actual.attendees.clone();
    world.bar("ann", BlockChange::Lifted).unwrap();
    world.actual.attendees = read;
    assert_snapshot!(text(&world.plan(&again)), @"
    ann unchanged: user over 3, attendee over 3
      known [12]; 1 unchanged
    ");
}

#[test]
fn the_flag_erases_them_all_the_same() {
    let mut world = attending();
    world.bar("ann", BlockChange::Put).unwrap();
    world.sync(&batch(2, vec![delta("ann", vec![erasing(12)])]));
    assert_eq!(world.state_of("ann"), "ann: erased");
}

#[test]
fn who_is_not_named_any_more_stays_out_when_the_bar_is_lifted() {
    let mut world = attending();
    world.bar("ann", BlockChange::Put).unwrap();
    world.sync(&batch(2, vec![missing("ann")]));
    world.bar("ann", BlockChange::Lifted).unwrap();
    assert_eq!(world.attendee("ann").presence, Presence::Removed);
    assert_eq!(
        world.attendee("ann").reason.as_deref(),
        Some("missing from the source")
    );
}

#[test]
fn a_removal_by_hand_that_an_older_version_stored_is_lifted_as_well() {
    let mut world = attending();
    world.bar("ann", BlockChange::Put).unwrap();
    world.sync(&batch(2, vec![missing("ann")]));
    for stored in world.actual.attendees.values_mut() {
        stored.value.reason = Some("taken out by hand".to_owned());
    }
    world.bar("ann", BlockChange::Lifted).unwrap();
    assert_eq!(
        world.attendee("ann").reason.as_deref(),
        Some("missing from the source")
    );
}

#[test]
fn who_no_attendee_is_cannot_be_barred() {
    let mut world = attending();
    assert_eq!(world.bar("bob", BlockChange::Put), None);
    assert_eq!(world.bar("ann", BlockChange::Lifted), None);
}

#[test]
fn an_invitation_that_did_not_go_out_is_taken_back_and_nobody_is_invited_by_letting_in() {
    let mut world = PlanWorld::new(&json!({}));
    world.invite(Inviting::Arrivals);
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    let state = |world: &PlanWorld| {
        let invitation = world.attendee("ann").invitation.as_ref();
        invitation.map(Invitation::state)
    };
    assert_eq!(state(&world), Some(InvitationState::Queued));
    world.bar("ann", BlockChange::Put).unwrap();
    assert_eq!(state(&world), None);
    world.bar("ann", BlockChange::Lifted).unwrap();
    assert_eq!(state(&world), None);
}

/// Everybody's state, but for invitations, which a bar takes back, and for why and with which
/// records those are kept who are out.
fn seen(world: &PlanWorld) -> Vec<String> {
    let state = world.state();
    let cut = |line: &str| {
        let line = line.split(", records").next().unwrap_or_default();
        let line = line.split(", invitation").next().unwrap_or_default();
        if line.starts_with("  removed, ") {
            return "  removed".to_owned();
        }
        line.to_owned()
    };
    state.lines().map(cut).collect()
}

proptest! {
    /// Whatever a feed says meanwhile: blocked they do not attend, and afterwards all is as if they
    /// never had been.
    #[test]
    fn a_bar_that_is_lifted_leaves_no_trace(case in case(), at in 0..NAMES.len()) {
        let name = NAMES[at];
        let mut free = case.world();
        let mut blocked = free.clone();
        let known = blocked.bar(name, BlockChange::Put).is_some();
        free.sync(&join(2, case.read(&free, &case.second)));
        blocked.sync(&join(2, case.read(&blocked, &case.second)));
        let stored = blocked.actual.attendees.get(&super::build::person(name));
        if known && let Some(stored) = stored {
            prop_assert_eq!(stored.value.presence, Presence::Removed);
            blocked.bar(name, BlockChange::Lifted);
        }
        prop_assert_eq!(seen(&blocked), seen(&free));
    }
}
