//! Guards: a run that would take much away asks a person first, and applies what they approved and
//! no more.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use attendee_sync_app::{Error, SyncScope};
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Action, Change, HoldDecision, Run, RunState};
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};

fn cancelled(records: &[Value], count: usize) -> Vec<Value> {
    let cancel = |(at, record): (usize, &Value)| {
        if at < count {
            with(record.clone(), json!({"cancelled": true}))
        } else {
            record.clone()
        }
    };
    records.iter().enumerate().map(cancel).collect()
}

fn without_company(records: &[Value], count: usize) -> Vec<Value> {
    let blank = |(at, record): (usize, &Value)| {
        if at < count {
            with(record.clone(), json!({"company": null}))
        } else {
            record.clone()
        }
    };
    records.iter().enumerate().map(blank).collect()
}

async fn attending(world: &World) -> usize {
    let state = world.state("devcon").await;
    state
        .lines()
        .filter(|line| line.contains(" attending "))
        .count()
}

/// An event with people who have come in already.
async fn event(records: &[Value], change: Value) -> World {
    let world = World::new();
    world.configure("devcon", change).await;
    world.feed(records.to_vec());
    world.sync("devcon").await;
    world
}

async fn held_run(world: &World) -> Run {
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held, "{run:?}");
    assert!(run.counts.add_up(), "{:?}", run.counts);
    run
}

async fn held(world: &World, run: &RunId) -> Vec<Change> {
    let (mut all, mut part) = (Vec::new(), Some(0));
    while let Some(number) = part {
        let (changes, next) = world.app.held(run, number).await.unwrap();
        all.extend(changes);
        part = next;
    }
    all
}

#[tokio::test]
async fn many_removals_wait_and_everything_else_goes_through() {
    let everyone = crowd(100);
    let world = event(&everyone, json!({})).await;
    let mut feed = cancelled(&everyone, 30);
    feed[50] = with(person("p0050"), json!({"company": "Globex"}));
    feed.push(person("new"));
    world.feed(feed);

    let run = held_run(&world).await;
    assert_eq!(
        run.reason.as_deref(),
        Some(
            "30 of 100 attendees would be removed, more than guards.removals_percent (20); the changes of 30 people wait for approval"
        )
    );
    assert_eq!(
        (run.counts.added, run.counts.updated, run.counts.removed),
        (1, 1, 0)
    );
    assert_eq!(attending(&world).await, 101);
    let waiting = held(&world, &run.id).await;
    assert_eq!(waiting.len(), 30);
    assert!(
        waiting
            .iter()
            .all(|change| change.action == Action::Removed)
    );
    assert_eq!(
        world.changes(&run.id).await.len(),
        2,
        "only what was done is in the log"
    );

    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.state, RunState::Succeeded, "{approved:?}");
    assert_eq!(
        approved.hold.as_ref().unwrap().decision,
        Some(HoldDecision::Approved)
    );
    assert_eq!(approved.counts.removed, 30);
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
    assert_eq!(attending(&world).await, 71);
    assert_eq!(world.changes(&run.id).await.len(), 32);
    assert!(held(&world, &run.id).await.is_empty());

    let after = world.sync("devcon").await;
    assert_eq!((after.counts.removed, after.counts.unchanged), (0, 101));
}

#[tokio::test]
async fn removals_below_the_limit_go_through_without_a_question() {
    let everyone = crowd(100);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 20));
    assert_eq!(world.sync("devcon").await.counts.removed, 20);
}

#[tokio::test]
async fn a_small_event_is_not_asked_about_ten_people() {
    let everyone = crowd(12);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 10));
    assert_eq!(world.sync("devcon").await.counts.removed, 10);
}

#[tokio::test]
async fn erasures_are_removals_and_wait_like_them() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    let erase = |record: &Value| with(record.clone(), json!({"erased": "yes"}));
    world.feed(everyone.iter().map(erase).collect());
    let run = held_run(&world).await;
    assert_eq!(attending(&world).await, 40);
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!((approved.counts.removed, approved.counts.erased), (40, 40));
    assert_eq!(world.state("devcon").await, "");
    let log = world.changes(&run.id).await;
    assert!(log.iter().all(|change| change.email.is_none()), "{log:?}");
}

#[tokio::test]
async fn people_a_whole_feed_no_longer_names_wait_too() {
    let everyone = crowd(100);
    let world = event(&everyone, json!({"missing": "remove_attendee"})).await;
    world.feed(Vec::new());
    let run = held_run(&world).await;
    assert_eq!(attending(&world).await, 100);
    assert_eq!(held(&world, &run.id).await.len(), 100);
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.missing_removed, 100);
    assert_eq!(attending(&world).await, 0);
}

#[tokio::test]
async fn a_field_that_goes_blank_for_many_waits_with_the_people_it_belongs_to() {
    let everyone = crowd(60);
    let world = event(&everyone, json!({})).await;
    let mut feed = without_company(&everyone, 31);
    feed[0] = with(feed[0].clone(), json!({"last": "Changed"}));
    feed[59] = with(feed[59].clone(), json!({"cancelled": true}));
    world.feed(feed.clone());
    let run = held_run(&world).await;
    assert_eq!(
        run.reason.as_deref(),
        Some(
            "company would be emptied for 31 of the 60 attendees who have a value, more than guards.blanked_percent (50); the changes of 31 people wait for approval"
        )
    );
    assert_eq!(run.counts.removed, 1, "one removal is not many");
    let state = world.state("devcon").await;
    assert!(
        !state.contains("Changed") && !state.contains("@ -"),
        "{state}"
    );

    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.updated, 31);
    let state = world.state("devcon").await;
    assert_eq!(state.matches("@ -").count(), 31);
    assert!(state.contains("p0000 Changed"), "{state}");
}

#[tokio::test]
async fn a_field_that_goes_blank_for_some_goes_blank() {
    let everyone = crowd(60);
    let world = event(&everyone, json!({})).await;
    world.feed(without_company(&everyone, 30));
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.updated, 30);
    assert_eq!(world.state("devcon").await.matches("@ -").count(), 30);
}

#[tokio::test]
async fn badges_and_groups_are_fields_too() {
    for (field, words) in [("badge", "digital badge"), ("groups", "groups")] {
        let everyone = crowd(40);
        let world = event(&everyone, json!({})).await;
        let blank = |record: &Value| with(record.clone(), json!({field: null}));
        world.feed(everyone.iter().map(blank).collect());
        let run = held_run(&world).await;
        let reason = run.reason.unwrap();
        assert!(
            reason.starts_with(&format!("{words} would be emptied for 40 of the 40")),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn where_many_records_are_rejected_nobody_loses_anything() {
    let everyone = crowd(100);
    let world = event(&everyone, json!({"missing": "remove_attendee"})).await;
    let mut feed = everyone.clone();
    for record in feed.iter_mut().take(41) {
        record["last"] = Value::Null;
    }
    feed.truncate(99);
    world.feed(feed);
    let run = held_run(&world).await;
    assert_eq!(
        run.reason.as_deref(),
        Some(
            "41 of 99 records were rejected, more than guards.rejected_percent (40); the change of 1 person waits for approval"
        )
    );
    assert_eq!(attending(&world).await, 100);
    world.app.approve(&run.id).await.unwrap();
    assert_eq!(
        attending(&world).await,
        99,
        "who was rejected is not missing"
    );
}

#[tokio::test]
async fn what_is_discarded_is_dropped_and_comes_up_again() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 40));
    let run = held_run(&world).await;
    let discarded = world.app.discard(&run.id).await.unwrap();
    assert_eq!(discarded.state, RunState::Succeeded);
    assert_eq!(
        discarded.hold.as_ref().unwrap().decision,
        Some(HoldDecision::Discarded)
    );
    assert_eq!(attending(&world).await, 40);
    assert!(held(&world, &run.id).await.is_empty());
    for result in [
        world.app.approve(&run.id).await,
        world.app.discard(&run.id).await,
    ] {
        assert!(matches!(result, Err(Error::NotHeld(_))), "{result:?}");
    }
    held_run(&world).await;
}

#[tokio::test]
async fn a_newer_run_takes_the_place_of_a_held_one() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 40));
    let first = held_run(&world).await;
    let second = held_run(&world).await;
    assert!(matches!(
        world.app.approve(&first.id).await,
        Err(Error::NotHeld(_))
    ));
    let stored = world.app.run(&first.id).await.unwrap();
    assert_eq!(
        stored.hold.unwrap().decision,
        Some(HoldDecision::Superseded)
    );
    world.feed(everyone);
    world.sync("devcon").await;
    assert!(matches!(
        world.app.approve(&second.id).await,
        Err(Error::NotHeld(_))
    ));
    assert_eq!(attending(&world).await, 40);
}

#[tokio::test]
async fn a_run_that_failed_leaves_an_older_approval_open() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 40));
    let run = held_run(&world).await;
    // What was read of the feed that failed is newer than what was held.
    world.feed_cut_off(vec![with(person("p0003"), json!({"company": "Globex"}))]);
    assert_eq!(
        world.try_sync("devcon").await.unwrap().state,
        RunState::Failed
    );
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.removed, 39, "a newer run wrote one of them");
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
    assert_eq!(attending(&world).await, 1);
}

#[tokio::test]
async fn a_feed_that_is_cut_off_blanks_nothing() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    let before = world.state("devcon").await;
    world.feed_cut_off(without_company(&everyone, 5));
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    assert_eq!((run.counts.records_read, run.counts.unchanged), (40, 40));
    assert_eq!(world.state("devcon").await, before);
}

#[tokio::test]
async fn an_approval_covers_what_was_shown_and_no_more() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    world
        .configure(
            "second",
            json!({"source": {"url": "https://second.example.org/"}, "rules": []}),
        )
        .await;
    world.feed(without_company(&everyone, 40));
    let run = held_run(&world).await;
    // Meanwhile another event's sync changes what would be blanked.
    world.feed(vec![with(person("p0007"), json!({"company": "Globex"}))]);
    world.sync("second").await;
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.updated, 39);
    assert!(
        approved
            .reason
            .unwrap()
            .ends_with("were approved, but for 1 who changed meanwhile")
    );
    let state = world.state("devcon").await;
    assert!(state.contains("p0007 Example @ Globex"), "{state}");
    let issues = world.issues(&run.id).await;
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].code, "changed_meanwhile");
}

#[tokio::test]
async fn one_run_at_a_time_holds_for_approvals_too() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 40));
    let run = held_run(&world).await;
    let event = "devcon".parse().unwrap();
    let other = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
    for result in [
        world.app.approve(&run.id).await,
        world.app.discard(&run.id).await,
    ] {
        assert!(matches!(result, Err(Error::Busy(_))), "{result:?}");
    }
    world.app.finish(other).await.unwrap();
}

#[tokio::test]
async fn an_erased_person_is_gone_from_what_waits() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    world.configure("second", json!({})).await;
    world.feed(cancelled(&everyone, 40));
    let run = held_run(&world).await;
    world.feed(vec![with(person("p0007"), json!({"erased": true}))]);
    world.sync("second").await;
    let waiting = held(&world, &run.id).await;
    assert_eq!(waiting.len(), 39);
    let text = serde_json::to_string(&waiting).unwrap();
    assert!(!text.contains("p0007"), "{text}");
}

#[tokio::test]
async fn a_crash_at_any_write_of_an_approval_ends_in_the_same_state() {
    // More than one transaction takes.
    let everyone = crowd(35);
    for cut in 0.. {
        let world = event(&everyone, json!({})).await;
        world.feed(cancelled(&everyone, 35));
        let run = held_run(&world).await;
        world.line.cut_after(cut);
        let approved = world.app.approve(&run.id).await;
        if !world.line.is_cut() {
            assert_eq!(approved.unwrap().counts.removed, 35);
            assert!(cut > 5, "the line was cut at {cut} writes");
            break;
        }
        world.line.mend();
        let world = World::over(world.line.clone());
        for started in world.app.recover().await.unwrap() {
            world.app.finish(started).await.unwrap();
        }
        let mut ended = world.app.run(&run.id).await.unwrap();
        if ended.state == RunState::Held {
            ended = world.app.approve(&run.id).await.unwrap();
        }
        assert_eq!(
            ended.state,
            RunState::Succeeded,
            "cut after {cut}: {ended:?}"
        );
        assert!(ended.counts.add_up(), "cut after {cut}: {:?}", ended.counts);
        assert_eq!(ended.counts.removed, 35, "cut after {cut}");
        assert_eq!(attending(&world).await, 0, "cut after {cut}");
        assert_eq!(world.changes(&run.id).await.len(), 35, "cut after {cut}");
    }
}

#[tokio::test]
async fn a_crash_at_any_write_of_a_held_run_ends_held_with_the_same_people() {
    let everyone = crowd(25);
    for cut in 0.. {
        let world = event(&everyone, json!({})).await;
        let mut feed = cancelled(&everyone, 25);
        feed.extend([person("new1"), person("new2")]);
        world.feed(feed);
        world.line.cut_after(cut);
        let run = world.try_sync("devcon").await;
        if !world.line.is_cut() {
            assert_eq!(run.unwrap().state, RunState::Held);
            assert!(cut > 5, "the line was cut at {cut} writes");
            break;
        }
        world.line.mend();
        let scripted = world.scripted();
        let world = World::over(world.line.clone());
        world.script(scripted);
        let mut last = None;
        for started in world.app.recover().await.unwrap() {
            last = Some(world.app.finish(started).await.unwrap());
        }
        let run = match last {
            Some(run) => run,
            None => world.try_sync("devcon").await.unwrap(),
        };
        assert_eq!(run.state, RunState::Held, "cut after {cut}: {run:?}");
        assert!(run.counts.add_up(), "cut after {cut}: {:?}", run.counts);
        assert_eq!(attending(&world).await, 27, "cut after {cut}");
        assert_eq!(held(&world, &run.id).await.len(), 25, "cut after {cut}");
        let approved = world.app.approve(&run.id).await.unwrap();
        assert_eq!(approved.counts.removed, 25, "cut after {cut}");
        assert_eq!(attending(&world).await, 2, "cut after {cut}");
    }
}

#[tokio::test]
async fn a_run_that_is_taken_up_holds_nothing_of_what_it_held_before_a_crash() {
    let everyone = crowd(25);
    for cut in 2.. {
        let world = event(&everyone, json!({})).await;
        world.feed(cancelled(&everyone, 25));
        world.line.cut_after(cut);
        let _cut_off = world.try_sync("devcon").await;
        if !world.line.is_cut() {
            assert!(cut > 4, "the line was cut at {cut} writes");
            break;
        }
        world.line.mend();
        let world = World::over(world.line.clone());
        // It was a mistake, and is mended before the run is taken up.
        world.feed(everyone.clone());
        for started in world.app.recover().await.unwrap() {
            let run = world.app.finish(started).await.unwrap();
            assert_eq!(run.state, RunState::Succeeded, "cut after {cut}");
            assert!(held(&world, &run.id).await.is_empty(), "cut after {cut}");
        }
    }
}

#[tokio::test]
async fn more_than_fits_into_memory_waits_in_the_table() {
    let everyone = crowd(4_500);
    let world = event(&everyone, json!({})).await;
    let mut feed = cancelled(&everyone, 100);
    // Some lose what few lose, the others what many do.
    for (at, record) in feed.iter_mut().enumerate().skip(100) {
        let field = if at < 800 { "badge" } else { "company" };
        record[field] = Value::Null;
    }
    world.feed(feed);
    let run = held_run(&world).await;
    assert_eq!(run.hold.as_ref().unwrap().people, 3_700);
    assert_eq!(run.counts.removed, 100, "2 % is not many");
    assert_eq!(run.counts.updated, 700);
    assert_eq!(held(&world, &run.id).await.len(), 3_700);
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.updated, 4_400);
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
}

#[tokio::test]
async fn a_preview_says_what_would_be_held_and_changes_nothing() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    let mut feed = cancelled(&everyone, 40);
    feed.push(person("new"));
    world.feed(feed);
    let event = "devcon".parse().unwrap();
    let preview = world
        .app
        .preview(&event, SyncScope::Everyone)
        .await
        .unwrap();
    assert_eq!(preview.changes.len(), 41);
    assert_eq!(preview.run.held.unwrap().people, 40);
    assert!(
        preview
            .run
            .reason
            .unwrap()
            .starts_with("a sync would be held: 40 of 40")
    );
    assert_eq!(attending(&world).await, 40);
}

#[tokio::test]
async fn who_loses_nothing_by_all_of_their_records_waits_for_nobody() {
    // 130 people with two records each, so far apart that they come in different batches.
    let people = crowd(130);
    let feed = |note: &str| -> Vec<Value> {
        let first = people.iter().map(|record| {
            let half = json!({"company": null, "groups": null, "badge": null, "note": note});
            with(record.clone(), half)
        });
        let second = people.iter().map(|record| {
            let id = format!("{}-2", record["id"].as_str().unwrap());
            with(record.clone(), json!({"id": id, "note": note}))
        });
        first.chain(second).collect()
    };
    let world = event(&feed("before"), json!({})).await;
    let before = world.state("devcon").await;
    world.feed(feed("after"));
    let run = world.sync("devcon").await;
    assert_eq!(run.hold, None);
    assert_eq!(world.state("devcon").await, before);
    assert_eq!(world.sync("devcon").await.counts.unchanged, 260);
}

#[tokio::test]
async fn a_persons_records_from_all_over_the_feed_wait_as_one_change() {
    // More than are kept in memory, each with a second record after all the first ones.
    let people = crowd(2_100);
    let feed = |company: &Value| -> Vec<Value> {
        let first = people.iter().map(|record| {
            let half = json!({"company": company, "groups": null});
            with(record.clone(), half)
        });
        let second = people.iter().take(300).map(|record| {
            let id = format!("{}-2", record["id"].as_str().unwrap());
            let half = json!({"id": id, "company": company, "last": "Second"});
            with(record.clone(), half)
        });
        first.chain(second).collect()
    };
    let world = event(&feed(&json!("Initech")), json!({})).await;
    world.feed(feed(&Value::Null));
    let run = held_run(&world).await;
    assert_eq!(run.hold.as_ref().unwrap().people, 2_100);
    let waiting = held(&world, &run.id).await;
    assert_eq!(waiting.len(), 2_100);
    assert!(waiting.iter().all(|change| change.fields.len() == 1));
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.updated, 2_100);
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
    let issues = world.issues(&run.id).await;
    assert!(issues.iter().all(|issue| issue.code == "merged"));
    let after = world.sync("devcon").await;
    assert_eq!(after.counts.unchanged, 2_400);
}

#[tokio::test]
async fn who_was_approved_out_comes_back_with_the_record_they_had() {
    // So many that the run folds the fingerprints.
    let everyone = crowd(4_200);
    let world = event(&everyone, json!({})).await;
    let mut feed = cancelled(&everyone, 4_200);
    feed.push(person("new"));
    world.feed(feed);
    let run = held_run(&world).await;
    world.app.approve(&run.id).await.unwrap();
    assert_eq!(attending(&world).await, 1);
    world.feed(everyone);
    assert_eq!(world.sync("devcon").await.counts.added, 4_200);
}

#[tokio::test]
async fn one_persons_held_change_takes_the_place_of_everybodys() {
    let everyone = crowd(12);
    let guards = json!({"removals_percent": 0, "removals_count": 0});
    let world = event(&everyone, json!({"guards": guards})).await;
    world.feed(cancelled(&everyone, 12));
    let all = held_run(&world).await;
    let event = "devcon".parse().unwrap();
    let one = SyncScope::One("p0003@example.org".parse().unwrap());
    let one = world.app.sync(&event, one).await.unwrap();
    assert_eq!(one.state, RunState::Held);
    // The cancellations were a mistake: nobody is to be taken out by them any more.
    world.feed(everyone);
    world.sync("devcon").await;
    for id in [&all.id, &one.id] {
        let result = world.app.approve(id).await;
        assert!(matches!(result, Err(Error::NotHeld(_))), "{result:?}");
    }
    assert_eq!(attending(&world).await, 12);
}

#[tokio::test]
async fn a_crash_at_any_write_of_a_discard_leaves_all_that_waits_or_nothing() {
    let everyone = crowd(25);
    for cut in 0.. {
        let world = event(&everyone, json!({})).await;
        world.feed(cancelled(&everyone, 25));
        let run = held_run(&world).await;
        world.line.cut_after(cut);
        let discarded = world.app.discard(&run.id).await;
        if !world.line.is_cut() {
            assert_eq!(discarded.unwrap().state, RunState::Succeeded);
            assert!(cut > 3, "the line was cut at {cut} writes");
            break;
        }
        world.line.mend();
        let world = World::over(world.line.clone());
        assert!(world.app.recover().await.unwrap().is_empty());
        let ended = world.app.run(&run.id).await.unwrap();
        let waiting = held(&world, &run.id).await.len();
        match ended.state {
            RunState::Held => assert_eq!(waiting, 25, "cut after {cut}"),
            state => assert_eq!(
                (state, waiting),
                (RunState::Succeeded, 0),
                "cut after {cut}"
            ),
        }
    }
}

#[tokio::test]
async fn an_approval_that_fails_counts_what_it_did_and_leaves_nothing_waiting() {
    // In two parts: one is applied, one is not.
    let everyone = crowd(150);
    let world = event(&everyone, json!({})).await;
    world.feed(cancelled(&everyone, 150));
    let run = held_run(&world).await;
    // Two writes begin it; each part is one more.
    world.line.fail_one_after(3);
    let failed = world.app.approve(&run.id).await.unwrap();
    assert_eq!(failed.state, RunState::Failed);
    let done = 150 - attending(&world).await;
    assert!(done > 0 && done < 150, "{done}");
    assert_eq!(failed.counts.removed, done as u64);
    assert!(failed.counts.add_up(), "{:?}", failed.counts);
    assert!(held(&world, &run.id).await.is_empty());
    // What was not applied comes up again.
    world.try_sync("devcon").await.unwrap();
}

#[tokio::test]
async fn a_run_that_fails_at_any_write_tells_what_it_did_and_leaves_nothing_waiting() {
    let everyone = crowd(2_050);
    let world = event(&everyone, json!({})).await;
    let mut feed = without_company(&everyone, 2_050);
    feed.extend([person("new1"), person("new2")]);
    world.feed(feed);
    for at in [4, 10, 22, 26, 30] {
        world.line.fail_one_after(at);
        let run = world.try_sync("devcon").await.unwrap();
        assert_eq!(run.state, RunState::Failed, "{at}: {run:?}");
        assert!(held(&world, &run.id).await.is_empty(), "{at}");
        let log = world.changes(&run.id).await.len() as u64;
        assert_eq!(run.counts.added, log, "{at}: {:?}", run.counts);
        assert!(run.counts.add_up(), "{:?}", run.counts);
    }
    world.line.mend();
    held_run(&world).await;
}

#[tokio::test]
async fn what_changes_while_an_approval_is_applied_is_not_covered_by_it() {
    let everyone = crowd(40);
    let world = event(&everyone, json!({})).await;
    let source = json!({"url": "https://second.example.org/"});
    world
        .configure("second", json!({"source": source, "rules": []}))
        .await;
    world.feed(without_company(&everyone, 40));
    let run = held_run(&world).await;
    world.feed(vec![with(person("p0007"), json!({"company": "Globex"}))]);
    // Two writes begin the approval, and the third applies it.
    let app = Arc::clone(&world.app);
    world.line.before_write(2, async move {
        let second = "second".parse().unwrap();
        app.sync(&second, SyncScope::Everyone).await.unwrap();
    });
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.counts.updated, 39, "{approved:?}");
    let state = world.state("devcon").await;
    assert!(state.contains("p0007 Example @ Globex"), "{state}");
    assert_eq!(world.issues(&run.id).await[0].code, "changed_meanwhile");
}
