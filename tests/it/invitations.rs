//! Invitations: who gets one, who waits for approval, and what becomes of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::ports::MailError;
use attendee_sync_app::{
    DispatchResult, Error, InvitationRequest, InvitationsRequested, PauseScope, SyncScope,
};
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::{HoldDecision, Run, RunState};
use attendee_sync_testkit::postbox::PostboxReply;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};
use tokio::sync::Notify;

fn event() -> EventId {
    "devcon".parse().unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "it is called with literals")]
fn inviting(change: Value) -> Value {
    let mut invitations = json!({
        "enabled": true,
        "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
            "body_markdown": "Dear {{ first_name }} {{ last_name }} of {{ company }}"
        }
    });
    for (key, value) in change.as_object().unwrap() {
        invitations[key] = value.clone();
    }
    json!({ "invitations": invitations })
}

/// An event that invites, of whose attendees nobody came in before it did.
async fn world(change: Value) -> World {
    let world = World::new();
    world.configure("devcon", inviting(change)).await;
    world
}

async fn post(world: &World) -> DispatchResult {
    world.app.dispatch_invitations(&event()).await.unwrap()
}

/// Attendees' invitations, in a line each: name, state, reason.
async fn invitations(world: &World) -> Vec<String> {
    let people = world.people("devcon").await;
    let line = |view: &attendee_sync_app::AttendeeView| {
        let name = view.email.as_str().split('@').next().unwrap().to_owned();
        match &view.invitation {
            None => format!("{name} none"),
            Some(known) => match &known.reason {
                None => format!("{name} {}", known.state.name()),
                Some(reason) => format!("{name} {}: {reason}", known.state.name()),
            },
        }
    };
    people.iter().map(line).collect()
}

async fn try_sync(world: &World) -> Run {
    let run = world.try_sync("devcon").await.unwrap();
    assert!(run.counts.add_up(), "{:?}", run.counts);
    run
}

async fn invite(world: &World, whom: InvitationRequest) -> Result<InvitationsRequested, Error> {
    world.app.invite(&event(), &whom).await
}

fn names(addresses: &[&str]) -> Vec<String> {
    addresses
        .iter()
        .map(|name| format!("{name}@example.org"))
        .collect()
}

fn cancelled(name: &str) -> Value {
    with(person(name), json!({"cancelled": true}))
}

#[tokio::test]
async fn new_attendees_are_invited_once() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada"), person("bo")]);
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.invitations_queued, 2);
    assert_eq!(world.postbox.asked(), 0, "a sync sends nothing itself");
    let posted = post(&world).await;
    assert_eq!((posted.sent, posted.failed, posted.in_doubt), (2, 0, 0));
    assert_eq!(world.postbox.recipients(), names(&["ada", "bo"]));
    let mail = &world.postbox.taken()[0];
    assert_eq!(
        mail.letter.from.to_string(),
        "DevCon <noreply@devcon.example>"
    );
    assert!(mail.letter.subject.starts_with("Welcome, "));
    assert!(mail.letter.text.contains("Example of Initech"));
    let unsubscribe = mail.unsubscribe.as_deref().unwrap();
    assert!(unsubscribe.starts_with("https://console.example.org/unsubscribe/acme."));
    assert!(mail.letter.text.contains(unsubscribe));

    world.feed(vec![
        with(person("ada"), json!({"company": "Globex"})),
        person("bo"),
        person("cy"),
    ]);
    assert_eq!(world.sync("devcon").await.counts.invitations_queued, 1);
    post(&world).await;
    post(&world).await;
    assert_eq!(world.postbox.recipients(), names(&["ada", "bo", "cy"]));
    assert_eq!(
        invitations(&world).await,
        ["ada sent", "bo sent", "cy sent"]
    );
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_came_in_before_it_was_switched_on_is_invited_when_someone_asks() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(crowd(3));
    world.sync("devcon").await;
    let off = invite(&world, InvitationRequest::NotInvited { at_most: None }).await;
    assert!(matches!(off, Err(Error::InvitationsOff(_))), "{off:?}");
    world.configure("devcon", inviting(json!({}))).await;
    let mut feed = crowd(3);
    feed[0] = with(feed[0].clone(), json!({"company": "Globex"}));
    feed.push(person("new"));
    world.feed(feed);
    assert_eq!(world.sync("devcon").await.counts.invitations_queued, 1);
    post(&world).await;
    assert_eq!(world.postbox.recipients(), names(&["new"]));

    let states = world.app.invitations(&event()).await.unwrap().states;
    assert_eq!((states["none"], states["sent"]), (3, 1));
    let fewer = invite(&world, InvitationRequest::NotInvited { at_most: Some(2) }).await;
    assert!(matches!(fewer, Err(Error::MoreToInvite(3))), "{fewer:?}");
    let asked = invite(&world, InvitationRequest::NotInvited { at_most: Some(3) }).await;
    assert_eq!(asked.unwrap().queued, 3);
    let twice = invite(&world, InvitationRequest::NotInvited { at_most: None }).await;
    assert_eq!(
        twice.unwrap(),
        InvitationsRequested::default(),
        "a second click"
    );
    assert_eq!(post(&world).await.sent, 3);
    assert_eq!(
        world.postbox.recipients(),
        names(&["new", "p0000", "p0001", "p0002"])
    );
}

#[tokio::test]
async fn more_invitations_than_the_limit_wait_and_the_sync_does_not() {
    let world = world(json!({"limit_per_run": 5})).await;
    world.feed(crowd(6));
    let run = try_sync(&world).await;
    assert_eq!(run.state, RunState::Held);
    assert_eq!(
        run.reason.as_deref(),
        Some(
            "6 people would be invited, over invitations.limit_per_run (5); 6 invitations wait for approval"
        )
    );
    assert_eq!((run.counts.added, run.counts.invitations_queued), (6, 6));
    assert_eq!(post(&world).await, DispatchResult::default());
    let (waiting, next) = world.app.invited_by_run(&run.id, None, 4).await.unwrap();
    assert_eq!(waiting.len(), 4);
    let (rest, end) = world.app.invited_by_run(&run.id, next, 4).await.unwrap();
    assert_eq!((rest.len(), end), (2, None));

    // The next runs go on, and take nothing over.
    world.feed([crowd(6), vec![person("late")]].concat());
    world.sync("devcon").await;
    assert_eq!(post(&world).await.sent, 1);
    world.sync("devcon").await;
    assert_eq!(world.app.run(&run.id).await.unwrap().state, RunState::Held);

    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.state, RunState::Succeeded);
    let decision = approved.hold.as_ref().unwrap().decision;
    assert_eq!(decision, Some(HoldDecision::Approved));
    assert_eq!(approved.counts, run.counts, "nothing is counted twice");
    let again = world.app.approve(&run.id).await;
    assert!(matches!(again, Err(Error::NotHeld(_))), "{again:?}");
    assert_eq!(post(&world).await.sent, 6);
    assert_eq!(world.postbox.recipients().len(), 7);
}

#[tokio::test]
async fn discarded_invitations_are_not_sent_and_can_be_asked_for() {
    let world = world(json!({"limit_per_run": 1})).await;
    world.feed(crowd(3));
    let run = try_sync(&world).await;
    world.app.discard(&run.id).await.unwrap();
    let posted = post(&world).await;
    assert_eq!((posted.sent, posted.taken_back), (0, 3));
    assert_eq!(
        invitations(&world).await,
        ["p0000 none", "p0001 none", "p0002 none"]
    );
    world.sync("devcon").await;
    post(&world).await;
    assert_eq!(world.postbox.asked(), 0, "a later sync brings none back");
    let these = vec!["p0001@example.org".parse().unwrap()];
    invite(&world, InvitationRequest::These(these))
        .await
        .unwrap();
    post(&world).await;
    assert_eq!(world.postbox.recipients(), names(&["p0001"]));
}

#[tokio::test]
async fn a_run_that_fails_is_held_for_its_invitations_and_says_both() {
    let world = world(json!({"limit_per_run": 2})).await;
    world.feed_cut_off(crowd(20));
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    assert!(run.counts.invitations_queued > 2, "{run:?}");
    let reason = run.reason.as_deref().unwrap();
    assert!(reason.contains("the connection was closed; "), "{reason}");
    assert!(
        reason.ends_with("invitations wait for approval"),
        "{reason}"
    );
    assert_eq!(post(&world).await.sent, 0);
    let schedule = world.app.schedule(&event()).await.unwrap();
    assert!(schedule.failing_since.is_some(), "it still is a failure");
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.state, RunState::Failed);
    let reason = approved.reason.as_deref().unwrap();
    assert!(reason.contains("the connection was closed; "), "{reason}");
    assert!(reason.ends_with("invitations were approved"), "{reason}");
    assert_eq!(post(&world).await.sent, run.counts.invitations_queued);
}

#[tokio::test]
async fn changes_and_invitations_of_one_run_are_approved_together() {
    let world = world(json!({"limit_per_run": 40})).await;
    world.feed(crowd(40));
    try_sync(&world).await;
    post(&world).await;
    let gone = (0..40).map(|number| cancelled(&format!("p{number:04}")));
    let new = (100..150).map(|number| person(&format!("p{number:04}")));
    let feed: Vec<Value> = gone.chain(new).collect();
    world.feed(feed.clone());
    let run = try_sync(&world).await;
    assert_eq!(run.state, RunState::Held);
    let hold = run.hold.as_ref().unwrap();
    assert_eq!((hold.people, hold.invitations), (40, 50), "{hold:?}");
    let mut rest = feed.clone();
    rest.push(person("other"));

    // A newer run takes the changes over, and holds them itself; the invitations stay.
    world.feed(rest);
    let newer = try_sync(&world).await;
    assert_eq!(newer.state, RunState::Held);
    let older = world.app.run(&run.id).await.unwrap();
    assert_eq!(older.state, RunState::Held);
    let hold = older.hold.as_ref().unwrap();
    assert_eq!((hold.people, hold.invitations), (0, 50), "{hold:?}");
    world.app.approve(&run.id).await.unwrap();
    let approved = world.app.approve(&newer.id).await.unwrap();
    assert_eq!(approved.state, RunState::Succeeded, "{approved:?}");
    assert_eq!(approved.counts.removed, 40);
    let posted = post(&world).await;
    assert_eq!(posted.sent, 51);
    assert_eq!(world.postbox.recipients().len(), 91);
}

#[tokio::test]
async fn what_is_held_of_one_run_alone_is_approved_with_its_invitations() {
    let world = world(json!({"limit_per_run": 40})).await;
    world.feed(crowd(40));
    try_sync(&world).await;
    post(&world).await;
    let gone = (0..40).map(|number| cancelled(&format!("p{number:04}")));
    let new = (100..150).map(|number| person(&format!("p{number:04}")));
    world.feed(gone.chain(new).collect());
    let run = try_sync(&world).await;
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!((approved.counts.removed, approved.counts.added), (40, 50));
    assert_eq!(approved.counts.invitations_queued, 50);
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
    assert_eq!(post(&world).await.sent, 50);

    let world = self::world(json!({"limit_per_run": 0})).await;
    world.feed(vec![person("ada")]);
    let run = try_sync(&world).await;
    world.app.discard(&run.id).await.unwrap();
    let taken_back = post(&world).await.taken_back;
    assert_eq!((taken_back, world.postbox.asked()), (1, 0));
}

#[tokio::test]
async fn a_preview_says_who_would_be_invited_and_that_it_would_be_held() {
    let world = world(json!({"limit_per_run": 1})).await;
    world.feed(crowd(2));
    let preview = world
        .app
        .preview(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    assert_eq!(preview.run.counts.invitations_queued, 2);
    let reason = preview.run.reason.unwrap();
    assert!(
        reason.starts_with("a sync would be held: 2 people would be invited"),
        "{reason}"
    );
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
    assert!(world.people("devcon").await.is_empty());
}

#[tokio::test]
async fn nobody_is_mailed_who_was_taken_out_or_erased_meanwhile() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada"), person("bo"), person("cy")]);
    world.sync("devcon").await;
    world.feed(vec![
        cancelled("ada"),
        with(person("bo"), json!({"erased": true})),
        person("cy"),
    ]);
    world.sync("devcon").await;
    post(&world).await;
    assert_eq!(world.postbox.recipients(), names(&["cy"]));
    assert_eq!(invitations(&world).await, ["ada none", "cy sent"]);
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_erased_while_their_mail_is_on_its_way_stays_erased() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let told = Arc::new(Notify::new());
    world.postbox.answer_when_told(Arc::clone(&told));
    let app = Arc::clone(&world.app);
    let sending = tokio::spawn(async move { app.dispatch_invitations(&event()).await.unwrap() });
    world.postbox.until_asked(1).await;
    world.feed(vec![with(person("ada"), json!({"erased": true}))]);
    assert_eq!(world.sync("devcon").await.counts.erased, 1);
    told.notify_one();
    assert_eq!(sending.await.unwrap().sent, 1);
    assert!(world.people("devcon").await.is_empty());
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_sync_that_changes_a_person_while_their_mail_goes_harms_neither() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let told = Arc::new(Notify::new());
    world.postbox.answer_when_told(Arc::clone(&told));
    let app = Arc::clone(&world.app);
    let sending = tokio::spawn(async move { app.dispatch_invitations(&event()).await.unwrap() });
    world.postbox.until_asked(1).await;
    world.feed(vec![with(person("ada"), json!({"company": "Globex"}))]);
    assert_eq!(world.sync("devcon").await.counts.updated, 1);
    told.notify_one();
    sending.await.unwrap();
    assert_eq!(invitations(&world).await, ["ada sent"]);
    assert!(world.state("devcon").await.contains("Globex"));
    post(&world).await;
    assert_eq!(world.postbox.taken().len(), 1);
}

#[tokio::test]
async fn several_senders_at_once_send_each_mail_once() {
    let world = world(json!({})).await;
    world.feed(crowd(30));
    world.sync("devcon").await;
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let app = Arc::clone(&world.app);
            tokio::spawn(async move { app.dispatch_invitations(&event()).await.unwrap().sent })
        })
        .collect();
    let mut sent = 0;
    for sender in senders {
        sent += sender.await.unwrap();
    }
    assert_eq!(sent, 30);
    let mut recipients = world.postbox.recipients();
    recipients.dedup();
    assert_eq!(recipients.len(), 30);
    assert_eq!(world.postbox.taken().len(), 30);
    post(&world).await;
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn while_no_mail_is_taken_the_queue_is_kept_and_then_goes_on() {
    let world = world(json!({})).await;
    world.feed(crowd(5));
    world.sync("devcon").await;
    world.postbox.answer([
        PostboxReply::Taken,
        PostboxReply::Not(MailError::Unavailable {
            reason: "the daily quota is spent".to_owned(),
            retry_after: Some(Duration::from_mins(1)),
        }),
    ]);
    let posted = post(&world).await;
    assert_eq!(posted.sent, 1);
    let trouble = posted.trouble.unwrap();
    assert_eq!(trouble.reason, "the daily quota is spent");
    assert_eq!(trouble.retry_after_seconds, Some(60));
    assert_eq!(trouble.keeps, PauseScope::All);
    assert_eq!(world.postbox.asked(), 2, "the others are not even tried");
    let view = world.app.invitations(&event()).await.unwrap();
    assert_eq!(
        view.delivery_pause.unwrap().reason,
        "the daily quota is spent"
    );
    assert_eq!((view.states["queued"], view.states["sent"]), (4, 1));
    assert_eq!(post(&world).await.sent, 4);
    assert_eq!(world.postbox.recipients().len(), 5);
    let view = world.app.invitations(&event()).await.unwrap();
    assert_eq!(view.delivery_pause, None);
}

#[tokio::test]
async fn what_becomes_of_a_mail_that_is_not_taken_is_kept_with_its_reason() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let put_off = PostboxReply::Not(MailError::Deferred("450 mailbox busy".to_owned()));
    let refused = PostboxReply::Not(MailError::Refused("550 no such user".to_owned()));
    world.postbox.answer([put_off, refused]);
    assert_eq!(post(&world).await.put_off, 1);
    assert_eq!(invitations(&world).await, ["ada queued: 450 mailbox busy"]);
    assert_eq!(post(&world).await.failed, 1);
    assert_eq!(invitations(&world).await, ["ada failed: 550 no such user"]);
    assert_eq!(post(&world).await, DispatchResult::default());
    assert_eq!(world.postbox.asked(), 2);
}

#[tokio::test]
async fn a_doubt_is_shown_and_resent_only_when_a_person_asks() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    world.postbox.answer([PostboxReply::TakenInDoubt]);
    assert_eq!(post(&world).await.in_doubt, 1);
    assert_eq!(invitations(&world).await, ["ada in_doubt: no answer came"]);
    world.sync("devcon").await;
    assert_eq!(post(&world).await, DispatchResult::default());
    let ada = || vec!["ada@example.org".parse().unwrap()];
    let asked = invite(&world, InvitationRequest::These(ada()))
        .await
        .unwrap();
    assert_eq!((asked.queued, asked.already_invited), (0, 1));
    let everyone = invite(&world, InvitationRequest::NotInvited { at_most: None }).await;
    assert_eq!(everyone.unwrap().queued, 0);
    let asked = invite(&world, InvitationRequest::Again(ada()))
        .await
        .unwrap();
    assert_eq!(asked.queued, 1);
    let twice = invite(&world, InvitationRequest::Again(ada()))
        .await
        .unwrap();
    assert_eq!(
        (twice.queued, twice.already_invited),
        (0, 1),
        "a second click"
    );
    assert_eq!(post(&world).await.sent, 1);
    let numbers: Vec<u32> = world
        .postbox
        .taken()
        .iter()
        .map(|mail| mail.about.as_ref().unwrap().number)
        .collect();
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test]
async fn switched_off_nothing_goes_and_switched_on_again_what_waited_does() {
    let world = world(json!({})).await;
    world.feed(crowd(2));
    world.sync("devcon").await;
    world
        .configure("devcon", inviting(json!({"enabled": false})))
        .await;
    let trouble = post(&world).await.trouble.unwrap();
    assert!(trouble.reason.contains("are off"), "{trouble:?}");
    assert_eq!(trouble.keeps, PauseScope::Event);
    world.feed(crowd(3));
    assert_eq!(world.sync("devcon").await.counts.invitations_queued, 0);
    world.configure("devcon", inviting(json!({}))).await;
    assert_eq!(post(&world).await.sent, 2);
    assert_eq!(world.postbox.recipients(), names(&["p0000", "p0001"]));
}

#[tokio::test]
async fn who_is_asked_for_and_cannot_be_invited_is_counted_with_the_reason() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada"), person("bo"), cancelled("cy")]);
    world.sync("devcon").await;
    post(&world).await;
    let acme = "acme".parse().unwrap();
    let bo = "bo@example.org".parse().unwrap();
    world.app.suppress_address(&acme, &bo).await.unwrap();
    let addresses =
        ["ada", "bo", "cy", "nobody"].map(|name| format!("{name}@example.org").parse().unwrap());
    let asked = invite(&world, InvitationRequest::Again(addresses.to_vec())).await;
    assert_eq!(
        asked.unwrap(),
        InvitationsRequested {
            queued: 1,
            already_invited: 0,
            not_attending: 1,
            suppressed: 1,
            unknown: 1
        }
    );
}

#[tokio::test]
async fn rebuilt_fingerprints_and_a_changed_mapping_mail_nobody_again() {
    let world = world(json!({"limit_per_run": 10})).await;
    world.feed(crowd(10));
    world.sync("devcon").await;
    post(&world).await;
    // Another mapping: everybody is read anew.
    let mut change = inviting(json!({"limit_per_run": 10}));
    change["rules"] = json!([{"when": "true", "then": {"add_group": "All"}}]);
    world.configure("devcon", change.clone()).await;
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.updated, run.counts.invitations_queued), (10, 0));
    // Addresses that are read wrongly are new people to us, all at once.
    change["mapping"] = json!({
        "email": {"expression": "'x' ~ email"}, "first_name": "first", "last_name": "last"
    });
    world.configure("devcon", change).await;
    world.feed(crowd(11));
    let run = try_sync(&world).await;
    assert_eq!(run.state, RunState::Held);
    post(&world).await;
    assert_eq!(world.postbox.taken().len(), 10);
}

#[tokio::test]
async fn each_event_invites_for_itself() {
    let world = world(json!({})).await;
    let mut other = inviting(json!({}));
    other["name"] = json!("Other");
    world.configure("other", other).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    world.sync("other").await;
    post(&world).await;
    assert_eq!(world.postbox.taken().len(), 1);
    let other: EventId = "other".parse().unwrap();
    assert_eq!(
        world.app.events_to_dispatch().await.unwrap(),
        std::slice::from_ref(&other)
    );
    world.app.dispatch_invitations(&other).await.unwrap();
    assert_eq!(world.postbox.recipients(), names(&["ada", "ada"]));
}

#[tokio::test]
async fn a_batch_larger_than_a_page_goes_whole() {
    let world = world(json!({"limit_per_run": 1000})).await;
    world.feed(crowd(250));
    world.sync("devcon").await;
    let put_off = PostboxReply::Not(MailError::Deferred("busy".to_owned()));
    world.postbox.answer(std::iter::repeat_n(put_off, 30));
    let posted = post(&world).await;
    assert_eq!((posted.sent, posted.put_off), (220, 30));
    assert_eq!(post(&world).await.sent, 30);
    assert_eq!(world.postbox.recipients().len(), 250);
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_without_new_people_leaves_no_batch() {
    let world = world(json!({})).await;
    world.feed(crowd(3));
    let run: RunId = world.sync("devcon").await.id;
    post(&world).await;
    let before = world.line.writes();
    world.sync("devcon").await;
    assert_eq!(world.line.writes() - before, 4, "as without invitations");
    assert_eq!(post(&world).await, DispatchResult::default());
    assert_eq!(
        world.app.run(&run).await.unwrap().state,
        RunState::Succeeded
    );
}

#[tokio::test]
async fn a_sample_as_an_attendee_unsubscribes_nobody() {
    let world = world(json!({})).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let document = world.app.document(&event()).await.unwrap();
    let ada = "ada@example.org".parse().unwrap();
    let sample = world.app.sample_invitation(&document, Some(&ada)).await;
    let text = sample.unwrap().letter.text;
    assert!(text.contains("Dear ada Example of Initech"), "{text}");
    let link = "https://console.example.org/unsubscribe/example";
    assert!(text.trim_end().ends_with(link), "{text}");
}
