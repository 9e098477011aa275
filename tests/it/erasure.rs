//! What is on its way when somebody is erased: messages in queues, mails, and what is kept of them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use attendee_sync_adapters::mail::folder::FolderMailer;
use attendee_sync_app::ports::{MailFolder, RunCommand};
use attendee_sync_app::{App, Erased, Error, MAIL_KEPT_DAYS, Reconciled, SyncScope, TestMail};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::{World, acme, person, with};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::time::Instant;

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn inviting() -> Value {
    json!({"invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}})
}

/// Somebody of whose record there is something to say.
fn wordy(name: &str) -> Value {
    with(person(name), json!({"company": "x".repeat(300)}))
}

/// Somebody whose record cannot be taken.
fn nameless(name: &str) -> Value {
    with(person(name), json!({"first": ""}))
}

async fn erase(app: &App, name: &str) -> Erased {
    let address = format!("{name}@example.org").parse().unwrap();
    app.erase_user(&acme(), &address).await.unwrap()
}

/// Asserts that nothing anywhere says anything of somebody.
async fn is_nowhere(world: &World, name: &str, when: &str) {
    let mut said = world.state("devcon").await;
    for run in world.app.runs(&event(), None, 50).await.unwrap() {
        let changes = world.changes(&run.id).await;
        let issues = world.issues(&run.id).await;
        let held = world.app.held(&run.id, 0).await.unwrap();
        writeln!(said, "{changes:?} {issues:?} {held:?}").unwrap();
    }
    for sign in [format!("{name}@"), format!("R-{name}")] {
        assert!(!said.contains(&sign), "{when}: {said}");
    }
    assert!(
        world
            .app
            .parts()
            .store
            .erasures(&acme())
            .await
            .unwrap()
            .is_empty()
    );
}

/// A run of the cloud edition whose batches were sent, and are with nobody yet.
async fn with_queued_batches(feed: Vec<Value>) -> (World, RunId) {
    let world = World::cloud(Delivery::Wild);
    world.configure("devcon", inviting()).await;
    world.feed(feed);
    let started = world
        .app
        .begin(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    let run = started.id().clone();
    let soon = Instant::now() + Duration::from_millis(100);
    world.app.begin_run(started, soon).await.unwrap();
    assert_eq!(world.stage.as_ref().unwrap().sent().len(), 1);
    (world, run)
}

#[tokio::test]
async fn a_queued_batch_writes_nothing_about_who_is_erased_meanwhile() {
    let feed = vec![wordy("ada"), wordy("bo"), nameless("cy"), person("di")];
    let (world, run) = Box::pin(with_queued_batches(feed)).await;
    for name in ["ada", "cy"] {
        assert_eq!(erase(&world.app, name).await, Erased::Nobody);
    }
    let stage = world.stage.as_ref().unwrap();
    let batch = stage.sent().pop().unwrap();
    let applied = world.app.reconcile_message(batch.clone()).await.unwrap();
    assert!(matches!(applied, Reconciled::Applied(_)), "{applied:?}");
    for name in ["ada", "cy"] {
        is_nowhere(&world, name, "after the batch").await;
    }
    // What there is to say of the others is said.
    let issues = world.issues(&run).await;
    let named: Vec<&str> = issues
        .iter()
        .filter_map(|issue| issue.source_id.as_deref())
        .collect();
    assert_eq!(named, ["R-bo"]);
    stage.work(&world.app).await.unwrap();
    world.app.dispatch_invitations(&event()).await.unwrap();
    let expected = ["bo@example.org", "di@example.org"];
    assert_eq!(world.postbox.recipients(), expected);
    let again = world.app.reconcile_message(batch).await.unwrap();
    assert_eq!(again, applied);
    is_nowhere(&world, "ada", "after the run").await;
}

/// The same where the batch is being written while the erasure goes on, at any write of either.
#[tokio::test]
async fn what_there_is_to_say_of_somebody_goes_also_where_it_is_written_amid_the_erasure() {
    for at in 0.. {
        let feed = vec![wordy("ada"), person("bo")];
        let (world, _) = Box::pin(with_queued_batches(feed)).await;
        let app = Arc::clone(&world.app);
        let batch = world.stage.as_ref().unwrap().sent().pop().unwrap();
        let before = world.line.writes();
        world.line.before_write(at, async move {
            erase(&app, "ada").await;
        });
        world.app.reconcile_message(batch).await.unwrap();
        if world.line.writes() - before <= at {
            assert!(at > 0, "{at}");
            return;
        }
        is_nowhere(&world, "ada", &format!("before write {at}")).await;
    }
}

#[tokio::test]
async fn a_queued_order_to_sync_somebody_brings_nothing_of_who_is_erased_meanwhile() {
    let world = World::cloud(Delivery::Wild);
    world.configure("devcon", inviting()).await;
    world.feed(vec![wordy("ada")]);
    let scope = SyncScope::One("ada@example.org".parse().unwrap());
    let run = world.app.order_sync(&event(), scope).await.unwrap();
    erase(&world.app, "ada").await;
    let stage = world.stage.as_ref().unwrap();
    let over = stage.work(&world.app).await.unwrap();
    assert_eq!((&over[0].id, over[0].counts.added), (&run, 0));
    is_nowhere(&world, "ada", "after the order").await;
    world.app.dispatch_invitations(&event()).await.unwrap();
    assert!(world.postbox.recipients().is_empty());
}

#[tokio::test]
async fn a_queued_order_to_send_mail_sends_none_to_who_is_erased_meanwhile() {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", inviting()).await;
    world.feed(vec![person("ada"), person("bo")]);
    world.sync("devcon").await;
    assert_eq!(erase(&world.app, "ada").await, Erased::Now);
    let waited = 0;
    let event = event();
    let stage = world.stage.as_ref().unwrap();
    let orders = stage.orders();
    assert!(
        orders.contains(&RunCommand::Dispatch { event, waited }),
        "{orders:?}"
    );
    stage.work(&world.app).await.unwrap();
    assert_eq!(world.postbox.recipients(), ["bo@example.org"]);
}

/// Sends a test of the stored invitation, shown as somebody or as nobody.
async fn send_test(app: &App, to: &str, shown_as: Option<&EmailAddress>) -> Result<(), Error> {
    let to = to.parse().unwrap();
    let wanted = TestMail {
        event: &event(),
        unsaved: None,
        shown_as,
        to: &to,
        own_address: None,
    };
    app.as_of(&Actor::Owner).send_test(wanted).await
}

#[tokio::test]
async fn mails_in_the_folder_go_with_who_is_erased_and_after_thirty_days() {
    let world = World::new();
    let mut inviting = inviting();
    inviting["invitations"]["test_recipients"] =
        json!(["eva@example.org", "organiser@example.org"]);
    world.configure("devcon", inviting).await;
    let dir = tempfile::tempdir().unwrap();
    let other = &world.app;
    let mut parts = other.parts().clone();
    let folder = Arc::new(FolderMailer::new(dir.path()));
    parts.mail_folder = Some(folder.clone());
    parts.mailer = Some(folder.clone());
    let app = App::new(parts);
    let recipients = || async {
        let mails = folder.list(None, 99).await.unwrap();
        let mut to: Vec<String> = mails.into_iter().map(|mail| mail.to).collect();
        to.sort();
        to
    };
    let mailbox = |name: &str| format!("{name} Example <{name}@example.org>");
    world.feed(vec![person("eva"), person("bo")]);
    world.sync("devcon").await;
    app.dispatch_invitations(&event()).await.unwrap();
    // Tests: one to eva, one that shows eva's invitation to an organiser, one that shows nobody's.
    let eva = "eva@example.org".parse().unwrap();
    for (to, shown) in [
        ("eva@example.org", None),
        ("organiser@example.org", Some(&eva)),
        ("organiser@example.org", None),
    ] {
        send_test(&app, to, shown).await.unwrap();
    }
    assert_eq!(recipients().await.len(), 5);
    erase(&app, "eva").await;
    let organiser = "organiser@example.org".to_owned();
    assert_eq!(recipients().await, [mailbox("bo"), organiser.clone()]);
    let refused = send_test(&app, "eva@example.org", None).await.unwrap_err();
    assert!(refused.to_string().contains("was erased"), "{refused}");

    let written = world.now();
    let kept = SignedDuration::from_hours(24 * MAIL_KEPT_DAYS);
    world.set_clock(written + kept - SignedDuration::from_secs(60));
    world.feed(vec![person("bo"), person("cy")]);
    world.sync("devcon").await;
    app.dispatch_invitations(&event()).await.unwrap();
    assert_eq!(app.clear_mail_folder().await.unwrap(), 0);
    assert_eq!(recipients().await.len(), 3);
    world.set_clock(written + kept + SignedDuration::from_secs(60));
    assert_eq!(app.clear_mail_folder().await.unwrap(), 2);
    assert_eq!(recipients().await, [mailbox("cy")]);
}
