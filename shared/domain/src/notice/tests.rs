use serde_json::json;

use super::*;

fn document() -> EventDocument {
    serde_json::from_value(json!({
        "community": "acme", "event": "devcon", "name": "DevCon & <friends>",
        "source": {"url": "https://registration.example/attendees"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"},
        "notify": [
            {"to": "mailto:crew@devcon.example", "on": ["failing", "held", "recovered"]},
            {"to": "https://hooks.example/T0", "format": "slack"}
        ]
    }))
    .unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + minute * 60).unwrap()
}

/// What is told of these states, each at its minute.
fn told(states: &[(EventHealth, i64)]) -> Vec<(NoticeKind, i64)> {
    let document = document();
    let mut book = NoticeBook::default();
    for (health, minute) in states {
        book.note(*health, Some(RunNumber(7)), &document, at(*minute));
        let stored = serde_json::to_string(&book).unwrap();
        book = serde_json::from_str(&stored).unwrap();
    }
    let to_slack = book
        .waiting
        .iter()
        .filter(|notice| notice.to.starts_with("https"));
    let minute = |time: Timestamp| (time.as_second() - 1_000_000) / 60;
    to_slack
        .map(|notice| (notice.kind, minute(notice.at)))
        .collect()
}

#[test]
fn one_notice_for_each_change_of_state() {
    use EventHealth::{Failing, Held, Overdue, Well};
    assert_eq!(told(&[(Well, 0), (Well, 5)]), []);
    let failing = (NoticeKind::Failing, 0);
    assert_eq!(
        told(&[(Failing, 0), (Failing, 5), (Failing, 500)]),
        [failing]
    );
    assert_eq!(
        told(&[(Failing, 0), (Well, 90), (Well, 100)]),
        [failing, (NoticeKind::Recovered, 90)]
    );
    assert_eq!(
        told(&[(Held, 0), (Well, 1), (Held, 2), (Overdue, 3)]),
        [
            (NoticeKind::Held, 0),
            (NoticeKind::Held, 2),
            (NoticeKind::Overdue, 3)
        ]
    );
}

#[test]
fn a_source_that_flaps_is_told_of_once_an_hour() {
    use EventHealth::{Failing, Well};
    let states: Vec<_> = (0..24)
        .map(|number| (if number % 2 == 0 { Failing } else { Well }, number * 5))
        .collect();
    let told = told(&states);
    assert_eq!(
        told,
        [(NoticeKind::Failing, 0), (NoticeKind::Recovered, 65)]
    );
    // What is so at the end is told in time.
    let mut states = states;
    states.push((Failing, 180));
    assert_eq!(super::tests::told(&states).len(), 3);
}

#[test]
fn recipients_get_what_they_asked_for_under_one_id() {
    let document = document();
    let mut book = NoticeBook::default();
    book.note(EventHealth::Overdue, None, &document, at(0));
    assert_eq!(book.waiting.len(), 1, "{book:?}");
    book.note(EventHealth::Well, None, &document, at(100));
    let ids: Vec<&str> = book
        .waiting
        .iter()
        .map(|notice| notice.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "notice_devcon_1_1",
            "notice_devcon_2_0",
            "notice_devcon_2_1"
        ]
    );
    let first = &book.waiting[0];
    assert_eq!(recipient(first, &document), Some(&document.notify[1]));
    let mut other = document.clone();
    other.notify.clear();
    assert_eq!(recipient(first, &other), None);
}

#[test]
fn a_notice_that_is_not_taken_is_tried_for_a_day() {
    let document = document();
    let mut book = NoticeBook::default();
    book.note(EventHealth::Held, Some(RunNumber(7)), &document, at(0));
    let (id, other) = (book.waiting[0].id.clone(), book.waiting[1].id.clone());
    book.done(&other);
    let mut tries = 0;
    while let Some(due) = book.next_due() {
        book.claim(&id);
        book.failed(&id, due);
        tries += 1;
    }
    assert!((25..40).contains(&tries), "{tries}");
}

#[test]
fn a_notice_leads_to_where_one_acts() {
    let document = document();
    let mut book = NoticeBook::default();
    book.note(EventHealth::Held, Some(RunNumber(7)), &document, at(0));
    let notice = &book.waiting[0];
    let text = NoticeText::of(notice, &document, "https://console.example");
    assert_eq!(text.link, "https://console.example/events/devcon/runs/7");
    assert_eq!(text.subject, "DevCon & <friends>: Changes wait for you");
    let slack = text.slack();
    assert!(slack.contains("DevCon &amp; &lt;friends&gt;"), "{slack}");
    let webhook: serde_json::Value =
        serde_json::from_str(&text.webhook(notice, &document)).unwrap();
    assert_eq!(webhook["type"], "event.held");
    assert_eq!(webhook["data"]["link"], text.link);
}
