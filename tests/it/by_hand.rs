//! What a person does by hand: groups given and taken away, and erasures.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use attendee_sync_app::{Erased, Error, Granted};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, acme, address, person, with};
use attendee_sync_tests::TestCli;
use serde_json::{Value, json};
use tokio::sync::Notify;

fn group(name: &str) -> GroupName {
    GroupName::parse(name).unwrap()
}

async fn begun(world: &World) {
    for event in ["devcon", "summit"] {
        world.configure(event, json!({})).await;
        world.feed(vec![person("ada"), person("bo")]);
        world.sync(event).await;
    }
}

/// Two events with the same two people.
async fn two_events() -> World {
    let world = World::new();
    begun(&world).await;
    world
}

async fn grant(world: &World, name: &str, member: &str) -> Result<Granted, Error> {
    let (group, address) = (group(name), address(member));
    world.app.grant(&acme(), &group, &address).await
}

async fn revoke(world: &World, name: &str, member: &str) -> Result<Granted, Error> {
    let (group, address) = (group(name), address(member));
    world.app.revoke(&acme(), &group, &address).await
}

/// How a user's groups are given, in a line.
async fn groups_of(world: &World, name: &str) -> String {
    let user = world.app.user(&acme(), &address(name)).await.unwrap();
    let one = |grant: &attendee_sync_app::GrantView| {
        let by: Vec<String> = grant.by.iter().map(ToString::to_string).collect();
        format!("{} by {}", grant.name, by.join("+"))
    };
    let all: Vec<String> = user.groups.iter().map(one).collect();
    all.join(", ")
}

#[tokio::test]
async fn no_sync_takes_away_what_was_given_by_hand() {
    let world = two_events().await;
    assert!(grant(&world, "VIP", "ada").await.unwrap().changed);
    assert!(grant(&world, "Regular", "ada").await.unwrap().changed);
    let feeds = [
        json!({"groups": ["vip"]}),
        json!({"groups": []}),
        json!({"cancelled": true}),
        json!({"groups": ["Other"]}),
    ];
    for change in feeds {
        for event in ["devcon", "summit"] {
            world.feed(vec![with(person("ada"), change.clone()), person("bo")]);
            world.sync(event).await;
        }
        let groups = groups_of(&world, "ada").await;
        assert!(groups.contains("VIP by "), "{change} {groups}");
        assert!(groups.contains("Regular by "), "{change} {groups}");
        assert_eq!(groups.matches("hand").count(), 2, "{change} {groups}");
    }
    assert_eq!(world.groups().await, "Other: 1, Regular: 2, VIP: 1");
    let revoked = revoke(&world, "vip", "ada").await.unwrap();
    assert!(revoked.changed && revoked.by.is_empty(), "{revoked:?}");
    assert_eq!(world.groups().await, "Other: 1, Regular: 2, VIP: 0");
}

#[tokio::test]
async fn what_is_given_twice_is_written_once_under_its_first_spelling() {
    let world = two_events().await;
    let before = world.app.user(&acme(), &address("ada")).await.unwrap();
    let first = grant(&world, "Green  Room", "ada").await.unwrap();
    assert_eq!(first.group, group("Green Room"));
    let after = world.app.user(&acme(), &address("ada")).await.unwrap();
    assert!(after.updated > before.updated);
    let writes = world.line.writes();
    let again = grant(&world, "GREEN ROOM", "ada").await.unwrap();
    assert_eq!((again.changed, again.group), (false, group("Green Room")));
    assert!(!revoke(&world, "Nowhere", "ada").await.unwrap().changed);
    assert!(!revoke(&world, "Green Room", "bo").await.unwrap().changed);
    assert_eq!(world.line.writes(), writes);
    let other = grant(&world, "green room", "bo").await.unwrap();
    assert_eq!(other.group, group("Green Room"));
    assert_eq!(world.groups().await, "Green Room: 2, Regular: 2");

    // An event's grant stays when that of a person goes.
    grant(&world, "Regular", "ada").await.unwrap();
    let kept = revoke(&world, "Regular", "ada").await.unwrap();
    assert_eq!((kept.changed, kept.by.len()), (true, 2));
    assert_eq!(world.groups().await, "Green Room: 2, Regular: 2");
}

#[tokio::test]
async fn only_users_are_given_groups_and_no_error_says_who_was_meant() {
    let world = two_events().await;
    world.app.erase_user(&acme(), &address("bo")).await.unwrap();
    let writes = world.line.writes();
    for name in ["bo", "canary"] {
        for error in [
            grant(&world, "VIP", name).await.unwrap_err(),
            revoke(&world, "Regular", name).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::NoPerson), "{error:?}");
            let said = format!("{error} {error:?}");
            assert!(!said.contains(&format!("{name}@")), "{said}");
        }
    }
    assert_eq!(world.line.writes(), writes);
    let nowhere: CommunityId = "nowhere".parse().unwrap();
    let error = world.app.erase_user(&nowhere, &address("canary")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::NoCommunity(_)), "{error:?}");
    world.line.cut_after(0);
    let error = grant(&world, "VIP", "ada").await.unwrap_err();
    assert!(!format!("{error:?}").contains("ada@"), "{error:?}");
}

#[tokio::test]
async fn a_grant_is_whole_or_not_there() {
    for crash_after in 0..3 {
        let world = two_events().await;
        world.line.cut_after(crash_after);
        let cut_off = grant(&world, "VIP", "ada").await.is_err();
        world.line.mend();
        assert_eq!(cut_off, crash_after == 0, "one write");
        let is_in = groups_of(&world, "ada").await.contains("VIP by hand");
        let sizes = world.groups().await;
        let (with, without) = ("Regular: 2, VIP: 1", "Regular: 2");
        assert_eq!(sizes, if is_in { with } else { without });
        assert!(grant(&world, "VIP", "ada").await.is_ok());
        assert_eq!(world.groups().await, with);

        world.line.cut_after(crash_after);
        let _cut_off = revoke(&world, "VIP", "ada").await;
        world.line.mend();
        let is_in = groups_of(&world, "ada").await.contains("VIP by hand");
        let out = "Regular: 2, VIP: 0";
        assert_eq!(world.groups().await, if is_in { with } else { out });
        assert!(revoke(&world, "VIP", "ada").await.is_ok());
        assert_eq!(world.groups().await, out);
    }
}

#[tokio::test]
async fn a_grant_amid_a_sync_and_the_sync_are_both_kept() {
    let changed = || {
        let ada = json!({"company": "Hooli", "groups": ["Press"]});
        vec![with(person("ada"), ada), person("bo")]
    };
    let calm = two_events().await;
    let before = calm.line.writes();
    calm.feed(changed());
    calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    for at in 0..writes {
        let world = two_events().await;
        world.feed(changed());
        let app = Arc::clone(&world.app);
        world.line.before_write(at, async move {
            let granted = app.grant(&acme(), &group("VIP"), &address("ada")).await;
            granted.unwrap();
        });
        let run = world.sync("devcon").await;
        assert_eq!(run.counts.updated, 1, "before write {at}");
        assert_eq!(
            groups_of(&world, "ada").await,
            "Press by event:devcon, Regular by event:summit, VIP by hand",
            "before write {at}"
        );
        let state = world.state("devcon").await;
        assert!(state.contains("ada Example @ Hooli"), "before write {at}");
        assert_eq!(world.groups().await, "Press: 1, Regular: 2, VIP: 1");
    }
}

#[tokio::test]
async fn a_sync_amid_a_grant_is_kept_too() {
    let world = Arc::new(two_events().await);
    world.feed(vec![
        with(
            person("ada"),
            json!({"groups": ["VIP"], "company": "Hooli"}),
        ),
        person("bo"),
    ]);
    // The group is new to both.
    let inner = Arc::clone(&world);
    world.line.before_write(0, async move {
        Box::pin(inner.sync("devcon")).await;
    });
    grant(&world, "vip", "ada").await.unwrap();
    assert_eq!(
        groups_of(&world, "ada").await,
        "Regular by event:summit, VIP by event:devcon+hand"
    );
    assert_eq!(world.groups().await, "Regular: 2, VIP: 1");
}

/// What any run of any event still says, in changes and in issues.
async fn logs(world: &World) -> String {
    let mut text = String::new();
    for event in ["devcon", "summit"] {
        let event: EventId = event.parse().unwrap();
        for run in world.app.runs(&event, None, 50).await.unwrap() {
            let changes = world.changes(&run.id).await;
            let issues = world.issues(&run.id).await;
            let held = world.app.held(&run.id, 0).await.unwrap();
            writeln!(text, "{changes:?} {issues:?} {held:?}").unwrap();
        }
    }
    text
}

async fn is_nowhere(world: &World, name: &str, when: &str) {
    for event in ["devcon", "summit"] {
        let state = world.state(event).await;
        assert!(!state.contains(&format!("{name}@")), "{when}: {state}");
        let event = event.parse().unwrap();
        let access = world.app.access(&event, &address(name)).await.unwrap();
        assert!(!access.allowed, "{when}: {access:?}");
    }
    let logs = logs(world).await;
    assert!(!logs.contains(&format!("{name}@")), "{when}: {logs}");
    assert!(!logs.contains(&format!("R-{name}")), "{when}: {logs}");
    let groups = world.groups().await;
    assert!(groups.contains("Regular: 1"), "{when}: {groups}");
    let left = world.app.parts().store.erasures(&acme()).await.unwrap();
    assert!(left.is_empty(), "{when}: {left:?}");
}

#[tokio::test]
async fn an_erasure_by_hand_does_what_the_delete_flag_does() {
    let world = two_events().await;
    grant(&world, "VIP", "bo").await.unwrap();
    let erase = || async { world.app.erase_user(&acme(), &address("bo")).await.unwrap() };
    assert_eq!(erase().await, Erased::Now);
    is_nowhere(&world, "bo", "at once").await;
    assert_eq!(world.groups().await, "Regular: 1, VIP: 0");
    assert_eq!(erase().await, Erased::Already);
    // Their records are as they were: they do not bring them back.
    for event in ["devcon", "summit"] {
        world.feed(vec![person("ada"), person("bo")]);
        world.sync(event).await;
    }
    is_nowhere(&world, "bo", "after syncs").await;
    // A changed one, in a newer run, does.
    world.feed(vec![
        person("ada"),
        with(person("bo"), json!({"company": "Hooli"})),
    ]);
    world.sync("devcon").await;
    let event = "devcon".parse().unwrap();
    let back = world.app.access(&event, &address("bo")).await.unwrap();
    assert!(back.allowed, "{back:?}");
    assert_eq!(groups_of(&world, "bo").await, "Regular by event:devcon");
    assert_eq!(erase().await, Erased::Now);
    is_nowhere(&world, "bo", "again").await;
}

/// Only a record by which they attend brings them back: one that takes them out leaves nothing of them.
#[tokio::test]
async fn nothing_is_kept_of_the_erased_whom_a_rule_takes_out() {
    let world = two_events().await;
    let rules = json!({"rules": [{"when": "cancelled", "then": "remove_attendee"}]});
    world.configure("devcon", rules).await;
    world.feed(vec![person("ada"), person("bo")]);
    world.sync("devcon").await;
    for name in ["bo", "zoe"] {
        world.app.erase_user(&acme(), &address(name)).await.unwrap();
    }
    let cancelled = |name| with(person(name), json!({"cancelled": true}));
    world.feed(vec![person("ada"), cancelled("bo"), cancelled("zoe")]);
    for when in ["in the next run", "in the one after"] {
        world.sync("devcon").await;
        let event = "devcon".parse().unwrap();
        let stored = world
            .app
            .parts()
            .store
            .attendees(&event, None, 9)
            .await
            .unwrap();
        assert_eq!(stored.len(), 1, "{when}: {stored:?}");
        is_nowhere(&world, "bo", when).await;
    }
    world.feed(vec![person("ada"), person("bo"), cancelled("zoe")]);
    world.sync("devcon").await;
    let event = "devcon".parse().unwrap();
    let back = world.app.access(&event, &address("bo")).await.unwrap();
    assert!(
        !back.allowed,
        "their record is as it was when they were erased: {back:?}"
    );
}

#[tokio::test]
async fn an_erasure_that_was_cut_off_is_finished_by_asking_again_or_by_the_next_run() {
    let calm = two_events().await;
    let before = calm.line.writes();
    calm.app.erase_user(&acme(), &address("bo")).await.unwrap();
    let writes = calm.line.writes() - before;
    assert!(writes > 4, "{writes}");
    for crash_after in 0..=writes {
        for again in [true, false] {
            let line = FaultyTransport::new();
            let world = World::over(line.clone());
            begun(&world).await;
            line.cut_after(crash_after);
            let cut_off = world.app.erase_user(&acme(), &address("bo")).await.is_err();
            assert_eq!(cut_off, crash_after < writes);
            line.mend();
            let event = "devcon".parse().unwrap();
            let access = world.app.access(&event, &address("bo")).await.unwrap();
            assert_eq!(access.allowed, crash_after == 0);
            if again || crash_after == 0 {
                let erased = world.app.erase_user(&acme(), &address("bo")).await;
                let begun = if crash_after == 0 {
                    Erased::Now
                } else {
                    Erased::Already
                };
                assert_eq!(erased.unwrap(), begun);
            } else {
                world.feed(vec![person("ada"), person("bo")]);
                world.sync("summit").await;
            }
            is_nowhere(&world, "bo", &format!("crash after {crash_after}")).await;
        }
    }
}

/// Erases somebody before each write of a sync of this feed in turn.
async fn erased_amid_a_sync(name: &'static str, feed: fn() -> Vec<Value>) {
    let calm = two_events().await;
    let before = calm.line.writes();
    calm.feed(feed());
    calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    assert!(writes > 4, "{writes}");
    for at in 0..writes {
        let world = two_events().await;
        world.feed(feed());
        let app = Arc::clone(&world.app);
        world.line.before_write(at, async move {
            app.erase_user(&acme(), &address(name)).await.unwrap();
        });
        world.try_sync("devcon").await.unwrap();
        let id = RunId {
            event: "devcon".parse().unwrap(),
            number: RunNumber(2),
        };
        assert!(world.app.run(&id).await.unwrap().counts.add_up());
        // Before its first write the run had no number yet: it is newer than the erasure.
        if at > 0 {
            let state = world.state("devcon").await;
            assert!(
                !state.contains(&format!("{name}@")),
                "before write {at}: {state}"
            );
            let logs = logs(&world).await;
            assert!(
                !logs.contains(&format!("{name}@")),
                "before write {at}: {logs}"
            );
        }
    }
}

#[tokio::test]
async fn a_run_under_way_does_not_bring_back_who_is_erased_amid_it() {
    let changed = || {
        vec![
            person("ada"),
            with(person("bo"), json!({"company": "Hooli", "groups": ["VIP"]})),
        ]
    };
    erased_amid_a_sync("bo", changed).await;
    // Their attendee alone changes.
    let badge = || {
        let badge = json!({"badge": "https://badges.example.org/2.pdf"});
        vec![person("ada"), with(person("bo"), badge)]
    };
    erased_amid_a_sync("bo", badge).await;
}

#[tokio::test]
async fn a_run_under_way_does_not_bring_in_a_stranger_who_was_to_be_erased() {
    erased_amid_a_sync("zoe", || vec![person("ada"), person("bo"), person("zoe")]).await;
}

/// Lets an erasure come as far as its write `stop` before a sync's write `at` is done, and go on
/// after the sync has ended.
async fn crossed(at: i64, stop: i64) {
    let world = two_events().await;
    let badge = json!({"badge": "https://badges.example.org/2.pdf"});
    world.feed(vec![person("ada"), with(person("bo"), badge)]);
    let (reached, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let erasing = Arc::new(Mutex::new(None));
    let happens = {
        let (app, line) = (Arc::clone(&world.app), world.line.clone());
        let (reached, go, erasing) = (Arc::clone(&reached), Arc::clone(&go), Arc::clone(&erasing));
        async move {
            let there = Arc::clone(&reached);
            line.before_write(stop, async move {
                there.notify_one();
                go.notified().await;
            });
            let over = Arc::clone(&reached);
            *erasing.lock().unwrap() = Some(tokio::spawn(async move {
                let erased = app.erase_user(&acme(), &address("bo")).await;
                over.notify_one();
                erased.unwrap()
            }));
            reached.notified().await;
        }
    };
    world.line.before_write(at, happens);
    world.try_sync("devcon").await.unwrap();
    go.notify_one();
    let task = erasing.lock().unwrap().take().unwrap();
    task.await.unwrap();
    is_nowhere(
        &world,
        "bo",
        &format!("sync write {at}, erasure write {stop}"),
    )
    .await;
}

#[tokio::test]
async fn what_a_run_writes_of_somebody_while_they_are_erased_goes_too() {
    for at in 1..4 {
        for stop in 0..5 {
            crossed(at, stop).await;
        }
    }
}

#[tokio::test]
async fn an_erasure_amid_an_erasure_changes_nothing() {
    let calm = two_events().await;
    let before = calm.line.writes();
    calm.app.erase_user(&acme(), &address("bo")).await.unwrap();
    for at in 0..calm.line.writes() - before {
        let world = two_events().await;
        let app = Arc::clone(&world.app);
        world.line.before_write(at, async move {
            app.erase_user(&acme(), &address("bo")).await.unwrap();
        });
        world.app.erase_user(&acme(), &address("bo")).await.unwrap();
        is_nowhere(&world, "bo", &format!("before write {at}")).await;
    }
}

#[test]
fn the_commands_say_what_they_did_and_refuse_what_they_should() {
    let cli = TestCli::new();
    let file = cli.data_dir().join("devcon.json");
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"}
    });
    std::fs::write(&file, document.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let _configured = cli.json(&["configure", file]);
    let explained = cli.json(&["explain", "devcon", "canary@example.org"]);
    assert_eq!(explained["access"]["allowed"], false);
    assert_eq!(
        explained["access"]["reason"],
        "Nobody with this address is in the event; no recent sync has read the whole feed"
    );
    let refused: [&[&str]; 5] = [
        &["explain", "nowhere", "canary@example.org"],
        &["explain", "devcon", "canary"],
        &["erase", "acme", "canary@example.org"],
        &["erase", "nowhere", "canary@example.org", "--yes"],
        &["group", "add", "acme", "VIP", "canary@example.org"],
    ];
    for arguments in refused {
        let outcome = cli.run(arguments).expect_status(2);
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!said.contains("canary@"), "{said}");
    }
    let outcomes = ["nobody_known", "already_erased"];
    for outcome in outcomes {
        let erased = cli.json(&["erase", "acme", "canary@example.org", "--yes"]);
        assert_eq!(erased["outcome"], outcome);
    }
}

#[tokio::test]
async fn who_is_erased_between_two_reads_of_a_sync_does_not_come_back_with_its_writes() {
    // What changes is the attendee's alone: nothing is written of their user.
    let news = json!({"badge": "https://badges.example.org/new.pdf"});
    let feed = || vec![person("ada"), with(person("bo"), news.clone())];
    let calm = two_events().await;
    calm.feed(feed());
    let before = calm.line.reads();
    calm.sync("devcon").await;
    for read in 0..calm.line.reads() - before {
        let world = two_events().await;
        world.feed(feed());
        let app = Arc::clone(&world.app);
        world.line.before_read(read, async move {
            app.erase_user(&acme(), &address("bo")).await.unwrap();
        });
        world.sync("devcon").await;
        let devcon: EventId = "devcon".parse().unwrap();
        let people = world
            .app
            .parts()
            .store
            .attendees(&devcon, None, 9)
            .await
            .unwrap();
        let erased = world.app.erase_user(&acme(), &address("bo")).await.unwrap();
        // A run that is opened after the erasure hears of them anew: the record is another one.
        let stay = if erased == Erased::Already { 1 } else { 2 };
        assert_eq!(people.len(), stay, "before read {read}: {people:?}");
    }
}
