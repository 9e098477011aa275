//! The invariants of the design, each held by a test that fails when the code breaks it.

use attendee_sync_domain::issue::Severity;
use attendee_sync_domain::run::{Action, RunState};
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::json;

/// A world with the event `devcon` of three people.
async fn three() -> World {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(vec![person("ada"), person("bo"), person("cy")]);
    world.sync("devcon").await;
    world
}

#[tokio::test]
async fn missing_people_stay_attendees() {
    let world = three().await;
    let before = world.state("devcon").await;
    world.feed(vec![person("ada")]);
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.removed + run.counts.missing_removed, 0);
    assert_eq!(world.state("devcon").await, before);
}

#[tokio::test]
async fn missing_people_go_only_where_wanted_and_after_a_whole_feed() {
    let world = three().await;
    world
        .configure("devcon", json!({"missing": "remove_attendee"}))
        .await;
    world.feed_cut_off(vec![person("ada")]);
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    assert!(!run.complete);
    assert_eq!(
        run.reason.as_deref(),
        Some("page 2: the connection was closed")
    );
    assert_eq!(world.state("devcon").await.matches("attending").count(), 3);

    world.feed(vec![person("ada")]);
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.missing_removed, 2);
    assert_eq!(world.state("devcon").await.matches("attending").count(), 1);
    assert_eq!(world.groups().await, "Regular: 1");

    let quiet = world.line.writes();
    world.sync("devcon").await;
    assert_eq!(
        world.line.writes() - quiet,
        4,
        "a quiet run writes only itself"
    );

    world.feed(vec![person("ada"), person("bo")]);
    assert_eq!(world.sync("devcon").await.counts.added, 1);
}

#[tokio::test]
async fn who_is_rejected_is_not_missing_with_an_id_or_without() {
    let world = World::new();
    let mapping = json!({"email": "email", "first_name": "first", "last_name": "last"});
    world
        .configure(
            "devcon",
            json!({"missing": "remove_attendee", "mapping": mapping}),
        )
        .await;
    world.feed(vec![person("ada"), person("bo"), person("cy")]);
    world.sync("devcon").await;
    world.feed(vec![
        person("ada"),
        with(person("bo"), json!({"last": null})),
    ]);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.rejected, run.counts.missing_removed), (1, 1));
    let state = world.state("devcon").await;
    assert!(state.contains("bo@example.org attending"), "{state}");
}

#[tokio::test]
async fn nested_records_are_all_known_the_second_time_and_one_that_goes_is_missing() {
    let order = |names: &[&str]| {
        let people: Vec<_> = names.iter().map(|name| person(name)).collect();
        json!({"people": people})
    };
    let world = World::new();
    let source = json!({
        "url": "https://registration.example.org/", "records": "$[*].people[*]"
    });
    world
        .configure(
            "devcon",
            json!({"missing": "remove_attendee", "source": source}),
        )
        .await;
    let one = order(&["ada", "bo", "cy"]);
    world.feed(vec![one.clone(), order(&[]), order(&["di"])]);
    assert_eq!(world.sync("devcon").await.counts.added, 4);
    let quiet = world.line.writes();
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.records_read, run.counts.unchanged), (4, 4));
    assert_eq!(world.line.writes() - quiet, 4);

    world.feed(vec![order(&["ada", "cy"]), order(&["di"])]);
    let run = world.sync("devcon").await;
    assert_eq!(
        (run.counts.records_read, run.counts.missing_removed),
        (3, 1)
    );
    assert_eq!(world.state("devcon").await.matches("attending").count(), 3);
}

#[tokio::test]
async fn an_empty_feed_removes_nobody() {
    let world = three().await;
    world.feed(vec![]);
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!((run.state, run.counts.records_read), (RunState::Failed, 0));
    assert_eq!(world.state("devcon").await.matches("attending").count(), 3);
}

#[tokio::test]
async fn the_delete_flag_erases_from_the_whole_community() {
    let world = three().await;
    world.configure("summit", json!({})).await;
    world.feed(vec![person("bo"), person("cy")]);
    world.sync("summit").await;
    world.feed(vec![
        with(
            person("bo"),
            json!({"company": "Canary Ltd", "badge": "http://no"}),
        ),
        person("cy"),
    ]);
    let earlier = world.sync("summit").await;
    assert_eq!(world.issues(&earlier.id).await.len(), 1);

    world.feed(vec![
        person("ada"),
        with(person("bo"), json!({"erased": " YES "})),
        person("cy"),
    ]);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.removed, run.counts.erased), (1, 1));
    for event in ["devcon", "summit"] {
        let state = world.state(event).await;
        assert!(!state.contains("bo@"), "{state}");
    }
    assert_eq!(world.groups().await, "Regular: 2");
    let change = world.changes(&run.id).await;
    assert_eq!(change[0].action, Action::Erased);
    for (event, number) in [("devcon", 1), ("devcon", 2), ("summit", 1), ("summit", 2)] {
        let id = format!("{event}.{number}").parse().unwrap();
        let log = format!(
            "{:?} {:?}",
            world.changes(&id).await,
            world.issues(&id).await
        );
        assert!(
            !log.contains("bo@") && !log.contains("Canary") && !log.contains("R-bo"),
            "{log}"
        );
    }
    assert!(world.issues(&earlier.id).await.is_empty());
    // Their record in the other event is as it was: it does not bring them back.
    world.feed(vec![
        with(
            person("bo"),
            json!({"company": "Canary Ltd", "badge": "http://no"}),
        ),
        person("cy"),
    ]);
    world.sync("summit").await;
    assert!(!world.state("summit").await.contains("bo@"));
}

#[tokio::test]
async fn a_flag_that_is_neither_true_nor_false_deletes_nobody() {
    let world = three().await;
    for unclear in [
        json!("maybe"),
        json!("2"),
        json!("y e s"),
        json!(["true"]),
        json!("nein"),
    ] {
        world.feed(vec![with(person("ada"), json!({"erased": unclear}))]);
        let run = world.sync("devcon").await;
        assert_eq!(run.counts.erased, 0);
        let issues = world.issues(&run.id).await;
        assert_eq!(issues[0].code, "unclear_delete_flag", "{issues:?}");
        assert!(
            world
                .state("devcon")
                .await
                .contains("ada@example.org attending")
        );
    }
}

#[tokio::test]
async fn the_same_feed_twice_writes_nothing_but_the_run() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(crowd(300));
    assert_eq!(world.sync("devcon").await.counts.added, 300);
    let state = world.state("devcon").await;
    for _ in 0..2 {
        let writes = world.line.writes();
        let run = world.sync("devcon").await;
        assert_eq!(run.counts.unchanged, 300);
        assert_eq!(world.line.writes() - writes, 4);
    }
    assert_eq!(world.state("devcon").await, state);
}

#[tokio::test]
async fn the_order_of_a_feed_changes_nothing() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(50);
    world.feed(feed.clone());
    world.sync("devcon").await;
    feed.reverse();
    world.feed(feed);
    assert_eq!(world.sync("devcon").await.counts.unchanged, 50);
}

#[tokio::test]
async fn lost_fingerprints_are_rebuilt_and_change_nobody() {
    let world = three().await;
    let before = world.state("devcon").await;
    // Another meaning of the same records: every fingerprint is unknown.
    world.configure("devcon", json!({"rules": []})).await;
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.unchanged, run.counts.updated), (3, 0));
    assert_eq!(world.state("devcon").await, before);
    let writes = world.line.writes();
    world.sync("devcon").await;
    assert_eq!(world.line.writes() - writes, 4);
}

/// The second feed of the crash test: updates, a new person, a removal, an erasure, a merge.
fn second_feed() -> Vec<serde_json::Value> {
    let mut feed = crowd(130);
    let changes = [
        (3, json!({"company": "Hooli", "groups": ["Regular", "VIP"]})),
        (5, json!({"cancelled": true})),
        (7, json!({"erased": "true"})),
        (
            70,
            json!({"company": "Hooli", "groups": ["Regular", "VIP"]}),
        ),
        (
            110,
            json!({"company": "Hooli", "groups": ["Regular", "VIP"]}),
        ),
    ];
    for (number, change) in changes {
        if let Some(record) = feed.get_mut(number) {
            *record = with(record.clone(), change);
        }
    }
    feed.push(with(
        person("p0009"),
        json!({"id": "R-second", "groups": ["Speakers"]}),
    ));
    feed.push(person("zoe"));
    feed.push(json!({"id": "R-bad", "first": "No", "last": "Mail"}));
    feed
}

#[tokio::test]
async fn a_crash_between_any_two_writes_loses_nothing() {
    let calm = World::new();
    calm.configure("devcon", json!({})).await;
    calm.feed(crowd(130));
    calm.sync("devcon").await;
    let before = calm.line.writes();
    calm.feed(second_feed());
    let calm_run = calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    let (state, groups) = (calm.state("devcon").await, calm.groups().await);
    assert!(writes > 10, "{writes}");

    for crash_after in 0..writes {
        let line = FaultyTransport::new();
        let world = World::over(line.clone());
        world.configure("devcon", json!({})).await;
        world.feed(crowd(130));
        world.sync("devcon").await;
        world.feed(second_feed());
        line.cut_after(crash_after);
        let _cut_off = world.try_sync("devcon").await;
        assert!(line.is_cut(), "no crash after {crash_after} writes");
        drop(world);

        line.mend();
        let world = World::over(line);
        world.feed(second_feed());
        for run in world.app.recover().await.unwrap() {
            let run = world.app.finish(run).await.unwrap();
            assert_eq!(run.state, RunState::Succeeded, "crash after {crash_after}");
            assert!(
                run.counts.add_up(),
                "crash after {crash_after}: {:?}",
                run.counts
            );
            assert_eq!(
                run.counts.records_read, calm_run.counts.records_read,
                "crash after {crash_after}"
            );
        }
        world.sync("devcon").await;
        assert_eq!(
            world.state("devcon").await,
            state,
            "crash after {crash_after}"
        );
        assert_eq!(world.groups().await, groups, "crash after {crash_after}");
        let quiet = world.line.writes();
        let run = world.sync("devcon").await;
        assert_eq!(
            run.counts.added + run.counts.updated + run.counts.removed,
            0
        );
        assert_eq!(
            world.line.writes() - quiet,
            5,
            "crash after {crash_after}: one rejected record, one issue item"
        );
    }
}

#[tokio::test]
async fn a_bad_record_harms_only_itself() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(20);
    feed.insert(3, json!({"id": "R-bad", "first": "No", "last": "Mail"}));
    feed.insert(9, json!("just text"));
    feed.insert(12, with(person("x"), json!({"email": "not an address"})));
    feed.insert(
        15,
        with(
            person("nul"),
            json!({"first": "Nu\u{0}l", "company": "x".repeat(400_000)}),
        ),
    );
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.rejected), (21, 3));
    let issues = world.issues(&run.id).await;
    let errors: Vec<(u32, &str, Option<&str>)> = issues
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .map(|issue| {
            (
                issue.position,
                issue.reason.as_str(),
                issue.source_id.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        errors,
        [
            (4, "there is no e-mail address", Some("R-bad")),
            (10, "the record is text, not an object", None),
            (13, "there is no @ sign in the e-mail address", Some("R-x")),
        ]
    );
    assert!(
        world
            .state("devcon")
            .await
            .contains("nul@example.org attending Nul Example")
    );
}

#[tokio::test]
async fn one_run_at_a_time() {
    let world = three().await;
    let event = "devcon".parse().unwrap();
    let first = world
        .app
        .begin(&event, attendee_sync_app::SyncScope::Everyone)
        .await
        .unwrap();
    let error = world
        .app
        .begin(&event, attendee_sync_app::SyncScope::Everyone)
        .await
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "run devcon.2 is under way; wait until it ends, then try again"
    );
    world.app.finish(first).await.unwrap();
    assert!(
        world
            .app
            .begin(&event, attendee_sync_app::SyncScope::Everyone)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn one_events_sync_never_takes_away_a_group_another_gave() {
    let world = World::new();
    for event in ["devcon", "summit"] {
        world.configure(event, json!({})).await;
        world.feed(vec![with(
            person("ada"),
            json!({"groups": ["VIP", "Regular"]}),
        )]);
        world.sync(event).await;
    }
    world.feed(vec![with(person("ada"), json!({"groups": []}))]);
    let run = world.sync("devcon").await;
    assert_eq!(world.groups().await, "Regular: 1, VIP: 1");
    assert_eq!(
        world.changes(&run.id).await.len(),
        0,
        "nothing that people see"
    );
    world.sync("summit").await;
    assert_eq!(world.groups().await, "Regular: 0, VIP: 0");
}

#[tokio::test]
async fn counts_add_up_whatever_comes() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(250);
    feed.extend([
        person("p0001"),
        with(person("p0002"), json!({"groups": ["Late"]})),
        with(person("t"), json!({"test": true})),
        with(person("c"), json!({"cancelled": true})),
        with(person("e"), json!({"erased": true})),
        json!(7),
    ]);
    world.feed(feed.clone());
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.records_read, 256);
    assert_eq!(run.counts.added, 250);
    let run = world.sync("devcon").await;
    assert_eq!(
        (
            run.counts.records_read,
            run.counts.rejected,
            run.counts.ignored
        ),
        (256, 1, 1)
    );
    // The second record of a person goes: their group with it.
    feed.remove(251);
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.records_read, run.counts.updated), (255, 1));
    assert!(world.groups().await.contains("Late: 0"));
}

#[tokio::test]
async fn an_address_in_another_spelling_is_the_same_person() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(vec![
        with(person("jo"), json!({"email": "jo@b\u{fc}cher.example", "groups": ["A"]})),
        with(person("jo"), json!({"email": " JO@XN--BCHER-KVA.example ", "groups": ["B"], "company": "Hooli", "id": "R-jo-2"})),
    ]);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.counts.unchanged), (1, 1));
    assert!(
        world
            .state("devcon")
            .await
            .contains("Jo Example @ Hooli [A, B]")
            || world
                .state("devcon")
                .await
                .contains("jo Example @ Hooli [A, B]")
    );
    let issues = world.issues(&run.id).await;
    assert_eq!(
        (issues[0].severity, issues[0].position),
        (Severity::Notice, 2),
        "{issues:?}"
    );
}

#[tokio::test]
async fn a_profile_change_reaches_the_user_in_all_their_events() {
    let world = World::new();
    for event in ["devcon", "summit"] {
        world.configure(event, json!({})).await;
        world.feed(vec![with(
            person("ada"),
            json!({"id": event, "badge": format!("https://badges.example.org/{event}")}),
        )]);
        world.sync(event).await;
    }
    world.feed(vec![with(
        person("ada"),
        json!({"id": "devcon", "company": "Hooli", "badge": "https://badges.example.org/new"}),
    )]);
    world.sync("devcon").await;
    assert!(
        world
            .state("devcon")
            .await
            .contains("@ Hooli [Regular] https://badges.example.org/new")
    );
    assert!(
        world
            .state("summit")
            .await
            .contains("@ Hooli [Regular] https://badges.example.org/summit")
    );
    assert_eq!(
        world.people("summit").await[0].source_id.as_deref(),
        Some("summit")
    );
}

#[tokio::test]
async fn a_live_record_wins_over_a_removed_one_wherever_it_is_in_the_feed() {
    for removed_at in [0, 100, 250] {
        let world = World::new();
        world.configure("devcon", json!({})).await;
        let mut feed = crowd(250);
        feed.insert(
            removed_at,
            with(person("p0120"), json!({"id": "R-old", "cancelled": true})),
        );
        world.feed(feed);
        assert_eq!(world.sync("devcon").await.counts.added, 250);
        let writes = world.line.writes();
        let run = world.sync("devcon").await;
        assert_eq!(
            (run.counts.unchanged, run.counts.issues),
            (251, 0),
            "removed at {removed_at}"
        );
        assert_eq!(world.line.writes() - writes, 4, "removed at {removed_at}");
        assert!(
            world
                .state("devcon")
                .await
                .contains("p0120@example.org attending")
        );
    }
}

#[tokio::test]
async fn long_texts_and_many_groups_go_through() {
    let world = World::new();
    let mapping = json!({
        "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
        "groups": "groups", "biography": "bio", "additional_info": "info"
    });
    world.configure("devcon", json!({"mapping": mapping})).await;
    // Texts that do not compress.
    let text = |seed: u32| -> String {
        (0..4_000_u32)
            .map(|n| {
                char::from_u32(
                    0x4e00 + (n.wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(40_503)) % 20_000,
                )
                .unwrap()
            })
            .collect()
    };
    let feed = (0..60_u32)
        .map(|n| {
            let groups: Vec<String> = (0..100).map(|group| format!("Group {n} {group}")).collect();
            with(
                person(&format!("p{n}")),
                json!({"bio": text(n), "info": text(n + 1_000), "groups": groups}),
            )
        })
        .collect();
    world.feed(feed);
    assert_eq!(world.sync("devcon").await.counts.added, 60);
    assert_eq!(world.sync("devcon").await.counts.unchanged, 60);
    assert_eq!(world.people("devcon").await[0].groups.len(), 100);
}

#[tokio::test]
async fn an_erasure_takes_out_issues_under_ids_they_no_longer_have() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let no_badge = |id: &str| with(person("ada"), json!({"id": id, "badge": "http://no"}));
    world.feed(vec![
        no_badge("R-old"),
        with(person("bo"), json!({"last": ""})),
    ]);
    let first = world.sync("devcon").await;
    assert_eq!(world.issues(&first.id).await.len(), 2);
    world.feed(vec![
        no_badge("R-new"),
        with(person("bo"), json!({"last": ""})),
    ]);
    world.sync("devcon").await;
    let erased = json!({"erased": true});
    world.feed(vec![
        with(no_badge("R-new"), erased.clone()),
        with(person("bo"), erased),
    ]);
    world.sync("devcon").await;
    for number in 1..=3 {
        let id = format!("devcon.{number}").parse().unwrap();
        let issues = world.issues(&id).await;
        assert!(issues.is_empty(), "run {number}: {issues:?}");
    }
}
