//! Invitations under faults: nobody is mailed twice, nobody is forgotten, and every doubt is seen.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use attendee_sync_adapters::mail::feedback::ses_feedback;
use attendee_sync_app::{InvitationRequest, Lasting};
use attendee_sync_domain::ids::{EventId, PersonKey};
use attendee_sync_domain::invitation::{Feedback, InvitationState, UnsubscribeToken};
use attendee_sync_testkit::postbox::PostboxReply;
use attendee_sync_testkit::world::{World, person, with};
use serde_json::{Value, json};

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn inviting() -> Value {
    json!({"invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome",
        "body_markdown": "Dear {{ first_name }}"
    }}})
}

async fn world() -> World {
    let world = World::new();
    world.configure("devcon", inviting()).await;
    world
}

/// What a process does from its start on: it looks for what an ended one left, syncs, and sends.
async fn run(world: &World) -> Result<(), attendee_sync_app::Error> {
    world.app.mark_abandoned_unknown().await?;
    for started in world.app.recover().await? {
        world.app.finish(started).await?;
    }
    world.try_sync("devcon").await?;
    world.app.dispatch_invitations(&event()).await?;
    Ok(())
}

async fn states(world: &World) -> BTreeMap<String, Option<InvitationState>> {
    let people = world.people("devcon").await;
    let state = |view: &attendee_sync_app::AttendeeView| view.invitation.as_ref().map(|i| i.state);
    people
        .iter()
        .map(|view| (view.email.to_string(), state(view)))
        .collect()
}

/// C6: accepted once for each whose outcome is not in doubt, and for each in doubt at most once.
async fn assert_nobody_twice_and_nobody_forgotten(world: &World, what: &str) -> usize {
    let recipients = world.postbox.recipients();
    let mut doubts = 0;
    for (address, state) in states(world).await {
        let mails = recipients.iter().filter(|to| **to == address).count();
        match state {
            Some(InvitationState::Sent) => assert_eq!(mails, 1, "{address} {what}"),
            Some(InvitationState::InDoubt) => {
                doubts += 1;
                assert!(mails <= 1, "{address} {what}");
            }
            other => panic!("{address} {other:?} {what}"),
        }
    }
    doubts
}

fn three() -> Vec<Value> {
    vec![person("ada"), person("bo"), person("cy")]
}

#[tokio::test]
async fn a_process_that_ends_at_any_write_mails_nobody_twice_and_forgets_nobody() {
    let whole = world().await;
    whole.feed(three());
    let before = whole.line.writes();
    run(&whole).await.unwrap();
    let writes = whole.line.writes() - before;
    assert!(writes > 10, "{writes}");
    let mut doubts = 0;
    for cut in 0..writes {
        let first = world().await;
        first.feed(three());
        first.line.cut_after(cut);
        let ended = run(&first).await;
        assert!(ended.is_err() || first.line.is_cut(), "at write {cut}");
        first.line.mend();
        let next = first.restarted();
        run(&next).await.unwrap();
        run(&next).await.unwrap();
        doubts += assert_nobody_twice_and_nobody_forgotten(&next, &format!("at write {cut}")).await;
        assert!(
            next.app.events_to_dispatch().await.unwrap().is_empty(),
            "at write {cut}"
        );
    }
    // Each of the three was once claimed, sent, and not written down.
    assert_eq!(doubts, 3);
}

#[tokio::test]
async fn a_write_that_fails_alone_mails_nobody_twice_and_forgets_nobody() {
    let whole = world().await;
    whole.feed(three());
    let before = whole.line.writes();
    run(&whole).await.unwrap();
    let writes = whole.line.writes() - before;
    for fails in 0..writes {
        let world = world().await;
        world.feed(three());
        world.line.fail_one_after(fails);
        let _failed = run(&world).await;
        // The same process goes on; what it left claimed is in doubt after a while.
        for _ in 0..2 {
            world.wait_hours(1);
            world.app.dispatch_invitations(&event()).await.unwrap();
            let _busy = world.try_sync("devcon").await;
        }
        world.app.dispatch_invitations(&event()).await.unwrap();
        assert_nobody_twice_and_nobody_forgotten(&world, &format!("at write {fails}")).await;
    }
}

#[tokio::test]
async fn asked_for_invitations_survive_a_process_that_ends_at_any_write() {
    async fn came_before() -> World {
        let world = World::new();
        world.configure("devcon", json!({})).await;
        world.feed(three());
        world.sync("devcon").await;
        world.configure("devcon", inviting()).await;
        world
    }
    async fn ask(world: &World) -> Result<(), attendee_sync_app::Error> {
        let whom = InvitationRequest::NotInvited { at_most: None };
        world.app.invite(&event(), &whom).await?;
        world.app.dispatch_invitations(&event()).await?;
        Ok(())
    }
    let whole = came_before().await;
    let before = whole.line.writes();
    ask(&whole).await.unwrap();
    let writes = whole.line.writes() - before;
    for cut in 0..writes {
        let first = came_before().await;
        first.line.cut_after(cut);
        let _ended = ask(&first).await;
        first.line.mend();
        let next = first.restarted();
        next.app.mark_abandoned_unknown().await.unwrap();
        next.app.dispatch_invitations(&event()).await.unwrap();
        // Who was not queued yet is asked for again.
        ask(&next).await.unwrap();
        assert_nobody_twice_and_nobody_forgotten(&next, &format!("at write {cut}")).await;
        assert!(next.app.events_to_dispatch().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_approval_or_a_discarding_that_is_cut_off_can_be_done_again() {
    for approve in [true, false] {
        for cut in 0..4 {
            let mut document = inviting();
            document["invitations"]["limit_per_run"] = json!(2);
            let world = World::new();
            world.configure("devcon", document).await;
            world.feed(three());
            let held = world.try_sync("devcon").await.unwrap();
            let decide = async |world: &World| {
                if approve {
                    world.app.approve(&held.id).await
                } else {
                    world.app.discard(&held.id).await
                }
            };
            world.line.cut_after(cut);
            let _cut = decide(&world).await;
            world.line.mend();
            let next = world.restarted();
            let _done_before = decide(&next).await;
            next.app.dispatch_invitations(&event()).await.unwrap();
            let expected = if approve { 3 } else { 0 };
            assert_eq!(next.postbox.taken().len(), expected, "{approve} at {cut}");
            let decided = next.app.run(&held.id).await.unwrap();
            assert!(
                decided.hold.unwrap().decision.is_some(),
                "{approve} at {cut}"
            );
            assert!(next.app.events_to_dispatch().await.unwrap().is_empty());
        }
    }
}

fn about(world: &World, name: &str) -> attendee_sync_app::ports::InvitationRef {
    let mails = world.postbox.taken();
    let to = format!("{name}@example.org");
    let mail = mails.iter().rfind(|mail| mail.to.address.as_str() == to);
    mail.unwrap().about.clone().unwrap()
}

#[tokio::test]
async fn a_bounce_sets_the_state_and_no_event_of_the_community_mails_there_again() {
    let world = world().await;
    world.feed(vec![person("ada"), person("bo")]);
    run(&world).await.unwrap();
    let (ada, bo) = (about(&world, "ada"), about(&world, "bo"));
    let bounced = Feedback::Bounced("550 no such user".to_owned());
    for _delivered_twice in 0..2 {
        let lasting = Lasting::Permanent;
        world.app.feedback(&ada, &bounced, lasting).await.unwrap();
        let lasting = Lasting::Transient;
        world.app.feedback(&bo, &bounced, lasting).await.unwrap();
    }
    let states = states(&world).await;
    assert_eq!(states["ada@example.org"], Some(InvitationState::Bounced));
    assert_eq!(states["bo@example.org"], Some(InvitationState::Bounced));
    let acme = "acme".parse().unwrap();
    let (list, _) = world.app.suppressions(&acme, None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].email.as_ref().unwrap().as_str(), "ada@example.org");

    world.configure("other", inviting()).await;
    world.sync("other").await;
    let posted = world
        .app
        .dispatch_invitations(&"other".parse().unwrap())
        .await
        .unwrap();
    assert_eq!((posted.sent, posted.failed), (1, 1));
    let other = world.people("other").await;
    let reason = other[0].invitation.as_ref().unwrap().reason.clone();
    assert_eq!(reason.as_deref(), Some("mail to this address bounced"));

    // The organiser mends the address in the source: that is another mailbox, and it is invited.
    let mended = with(person("ada"), json!({"email": "ada.lovelace@example.org"}));
    world.feed(vec![mended, person("bo")]);
    run(&world).await.unwrap();
    let recipients = world.postbox.recipients();
    assert!(recipients.contains(&"ada.lovelace@example.org".to_owned()));
}

#[tokio::test]
async fn who_bounced_is_invited_by_hand_once_their_mailbox_works_again() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    run(&world).await.unwrap();
    let ada = about(&world, "ada");
    let bounced = Feedback::Bounced("no such mailbox".to_owned());
    world
        .app
        .feedback(&ada, &bounced, Lasting::Permanent)
        .await
        .unwrap();
    let address = "ada@example.org".parse().unwrap();
    world
        .app
        .lift_suppression(&"acme".parse().unwrap(), &address)
        .await
        .unwrap();
    let again = InvitationRequest::Again(vec![address]);
    assert_eq!(world.app.invite(&event(), &again).await.unwrap().queued, 1);
}

#[tokio::test]
async fn feedback_in_any_order_ends_the_same() {
    let complained = Feedback::Complained;
    let delivered = Feedback::Delivered;
    for order in [[&complained, &delivered], [&delivered, &complained]] {
        let world = world().await;
        world.feed(vec![person("ada")]);
        run(&world).await.unwrap();
        let ada = about(&world, "ada");
        for feedback in order {
            let lasting = Lasting::Permanent;
            world.app.feedback(&ada, feedback, lasting).await.unwrap();
        }
        let states = states(&world).await;
        assert_eq!(states["ada@example.org"], Some(InvitationState::Complained));
    }
}

#[tokio::test]
async fn feedback_resolves_a_doubt_and_of_strangers_it_says_nothing() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    world.postbox.answer([PostboxReply::TakenInDoubt]);
    run(&world).await.unwrap();
    let mut ada = about(&world, "ada");
    let delivered = Feedback::Delivered;
    let lasting = Lasting::Transient;
    world.app.feedback(&ada, &delivered, lasting).await.unwrap();
    assert_eq!(
        states(&world).await["ada@example.org"],
        Some(InvitationState::Delivered)
    );
    ada.event = "gone".parse().unwrap();
    world.app.feedback(&ada, &delivered, lasting).await.unwrap();
}

#[tokio::test]
async fn who_unsubscribes_gets_no_mail_of_the_community_also_after_they_were_erased() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    run(&world).await.unwrap();
    let link = world.postbox.taken()[0].unsubscribe.clone().unwrap();
    let token: UnsubscribeToken = link.rsplit('/').next().unwrap().parse().unwrap();
    let wrong_key = PersonKey([0; 32]);
    let forged = UnsubscribeToken::new(&wrong_key, token.community.clone(), token.person);
    assert_eq!(world.app.unsubscribe(&forged).await.unwrap(), None);
    for _second_click in 0..2 {
        assert_eq!(world.app.unsubscribe(&token).await.unwrap(), Some(()));
    }
    world.feed(vec![with(person("ada"), json!({"erased": true}))]);
    world.sync("devcon").await;
    // They register again.
    world.feed(vec![with(person("ada"), json!({"id": "R-2"}))]);
    assert_eq!(world.sync("devcon").await.counts.added, 1);
    let posted = world.app.dispatch_invitations(&event()).await.unwrap();
    assert_eq!((posted.sent, posted.failed), (0, 1));
    assert_eq!(world.postbox.taken().len(), 1);
}

#[tokio::test]
async fn a_notification_of_ses_finds_its_invitation() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    run(&world).await.unwrap();
    let about = about(&world, "ada");
    let tags = json!({
        "event": [about.event.as_str()], "person": [about.person.to_string()],
        "number": [about.number.to_string()]
    });
    let bounce = json!({
        "eventType": "Bounce", "mail": {"messageId": "m", "tags": tags},
        "bounce": {"bounceType": "Permanent", "timestamp": "2026-11-01T08:10:00.000Z",
            "bouncedRecipients": [{
                "emailAddress": "ada@example.org",
                "diagnosticCode": "smtp; 550 5.1.1 <ada@example.org> unknown"
            }]}
    });
    let envelope = json!({"Type": "Notification", "Message": bounce.to_string()});
    for told in ses_feedback(envelope.to_string().as_bytes()).unwrap() {
        let lasting = if told.permanent {
            Lasting::Permanent
        } else {
            Lasting::Transient
        };
        let taken = world.app.feedback(&told.about, &told.what, lasting);
        taken.await.unwrap();
    }
    let known = world.people("devcon").await.remove(0).invitation.unwrap();
    assert_eq!(known.state, InvitationState::Bounced);
    let reason = known.reason.unwrap();
    assert!(
        reason.contains("5.1.1") && !reason.contains("ada"),
        "{reason}"
    );
    let acme = "acme".parse().unwrap();
    let (list, _) = world.app.suppressions(&acme, None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
}
