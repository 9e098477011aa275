//! What may become of an invitation.

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn states(invitation: &Invitation) -> Vec<&'static str> {
    let steps = invitation.steps.iter();
    steps.map(|step| step.state.name()).collect()
}

fn sending() -> Invitation {
    Invitation::queued(Some(RunNumber(3)), at(1))
        .claimed(at(2))
        .unwrap()
}

fn sent() -> Invitation {
    sending().handed(&Handed::Over("m1".to_owned()), at(3))
}

#[test]
fn it_is_claimed_once() {
    let queued = Invitation::queued(None, at(1));
    let sending = queued.claimed(at(2)).unwrap();
    assert_eq!(sending.claimed(at(3)), None);
    assert_eq!(sent().claimed(at(4)), None);
    assert_eq!(sent().abandoned(at(4)), None);
    assert_eq!(queued.abandoned(at(4)), None);
    assert_eq!(sending.given_up("too late", at(4)), None);
    assert_eq!(sent().given_up("too late", at(4)), None);
}

#[test]
fn what_was_handed_back_is_queued_as_long_as_it_was() {
    let mut invitation = Invitation::queued(None, at(1));
    for second in 2..100 {
        let claimed = invitation.claimed(at(second)).unwrap();
        invitation = claimed.handed(&Handed::Back("try later".to_owned()), at(second));
    }
    assert_eq!(states(&invitation), ["queued"]);
    assert_eq!(invitation.since(), at(1));
    assert_eq!(invitation.reason(), Some("try later"));
}

#[test]
fn what_is_put_off_again_and_again_fails_in_the_end() {
    let full = Handed::PutOff("mailbox full".to_owned());
    let mut invitation = Invitation::queued(None, at(1));
    let mut tries = 0;
    while let Some(claimed) = invitation.claimed(at(2)) {
        tries += 1;
        invitation = claimed.handed(&full, at(i64::from(tries) * 3_600));
    }
    assert_eq!(tries, MAX_PUT_OFF);
    assert_eq!(invitation.state(), InvitationState::Failed);
    assert_eq!(
        invitation.reason(),
        Some("deferred 40 times, most recently: mailbox full")
    );
}

#[test]
fn what_is_sent_again_is_put_off_from_the_beginning() {
    let full = Handed::PutOff("mailbox full".to_owned());
    let mut first = Invitation::queued(None, at(1));
    while let Some(claimed) = first.claimed(at(100_000)) {
        first = claimed.handed(&full, at(100_000));
    }
    let next = first.again(at(200_000)).unwrap();
    let claimed = next.claimed(at(300_000)).unwrap();
    assert_eq!(
        claimed.handed(&full, at(300_000)).state(),
        InvitationState::Queued
    );
}

#[test]
fn what_is_tried_often_is_tried_for_a_day() {
    let full = Handed::PutOff("mailbox full".to_owned());
    let mut invitation = Invitation::queued(None, at(0));
    for second in 1..1_000 {
        let claimed = invitation.claimed(at(second)).unwrap();
        invitation = claimed.handed(&full, at(second));
    }
    assert_eq!(states(&invitation), ["queued"]);
    let claimed = invitation.claimed(at(24 * 3_600 - 1)).unwrap();
    let still = claimed.handed(&full, at(24 * 3_600 - 1));
    assert_eq!(still.state(), InvitationState::Queued);
    let failed = claimed.handed(&full, at(24 * 3_600));
    assert_eq!(failed.state(), InvitationState::Failed);
}

#[test]
fn feedback_that_comes_before_our_own_record_stands() {
    let bounced = sending()
        .told(1, &Feedback::Bounced("no such user".to_owned()), at(3))
        .unwrap();
    let recorded = bounced.handed(&Handed::Over("m1".to_owned()), at(4));
    assert_eq!(recorded.state(), InvitationState::Bounced);
    assert_eq!(recorded.message_id(), Some("m1"));
}

#[test]
fn later_feedback_never_takes_back_what_says_more() {
    let delivered = sent().told(1, &Feedback::Delivered, at(4)).unwrap();
    assert_eq!(delivered.told(1, &Feedback::Delivered, at(5)), None);
    let complained = delivered.told(1, &Feedback::Complained, at(5)).unwrap();
    assert_eq!(complained.told(1, &Feedback::Delivered, at(6)), None);
    assert_eq!(
        complained.told(1, &Feedback::Bounced(String::new()), at(6)),
        None
    );
    let bounced = sent()
        .told(1, &Feedback::Bounced("full".to_owned()), at(4))
        .unwrap();
    assert_eq!(bounced.told(1, &Feedback::Delivered, at(6)), None);
    assert_eq!(
        states(&bounced.told(1, &Feedback::Complained, at(6)).unwrap()),
        ["queued", "sending", "sent", "bounced", "complained"]
    );
}

#[test]
fn who_sends_for_too_long_has_ended_and_one_who_has_not_still_writes_it_down() {
    let sending = sending();
    assert!(!sending.is_abandoned(at(2 + 20 * 60)));
    assert!(sending.is_abandoned(at(3 + 20 * 60)));
    assert!(!sent().is_abandoned(at(10_000)));
    let doubt = sending.abandoned(at(2_000)).unwrap();
    let late = doubt.handed(&Handed::Over("m1".to_owned()), at(2_001));
    assert_eq!(late.state(), InvitationState::Sent);
    let refused = doubt.handed(&Handed::Refused("no".to_owned()), at(2_001));
    assert_eq!(refused.state(), InvitationState::InDoubt);
}

#[test]
fn a_doubt_is_resolved_by_the_mail_service() {
    let doubt = sending().abandoned(at(3)).unwrap();
    assert_eq!(doubt.state(), InvitationState::InDoubt);
    let known = doubt.told(1, &Feedback::Delivered, at(4)).unwrap();
    assert_eq!(known.state(), InvitationState::Delivered);
}

#[test]
fn feedback_on_an_earlier_mail_says_nothing_of_the_next() {
    let again = sent().again(at(4)).unwrap();
    assert_eq!(again.number(), 2);
    assert_eq!(again.run(), None);
    assert_eq!(again.again(at(5)), None);
    let sending = again.claimed(at(5)).unwrap();
    assert_eq!(sending.told(1, &Feedback::Complained, at(6)), None);
    assert!(sending.told(2, &Feedback::Complained, at(6)).is_some());
}

#[test]
fn steps_are_bounded_and_the_first_stays() {
    let mut invitation = sent();
    for second in 10..100 {
        let next = invitation.again(at(second)).unwrap();
        let claimed = next.claimed(at(second)).unwrap();
        invitation = claimed.handed(&Handed::Refused("x\r\ny".to_owned()), at(second));
    }
    assert_eq!(invitation.steps().len(), MAX_STEPS);
    assert_eq!(invitation.steps()[0].at, at(1));
    assert_eq!(invitation.reason(), Some("x  y"));
}

#[test]
fn feedback_on_a_mail_that_did_not_go_changes_nothing() {
    let queued = Invitation::queued(None, at(1));
    let failed = sending().handed(&Handed::Refused("no".to_owned()), at(3));
    let bounced = Feedback::Bounced("no".to_owned());
    for feedback in [Feedback::Delivered, bounced, Feedback::Complained] {
        assert_eq!(queued.told(1, &feedback, at(4)), None);
        assert_eq!(failed.told(1, &feedback, at(4)), None);
    }
}

#[test]
fn it_survives_being_stored() {
    let invitation = sent();
    let json = serde_json::to_string(&invitation).unwrap();
    assert_eq!(
        serde_json::from_str::<Invitation>(&json).unwrap(),
        invitation
    );
    assert!(serde_json::from_str::<Invitation>(r#"{"number":1,"steps":[]}"#).is_err());
}
