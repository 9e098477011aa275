//! Pages fetched a few at a time: sooner, and otherwise as if they were fetched one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, ServerStep, answer, head, json as page,
};
use attendee_sync_testkit::waiting::pass;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{assert_says, drain, merge, read, source, sources, units};

/// What is answered instead of a page of this number.
type PageFault = fn(usize) -> ScriptedAnswer;

const DELAY: Duration = Duration::from_millis(100);

/// A number in the query.
fn number(asked: &RequestSeen, parameter: &str) -> usize {
    let (_, query) = asked.target.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == parameter).unwrap();
    value.parse().unwrap()
}

fn numbered(server: &FaultyServer, rest: Value) -> SourceSettings {
    let mut document = json!({"records": "$.r[*]", "pagination": {
        "type": "page", "parameter": "page", "total_pages_path": "pages"}});
    merge(&mut document, rest);
    source(&server.url("/p"), document)
}

fn counted(server: &FaultyServer) -> SourceSettings {
    let paging = json!({"type": "offset", "offset_parameter": "from", "start": 1,
        "limit_parameter": "limit", "limit": 10, "total_path": "total"});
    let rest = json!({"records": "$.r[*]", "pagination": paging});
    source(&server.url("/p"), rest)
}

/// Page `asked` of `pages`, with the records `page.0` and `page.1`.
fn page_of(asked: &RequestSeen, pages: usize) -> ScriptedAnswer {
    let number = number(asked, "page");
    page(format!(
        r#"{{"r":[{number}.0,{number}.1],"pages":{pages}}}"#
    ))
}

/// Up to `most` of the records 0 to `total`, from the offset on, which starts at 1.
fn records_of(asked: &RequestSeen, total: usize, most: usize) -> ScriptedAnswer {
    let from = number(asked, "from") - 1;
    let records: Vec<usize> = (from..total.min(from + most)).collect();
    page(json!({"r": records, "total": total}).to_string())
}

fn delayed(answer: ScriptedAnswer) -> ScriptedAnswer {
    let mut steps = vec![ServerStep::Wait(DELAY)];
    steps.extend(answer);
    steps
}

fn as_text(records: impl Iterator<Item = usize>) -> Vec<String> {
    records.map(|record| record.to_string()).collect()
}

async fn timed(source: &SourceSettings) -> (Vec<String>, Duration) {
    let began = Instant::now();
    let records = read(source).await.unwrap();
    (records, began.elapsed())
}

#[tokio::test]
async fn slow_pages_are_fetched_four_at_a_time_and_stay_in_order() {
    let one = FaultyServer::start(|asked| delayed(page_of(asked, 1))).await;
    let (_, one_page) = timed(&numbered(&one, json!({}))).await;
    let many = FaultyServer::start(|asked| delayed(page_of(asked, 17))).await;
    let (records, pages) = timed(&numbered(&many, json!({}))).await;
    let expected: Vec<String> = (1..=17)
        .flat_map(|page| [format!("{page}.0"), format!("{page}.1")])
        .collect();
    assert_eq!(records, expected);
    assert_eq!(many.peak(), 4);
    assert_eq!(many.asked().len(), 17);
    let ratio = pages.as_secs_f64() / (17.0 * one_page.as_secs_f64());
    assert!(ratio < 0.6, "17 pages took {ratio} of 17 times one page");
}

#[tokio::test]
async fn offsets_are_fetched_ahead_by_the_size_that_is_received() {
    for cut_to in [10, 7] {
        let server = FaultyServer::start(move |asked| delayed(records_of(asked, 60, cut_to))).await;
        assert_eq!(
            read(&counted(&server)).await.unwrap(),
            as_text(0..60),
            "{cut_to}"
        );
        assert_eq!(server.peak(), 4);
        assert_eq!(server.asked().len(), 60_usize.div_ceil(cut_to));
    }
}

#[tokio::test]
async fn pages_of_other_sizes_than_the_first_skip_nothing() {
    for sizes in [[10, 10, 3, 10, 9], [10, 2, 1, 10, 10], [3, 10, 10, 10, 10]] {
        let server = FaultyServer::start(move |asked| {
            // By the place asked for, so that each answer is the same whenever it is asked for.
            let from = number(asked, "from") - 1;
            records_of(asked, 47, sizes[from / 10])
        })
        .await;
        let records = read(&counted(&server)).await.unwrap();
        assert_eq!(records, as_text(0..47), "{sizes:?}");
        let one_at_a_time = server.asked().len();
        assert!(one_at_a_time < 30, "{one_at_a_time}");
    }
}

#[tokio::test]
async fn total_that_grows_is_read_to_its_new_end() {
    let server = FaultyServer::start(|asked| {
        let pages = if number(asked, "page") < 5 { 6 } else { 9 };
        page_of(asked, pages)
    })
    .await;
    let records = read(&numbered(&server, json!({}))).await.unwrap();
    assert_eq!(records.len(), 18);
    assert_eq!(records[17], "9.1");
}

#[tokio::test]
async fn faults_are_reported_on_their_page_after_the_records_before() {
    let faults: [(PageFault, &str); 6] = [
        (|_| answer("404 Not Found", "", ""), "there is nothing at"),
        (
            |_| answer("500 Internal Server Error", "", ""),
            "asked 3 times",
        ),
        (
            |_| page(r#"{"r":[1"#),
            "was cut off in the middle of its JSON",
        ),
        (
            |_| page(r#"{"r":[]}"#),
            "declared 9 pages, and this one holds no record",
        ),
        (
            |page_number| page(format!(r#"{{"r":[{0}.0,{0}.1]}}"#, page_number - 1)),
            "holds the same records as the one before",
        ),
        (|_| vec![ServerStep::Reset], "broke off before it answered"),
    ];
    for (fault, part) in faults {
        let server = FaultyServer::start(move |asked| match number(asked, "page") {
            7 => fault(7),
            _ => page_of(asked, 9),
        })
        .await;
        let source = numbered(&server, json!({}));
        let mut feed = sources(SourceAddresses::Any)
            .open(&source, &ReadMode::Everything)
            .await
            .unwrap();
        let mut records = Vec::new();
        let error = loop {
            match feed.next().await {
                Ok(block) => records.extend(units(&block.unwrap())),
                Err(error) => break error,
            }
        };
        let before = records
            .iter()
            .filter(|record| record.as_str() < "7")
            .count();
        assert_eq!(before, 12, "{part}: {records:?}");
        assert_says(Err(error.message), &["page 7: ", part]);
        assert_eq!(feed.read().0, 7);
        assert!(feed.next().await.is_err(), "a failed feed stays failed");
    }
}

#[tokio::test]
async fn limit_of_bytes_is_met_on_the_same_page() {
    let server = FaultyServer::start(|asked| {
        let number = number(asked, "page");
        page(format!(
            r#"{{"r":[{number}],"pages":9{}}}"#,
            " ".repeat(3_000)
        ))
    })
    .await;
    let read = read(&numbered(&server, json!({"limits": {"max_bytes": 16_000}}))).await;
    assert_says(read, &["page 6: the source sent more than 16000 bytes"]);
}

#[tokio::test]
async fn feed_that_is_dropped_asks_no_more() {
    let server = FaultyServer::start(|asked| match number(asked, "page") {
        1 => page_of(asked, 9),
        _ => vec![ServerStep::Hang],
    })
    .await;
    let source = numbered(&server, json!({}));
    let mut feed = sources(SourceAddresses::Any)
        .open(&source, &ReadMode::Everything)
        .await
        .unwrap();
    feed.next().await.unwrap().unwrap();
    tokio::select! {
        _ = feed.next() => panic!("a page that was never sent was read"),
        () = server.until_under_way(4) => {}
    }
    drop(feed);
    let gone = tokio::time::timeout(Duration::from_secs(4), server.until_under_way(0));
    gone.await.unwrap();
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn records_that_nobody_waited_for_are_read_by_whoever_goes_on() {
    let server = FaultyServer::start(|asked| match (number(asked, "page"), asked.before) {
        (1, _) => page_of(asked, 2),
        (_, 0..=1) => {
            // The head and the beginning of the page come, the rest does not.
            let mut sent = head("200 OK", "content-length: 100\r\n");
            sent.extend_from_slice(b"{\"r\": [");
            vec![ServerStep::Send(sent), ServerStep::Hang]
        }
        _ => page_of(asked, 2),
    })
    .await;
    let source = numbered(&server, json!({}));
    let sources = sources(SourceAddresses::Any);
    let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
    let first = units(&feed.next().await.unwrap().unwrap());
    let place = feed.place();
    let waited = tokio::time::timeout(DELAY, feed.next()).await;
    assert!(waited.is_err(), "a page that was never sent was read");
    assert_eq!(feed.place(), place);
    let place = place.unwrap();
    let mut feed = sources
        .resume(&source, &ReadMode::Everything, &place)
        .await
        .unwrap();
    let rest = drain(feed.as_mut()).await.unwrap();
    assert_eq!([first, rest].concat(), ["1.0", "1.1", "2.0", "2.1"]);
}

#[tokio::test]
async fn feed_that_failed_asks_no_more() {
    let server = FaultyServer::start(|asked| match number(asked, "page") {
        1 => page_of(asked, 9),
        2 => delayed(answer("404 Not Found", "", "")),
        _ => vec![ServerStep::Hang],
    })
    .await;
    let source = numbered(&server, json!({}));
    let mut feed = sources(SourceAddresses::Any)
        .open(&source, &ReadMode::Everything)
        .await
        .unwrap();
    assert!(drain(feed.as_mut()).await.is_err());
    let gone = tokio::time::timeout(Duration::from_secs(4), server.until_under_way(0));
    gone.await.unwrap();
    drop(feed);
}

#[tokio::test]
async fn page_that_waits_for_its_reader_does_not_time_out() {
    let server = FaultyServer::start(|asked| {
        let number = number(asked, "page");
        let long = format!("\"{number}{}\"", "x".repeat(200_000));
        let record = format!("{long},").repeat(30);
        page(format!(r#"{{"r":[{record}{long}],"pages":3}}"#))
    })
    .await;
    let source = numbered(&server, json!({"limits": {"timeout_seconds": 2}}));
    let mut feed = sources(SourceAddresses::Any)
        .open(&source, &ReadMode::Everything)
        .await
        .unwrap();
    let mut records = 0;
    while let Some(block) = feed.next().await.unwrap() {
        let (pages, before) = (feed.read().0, records);
        records += block.units.len();
        if pages == 2 && before == 31 {
            // A slow reader, while the third page is full of what waits for it.
            tokio::time::pause();
            pass(Duration::from_secs(3)).await;
            tokio::time::resume();
        }
    }
    assert_eq!(records, 93);
}

#[tokio::test]
async fn pages_refused_together_have_the_token_renewed_once() {
    let tokens = Arc::new(AtomicUsize::new(0));
    let given = Arc::clone(&tokens);
    let server = FaultyServer::start(move |asked| {
        if asked.target == "/token" {
            let token = given.fetch_add(1, Ordering::SeqCst);
            return page(format!(r#"{{"token":"token-{token}"}}"#));
        }
        let page = number(asked, "page");
        let wanted = if page == 1 { "token-0" } else { "token-1" };
        if asked.headers["authorization"].ends_with(wanted) {
            page_of(asked, 9)
        } else {
            delayed(answer("401 Unauthorized", "", ""))
        }
    })
    .await;
    let rest = json!({"authentication": {"type": "login", "url": server.url("/token"),
        "username": "me", "password": "canary"}});
    let source = numbered(&server, rest);
    let mut feed = sources(SourceAddresses::Any)
        .open(&source, &ReadMode::Everything)
        .await
        .unwrap();
    assert_eq!(drain(feed.as_mut()).await.unwrap().len(), 18);
    assert_eq!(tokens.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn source_that_asks_to_wait_is_asked_for_no_other_page_meanwhile() {
    let first_refusal = Arc::new(AtomicUsize::new(0));
    let refused = Arc::clone(&first_refusal);
    let began = Instant::now();
    let server = FaultyServer::start(move |asked| {
        let since = began.elapsed().as_millis().try_into().unwrap();
        match number(asked, "page") {
            2 => delayed(page_of(asked, 9)),
            3 if refused.load(Ordering::SeqCst) == 0 => {
                refused.store(since, Ordering::SeqCst);
                // From here on, time passes by itself wherever everybody waits.
                tokio::time::pause();
                answer("429 Too Many Requests", "retry-after: 1\r\n", "")
            }
            6.. => {
                let waited = since - refused.load(Ordering::SeqCst);
                assert!(waited >= 900, "page 6 was asked for after {waited} ms");
                page_of(asked, 9)
            }
            _ => page_of(asked, 9),
        }
    })
    .await;
    assert_eq!(read(&numbered(&server, json!({}))).await.unwrap().len(), 18);
}
