//! Who is invited by a sync, and that nobody is a second time.

use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::json;

use super::build::{batch, delta, erasing, live, missing, removing};
use super::text::text;
use super::world::PlanWorld;
use crate::invitation::{Handed, Invitation};
use crate::plan::Inviting;

fn inviting() -> PlanWorld {
    let mut world = PlanWorld::new(&json!({}));
    world.invite(Inviting::Arrivals);
    world
}

fn sent(invitation: &Invitation) -> Invitation {
    let now = Timestamp::UNIX_EPOCH;
    let claimed = invitation.claimed(now).unwrap();
    claimed.handed(&Handed::Over("m".to_owned()), now)
}

#[test]
fn who_arrives_is_invited_once() {
    let mut world = inviting();
    let first = batch(1, vec![delta("ann", vec![live(11)])]);
    assert_snapshot!(text(&world.sync(&first)), @"
    ann added: new user, new attendee
      first_name: - -> First
      last_name: - -> Last
      known [11]; 1 added, 1 invited
    ");
    assert!(world.sync(&first).is_empty(), "delivered twice");
    let changed = batch(2, vec![delta("ann", vec![live(12)])]);
    assert_snapshot!(text(&world.sync(&changed)), @"
    ann unchanged: attendee over 1
      known [12]; 1 unchanged
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last
      attending, invitation queued, records 12
    ");
}

#[test]
fn who_came_before_is_not_invited_when_it_is_switched_on() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    world.invite(Inviting::Arrivals);
    let plan = world.sync(&batch(
        2,
        vec![delta("ann", vec![live(12)]), delta("bo", vec![live(21)])],
    ));
    assert_eq!(plan.people[0].counts.invitations_queued, 0);
    assert_eq!(plan.people[1].counts.invitations_queued, 1);
    assert_eq!(world.attendee("ann").invitation, None);
}

#[test]
fn who_is_taken_out_before_their_mail_went_gets_none_and_one_when_they_come_back() {
    let mut world = inviting();
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 1)])]));
    assert_eq!(world.attendee("ann").invitation, None);
    let back = world.sync(&batch(3, vec![delta("ann", vec![live(13)])]));
    assert!(back.people[0].invites);
    let run = |world: &PlanWorld| world.attendee("ann").invitation.as_ref().unwrap().run();
    assert_eq!(run(&world).unwrap().0, 3);
}

#[test]
fn who_was_invited_and_comes_back_is_not_invited_again() {
    for gone in [
        batch(2, vec![delta("ann", vec![removing(12, 1)])]),
        batch(2, vec![missing("ann")]),
    ] {
        let mut world = inviting();
        world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
        world.invitation("ann", sent);
        world.sync(&gone);
        let back = world.sync(&batch(3, vec![delta("ann", vec![live(13)])]));
        assert!(!back.people[0].invites);
        assert_eq!(back.people[0].counts.invitations_queued, 0);
        assert_eq!(
            world.attendee("ann").invitation.as_ref().unwrap().number(),
            1
        );
    }
}

#[test]
fn what_is_asked_for_again_and_did_not_go_is_not_forgotten_when_they_are_taken_out() {
    let mut world = inviting();
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    world.invitation("ann", |known| {
        sent(known).again(Timestamp::UNIX_EPOCH).unwrap()
    });
    world.sync(&batch(2, vec![delta("ann", vec![removing(12, 1)])]));
    let back = world.sync(&batch(3, vec![delta("ann", vec![live(13)])]));
    assert!(!back.people[0].invites);
    assert_eq!(
        world.attendee("ann").invitation.as_ref().unwrap().number(),
        2
    );
}

#[test]
fn an_erased_person_has_no_invitation() {
    let mut world = inviting();
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    world.sync(&batch(2, vec![delta("ann", vec![erasing(12)])]));
    assert_snapshot!(world.state_of("ann"), @"ann: erased");
}

#[test]
fn someone_who_never_attended_is_not_invited() {
    let mut world = inviting();
    let plan = world.sync(&batch(1, vec![delta("ann", vec![removing(11, 1)])]));
    assert!(!plan.people[0].invites);
}
