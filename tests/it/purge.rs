//! Events of whose people nothing is stored any more, once their time is over.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::list_file::read_list_file;
use attendee_sync_app::ports::RunCommand;
use attendee_sync_app::{Error, ImportColumns, ImportPart, hand_edit};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::hand::HandScope;
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, acme, address, crowd, devcon, person, with};
use serde_json::{Value, json};

/// The name of somebody who attends both events, and of somebody who attends the one that is purged.
const BOTH: &str = "adacanary";
const ONE: &str = "bocanary";

fn purging_after(time: &str) -> Value {
    json!({
        "purge_after": time,
        "guards": {"removals_percent": 1, "removals_count": 1},
        "invitations": {"enabled": true, "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
        }}
    })
}

/// Two events with people, changes, issues, invitations, groups, and removals that wait for approval.
async fn begun(world: &World) {
    world
        .configure("devcon", purging_after("2026-11-20T00:00"))
        .await;
    world.configure("summit", json!({})).await;
    world.feed(vec![person(BOTH)]);
    world.sync("summit").await;
    let people = |change: Value| {
        let mut feed = crowd(20);
        for name in [BOTH, ONE] {
            let grouped = json!({"groups": ["Both", "Devcon"]});
            feed.push(with(with(person(name), grouped), change.clone()));
        }
        feed
    };
    world.feed(people(json!({})));
    world.sync("devcon").await;
    world.feed(people(
        json!({"company": format!("{BOTH}-company {}", "x".repeat(300))}),
    ));
    world.sync("devcon").await;
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    world.feed(people(json!({"cancelled": true})));
    let held = world.try_sync("devcon").await.unwrap();
    assert_eq!(held.state, RunState::Held);
    let (group, ada) = (GroupName::parse("By hand").unwrap(), address(BOTH));
    world.app.grant(&acme(), &group, &ada).await.unwrap();
}

/// What is stored of the two people beside users and the other event.
fn left_of_people(world: &World) -> Vec<String> {
    let elsewhere = |pk: &str| pk.starts_with("C#acme#U#") || pk.starts_with("E#summit");
    let items = world.line.raw_items().into_iter();
    let items = items.filter(|item| !elsewhere(&item.key.pk));
    let texts = items.map(|item| {
        let text = item.unpacked::<Value>().or_else(|_| item.doc::<Value>());
        let text = text.map(|value| value.to_string()).unwrap_or_default();
        (format!("{}/{}", item.key.pk, item.key.sk), text)
    });
    texts
        .filter(|(_, text)| [BOTH, ONE].iter().any(|name| text.contains(name)))
        .map(|(key, text)| format!("{key}: {text}"))
        .collect()
}

/// What must be so once the event was purged so often.
async fn is_purged(world: &World, times: usize, context: &str) {
    assert_eq!(left_of_people(world), Vec::<String>::new(), "{context}");
    let store = &world.app.parts().store;
    let event = devcon();
    let attendees = store.attendees(&event, None, 9).await.unwrap();
    assert!(attendees.is_empty(), "{context}");
    let known = store.fingerprints(&event).await.unwrap();
    assert!(
        known.pages.is_empty() && known.journal.is_empty(),
        "{context}"
    );
    assert!(
        store.purging(&acme()).await.unwrap().is_empty(),
        "{context}"
    );
    for run in world.app.runs(&event, None, 9).await.unwrap() {
        assert!(world.changes(&run.id).await.is_empty(), "{context}");
        assert!(world.issues(&run.id).await.is_empty(), "{context}");
    }
    // Counts stay, and nothing waits any more.
    let first = world.app.run(&"devcon.1".parse().unwrap()).await.unwrap();
    assert_eq!(
        (first.counts.added, first.counts.records_read),
        (22, 22),
        "{context}"
    );
    let waiting = world.app.runs_that_wait(&event).await.unwrap();
    assert!(waiting.is_empty(), "{context}");
    // Users stay, without the event and the groups that it alone gave.
    for (name, events) in [(BOTH, "{EventId(\"summit\"): Attending}"), (ONE, "{}")] {
        let user = world.app.user(&acme(), &address(name)).await.unwrap();
        assert_eq!(format!("{:?}", user.events), events, "{context}");
    }
    let groups = world.groups().await;
    assert!(
        groups.contains("By hand: 1") && groups.contains("Devcon: 0"),
        "{context}: {groups}"
    );
    // The log has it, once.
    for _ in 0..2 {
        let log = world.app.audit(&acme(), None, 99).await.unwrap().0;
        let automatic = log.iter().filter(|entry| entry.by == Actor::Automatic);
        let told: Vec<String> = automatic.map(|entry| entry.action.in_words()).collect();
        let wanted = vec!["deleted what was stored about 22 attendees of devcon"; times];
        assert_eq!(told, wanted, "{context}");
    }
}

fn over(world: &World) {
    world.set_clock("2026-11-20T00:00:30Z".parse().unwrap());
}

#[tokio::test]
async fn counts_alone_stay_of_an_event_once_its_time_is_over() {
    let world = World::new();
    begun(&world).await;
    world.app.warm().await.unwrap();
    world.app.purge_what_is_due().await.unwrap();
    assert_eq!(world.people("devcon").await.len(), 22, "not yet");
    assert!(
        left_of_people(&world).len() >= 5,
        "{:?}",
        left_of_people(&world)
    );
    over(&world);
    world.app.purge_what_is_due().await.unwrap();
    is_purged(&world, 1, "at once").await;
    assert_eq!(world.people("devcon").await.len(), 0, "the index knows it");
    let writes = world.line.writes();
    world.app.purge_what_is_due().await.unwrap();
    assert_eq!(world.line.writes(), writes, "it was purged already");

    // It syncs no more, until its configuration says otherwise.
    let refused = world.try_sync("devcon").await;
    assert!(matches!(refused, Err(Error::Purged(_))), "{refused:?}");
    assert!(world.app.next_syncs().await.unwrap().is_empty());
    world
        .configure("devcon", purging_after("2026-12-20T00:00"))
        .await;
    world.feed(vec![person(ONE)]);
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.added, 1, "{run:?}");
    let view = world.app.schedule(&devcon()).await.unwrap().purge.unwrap();
    assert_eq!(
        (view.at.to_string().as_str(), view.done),
        ("2026-12-20T00:00:00Z", None)
    );
}

#[tokio::test]
async fn a_purge_that_is_cut_off_at_any_write_is_finished() {
    let calm = World::new();
    begun(&calm).await;
    over(&calm);
    let before = calm.line.writes();
    calm.app.purge_what_is_due().await.unwrap();
    let writes = calm.line.writes() - before;
    assert!(writes > 6, "{writes}");
    for crash_after in 0..writes {
        let line = FaultyTransport::new();
        let world = World::over(line.clone());
        begun(&world).await;
        over(&world);
        line.cut_after(crash_after);
        let _cut_off = world.app.purge_what_is_due().await;
        assert!(line.is_cut(), "no crash after {crash_after}");
        line.mend();
        let restarted = world.restarted();
        let next = restarted.app.recover().await.unwrap();
        assert!(next.is_empty(), "crash after {crash_after}: no run follows");
        restarted.app.purge_what_is_due().await.unwrap();
        is_purged(&restarted, 1, &format!("crash after {crash_after}")).await;
    }
}

#[tokio::test]
async fn the_entry_of_a_purge_is_written_once_whenever_the_process_ends() {
    for crash_after in 0..2 {
        let world = World::new();
        begun(&world).await;
        over(&world);
        world.app.purge_what_is_due().await.unwrap();
        world.line.cut_after(crash_after);
        let _cut_off = world.app.audit(&acme(), None, 9).await;
        world.line.mend();
        is_purged(&world, 1, &format!("crash after {crash_after}")).await;
    }
}

#[tokio::test]
async fn nothing_is_purged_while_a_run_is_under_way() {
    let world = World::new();
    begun(&world).await;
    world.feed(vec![person("cy"), person("di")]);
    let app = Arc::clone(&world.app);
    let clock = world.clock.clone();
    world.line.before_write(3, async move {
        clock.set("2026-11-20T00:00:30Z".parse().unwrap());
        app.purge_what_is_due().await.unwrap();
    });
    world.sync("devcon").await;
    assert!(world.people("devcon").await.len() >= 22);
    world.app.purge_what_is_due().await.unwrap();
    assert_eq!(world.people("devcon").await.len(), 0);
}

/// In the cloud a schedule orders it, and the function that reads sources does it.
#[tokio::test]
async fn a_schedule_of_the_cloud_purges() {
    let world = World::cloud(Delivery::Wild);
    begun(&world).await;
    let stage = world.stage.as_ref().unwrap();
    stage.work(&world.app).await.unwrap();
    over(&world);
    let due = RunCommand::Due { event: devcon() };
    let orders = world.app.parts().orders.as_ref().unwrap();
    orders.order(&due, Duration::ZERO).await.unwrap();
    stage.work(&world.app).await.unwrap();
    is_purged(&world, 1, "by a command").await;
}

#[tokio::test]
async fn no_configuration_purges_at_once() {
    let world = World::new();
    let refused = world
        .try_configure("devcon", purging_after("2025-11-20T00:00"))
        .await;
    let Err(Error::Configuration(problems)) = refused else {
        panic!("{refused:?}");
    };
    assert!(problems.to_string().contains("purge_after"), "{problems}");
    begun(&world).await;
    over(&world);
    // What is past is no reason to refuse another change.
    let renamed = with(
        purging_after("2026-11-20T00:00"),
        json!({"name": "Renamed"}),
    );
    world.configure("devcon", renamed).await;
}

#[tokio::test]
async fn nothing_about_people_is_set_by_hand_once_the_time_of_an_event_is_over() {
    let world = World::new();
    begun(&world).await;
    let (event, ada) = (devcon(), address(BOTH));
    let company = BTreeMap::from([("company".to_owned(), Some("Own Ltd".to_owned()))]);
    let edit = hand_edit(&company, None).unwrap();
    let list = read_list_file(b"email,first_name,last_name\nnew@example.org,New,Person\n").unwrap();
    let columns = ImportColumns::new();
    let report = serde_json::from_value(json!({"has_account": true})).unwrap();
    for moment in ["before the purge", "after the purge"] {
        over(&world);
        let before = world.line.raw_items();
        let app = &world.app;
        let refused = [
            app.put_by_hand(&event, &address("new"), &edit, HandScope::WalkIn)
                .await
                .map(drop),
            app.put_by_hand(&event, &ada, &edit, HandScope::Anybody)
                .await
                .map(drop),
            app.edit_own_profile(&event, &ada, &company).await.map(drop),
            app.preview_import(&event, &list, &columns).await.map(drop),
            app.import_list(&event, &list, &columns, ImportPart::default())
                .await
                .map(drop),
            app.report_activity(&event, &ada, &report).await.map(drop),
            app.set_blocked(&event, &ada, BlockChange::Put)
                .await
                .map(drop),
        ];
        for (number, refused) in refused.into_iter().enumerate() {
            assert!(
                matches!(refused, Err(Error::Purged(_))),
                "{moment}, {number}: {refused:?}"
            );
        }
        assert_eq!(world.line.raw_items(), before, "{moment}");
        world.app.purge_what_is_due().await.unwrap();
    }
    is_purged(&world, 1, "at the end").await;
    let later = purging_after("2026-12-20T00:00");
    world.configure("devcon", later).await;
    let added = world
        .app
        .import_list(&event, &list, &columns, ImportPart::default());
    assert_eq!(added.await.unwrap().added, 1);
}
