//! Answers with status 200 that are no feed, or hold more than was read: the run fails, is held or is not
//! complete, and nobody of a small event is taken out, although missing people are.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_testkit::peers::{HttpPeer, ResponseTemplate};
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json as value};

/// A small event whose people came in by an honest answer, if there were any.
struct SmallEvent {
    world: World,
    server: HttpPeer,
}

async fn event(source: Value, people: usize, first: String) -> SmallEvent {
    let server = HttpPeer::answering_not_found();
    let world = World::over_http(&server.origin());
    let mut configured = value!({
        "url": format!("{}/people", server.origin()),
        "limits": {"requests_per_minute": 100_000}
    });
    for (key, part) in source.as_object().unwrap() {
        configured[key] = part.clone();
    }
    let change = value!({"source": configured, "missing": "remove_attendee"});
    world.configure("devcon", change).await;
    server.answer_json(first);
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.added, people as u64);
    SmallEvent { world, server }
}

/// An event of four, in JSON.
async fn listed() -> SmallEvent {
    let body = value!({"success": true, "attendees": crowd(4)}).to_string();
    event(value!({"records": "$.attendees[*]"}), 4, body).await
}

const TABLE: &str = "id,email,first,last,company\n\
    1,ann@example.org,Ann,Moor,Quay\n2,bob@example.org,Bob,Vane,Mole\n";

/// An event of two, in CSV.
async fn table() -> SmallEvent {
    event(value!({"format": "csv"}), 2, TABLE.to_owned()).await
}

impl SmallEvent {
    async fn attending(&self) -> usize {
        let state = self.world.state("devcon").await;
        state.matches(" attending ").count()
    }

    async fn next(&self, body: impl Into<String>) -> Run {
        self.server.answer_json(body);
        let run = self.world.try_sync("devcon").await.unwrap();
        assert!(run.counts.add_up(), "{:?}", run.counts);
        run
    }

    /// Codes and reasons of what a run said.
    async fn said(&self, run: &Run) -> Vec<(String, String)> {
        let issues = self.world.issues(&run.id).await;
        let said = issues.into_iter().map(|issue| (issue.code, issue.reason));
        said.collect()
    }
}

#[tokio::test]
async fn an_answer_that_is_no_feed_fails_and_takes_nobody_out() {
    let event = listed().await;
    for (body, part) in [
        (r#"{"success": false, "attendees": []}"#, "success is false"),
        (
            r#"{"error": "Database is locked", "attendees": []}"#,
            "error is \"Database is locked\"",
        ),
        (
            r#"{"errors": [{"message": "no such field"}], "attendees": null}"#,
            "no such field",
        ),
        (
            r#"{"status": "error", "attendees": []}"#,
            "status is \"error\"",
        ),
        (
            r#"{"message": "No such event"}"#,
            "there is no list at $.attendees",
        ),
        (r#"{"participants": [{"id": 1}]}"#, "only participants"),
        (r#"{"event": 7}"#, "the source sent no record"),
        (
            r#"{"attendees": "none"}"#,
            "there is no list at $.attendees",
        ),
        ("The service is down for maintenance", "The service is down"),
        (
            "<!doctype html><title>Log in</title>",
            "check the credential",
        ),
        (
            r#"{"attendees": [{"id": 1, "mail": "a@example.org"}, {"id": 2}]}"#,
            "no record has the field email, which mapping.email uses; the first record has: id, mail",
        ),
        (
            r#"{"attendees": [{"id": 1, "email": "nobody", "first": "A", "last": "B"}]}"#,
            "none of the 1 records can be used; the first: ",
        ),
    ] {
        let run = event.next(body).await;
        assert_eq!(run.state, RunState::Failed, "{body}: {run:?}");
        let reason = run.reason.unwrap();
        assert!(reason.contains(part), "{part:?} is not in {reason:?}");
        assert_eq!(event.attending().await, 4, "{body}");
    }
    let honest = value!({"success": true, "attendees": crowd(4)}).to_string();
    assert_eq!(event.next(honest).await.counts.unchanged, 4);
}

#[tokio::test]
async fn a_table_that_is_none_any_more_fails_and_takes_nobody_out() {
    let event = table().await;
    for (body, part) in [
        (
            "Export failed, try again later\n".to_owned(),
            "Export failed",
        ),
        (
            TABLE.replace("email", "E-mail address"),
            "no column \"email\"",
        ),
        (TABLE.replace("id,", "number,"), "no column \"id\""),
        (
            r#"{"error": "not now"}"#.to_owned(),
            "an error of the source",
        ),
        (format!("{TABLE}3,cy@example.org,Cy,\"Holt"), "never closed"),
    ] {
        let run = event.next(body.clone()).await;
        assert_eq!(run.state, RunState::Failed, "{body}: {run:?}");
        let reason = run.reason.unwrap();
        assert!(reason.contains(part), "{part:?} is not in {reason:?}");
        assert_eq!(event.attending().await, 2, "{body}");
    }
    // Where missing people go, a list with nobody in it may be right: a person decides.
    let run = event.next("id,email,first,last,company\n").await;
    assert_eq!(run.state, RunState::Held, "{run:?}");
    let reason = run.reason.unwrap();
    assert!(
        reason.contains("2 of 2 attendees would be removed"),
        "{reason}"
    );
    assert_eq!(event.attending().await, 2);
    let run = event.world.app.approve(&run.id).await.unwrap();
    assert_eq!(run.counts.missing_removed, 2);
    assert_eq!(event.attending().await, 0);
}

#[tokio::test]
async fn an_empty_feed_fails_where_missing_people_stay_and_there_were_some() {
    let world = World::new();
    world.configure("devcon", value!({})).await;
    assert_eq!(world.sync("devcon").await.counts.records_read, 0);
    world.feed(crowd(2));
    world.sync("devcon").await;
    world.feed(vec![]);
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    assert!(run.reason.unwrap().contains("the source sent no record"));
}

#[tokio::test]
async fn an_event_that_nobody_has_joined_is_empty_and_fine() {
    for body in [
        r#"{"event": 7, "attendees": []}"#,
        r#"{"event": 7, "attendees": {}}"#,
        r#"{"event": 7, "attendees": null}"#,
        r#"{"event": 7, "attendees": ""}"#,
        r#"{"event": 7, "total": 0}"#,
    ] {
        let event = event(value!({"records": "$.attendees[*]"}), 0, body.to_owned()).await;
        let run = event.next(body).await;
        assert_eq!(
            (run.state, run.complete),
            (RunState::Succeeded, true),
            "{body}"
        );
        assert!(event.said(&run).await.is_empty(), "{body}");
        let one = value!({"event": 7, "attendees": [person("ann")]}).to_string();
        assert_eq!(event.next(one).await.counts.added, 1);
    }
    // Nobody can tell whether the list has another name.
    let event = event(
        value!({"records": "$.attendees[*]"}),
        0,
        "{\"event\": 7}".to_owned(),
    )
    .await;
    let run = event.next("{\"event\": 7}").await;
    assert_eq!((run.state, run.complete), (RunState::Succeeded, false));
    assert_eq!(event.said(&run).await[0].0, "no_list");
}

#[tokio::test]
async fn what_shows_that_there_is_more_takes_nobody_out() {
    let event = listed().await;
    for (around, place) in [
        (value!({"meta": {"next": "/people?page=2"}}), "meta.next"),
        (
            value!({"paging": {"next": {"after": "4"}}}),
            "paging.next.after",
        ),
        (value!({"nextPageToken": "x"}), "nextPageToken"),
        (value!({"has_more": true}), "has_more"),
        (value!({"meta": {"pages": 2}}), "meta.pages"),
        (value!({"total": 4}), "total"),
    ] {
        let body = with(value!({"attendees": crowd(3)}), around);
        let run = event.next(body.to_string()).await;
        assert_eq!(
            (run.state, run.complete),
            (RunState::Succeeded, false),
            "{place}"
        );
        let said = event.said(&run).await;
        let (code, reason) = &said[0];
        assert_eq!(code, "more_than_read", "{said:?}");
        assert!(reason.contains(&format!("says at {place} ")), "{reason}");
        assert!(reason.contains("Set source.pagination"), "{reason}");
        assert_eq!(event.attending().await, 4);
    }
    let around = value!({
        "attendees": crowd(3), "meta": {"next": null, "pages": 1, "total": 3}, "has_more": false
    });
    let run = event.next(around.to_string()).await;
    assert!(run.complete);
    assert_eq!(run.counts.missing_removed, 1);
}

#[tokio::test]
async fn quotes_and_sums_in_a_table_take_nobody_out_and_let_nobody_in() {
    let event = table().await;
    let run = event.next(format!("Report\n\n{TABLE}Total,2\n")).await;
    assert_eq!((run.state, run.complete), (RunState::Succeeded, true));
    assert_eq!(run.counts.unchanged, 2);
    assert_eq!(event.said(&run).await[0].0, "sum_row");

    let stray = "id,email,first,last,company\n1,ann@example.org,Ann,Moor,\"Quay\n\
        3,cy@example.org,Cy,Holt,\"Pier\"\n";
    let run = event.next(stray).await;
    assert_eq!((run.state, run.complete), (RunState::Succeeded, false));
    assert_eq!(
        (run.counts.added, run.counts.missing_removed),
        (1, 0),
        "{run:?}"
    );
    assert_eq!(event.said(&run).await[0].0, "stray_quote");
    assert_eq!(event.attending().await, 3);
    let state = event.world.state("devcon").await;
    assert!(
        !state.contains("Quay\n3") && !state.contains("3,cy"),
        "{state}"
    );
}

#[tokio::test]
async fn a_field_that_no_record_has_any_more_blanks_nothing_unasked() {
    let event = listed().await;
    let mut people = crowd(4);
    for person in &mut people {
        let fields = person.as_object_mut().unwrap();
        let company = fields.remove("company").unwrap();
        fields.insert("organisation".to_owned(), company);
    }
    let run = event.next(value!({"attendees": people}).to_string()).await;
    assert_eq!(run.state, RunState::Held, "{run:?}");
    let reason = run.reason.unwrap();
    assert!(
        reason.contains("no record has the field that mapping.company uses"),
        "{reason}"
    );
    assert!(!event.world.changes(&run.id).await.iter().any(|change| {
        let mut fields = change.fields.iter();
        fields.any(|field| field.field.name() == "company")
    }));
    for person in &mut people {
        person.as_object_mut().unwrap().remove("id");
    }
    let run = event.next(value!({"attendees": people}).to_string()).await;
    assert_eq!(run.state, RunState::Failed, "{run:?}");
    assert!(run.reason.unwrap().contains("mapping.source_id"));
}

#[tokio::test]
async fn an_order_without_its_list_is_told_and_takes_nobody_out() {
    let order = |name: &str, people: Value| value!({"code": name, "people": people});
    let first = value!([
        order("a", value!([person("ann")])),
        order("b", value!(person("bob")))
    ]);
    let source = value!({"records": "$[*].people[*]"});
    let event = event(source, 2, first.to_string()).await;
    for nothing in [value!(null), value!("see page 2")] {
        let orders = value!([order("a", value!([person("ann")])), order("b", nothing)]);
        let run = event.next(orders.to_string()).await;
        assert_eq!((run.state, run.complete), (RunState::Succeeded, false));
        let said = event.said(&run).await;
        assert_eq!(said[0].0, "no_inner_list", "{said:?}");
        assert!(said[0].1.contains("no list at \"people\""), "{said:?}");
        assert_eq!(event.attending().await, 2);
    }
    let orders = value!([order("a", value!([person("ann")])), order("b", value!([]))]);
    let run = event.next(orders.to_string()).await;
    assert_eq!((run.complete, run.counts.missing_removed), (true, 1));
}

#[tokio::test]
async fn bytes_are_read_by_what_they_are() {
    let event = table().await;
    let text = TABLE.replace("Moor", "Mo\u{eb}r");
    let utf_16 = |mark: &str| format!("{mark}{text}").encode_utf16().collect::<Vec<u16>>();
    let little = |mark| {
        utf_16(mark)
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let big = |mark| {
        utf_16(mark)
            .into_iter()
            .flat_map(u16::to_be_bytes)
            .collect()
    };
    let bodies: [(&str, Vec<u8>); 6] = [
        ("text/csv", little("\u{feff}")),
        ("text/csv; charset=utf-8", big("\u{feff}")),
        ("text/csv", little("")),
        ("application/octet-stream", big("")),
        ("text/csv; charset=iso-8859-1", text.clone().into_bytes()),
        ("text/csv", format!("\u{feff}{text}").into_bytes()),
    ];
    for (kind, body) in bodies {
        event
            .server
            .answer(ResponseTemplate::new(200).set_body_raw(body, kind));
        event.world.sync("devcon").await;
        let state = event.world.state("devcon").await;
        assert!(state.contains("Ann Mo\u{eb}r"), "{kind}: {state}");
        event.next(TABLE).await;
    }
}
