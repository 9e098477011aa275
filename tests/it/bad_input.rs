//! What a registration system can send over real HTTP, and that it harms nobody: the error says
//! what happened, and everybody is still in, although the event takes missing people out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_testkit::peers::{FaultyServer, ServerStep, answer, begun, json};
use attendee_sync_testkit::world::{World, crowd, person, with};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json as value};

const JSON: &str = "content-type: application/json\r\n";

fn array(records: &[Value]) -> String {
    Value::Array(records.to_vec()).to_string()
}

/// An event with 30 people who came in by an honest answer.
struct HostileEvent {
    world: World,
    server: FaultyServer,
}

async fn event(source: Value) -> HostileEvent {
    let server = FaultyServer::silent().await;
    let world = World::over_http(&server.origin());
    let mut configured = value!({
        "url": format!("{}/people", server.origin()),
        "limits": {"timeout_seconds": 1, "requests_per_minute": 100_000, "max_bytes": 3_000_000}
    });
    for (key, part) in source.as_object().unwrap() {
        configured[key] = part.clone();
    }
    let change = value!({"source": configured, "missing": "remove_attendee"});
    world.configure("devcon", change).await;
    let body = array(&crowd(30));
    server.answer(move |asked| match asked.target.as_str() {
        "/people" | "/people?page=1" => json(&body),
        _ => json("[]"),
    });
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.added, 30);
    HostileEvent { world, server }
}

impl HostileEvent {
    async fn attending(&self) -> usize {
        let state = self.world.state("devcon").await;
        state
            .lines()
            .filter(|line| line.contains(" attending "))
            .count()
    }

    /// Syncs; the run has to fail for a reason with these words, and nobody may be gone.
    async fn fails(&self, words: &[&str]) -> Run {
        let run = self.world.try_sync("devcon").await.unwrap();
        assert_eq!(run.state, RunState::Failed, "{run:?}");
        let reason = run.reason.clone().unwrap();
        // Ports differ from test to test.
        for part in words {
            assert!(reason.contains(part), "{part:?} is not in: {reason}");
        }
        assert_eq!(run.counts.removed + run.counts.missing_removed, 0);
        assert_eq!(self.attending().await, 30);
        assert!(!run.complete);
        run
    }
}

#[tokio::test]
async fn a_body_without_end_stops_at_the_limit() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        let record = format!("{},", person("endless"));
        vec![
            begun(JSON),
            ServerStep::Send(b"[".to_vec()),
            ServerStep::Repeat(record.into_bytes(), 1_000_000),
        ]
    });
    let reason = "the source sent more than 3000000 bytes, the limit of source.limits.max_bytes";
    let run = event.world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    assert!(run.reason.unwrap().contains(reason));
    // What was read of it is right: one more person.
    assert_eq!(event.attending().await, 31);
    assert!(run.bytes < 4_000_000, "{}", run.bytes);
}

#[tokio::test]
async fn a_byte_a_second_is_given_up() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        vec![
            begun(JSON),
            ServerStep::Trickle(b"[{\"id\": 1}]".to_vec(), Duration::from_millis(400)),
        ]
    });
    let run = event
        .fails(&["page 1", "the source stalled: it sent 2 bytes in 1 seconds"])
        .await;
    assert!(run.bytes < 20);
}

#[tokio::test]
async fn a_gzip_bomb_stops_at_the_limit() {
    let event = event(value!({})).await;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"[\"").unwrap();
    let part = vec![b'a'; 100_000];
    for _ in 0..1_000 {
        bomb.write_all(&part).unwrap();
    }
    bomb.write_all(b"\"]").unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 200_000, "100 MB in {} bytes", bomb.len());
    event.server.answer(move |_| {
        answer(
            "200 OK",
            &format!("{JSON}content-encoding: gzip\r\n"),
            &bomb,
        )
    });
    event.fails(&["more than 3000000 bytes"]).await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_harms_its_record_alone() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        let mut body = array(&crowd(30)).into_bytes();
        let place = body.windows(5).position(|part| part == b"p0003").unwrap();
        body[place] = 0xff;
        answer("200 OK", JSON, &body)
    });
    let run = event.world.sync("devcon").await;
    assert_eq!(run.counts.rejected, 1);
    let issues = event.world.issues(&run.id).await;
    let of_record = issues.iter().find(|issue| issue.position == 4).unwrap();
    assert!(
        of_record.reason.contains("the record is not UTF-8"),
        "{issues:?}"
    );
    assert_eq!(event.attending().await, 30, "they are in the feed");
}

#[tokio::test]
async fn where_nobody_can_tell_whose_a_record_is_nobody_is_missing() {
    let nobody = with(person("p0003"), value!({"email": null, "id": null}));
    let too_long = with(person("p0003"), value!({"note": "x".repeat(1_100_000)}));
    for bad in [nobody, too_long] {
        let event = event(value!({})).await;
        let mut records = crowd(30);
        records[3] = bad;
        records.truncate(29);
        let body = array(&records);
        event.server.answer(move |_| json(&body));
        let run = event.world.sync("devcon").await;
        assert_eq!((run.counts.rejected, run.counts.missing_removed), (1, 0));
        assert_eq!(event.attending().await, 30);
        let issues = event.world.issues(&run.id).await;
        let said = issues.iter().find(|issue| issue.code == "missing_unclear");
        assert!(
            said.is_some_and(|issue| issue.reason.contains("2 people")),
            "{issues:?}"
        );
        // Once it can be told, who is missing goes.
        let body = array(&crowd(29));
        event.server.answer(move |_| json(&body));
        let run = event.world.sync("devcon").await;
        assert_eq!(run.counts.missing_removed, 1);
    }
}

#[tokio::test]
async fn a_row_that_is_not_utf_8_harms_itself_alone() {
    let event = event(value!({})).await;
    let url = format!("{}/people", event.server.origin());
    let change = value!({"source": {"url": url, "format": "csv"}, "missing": "remove_attendee"});
    event.world.configure("devcon", change).await;
    event.server.answer(|_| {
        let table = b"id,email,first,last\n1,zoe@example.org,Zo\xEB,\"a \"\"b\"\"\"\n2,bo@example.org,Bo,Ek\n";
        answer("200 OK", "content-type: text/csv\r\n", table)
    });
    let run = event.world.try_sync("devcon").await.unwrap();
    assert_eq!((run.counts.added, run.counts.rejected), (1, 1), "{run:?}");
    let issues = event.world.issues(&run.id).await;
    assert!(
        issues
            .iter()
            .any(|issue| issue.reason.contains("the record is not UTF-8")),
        "{issues:?}"
    );
    assert_eq!(event.attending().await, 31);
}

#[tokio::test]
async fn json_that_is_cut_off_is_no_whole_feed() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        let mut body = array(&crowd(30)).into_bytes();
        body.truncate(body.len() / 2);
        answer("200 OK", JSON, &body)
    });
    event
        .fails(&["page 1", "cut off in the middle of its JSON"])
        .await;
}

#[tokio::test]
async fn a_web_page_with_status_200_is_no_feed() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        answer(
            "200 OK",
            "content-type: text/html\r\n",
            b"<!doctype html><title>Sign in</title>",
        )
    });
    event.fails(&["page 1", "text/html"]).await;
}

#[tokio::test]
async fn another_content_type_is_told_with_what_is_wrong() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        answer(
            "200 OK",
            "content-type: text/csv\r\n",
            b"id;email\n1;ada@example.org\n",
        )
    });
    event.fails(&["page 1", "text/csv"]).await;
    // A content type alone is no reason: many sources send JSON as text.
    let body = array(&crowd(30));
    event
        .server
        .answer(move |_| answer("200 OK", "content-type: text/plain\r\n", body.as_bytes()));
    let run = event.world.sync("devcon").await;
    assert_eq!(run.counts.unchanged, 30);
}

#[tokio::test]
async fn paging_that_goes_in_a_circle_ends() {
    let pagination =
        value!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.people[*]"});
    let server = event(value!({})).await;
    server
        .world
        .configure(
            "devcon",
            value!({
                "source": {
                    "url": format!("{}/people", server.server.origin()),
                    "pagination": pagination["pagination"], "records": pagination["records"]
                },
                "missing": "remove_attendee"
            }),
        )
        .await;
    server.server.answer(|asked| {
        let page = u8::from(asked.target != "/people");
        let body = value!({"people": [person(&format!("p000{page}"))], "next": "/people?page=1"});
        json(body.to_string())
    });
    server
        .fails(&["page 3", "the paging goes in a circle"])
        .await;
}

#[tokio::test]
async fn a_connection_that_is_reset_in_the_body_is_no_end() {
    let event = event(value!({})).await;
    event.server.answer(|_| {
        let mut body = array(&crowd(30)).into_bytes();
        body.truncate(body.len() / 2);
        vec![begun(JSON), ServerStep::Send(body), ServerStep::Reset]
    });
    event.fails(&["page 1"]).await;
}

fn numbered() -> Value {
    value!({"pagination": {"type": "page", "parameter": "page"}})
}

#[tokio::test]
async fn a_credential_that_expires_on_page_7_removes_nobody() {
    let event = event(numbered()).await;
    event
        .server
        .answer(|asked| match asked.target.rsplit('=').next() {
            Some("7") => answer("401 Unauthorized", JSON, b"{}"),
            Some(page) => {
                let page: usize = page.parse().unwrap();
                json(array(&crowd(30)[page * 2..page * 2 + 2]))
            }
            None => Vec::new(),
        });
    event
        .fails(&[
            "page 7",
            "the source asks for credentials (401 Unauthorized)",
        ])
        .await;
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let event = event(value!({})).await;
    event
        .server
        .answer(|_| answer("302 Found", "location: /people\r\n", b""));
    event.fails(&["redirected more than 5 times"]).await;
}

#[tokio::test]
async fn a_redirect_to_a_link_local_address_is_not_followed() {
    let event = event(value!({})).await;
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://10.0.0.1/",
        "http://localhost/",
    ] {
        let header = format!("location: {target}\r\n");
        event
            .server
            .answer(move |_| answer("302 Found", &header, b""));
        event
            .fails(&[
                "the source redirected to another server",
                "only https is allowed",
                "that can be reached from here",
            ])
            .await;
    }
}

#[tokio::test]
async fn records_that_shift_between_pages_are_taken_once_and_nobody_is_lost() {
    let event = event(numbered()).await;
    // Somebody registers while page 1 is read: the last of page 1 comes again on page 2, and page
    // 3 is short.
    let mut shifted = crowd(30);
    shifted.insert(0, person("new"));
    event.server.answer(move |asked| {
        let before = crowd(30);
        match asked.target.rsplit('=').next() {
            Some("1") => json(array(&before[..10])),
            Some("2") => json(array(&shifted[10..20])),
            Some("3") => json(array(&shifted[20..])),
            _ => json("[]"),
        }
    });
    let run = event.world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert!(run.counts.add_up(), "{:?}", run.counts);
    assert_eq!(run.counts.missing_removed, 0);
    assert_eq!(
        event.attending().await,
        30,
        "they who came meanwhile comes with the next sync"
    );
}

#[tokio::test]
async fn who_falls_between_two_pages_is_not_missing() {
    let event = event(numbered()).await;
    // p0003 is deleted once page 1 was read: everybody moves up, and p0010 is on no page. When it
    // is read again, p0010 has changed.
    let times = AtomicUsize::new(0);
    event.server.answer(move |asked| {
        let mut now = crowd(30);
        let before = times.fetch_add(1, Ordering::SeqCst);
        if before > 0 {
            now.remove(3);
        }
        if before > 3 {
            now[9]["company"] = value!("Globex");
        }
        match asked.target.rsplit('=').next() {
            Some("1") => json(array(&now[..10])),
            Some("2") => json(array(&now[10..20])),
            Some("3") => json(array(&now[20..])),
            _ => json("[]"),
        }
    });
    let run = event.world.sync("devcon").await;
    assert_eq!(run.counts.missing_removed, 0, "{run:?}");
    assert_eq!(event.attending().await, 30);
    // Who is deleted is missing from the next whole feed, looked at twice.
    let run = event.world.sync("devcon").await;
    assert_eq!((run.counts.missing_removed, run.counts.updated), (1, 1));
    assert!(
        !event
            .world
            .state("devcon")
            .await
            .contains("p0003@example.org attending")
    );
}

#[tokio::test]
async fn two_hundred_thousand_records_in_one_array_are_read_in_little_memory() {
    let event = event(value!({
        "limits": {"timeout_seconds": 5, "max_bytes": 100_000_000}
    }))
    .await;
    // Out of scope, so that this is about reading.
    event.server.answer(|_| {
        let record = format!("{},", with(person("tester"), value!({"test": true})));
        vec![
            begun(JSON),
            ServerStep::Send(b"[".to_vec()),
            ServerStep::Repeat(record.into_bytes(), 199_999),
            ServerStep::Send(format!("{}]", person("last")).into_bytes()),
        ]
    });
    let run = event.world.try_sync("devcon").await.unwrap();
    assert_eq!(run.counts.records_read, 200_000, "{run:?}");
    assert_eq!((run.counts.ignored, run.counts.added), (199_999, 1));
    // All 30 are missing from a whole feed: that is for a person to decide.
    assert_eq!(run.state, RunState::Held);
    assert_eq!(event.attending().await, 31);
}

#[tokio::test]
async fn an_empty_list_asks_before_it_empties_an_event() {
    for body in ["[]", " [ ] "] {
        let event = event(value!({})).await;
        event.server.answer(move |_| json(body));
        let run = event.world.try_sync("devcon").await.unwrap();
        assert_eq!(run.state, RunState::Held, "{run:?}");
        assert!(
            run.reason
                .unwrap()
                .starts_with("30 of 30 attendees would be removed")
        );
        assert_eq!(event.attending().await, 30);
    }
}

#[tokio::test]
async fn answers_that_hold_no_list_are_no_empty_feed() {
    let event = event(value!({})).await;
    for body in ["", "null", "{\"error\": \"not now\"}", "42"] {
        event.server.answer(move |_| json(body));
        event.fails(&["page 1"]).await;
    }
    // Some write an empty list so: where missing people go, a person decides.
    event.server.answer(|_| json("{}"));
    let run = event.world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held, "{run:?}");
    assert_eq!(event.attending().await, 30);
}

#[tokio::test]
async fn null_and_numbers_for_text_are_taken_for_what_they_are() {
    let event = event(value!({})).await;
    let mut records = crowd(30);
    records[0]["company"] = Value::Null;
    records[1]["company"] = value!(2026);
    records[2]["company"] = value!(true);
    records[3]["company"] = value!({"name": "Initech"});
    records[4]["first"] = value!(7);
    records[5]["email"] = value!(12);
    records[6]["email"] = Value::Null;
    let body = array(&records);
    event.server.answer(move |_| json(&body));
    let run = event.world.sync("devcon").await;
    assert_eq!(
        (run.counts.updated, run.counts.rejected),
        (4, 2),
        "{:?}",
        run.counts
    );
    let state = event.world.state("devcon").await;
    for part in [
        "p0000 Example @ -",
        "p0001 Example @ 2026",
        "p0002 Example @ true",
        "p0003 Example @ Initech",
        " 7 Example",
    ] {
        assert!(state.contains(part), "{part}: {state}");
    }
    assert_eq!(event.attending().await, 30);
}

#[tokio::test]
async fn what_could_be_code_elsewhere_is_kept_as_text() {
    let event = event(value!({})).await;
    let mut records = crowd(30);
    records[0]["last"] = value!("Lovelace\r\nBcc: everybody@example.org");
    records[1]["last"] = value!("<script>alert(1)</script>");
    records[2]["last"] = value!("=HYPERLINK(\"https://evil.example\")");
    records[3]["last"] = value!("+41 44 123");
    let body = array(&records);
    event.server.answer(move |_| json(&body));
    let run = event.world.sync("devcon").await;
    assert_eq!(run.counts.updated, 4);
    let state = event.world.state("devcon").await;
    assert!(
        state.contains("p0000 Lovelace Bcc: everybody@example.org @"),
        "{state}"
    );
    assert!(
        state.contains("<script>alert(1)</script>"),
        "pages escape it"
    );
    assert!(state.contains("=HYPERLINK"), "exports quote it");
}
