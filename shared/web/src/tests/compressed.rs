//! Answers over the wire: compressed for whoever takes that.

use std::io::Read;

use flate2::read::GzDecoder;

use super::world::{ConsoleWorld, TOKEN, TestRequest, person};

/// Most bytes of the page of an event.
const EVENT_PAGE: usize = 20_000;
/// Most bytes of the page of a run, however much it changed.
const RUN_PAGE: usize = 60_000;
/// Most reads of the table for that page.
const RUN_PAGE_READS: i64 = 12;

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn pages_files_and_answers_of_the_api_are_compressed_for_whoever_takes_it() {
    let people = (0..300).map(|number| person(number, "Ada")).collect();
    let world = ConsoleWorld::with(people).await;
    world.sync().await;
    let cookie = world.browser().await.cookie;
    for (path, has) in [
        ("/events/devcon", "DevCon"),
        ("/assets/console.css", "body"),
        ("/api/v1/events/devcon/attendees", "@example.org"),
        ("/api/v1/events/devcon/attendees.csv", "p1@example.org"),
    ] {
        let ask = TestRequest::get(path).with("cookie", &cookie).bearer(TOKEN);
        let plain = TestRequest::get(path).with("cookie", &cookie).bearer(TOKEN);
        let (headers, packed) = world
            .answer_in_bytes(ask.with("accept-encoding", "gzip"))
            .await;
        let (plain_headers, plain) = world.answer_in_bytes(plain).await;
        assert_eq!(headers.get("content-encoding").unwrap(), "gzip", "{path}");
        assert!(plain_headers.get("content-encoding").is_none(), "{path}");
        assert!(unpacked(&packed).contains(has), "{path}");
        assert!(packed.len() * 2 < plain.len(), "{path}: {}", packed.len());
        let is_page = path == "/events/devcon";
        assert!(!is_page || packed.len() < EVENT_PAGE, "{}", packed.len());
    }
}

/// A person with much to say, so that little of it is like that of others.
fn talkative(number: usize) -> serde_json::Value {
    let mut record = person(number, &format!("First{:x}", number * 7_919));
    record["last"] = format!("Last{:x}", number * 104_729).into();
    record["company"] = format!(
        "Company {:x} of {:x}",
        number * 15_485_863,
        number * 32_452_843
    )
    .into();
    record
}

#[tokio::test]
async fn a_run_of_twenty_thousand_changes_opens_small_and_with_few_reads() {
    let world = ConsoleWorld::with((0..20_000).map(talkative).collect()).await;
    world.sync().await;
    let browser = world.browser().await;
    let mut path = "/events/devcon/runs/1".to_owned();
    for page in 0..12 {
        let before = world.table_reads();
        let ask = TestRequest::get(&path).with("cookie", &browser.cookie);
        let (_, packed) = world
            .answer_in_bytes(ask.with("accept-encoding", "gzip"))
            .await;
        let reads = world.table_reads() - before;
        assert!(
            packed.len() < RUN_PAGE,
            "page {page}: {} bytes",
            packed.len()
        );
        assert!(reads <= RUN_PAGE_READS, "page {page}: {reads} reads");
        let text = unpacked(&packed);
        assert_eq!(text.matches("<span class=\"who\">").count(), 100, "{page}");
        let (_, next) = text.split_once("?changes=").unwrap();
        let next = next.split('"').next().unwrap();
        let next = next.strip_suffix("#changes").unwrap();
        path = format!("/events/devcon/runs/1?changes={next}");
        println!("page {page}: {} bytes, {reads} reads", packed.len());
    }
}
