//! Reads of less than everything: unless it changed, what changed since, one person. They end in
//! the state that reading everything ends in, and take nobody for missing.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::SyncScope;
use attendee_sync_app::ports::{ReadMode, Validators};
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Coverage, RunState};
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::world::{World, crowd, person, with};
use jiff::Timestamp;
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn validators() -> Validators {
    Validators {
        etag: Some("\"v1\"".to_owned()),
        last_modified: None,
    }
}

fn tagged(records: Vec<Value>) -> Scripted {
    Scripted {
        records,
        validators: Some(validators()),
        ..Scripted::default()
    }
}

#[tokio::test]
async fn a_feed_that_is_as_it_was_is_not_read_and_nobody_is_missing() {
    let world = World::new();
    world
        .configure("devcon", json!({"missing": "remove_attendee"}))
        .await;
    world.script(tagged(crowd(30)));
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);

    let before = world.line.writes();
    let run = world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Unless(validators()));
    assert_eq!(run.extent, Coverage::NotModified);
    assert_eq!(run.counts.records_read, 0);
    assert_eq!(
        world.line.writes() - before,
        4,
        "state and run, when it opens and closes"
    );
    assert_eq!(
        world.state("devcon").await.matches(" attending ").count(),
        30
    );
    world.sync("devcon").await;
    assert_eq!(
        world.asked(),
        ReadMode::Unless(validators()),
        "it is asked the same again"
    );
}

#[tokio::test]
async fn what_decides_the_meaning_of_a_feed_has_everything_read_again() {
    for change in [
        json!({"missing": "remove_attendee"}),
        json!({"rules": []}),
        json!({"source": {"url": "https://registration.example.org/other"}}),
        json!({"mapping": {"email": "email", "first_name": "first", "last_name": "last"}}),
    ] {
        let world = World::new();
        world.configure("devcon", json!({})).await;
        world.script(tagged(crowd(3)));
        world.sync("devcon").await;
        world.configure("devcon", change.clone()).await;
        let run = world.sync("devcon").await;
        assert_eq!(world.asked(), ReadMode::Everything, "{change}");
        assert_eq!(run.extent, Coverage::Everything);
    }
}

#[tokio::test]
async fn a_source_is_not_believed_for_longer_than_a_day() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.script(tagged(crowd(3)));
    world.sync("devcon").await;
    world.wait_hours(23);
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Unless(validators()));
    world.wait_hours(1);
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);
}

#[tokio::test]
async fn a_run_that_failed_or_is_held_has_the_next_one_read() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.script(tagged(crowd(30)));
    world.sync("devcon").await;
    // Half of something newer is stored: should the source go back, that is news.
    world.script(Scripted {
        cut_off: Some("the connection was closed".to_owned()),
        ..tagged(vec![with(person("p0001"), json!({"company": "Globex"}))])
    });
    world.script(Scripted {
        validators: None,
        ..world.scripted()
    });
    assert_eq!(
        world.try_sync("devcon").await.unwrap().state,
        RunState::Failed
    );
    world.script(tagged(crowd(30)));
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);
    assert!(!world.state("devcon").await.contains("Globex"));

    let cancel = |record: Value| with(record, json!({"cancelled": true}));
    world.script(tagged(crowd(30).into_iter().map(cancel).collect()));
    world.script(Scripted {
        validators: Some(Validators {
            etag: Some("\"v2\"".to_owned()),
            last_modified: None,
        }),
        ..world.scripted()
    });
    for _ in 0..2 {
        let run = world.try_sync("devcon").await.unwrap();
        assert_eq!(run.state, RunState::Held);
    }
    assert_eq!(world.asked(), ReadMode::Everything);
}

#[tokio::test]
async fn a_run_that_follows_one_that_was_cut_off_reads_everything() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.script(tagged(crowd(30)));
    world.sync("devcon").await;
    let before = world.state("devcon").await;
    let moved = |record: Value| with(record, json!({"company": "Globex"}));
    world.feed(crowd(30).into_iter().map(moved).collect());
    // Two writes open it; one applies it, and the next is not made.
    world.line.cut_after(3);
    assert!(world.try_sync("devcon").await.is_err());
    world.line.mend();
    assert!(world.state("devcon").await.contains("Globex"));
    // The source goes back to what it once tagged.
    world.script(tagged(crowd(30)));
    let run = world.sync("devcon").await;
    let follows = run.follows.as_ref().map(|before| before.interruptions);
    assert_eq!((follows, world.asked()), (Some(1), ReadMode::Everything));
    assert_eq!(world.state("devcon").await, before);
}

fn incremental() -> Value {
    json!({"source": {
        "url": "https://registration.example.org/",
        "incremental": {"parameter": "modified_since", "overlap_seconds": 300, "full_every_hours": 24}
    }, "missing": "remove_attendee"})
}

fn changed(records: Vec<Value>, answered: &str) -> Scripted {
    Scripted {
        records,
        answered: Some(at(answered)),
        ..Scripted::default()
    }
}

#[tokio::test]
async fn what_changed_is_asked_for_by_the_sources_own_time_and_with_overlap() {
    let world = World::new();
    world.configure("devcon", incremental()).await;
    world.script(changed(crowd(30), "2026-11-01T09:00:00Z"));
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);

    let moved = with(person("p0003"), json!({"company": "Globex"}));
    world.script(changed(vec![moved, person("new")], "2026-11-01T10:00:00Z"));
    let run = world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Since(at("2026-11-01T08:55:00Z")));
    assert_eq!((run.extent, run.complete), (Coverage::Changes, false));
    assert_eq!((run.counts.added, run.counts.updated), (1, 1));
    let state = world.state("devcon").await;
    assert_eq!(
        state.matches(" attending ").count(),
        31,
        "who is not named stays"
    );

    world.script(changed(Vec::new(), "2026-11-01T11:00:00Z"));
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Since(at("2026-11-01T09:55:00Z")));

    world.wait_hours(24);
    let mut everyone = crowd(30);
    everyone.truncate(28);
    world.script(changed(everyone, "2026-11-02T11:00:00Z"));
    let run = world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);
    assert_eq!(run.counts.missing_removed, 3);
}

#[tokio::test]
async fn another_record_of_the_same_person_stands_when_one_changes() {
    let ticket = |id: &str, group: &str| with(person("ada"), json!({"id": id, "groups": [group]}));
    let world = World::new();
    world.configure("devcon", incremental()).await;
    world.script(changed(
        vec![ticket("1", "Talks"), ticket("2", "Dinner")],
        "2026-11-01T09:00:00Z",
    ));
    world.sync("devcon").await;
    assert!(world.state("devcon").await.contains("[Dinner, Talks]"));

    // One changes, one comes, and the whole feed in the end says the same.
    let after = [ticket("1", "Keynotes"), ticket("3", "Tour")];
    world.script(changed(after.to_vec(), "2026-11-01T10:00:00Z"));
    world.sync("devcon").await;
    let partial = world.state("devcon").await;
    assert!(partial.contains("[Dinner, Keynotes, Tour]"), "{partial}");
    world.wait_hours(25);
    world.script(changed(
        vec![
            ticket("1", "Keynotes"),
            ticket("2", "Dinner"),
            ticket("3", "Tour"),
        ],
        "2026-11-02T10:00:00Z",
    ));
    let run = world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);
    assert_eq!((run.counts.updated, run.counts.unchanged), (0, 3));
    assert_eq!(world.state("devcon").await, partial);

    // One of several is cancelled: they still attend by the others.
    let cancelled = with(ticket("2", "Dinner"), json!({"cancelled": true}));
    world.script(changed(vec![cancelled], "2026-11-02T11:00:00Z"));
    world.sync("devcon").await;
    let state = world.state("devcon").await;
    assert!(
        state.contains("attending") && state.contains("[Keynotes, Tour]"),
        "{state}"
    );
}

#[tokio::test]
async fn the_same_changes_twice_change_nothing_the_second_time() {
    let world = World::new();
    world.configure("devcon", incremental()).await;
    world.script(changed(crowd(5), "2026-11-01T09:00:00Z"));
    world.sync("devcon").await;
    let moved = with(person("p0003"), json!({"company": "Globex"}));
    world.script(changed(vec![moved.clone()], "2026-11-01T10:00:00Z"));
    assert_eq!(world.sync("devcon").await.counts.updated, 1);
    world.script(changed(vec![moved], "2026-11-01T10:01:00Z"));
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.updated, run.counts.unchanged), (0, 1));
}

#[tokio::test]
async fn one_persons_sync_says_what_became_of_their_record() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(5);
    feed.push(with(person("bad"), json!({"last": null})));
    world.feed(feed);
    let event = "devcon".parse().unwrap();
    let sync = async |name: &str| {
        let email = format!("{name}@example.org").parse().unwrap();
        world.app.sync(&event, SyncScope::One(email)).await.unwrap()
    };
    let absent = sync("absent").await;
    assert_eq!(absent.counts.records_read, 0);
    assert!(
        absent
            .reason
            .unwrap()
            .starts_with("the source has no record")
    );
    let bad = sync("bad").await;
    assert_eq!((bad.counts.records_read, bad.counts.rejected), (1, 1));
    assert_eq!(bad.reason, None);
    let issues = world.issues(&bad.id).await;
    assert_eq!(issues[0].reason, "there is no last name");
    assert!(
        issues[0].person.is_some(),
        "the issue goes when they are erased"
    );
    let good = sync("p0003").await;
    assert_eq!((good.counts.records_read, good.counts.added), (1, 1));
}

#[tokio::test]
async fn one_person_is_asked_for_alone_and_nobody_else_is_touched() {
    let world = World::new();
    world
        .configure("devcon", json!({"missing": "remove_attendee"}))
        .await;
    world.script(tagged(crowd(30)));
    world.sync("devcon").await;
    let email = "new@example.org".parse().unwrap();
    // A source that can be filtered gives them alone.
    world.script(tagged(vec![person("new")]));
    let event = "devcon".parse().unwrap();
    let run = world
        .app
        .sync(&event, SyncScope::One("new@example.org".parse().unwrap()))
        .await
        .unwrap();
    assert_eq!(world.asked(), ReadMode::Person(email));
    assert_eq!((run.extent, run.complete), (Coverage::OnePerson, false));
    assert_eq!(run.counts.added, 1);
    assert_eq!(
        world.state("devcon").await.matches(" attending ").count(),
        31
    );
    let mut all = crowd(30);
    all.push(person("new"));
    world.script(tagged(all));
    world.sync("devcon").await;
    assert_eq!(
        world.asked(),
        ReadMode::Everything,
        "what is stored is newer than what was tagged"
    );
}

#[tokio::test]
async fn one_person_whose_record_is_rejected_is_told_why() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.script(tagged(vec![
        person("ada"),
        with(person("bo"), json!({"last": null})),
        with(person("cy"), json!({"last": null})),
    ]));
    let event = "devcon".parse().unwrap();
    let bo = SyncScope::One("bo@example.org".parse().unwrap());
    let run = world.app.sync(&event, bo).await.unwrap();
    assert_eq!((run.counts.records_read, run.counts.rejected), (1, 1));
    assert_eq!(run.reason, None);
    let issues = world.issues(&run.id).await;
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].code, "missing_last_name");
}

#[tokio::test]
async fn who_was_missing_is_not_brought_back_by_a_record_that_is_gone() {
    let ticket = |id: &str, group: &str| with(person("ada"), json!({"id": id, "groups": [group]}));
    let world = World::new();
    world.configure("devcon", incremental()).await;
    let others = [person("bo"), person("cy")];
    let all = [&[ticket("1", "Talks")][..], &others].concat();
    world.script(changed(all, "2026-11-01T09:00:00Z"));
    world.sync("devcon").await;
    world.wait_hours(25);
    world.script(changed(others.to_vec(), "2026-11-02T10:00:00Z"));
    assert_eq!(world.sync("devcon").await.counts.missing_removed, 1);

    let cancelled = with(ticket("2", "Dinner"), json!({"cancelled": true}));
    world.script(changed(vec![cancelled], "2026-11-02T11:00:00Z"));
    let run = world.sync("devcon").await;
    assert_eq!(run.extent, Coverage::Changes);
    let state = world.state("devcon").await;
    assert!(state.contains("ada@example.org removed "), "{state}");

    world.script(changed(vec![ticket("2", "Dinner")], "2026-11-02T12:00:00Z"));
    world.sync("devcon").await;
    let state = world.state("devcon").await;
    assert!(
        state.contains("ada@example.org attending ") && state.contains("[Dinner]"),
        "{state}"
    );
}

#[tokio::test]
async fn an_id_that_several_records_share_takes_none_of_them_away() {
    // An organiser mapped the customer's number for the record's.
    let ticket = |group: &str| with(person("ada"), json!({"groups": [group]}));
    let world = World::new();
    world.configure("devcon", incremental()).await;
    let both = vec![ticket("Talks"), ticket("Dinner")];
    world.script(changed(both, "2026-11-01T09:00:00Z"));
    world.sync("devcon").await;
    let cancelled = with(ticket("Talks"), json!({"cancelled": true}));
    world.script(changed(vec![cancelled], "2026-11-01T10:00:00Z"));
    world.sync("devcon").await;
    let state = world.state("devcon").await;
    assert!(
        state.contains(" attending ") && state.contains("Dinner"),
        "{state}"
    );
}

#[tokio::test]
async fn validators_that_stay_the_same_while_records_change_are_told_and_not_asked_by_again() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let mut feed = crowd(5);
    feed.push(with(person("bad"), json!({"last": null})));
    world.script(tagged(feed.clone()));
    world.sync("devcon").await;
    world.wait_hours(25);
    let honest = world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Everything);
    let codes = async |run: RunId| {
        let issues = world.issues(&run).await.into_iter();
        issues.map(|issue| issue.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(honest.id).await, ["missing_last_name"]);

    feed[0] = with(feed[0].clone(), json!({"company": "Globex"}));
    world.script(tagged(feed.clone()));
    let hidden = world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Unless(validators()));
    assert_eq!(hidden.counts.updated, 0);
    world.wait_hours(25);
    let told = world.sync("devcon").await;
    assert_eq!(told.counts.updated, 1);
    assert!(told.complete);
    assert!(codes(told.id).await.contains(&"validators_lie".to_owned()));
    for _ in 0..2 {
        let after = world.sync("devcon").await;
        assert_eq!(world.asked(), ReadMode::Everything);
        assert_eq!(codes(after.id).await, ["missing_last_name"]);
        world.wait_hours(25);
    }
    world
        .configure("devcon", json!({"missing": "remove_attendee"}))
        .await;
    world.sync("devcon").await;
    world.sync("devcon").await;
    assert_eq!(world.asked(), ReadMode::Unless(validators()));
}
