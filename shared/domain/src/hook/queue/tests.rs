use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn record(id: &str) -> HookTarget {
    HookTarget::Record(id.to_owned())
}

fn source(change: &serde_json::Value) -> SourceSettings {
    let mut source = json!({"url": "https://registration.example/attendees"});
    for (key, value) in change.as_object().unwrap() {
        source[key] = value.clone();
    }
    serde_json::from_value(source).unwrap()
}

fn of_records() -> SourceSettings {
    source(&json!({
        "one_record": {"url": "https://registration.example/attendees/{source_id}"},
        "incremental": {"parameter": "since"}
    }))
}

fn seconds(plan: &PlannedHookRead) -> i64 {
    plan.due.as_second() - 1_000_000
}

#[test]
fn up_to_three_records_are_read_alone_and_more_of_them_together() {
    let source = of_records();
    let mut queue = HookQueue::default();
    for (id, changes) in [("1", true), ("2", true), ("1", false), ("3", true)] {
        assert_eq!(queue.receive(Some(record(id)), at(0)), changes, "{id}");
    }
    let plan = queue.plan(&source, true).unwrap();
    let three = ["1", "2", "3"].map(|id| HookTarget::Record(id.to_owned()));
    assert_eq!(plan.reads, HookReads::Alone(three.to_vec()));
    assert_eq!(seconds(&plan), 3);
    assert!(queue.receive(Some(record("4")), at(1)));
    // From then on, nothing has to be stored: all of it is read after this.
    assert!(!queue.receive(Some(record("5")), at(2)));
    assert!(!queue.receive(None, at(2)));
    let plan = queue.plan(&source, true).unwrap();
    assert_eq!(
        (plan.reads.clone(), seconds(&plan)),
        (HookReads::Everyone, 3)
    );
}

#[test]
fn a_thousand_hooks_in_a_minute_cause_twenty_reads_at_most() {
    let source = of_records();
    let mut queue = HookQueue::default();
    let mut requests = 0;
    for millisecond in (0..60_000).step_by(60) {
        let now = Timestamp::from_millisecond(1_000_000_000 + millisecond).unwrap();
        queue.receive(Some(record(&millisecond.to_string())), now);
        let plan = queue.plan(&source, true).unwrap();
        if plan.due <= now {
            queue.begin(now);
            queue.end(HookOutcome::Changes, vec![RunNumber(1)], now);
            requests += 1;
        }
    }
    assert!(queue.pending.is_some(), "the last of them is read later");
    assert!((18..=20).contains(&requests), "{requests}");
}

#[test]
fn three_people_count_as_three_requests() {
    let source = of_records();
    let mut queue = HookQueue::default();
    for id in ["1", "2", "3"] {
        queue.receive(Some(record(id)), at(0));
    }
    queue.begin(at(3));
    let runs = [1, 2, 3].map(RunNumber).to_vec();
    queue.end(HookOutcome::People, runs, at(4));
    queue.receive(Some(record("1")), at(5));
    assert_eq!(seconds(&queue.plan(&source, true).unwrap()), 13);
}

#[test]
fn a_source_that_is_read_as_a_whole_is_read_every_fifteen_minutes() {
    let whole = source(&json!({}));
    let mut queue = HookQueue::default();
    queue.receive(None, at(0));
    assert_eq!(seconds(&queue.plan(&whole, true).unwrap()), 3);
    queue.begin(at(3));
    queue.end(HookOutcome::Everything, vec![RunNumber(1)], at(10));
    queue.receive(None, at(20));
    assert_eq!(seconds(&queue.plan(&whole, true).unwrap()), 910);
    // The same where there is nothing to go on from, and not where there is.
    assert_eq!(seconds(&queue.plan(&of_records(), false).unwrap()), 910);
    assert_eq!(seconds(&queue.plan(&of_records(), true).unwrap()), 23);
}

#[test]
fn what_comes_while_a_read_is_under_way_is_read_after_it() {
    let mut queue = HookQueue::default();
    queue.receive(Some(record("1")), at(0));
    queue.begin(at(3));
    assert!(queue.receive(Some(record("1")), at(4)));
    queue.end(HookOutcome::People, vec![RunNumber(7)], at(5));
    let plan = queue.plan(&of_records(), true).unwrap();
    assert_eq!(seconds(&plan), 8);
    let shown = &queue.deliveries;
    assert_eq!((shown.len(), shown[0].received), (1, at(0)));
}

#[test]
fn what_could_not_be_read_is_tried_again_less_and_less_often() {
    let mut queue = HookQueue::default();
    queue.receive(Some(record("1")), at(0));
    let mut now = 3;
    for (wait, tries) in [(60, 1), (120, 2), (240, 3)] {
        queue.begin(at(now));
        queue.end(HookOutcome::Failed, vec![RunNumber(tries)], at(now));
        let plan = queue.plan(&of_records(), true).unwrap();
        assert_eq!(plan.reads, HookReads::Everyone);
        assert_eq!(seconds(&plan), now + wait);
        now += wait;
    }
    for _ in 0..9 {
        queue.begin(at(now));
        queue.end(HookOutcome::Failed, Vec::new(), at(now));
    }
    assert_eq!(queue.pending, None);
    queue.receive(Some(record("2")), at(now));
    let plan = queue.plan(&of_records(), true).unwrap();
    assert_eq!(seconds(&plan), now + 3_600);
}

#[test]
fn what_an_ended_process_was_reading_is_read_again() {
    let mut queue = HookQueue::default();
    queue.receive(Some(record("1")), at(0));
    queue.begin(at(3));
    queue.receive(Some(record("2")), at(5));
    assert!(!queue.is_forgotten(at(60)));
    assert!(queue.is_forgotten(at(1_300)));
    queue.put_back();
    let pending = queue.pending.as_ref().unwrap();
    assert_eq!((pending.first, pending.targets.len()), (at(0), 2));
    assert!(queue.is_forgotten(at(4_000)));
}

#[test]
fn nobody_who_was_erased_is_named() {
    let key = PersonKey([7; 32]);
    let ada: EmailAddress = "ada@example.org".parse().unwrap();
    let person = PersonId::of(&key, &ada);
    let mut queue = HookQueue::default();
    queue.receive(Some(HookTarget::Person(ada.clone())), at(0));
    queue.begin(at(3));
    queue.receive(Some(record("R-1")), at(4));
    assert!(!queue.forget(
        &key,
        PersonId::of(&key, &"bo@example.org".parse().unwrap()),
        &[]
    ));
    assert!(queue.forget(&key, person, &["R-1".to_owned()]));
    let stored = serde_json::to_string(&queue).unwrap();
    assert!(
        !stored.contains("ada") && !stored.contains("R-1"),
        "{stored}"
    );
    let read: HookQueue = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, queue);
    let plan = queue.plan(&of_records(), true).unwrap();
    assert_eq!(plan.reads, HookReads::Everyone);
}
