//! Invitations where two things happen at once: between any two writes of one process, others
//! send, sync, ask, erase and unsubscribe.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use async_trait::async_trait;
use attendee_sync_adapters::mail::folder::FolderMailer;
use attendee_sync_app::ports::{
    InvitationBatchId, MailError, MailFolder, Mailer, OutgoingMail, Sent,
};
use attendee_sync_app::{App, Error, InvitationRequest};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::invitation::{InvitationState, UnsubscribeToken};
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::postbox::PostboxReply;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};
use tokio::sync::Notify;

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn inviting(limit: u32) -> Value {
    json!({"invitations": {"enabled": true, "limit_per_run": limit, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome",
        "body_markdown": "Dear {{ first_name }}"
    }}})
}

async fn world() -> World {
    let world = World::new();
    world.configure("devcon", inviting(500)).await;
    world
}

/// An event whose attendees came in before it invited anybody.
async fn came_before(people: Vec<Value>) -> World {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(people);
    world.sync("devcon").await;
    world.configure("devcon", inviting(500)).await;
    world
}

fn these(names: &[&str]) -> InvitationRequest {
    InvitationRequest::These(addresses(names))
}

fn again(names: &[&str]) -> InvitationRequest {
    InvitationRequest::Again(addresses(names))
}

fn addresses(names: &[&str]) -> Vec<attendee_sync_domain::email::EmailAddress> {
    let address = |name: &&str| format!("{name}@example.org").parse().unwrap();
    names.iter().map(address).collect()
}

async fn post(app: &App) -> attendee_sync_app::DispatchResult {
    app.dispatch_invitations(&event()).await.unwrap()
}

async fn state(world: &World, name: &str) -> Option<InvitationState> {
    let people = world.people("devcon").await;
    let address = format!("{name}@example.org");
    let view = people.iter().find(|view| view.email.as_str() == address);
    view.unwrap().invitation.as_ref().map(|known| known.state)
}

#[tokio::test]
async fn asked_for_again_while_another_sender_looks_away_they_are_not_forgotten() {
    let world = came_before(vec![person("ada"), person("bo")]).await;
    let ask = these(&["ada", "bo"]);
    world.app.invite(&event(), &ask).await.unwrap();
    // Before the first claim of one sender, another one sends all; before the first then notes
    // that there is nothing for it to do, a person asks again.
    let (app, line) = (Arc::clone(&world.app), world.line.clone());
    world.line.before_write(0, async move {
        assert_eq!(post(&app).await.sent, 2);
        line.before_write(0, async move {
            let ask = again(&["ada", "bo"]);
            app.invite(&event(), &ask).await.unwrap();
        });
    });
    post(&world.app).await;
    post(&world.app).await;
    assert_eq!(world.postbox.taken().len(), 4);
    assert_eq!(state(&world, "ada").await, Some(InvitationState::Sent));
    assert_eq!(state(&world, "bo").await, Some(InvitationState::Sent));
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_that_is_made_again_is_not_ended_for_the_one_before() {
    let names = ["p0000", "p0001", "p0002", "p0003", "p0004", "p0005"];
    let world = came_before(crowd(6)).await;
    world.app.invite(&event(), &these(&names)).await.unwrap();
    // At the last of its six one sender sleeps. Another one sends it and ends the invitation batch, and all are
    // asked for again; the first does not look back.
    let app = Arc::clone(&world.app);
    world.line.before_write(10, async move {
        assert_eq!(post(&app).await.sent, 1);
        app.invite(&event(), &again(&names)).await.unwrap();
    });
    post(&world.app).await;
    post(&world.app).await;
    assert_eq!(world.postbox.taken().len(), 12);
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_sender_that_wakes_late_says_nothing_of_the_next_mail() {
    let world = came_before(vec![person("ada")]).await;
    world.app.invite(&event(), &these(&["ada"])).await.unwrap();
    let first = Arc::new(Notify::new());
    world.postbox.answer_when_told(Arc::clone(&first));
    let away = MailError::Unavailable {
        reason: "try later".to_owned(),
        retry_after: None,
    };
    world.postbox.answer([PostboxReply::Not(away)]);
    let app = Arc::clone(&world.app);
    let late = tokio::spawn(async move { post(&app).await });
    world.postbox.until_asked(1).await;
    world.wait_hours(1);
    assert_eq!(post(&world.app).await.in_doubt, 1);
    world.app.invite(&event(), &again(&["ada"])).await.unwrap();
    let second = Arc::new(Notify::new());
    world.postbox.answer_when_told(Arc::clone(&second));
    let app = Arc::clone(&world.app);
    let next = tokio::spawn(async move { post(&app).await });
    world.postbox.until_asked(2).await;
    first.notify_one();
    late.await.unwrap();
    assert_eq!(state(&world, "ada").await, Some(InvitationState::Sending));
    second.notify_one();
    assert_eq!(next.await.unwrap().sent, 1);
    second.notify_one();
    post(&world.app).await;
    assert_eq!(world.postbox.taken().len(), 1);
    assert_eq!(state(&world, "ada").await, Some(InvitationState::Sent));
}

#[tokio::test]
async fn asking_that_is_cut_off_while_a_sender_goes_round_forgets_nobody() {
    let people = || vec![person("ada"), person("bo"), person("cy")];
    let names = ["ada", "bo", "cy"];
    let whole = came_before(people()).await;
    let before = whole.line.writes();
    whole.app.invite(&event(), &these(&names)).await.unwrap();
    let writes = whole.line.writes() - before;
    for goes_round in 0..writes {
        for cut in goes_round + 1..writes {
            let world = came_before(people()).await;
            let app = Arc::clone(&world.app);
            let (line, from) = (world.line.clone(), world.line.writes());
            world.line.before_write(goes_round, async move {
                let _posted = post(&app).await;
                // As many of the asker's own writes as wanted: the sender's are not counted.
                line.cut_after(cut - goes_round - 1);
            });
            let _cut_off = world.app.invite(&event(), &these(&names)).await;
            let what = format!("sender before write {goes_round}, cut at {cut}, from {from}");
            world.line.mend();
            let next = world.restarted();
            next.app.mark_abandoned_unknown().await.unwrap();
            post(&next.app).await;
            let view = next.app.invitations(&event()).await.unwrap();
            assert_eq!(view.states["queued"], 0, "{what}");
            // Who was not queued yet is asked for again.
            next.app.invite(&event(), &these(&names)).await.unwrap();
            post(&next.app).await;
            assert_eq!(next.postbox.recipients().len(), 3, "{what}");
            let events = next.app.events_to_dispatch().await.unwrap();
            assert!(events.is_empty(), "{what}");
        }
    }
}

#[tokio::test]
async fn asked_for_one_by_one_all_are_counted() {
    let world = came_before(crowd(4)).await;
    let ask = these(&["p0000", "p0001", "p0002", "nobody"]);
    world.app.invite(&event(), &ask).await.unwrap();
    world
        .app
        .invite(&event(), &these(&["p0003"]))
        .await
        .unwrap();
    world
        .app
        .invite(&event(), &these(&["p0003"]))
        .await
        .unwrap();
    let view = world.app.invitations(&event()).await.unwrap();
    assert_eq!(view.waves.len(), 1);
    assert_eq!(view.waves[0].people, 4);
    assert_eq!(post(&world.app).await.sent, 4);
    world
        .app
        .invite(&event(), &these(&["p0003"]))
        .await
        .unwrap();
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_sender_leaves_alone_what_is_being_sent() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let told = Arc::new(Notify::new());
    world.postbox.answer_when_told(Arc::clone(&told));
    let app = Arc::clone(&world.app);
    let first = tokio::spawn(async move { post(&app).await });
    world.postbox.until_asked(1).await;
    assert_eq!(
        post(&world.app).await,
        attendee_sync_app::DispatchResult::default()
    );
    assert_eq!(state(&world, "ada").await, Some(InvitationState::Sending));
    assert_eq!(world.app.events_to_dispatch().await.unwrap(), [event()]);
    told.notify_one();
    assert_eq!(first.await.unwrap().sent, 1);
    post(&world.app).await;
    assert_eq!(state(&world, "ada").await, Some(InvitationState::Sent));
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_left_of_who_was_taken_out_before_their_mail_went() {
    let world = world().await;
    world.feed(vec![person("ada"), person("bo")]);
    let run = world.sync("devcon").await.id.number;
    let cancelled = with(person("ada"), json!({"cancelled": true}));
    world.feed(vec![cancelled, person("bo")]);
    world.sync("devcon").await;
    let waiting = async || {
        let invitation_batch = InvitationBatchId::Run(run);
        let people = world
            .app
            .parts()
            .store
            .waiting(&event(), invitation_batch, None, 10)
            .await;
        people.unwrap().len()
    };
    assert_eq!(waiting().await, 2);
    assert_eq!(post(&world.app).await.sent, 1);
    assert_eq!(waiting().await, 0);
}

#[tokio::test]
async fn a_run_that_follows_sends_nothing_new_before_its_limit_is_judged() {
    let whole = World::new();
    whole.configure("devcon", inviting(5)).await;
    whole.feed(crowd(3));
    let before = whole.line.writes();
    whole.sync("devcon").await;
    let writes = whole.line.writes() - before;
    for sender_at in 0..8 {
        let world = World::new();
        world.configure("devcon", inviting(5)).await;
        world.feed(crowd(3));
        // The end of a run is two writes: its own, and that the next may begin.
        world.line.cut_after(writes - 2);
        world.try_sync("devcon").await.unwrap_err();
        world.line.mend();
        world.feed(crowd(60));
        let next = world.restarted();
        let started = next.app.recover().await.unwrap().pop().unwrap();
        let app = Arc::clone(&world.app);
        next.line.before_write(sender_at, async move {
            post(&app).await;
        });
        let run = next.app.finish(started).await.unwrap();
        assert_eq!(run.state, RunState::Held, "{sender_at}: {run:?}");
        // The limit counts those, too, whom the run before had invited when it was cut off.
        assert_eq!(run.hold.unwrap().invitations, 57, "{sender_at}");
        post(&next.app).await;
        assert_eq!(next.postbox.recipients().len(), 3, "{sender_at}");
        next.app.approve(&run.id).await.unwrap();
        post(&next.app).await;
        assert_eq!(next.postbox.recipients().len(), 60, "{sender_at}");
    }
}

/// Each run alone is below the limit, and both together are not.
#[tokio::test]
async fn runs_that_follow_each_other_invite_no_more_than_one_may() {
    let world = World::new();
    world.configure("devcon", inviting(5)).await;
    world.feed(crowd(3));
    world.line.cut_after(5);
    world.try_sync("devcon").await.unwrap_err();
    world.line.mend();
    world.feed(crowd(6));
    let next = world.restarted();
    let started = next.app.recover().await.unwrap().pop().unwrap();
    let run = next.app.finish(started).await.unwrap();
    let follows = run.follows.clone().unwrap();
    assert_eq!((follows.interruptions, follows.invitations_queued), (1, 3));
    assert_eq!(run.state, RunState::Held, "{run:?}");
    assert_eq!(run.hold.unwrap().invitations, 3);
}

/// Whether the sender was told since it last asked.
async fn is_told(world: &World) -> bool {
    let told = world.app.invitations_wanted();
    tokio::select! {
        biased;
        () = told => true,
        () = tokio::task::yield_now() => false,
    }
}

#[tokio::test]
async fn whatever_makes_a_mail_go_tells_the_sender() {
    let world = World::new();
    world.configure("devcon", inviting(1)).await;
    assert!(is_told(&world).await, "configured");
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    assert!(is_told(&world).await, "synced");
    post(&world.app).await;
    world.sync("devcon").await;
    assert!(!is_told(&world).await, "nobody new");
    world.feed(crowd(3));
    let run = world.try_sync("devcon").await.unwrap();
    let _told = is_told(&world).await;
    for decided in ["approved", "discarded"] {
        if decided == "approved" {
            world.app.approve(&run.id).await.unwrap();
        } else {
            world.feed([crowd(3), vec![person("bo"), person("cy")]].concat());
            let run = world.try_sync("devcon").await.unwrap();
            let _told = is_told(&world).await;
            world.app.discard(&run.id).await.unwrap();
        }
        assert!(is_told(&world).await, "{decided}");
    }
    post(&world.app).await;
    world
        .app
        .invite(&event(), &these(&["nobody"]))
        .await
        .unwrap();
    assert!(!is_told(&world).await, "asked for nobody");
    world.app.invite(&event(), &again(&["ada"])).await.unwrap();
    assert!(is_told(&world).await, "asked");
}

#[tokio::test]
async fn who_unsubscribes_before_their_mail_is_claimed_gets_none() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    post(&world.app).await;
    let link = world.postbox.taken()[0].unsubscribe.clone().unwrap();
    let token: UnsubscribeToken = link.rsplit('/').next().unwrap().parse().unwrap();
    world.app.invite(&event(), &again(&["ada"])).await.unwrap();
    let app = Arc::clone(&world.app);
    world.line.before_write(0, async move {
        app.unsubscribe(&token).await.unwrap().unwrap();
    });
    assert_eq!(post(&world.app).await.failed, 1);
    assert_eq!(world.postbox.taken().len(), 1);
    assert_eq!(state(&world, "ada").await, Some(InvitationState::Failed));
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

/// Writes mail into a folder, slowly: before each, and behind it, it waits to be told.
struct SlowMail {
    folder: FolderMailer,
    asked: Arc<Notify>,
    told: Arc<Notify>,
}

#[async_trait]
impl Mailer for SlowMail {
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError> {
        self.asked.notify_one();
        self.told.notified().await;
        self.folder.send(mail).await
    }
}

#[tokio::test]
async fn who_is_erased_while_their_mail_is_written_has_no_mail_in_the_folder() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let dir = tempfile::tempdir().unwrap();
    let (asked, told) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let other = &world.app;
    let mut parts = other.parts().clone();
    parts.mail_folder = Some(Arc::new(FolderMailer::new(dir.path().to_owned())));
    parts.mailer = Some(Arc::new(SlowMail {
        folder: FolderMailer::new(dir.path().to_owned()),
        asked: Arc::clone(&asked),
        told: Arc::clone(&told),
    }));
    let app = Arc::new(App::new(parts));
    let sender = Arc::clone(&app);
    let sending = tokio::spawn(async move { post(&sender).await });
    asked.notified().await;
    world.feed(vec![with(person("ada"), json!({"erased": true}))]);
    let scope = attendee_sync_app::SyncScope::Everyone;
    assert_eq!(app.sync(&event(), scope).await.unwrap().counts.erased, 1);
    told.notify_one();
    assert_eq!(sending.await.unwrap().sent, 1);
    let folder = FolderMailer::new(dir.path().to_owned());
    assert_eq!(folder.list(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_run_shows_as_waiting_is_what_waits() {
    let world = World::new();
    world.configure("devcon", inviting(1)).await;
    world.feed(crowd(3));
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held);
    let mut feed = crowd(3);
    feed[0] = with(feed[0].clone(), json!({"cancelled": true}));
    world.feed(feed);
    world.sync("devcon").await;
    let (waiting, _) = world.app.invited_by_run(&run.id, None, 10).await.unwrap();
    let mut waiting: Vec<String> = waiting.iter().map(ToString::to_string).collect();
    waiting.sort();
    assert_eq!(waiting, ["p0001@example.org", "p0002@example.org"]);
    // They come back, and the newer run's invitation may go; the older run shows the others still.
    world.feed(crowd(3));
    world.sync("devcon").await;
    assert_eq!(post(&world.app).await.sent, 1);
    world.app.approve(&run.id).await.unwrap();
    assert_eq!(post(&world.app).await.sent, 2);
    assert_eq!(world.postbox.recipients().len(), 3);
}

#[tokio::test]
async fn a_sample_for_somebody_else_unsubscribes_nobody() {
    let world = world().await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let document = world.app.document(&event()).await.unwrap();
    let ada = &addresses(&["ada"])[0];
    let sample = world.app.sample_invitation(&document, Some(ada)).await;
    let letter = sample.unwrap().letter;
    assert!(letter.text.contains("Dear ada"), "{}", letter.text);
    let link = "https://console.example.org/unsubscribe/example";
    assert!(letter.text.contains(link), "{}", letter.text);
    assert!(
        !letter.html.contains("/unsubscribe/acme."),
        "{}",
        letter.html
    );
}

#[tokio::test]
async fn a_sync_at_any_write_of_a_sender_and_a_sender_at_any_write_of_a_sync_send_once() {
    // Ada leaves and comes back, Bo is changed, Cy is new.
    let feeds = || {
        [
            vec![
                with(person("ada"), json!({"cancelled": true})),
                with(person("bo"), json!({"company": "Globex"})),
                person("cy"),
            ],
            vec![person("ada"), person("bo"), person("cy")],
        ]
    };
    let first = || vec![person("ada"), person("bo")];
    // A sender writes five times here, and the two syncs together more often.
    let moments = (0..5).map(|at| (at, true));
    for (at, sender_first) in moments.chain((0..10).map(|at| (at, false))) {
        {
            let world = world().await;
            world.feed(first());
            world.sync("devcon").await;
            let between = world.restarted();
            let [leaves, returns] = feeds();
            let what = format!("at {at}, {sender_first}");
            if sender_first {
                world.line.before_write(at, async move {
                    between.feed(leaves);
                    between.sync("devcon").await;
                    between.feed(returns);
                    between.sync("devcon").await;
                });
                post(&world.app).await;
            } else {
                world.line.before_write(at, async move {
                    post(&between.app).await;
                });
                world.feed(leaves);
                world.sync("devcon").await;
                world.feed(returns);
                world.sync("devcon").await;
            }
            let [_, returns] = feeds();
            world.feed(returns);
            world.sync("devcon").await;
            post(&world.app).await;
            post(&world.app).await;
            let expected = ["ada", "bo", "cy"].map(|name| format!("{name}@example.org"));
            assert_eq!(world.postbox.recipients(), expected, "{what}");
            assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn a_decision_made_twice_at_once_is_made_once() {
    let world = World::new();
    world.configure("devcon", inviting(1)).await;
    world.feed(crowd(3));
    let run = world.try_sync("devcon").await.unwrap();
    let (app, id) = (Arc::clone(&world.app), run.id.clone());
    world.line.before_write(0, async move {
        app.discard(&id).await.unwrap();
    });
    let approved = world.app.approve(&run.id).await;
    assert!(matches!(approved, Err(Error::NotHeld(_))), "{approved:?}");
    assert_eq!(post(&world.app).await.taken_back, 3);
    assert_eq!(world.postbox.asked(), 0);
}
