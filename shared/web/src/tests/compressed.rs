//! Answers over the wire: compressed for whoever takes that.

use std::io::Read;

use flate2::read::GzDecoder;

use super::world::{ConsoleWorld, TOKEN, TestRequest, person};

/// Most bytes of the page of an event.
const EVENT_PAGE: usize = 20_000;

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
