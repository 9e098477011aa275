//! Notices: what people are told when an event comes to need them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::EventHealth;
use attendee_sync_app::ports::RunCommand;
use attendee_sync_domain::config::{HookSettings, HookSignature};
use attendee_sync_domain::hook::verify;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::poster::PostedMessage;
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::{World, crowd};
use serde_json::{Value, json};

const SLACK: &str = "https://hooks.example.org/T0";
const PROGRAM: &str = "https://ops.example.org/notices";

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn notifying() -> Value {
    json!({
        "notify": [
            {"to": "mailto:crew@devcon.example", "on": ["failing", "held", "recovered", "overdue"]},
            {"to": SLACK, "format": "slack"},
            {"to": PROGRAM, "on": ["failing", "recovered"]}
        ],
        "invitations": {"template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Come"
        }},
        "missing": "remove_attendee"
    })
}

async fn begun() -> World {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", notifying()).await;
    world.feed(crowd(40));
    world.sync("devcon").await;
    deliver(&world).await;
    world
}

async fn deliver(world: &World) {
    let stage = world.stage.as_ref().unwrap();
    let orders = stage.drain_commands();
    for order in orders {
        match order {
            RunCommand::Notices { event } => {
                let sent = acting_as(Function::Invite, world.app.send_notices(&event));
                sent.await.unwrap();
            }
            RunCommand::Retry { .. } => {}
            other => drop(stage.execute(&world.app, &other).await.unwrap()),
        }
    }
}

fn posted(world: &World, to: &str) -> Vec<PostedMessage> {
    let all = world.base().poster.posted().into_iter();
    all.filter(|message| message.url == to).collect()
}

fn subjects(world: &World) -> Vec<String> {
    let mails = world.postbox.taken().into_iter();
    mails.map(|mail| mail.letter.subject).collect()
}

#[tokio::test]
async fn a_source_that_fails_is_told_of_once_and_again_when_it_is_well() {
    let world = begun().await;
    assert!(subjects(&world).is_empty() && world.base().poster.posted().is_empty());
    world.feed_cut_off(Vec::new());
    for _ in 0..2 {
        let run = world.try_sync("devcon").await.unwrap();
        assert_eq!(run.state, RunState::Failed);
        deliver(&world).await;
    }
    assert_eq!(subjects(&world), ["devcon: The sync is failing"]);
    let mail = &world.postbox.taken()[0];
    assert_eq!(mail.to.address.as_str(), "crew@devcon.example");
    let link = "https://console.example.org/events/devcon/runs/2";
    assert!(mail.letter.text.contains(link) && mail.letter.html.contains(link));
    let slack = posted(&world, SLACK);
    assert_eq!(slack.len(), 1);
    let said: Value = serde_json::from_str(&slack[0].body).unwrap();
    assert!(said["text"].as_str().unwrap().contains(link), "{said}");
    let program = posted(&world, PROGRAM);
    assert_eq!(program.len(), 1);
    let (secret, now) = (
        world.app.notice_secret(&event()).await.unwrap(),
        world.now(),
    );
    let header = |name: &str| {
        let found = program[0].headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    };
    let signed = HookSettings {
        signature: HookSignature::StandardWebhooks,
        ..HookSettings::default()
    };
    let body = program[0].body.as_bytes();
    assert_eq!(verify(&signed, &secret, &header, body, now), Ok(()));

    world.feed(crowd(40));
    world.sync("devcon").await;
    deliver(&world).await;
    assert_eq!(subjects(&world).len(), 1, "it may flap");
    world.wait_hours(2);
    world.app.watch().await.unwrap();
    deliver(&world).await;
    assert_eq!(subjects(&world)[1..], ["devcon: The sync works again"]);
    assert_eq!(posted(&world, PROGRAM).len(), 2);
}

#[tokio::test]
async fn what_waits_for_somebody_is_told_with_the_page_where_they_decide() {
    let world = begun().await;
    world.feed(crowd(3));
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held);
    deliver(&world).await;
    assert_eq!(subjects(&world), ["devcon: Changes wait for you"]);
    let link = format!(
        "https://console.example.org/events/devcon/runs/{}",
        run.id.number.0
    );
    assert!(world.postbox.taken()[0].letter.text.contains(&link));
    assert!(posted(&world, PROGRAM).is_empty());
}

#[tokio::test]
async fn an_event_whose_schedule_was_lost_is_told_of_and_syncs() {
    let world = begun().await;
    let daily = json!({"schedule": {"auto_sync": "daily", "daily_at": "06:00"}});
    let mut change = notifying();
    change["schedule"] = daily["schedule"].clone();
    world.configure("devcon", change).await;
    world.sync("devcon").await;
    deliver(&world).await;
    // Nothing starts it: the schedule is gone.
    world.wait_hours(26);
    world.app.watch().await.unwrap();
    let stage = world.stage.as_ref().unwrap();
    assert!(stage.orders().contains(&RunCommand::Due { event: event() }));
    let runs = world
        .app
        .newest_run(&event())
        .await
        .unwrap()
        .unwrap()
        .id
        .number;
    deliver(&world).await;
    deliver(&world).await;
    assert_eq!(subjects(&world), ["devcon: A sync is overdue"]);
    let newest = world.app.newest_run(&event()).await.unwrap().unwrap();
    assert!(newest.id.number > runs && newest.state == RunState::Succeeded);
    let owner = attendee_sync_domain::authority::Authority::owner();
    let shown = world
        .app
        .dashboard(&owner, &attendee_sync_app::DashboardFilter::default())
        .await;
    assert_eq!(shown.unwrap().events[0].health, EventHealth::Well);
}

#[tokio::test]
async fn no_end_of_a_process_loses_a_notice_or_mails_one_twice() {
    for writes in 0.. {
        let world = begun().await;
        world.feed_cut_off(Vec::new());
        world.try_sync("devcon").await.unwrap();
        let stage = world.stage.as_ref().unwrap();
        drop(stage.drain_commands());
        world.line.cut_after(writes);
        let sent = world.app.send_notices(&event()).await;
        let is_through = !world.line.is_cut();
        assert_eq!(sent.is_ok(), is_through, "after {writes}");
        world.line.mend();
        world.wait_hours(1);
        world.app.watch().await.unwrap();
        for _ in 0..3 {
            deliver(&world).await;
            world.wait_hours(2);
        }
        assert!(subjects(&world).len() <= 1, "after {writes}");
        for to in [SLACK, PROGRAM] {
            let came = posted(&world, to);
            let mut ids: Vec<_> = came.iter().map(|message| &message.body).collect();
            ids.dedup();
            assert!(
                !came.is_empty() && ids.len() == 1,
                "after {writes}: {came:?}"
            );
        }
        if is_through {
            assert_eq!(subjects(&world).len(), 1);
            return;
        }
    }
}

#[tokio::test]
async fn a_receiver_that_is_away_is_tried_again() {
    let world = begun().await;
    world.base().poster.refuses(true);
    world.feed_cut_off(Vec::new());
    world.try_sync("devcon").await.unwrap();
    deliver(&world).await;
    assert_eq!(posted(&world, SLACK).len(), 1);
    world.base().poster.refuses(false);
    world.wait_hours(1);
    deliver(&world).await;
    assert_eq!(posted(&world, SLACK).len(), 2);
    world.wait_hours(1);
    deliver(&world).await;
    assert_eq!(posted(&world, SLACK).len(), 2);
    assert_eq!(subjects(&world).len(), 1);
}
