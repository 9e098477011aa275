//! What the functions of the cloud edition may write: the template names partitions, and every table of a test of
//! that edition keeps to them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::time::Duration;

use attendee_sync_app::ports::{KeptKey, RunCommand};
use attendee_sync_app::{Lasting, SyncScope};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::invitation::Feedback;
use attendee_sync_domain::memberships::FoldThreshold;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::permissions::{Function, ItemAccess, acting_as, matches, may, unneeded};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::{World, acme, crowd, person, with};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::Instant;

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn inviting() -> Value {
    let source = json!({
        "url": "https://registration.example.org/", "one_person": {"parameter": "search"}
    });
    let notify = json!([{"to": "https://hooks.example.org/"}]);
    json!({"source": source, "hook": {"email": "email"}, "notify": notify, "missing": "remove_attendee", "invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}})
}

#[test]
fn patterns_are_read_as_the_table_reads_them() {
    for (pattern, partition, wanted) in [
        ("C#*#U#?", "C#acme#U#f", true),
        ("C#*#U#?", "C#acme#U#", false),
        ("C#*#U#?", "C#acme#U#f0", false),
        ("E#*#LOG", "E#devcon#LOG", true),
        ("E#*#LOG", "E#devcon", false),
        ("E#*#LOG", "E#devcon#LOGS", false),
        ("C#*#M#*", "C#acme#M#3#crew", true),
        ("C#*", "C#acme", true),
        ("TOKENS", "TOKENS", true),
    ] {
        assert_eq!(matches(pattern, partition), wanted, "{pattern} {partition}");
    }
}

/// Where what the organisers decide is, and what lets people in.
const KEPT_FROM_RUNS: [&str; 7] = [
    "COMMUNITIES",
    "TOKENS",
    "RESTORE",
    "C#acme",
    "E#devcon",
    "C#acme#AUDIT",
    "K#00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
];

#[test]
fn nothing_that_runs_or_sends_may_write_what_the_console_alone_decides() {
    for partition in KEPT_FROM_RUNS {
        for function in [Function::Fetch, Function::Reconcile, Function::Invite] {
            assert!(
                !may(function, ItemAccess::Write, partition),
                "{function:?} {partition}"
            );
        }
        let may_http = may(Function::Http, ItemAccess::Write, partition);
        assert!(may_http, "{partition}");
    }
    for partition in ["TOKENS", "COMMUNITIES", KEPT_FROM_RUNS[6]] {
        for function in [Function::Fetch, Function::Reconcile, Function::Invite] {
            // The hourly look goes over the communities.
            let is_watch = function == Function::Fetch && partition == "COMMUNITIES";
            let may_read = may(function, ItemAccess::Read, partition);
            assert_eq!(may_read, is_watch, "{function:?} {partition}");
        }
    }
    assert!(!may(
        Function::Reconcile,
        ItemAccess::Write,
        "E#devcon#STATE"
    ));
}

#[tokio::test]
async fn a_write_of_the_wrong_function_is_refused() {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", json!({})).await;
    world.feed(crowd(3));
    world.sync("devcon").await;
    let items = world.line.items();
    let event = event();
    for function in [Function::Fetch, Function::Reconcile, Function::Invite] {
        let configure = acting_as(
            function,
            world.try_configure("devcon", json!({"name": "X"})),
        );
        configure.await.unwrap_err();
        let keep = world
            .app
            .parts()
            .store
            .keep(KeptKey([1; 32]), vec![1], world.now());
        acting_as(function, keep).await.unwrap_err();
        let stored = world
            .app
            .parts()
            .store
            .event(&event)
            .await
            .unwrap()
            .unwrap();
        let close = world.app.close_event(&event, stored.version);
        acting_as(function, close).await.unwrap_err();
    }
    let sync = world.app.begin(&event, SyncScope::Everyone);
    assert!(acting_as(Function::Reconcile, sync).await.is_err());
    assert_eq!(world.line.items(), items);
}

/// Everything the functions do, so that each is seen to need what it may write and no more.
#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "each step is something that one function does"
)]
async fn each_function_needs_what_it_may_write() {
    let world = World::cloud(Delivery::Wild);
    let stage = world.stage.clone().unwrap();
    world.configure("devcon", inviting()).await;
    world.feed(crowd(300));
    stage.time_of_each_process(Duration::ZERO);
    world.sync("devcon").await;
    stage.time_of_each_process(Duration::from_mins(10));
    let post = RunCommand::Dispatch {
        event: event(),
        waited: 0,
    };
    let orders = world.app.parts().orders.as_ref().unwrap();
    orders.order(&post, Duration::ZERO).await.unwrap();
    stage.work(&world.app).await.unwrap();
    assert_eq!(world.postbox.recipients().len(), 300);

    // A hook names somebody who is erased before it is read.
    let owner = Actor::Owner;
    let url = world.app.as_of(&owner).make_hook_address(&event()).await;
    let url = url.unwrap().expose_secret().to_owned();
    let (_, key) = url.rsplit_once('/').unwrap();
    let taken = world
        .app
        .receive_hook(
            &event(),
            key,
            &|_| None,
            br#"{"email":"p0001@example.org"}"#,
        )
        .await;
    assert_eq!(taken.unwrap(), Ok(()));

    // Somebody's mail comes back, somebody is erased by the flag, a few leave, and somebody comes.
    let about = world.postbox.taken().pop().unwrap().about.unwrap();
    let bounced = Feedback::Bounced("no such mailbox".to_owned());
    let told = world.app.feedback(&about, &bounced, Lasting::Permanent);
    acting_as(Function::Invite, told).await.unwrap();
    let mut feed = crowd(300);
    feed.truncate(297);
    feed[0]["company"] = json!("Umbrella");
    feed[1]["erased"] = json!(true);
    feed[2]["groups"] = json!(["Speakers"]);
    feed.push(person("ada"));
    // Whom nobody knows is erased at once, and who attends at the end of the run.
    feed.push(with(person("zoe"), json!({"erased": true})));
    world.feed(feed);
    world.sync("devcon").await;

    // The source is read because of the hook, and all events are looked at.
    world.wait_hours(1);
    for order in [RunCommand::Hooks { event: event() }, RunCommand::Watch] {
        stage.execute(&world.app, &order).await.unwrap();
    }
    let read = world.app.hooks(&event()).await.unwrap();
    assert_eq!(read.deliveries.len(), 1);

    // Many leave: that is held, and applied once it is approved.
    world.feed(crowd(20));
    let held = world.try_sync("devcon").await.unwrap();
    assert_eq!(held.state, RunState::Held);
    world.app.order_approval(&held.id).await.unwrap();
    let over = stage.work(&world.app).await.unwrap();
    assert_eq!(over[0].state, RunState::Succeeded, "{over:?}");

    // Another event goes, and a run of this one clears what it left.
    world.configure("camp", inviting()).await;
    world.feed(crowd(30));
    world.sync("camp").await;
    let camp: EventId = "camp".parse().unwrap();
    let version = world.app.event(&camp).await.unwrap().version;
    world.app.close_event(&camp, version).await.unwrap();
    // There is an order to send mail of it.
    let _orders = stage.drain_commands();
    world.feed(vec![
        with(person("p0000"), json!({"company": "Initrode"})),
        person("p0001"),
    ]);
    world
        .app
        .order_sync(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    stage.work(&world.app).await.unwrap();
    let closing = world.app.parts().store.closing(&acme()).await;
    assert_eq!(closing.unwrap(), []);
    let address = "p0000@example.org".parse().unwrap();
    let app = &world.app;
    app.as_of(&Actor::Owner)
        .erase_user(&acme(), &address)
        .await
        .unwrap();

    // Somebody stops a run, and a batch of it is applied after that.
    let mut feed = vec![person("p0001"), person("p0002")];
    feed.extend((0..50).map(|number| person(&format!("new{number}"))));
    world.feed(feed);
    let _orders = stage.drain_commands();
    let event = event();
    let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
    let run = started.id().clone();
    let soon = Instant::now() + Duration::from_millis(100);
    let worked = world.app.begin_run(started, soon);
    acting_as(Function::Fetch, worked).await.unwrap();
    world.app.stop(&run).await.unwrap();
    let order = stage.drain_commands().pop().unwrap();
    let soon = Instant::now() + Duration::from_secs(5);
    let worked = world.app.execute(&order, soon);
    acting_as(Function::Fetch, worked).await.unwrap();
    stage.reconcile_all(&world.app).await.unwrap();
    let stopped = world.app.run(&run).await.unwrap();
    assert_eq!(
        (stopped.state, stopped.counts.added),
        (RunState::Stopped, 50)
    );

    // The end of a run that wrote a long journal.
    let acme = acme();
    let (longer_than, now) = (FoldThreshold::ANYTHING, world.now());
    let fold = world
        .app
        .parts()
        .store
        .fold_memberships(&acme, longer_than, now);
    acting_as(Function::Fetch, fold).await.unwrap();

    let unneeded: Vec<String> = unneeded()
        .into_iter()
        .filter(|(function, access, _)| *function != Function::Http && *access == ItemAccess::Write)
        .map(|(function, _, pattern)| format!("{function:?} {pattern}"))
        .collect();
    // Only for what the version before left (`former_version`): items of memberships, and batches with groups that
    // nobody made yet.
    // And hooks that name somebody whom a delete flag erases.
    assert_eq!(
        unneeded,
        [
            "Fetch C#*#G#*",
            "Reconcile E#*#HOOK",
            "Reconcile C#*#GROUPS"
        ]
    );
}
