//! What a source is asked for, and what its answers say of the feed as a whole.

use attendee_sync_app::ports::{Conclusion, ReadMode, Sources, Validators};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, answer, json as page,
};
use serde_json::{Value, json};

use super::{assert_says, drain, source, sources};

const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

async fn asked_for(
    source: &SourceSettings,
    ask: ReadMode,
) -> Result<(Vec<String>, Conclusion), String> {
    let read = async {
        let mut feed = sources(SourceAddresses::Any).open(source, &ask).await?;
        let records = drain(feed.as_mut()).await?;
        Ok((records, feed.conclusion()))
    };
    read.await
        .map_err(|error: attendee_sync_app::ports::SourceError| error.message)
}

async fn concluded(server: &FaultyServer, rest: Value) -> Conclusion {
    let source = source(&server.url("/p"), rest);
    asked_for(&source, ReadMode::Everything).await.unwrap().1
}

fn validators(etag: &str, last_modified: &str) -> Validators {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Validators {
        etag: some(etag),
        last_modified: some(last_modified),
    }
}

fn since() -> ReadMode {
    ReadMode::Since("2026-01-01T09:00:00Z".parse().unwrap())
}

fn person() -> ReadMode {
    ReadMode::Person("zoe+1@example.org".parse().unwrap())
}

#[tokio::test]
async fn unchanged_feed_ends_without_a_record() {
    let before = validators("W/\"a, b\"", "Sun, 06 Nov 1994 08:00:00 GMT");
    let server = FaultyServer::start(|asked| {
        assert_eq!(asked.headers["if-none-match"], "W/\"a, b\"");
        assert_eq!(
            asked.headers["if-modified-since"],
            "Sun, 06 Nov 1994 08:00:00 GMT"
        );
        answer("304 Not Modified", DATE, "")
    })
    .await;
    let source = source(&server.url("/p"), json!({}));
    let (records, conclusion) = asked_for(&source, ReadMode::Unless(before.clone()))
        .await
        .unwrap();
    assert!(records.is_empty());
    assert_eq!(
        conclusion,
        Conclusion {
            not_modified: true,
            validators: Some(before),
            answered: Some("1994-11-06T08:49:37Z".parse().unwrap()),
            ..Conclusion::default()
        }
    );
}

#[tokio::test]
async fn only_the_first_page_is_asked_for_with_conditions() {
    let server = FaultyServer::start(|asked| {
        let conditional = asked.headers.contains_key("if-none-match");
        match (asked.target.as_str(), conditional) {
            ("/p", true) => answer("307 Temporary Redirect", "location: /q\r\n", ""),
            ("/q", true) => page(r#"{"r":[1],"next":"/q2"}"#),
            ("/q2", false) => page(r#"{"r":[2]}"#),
            _ => answer("304 Not Modified", "", ""),
        }
    })
    .await;
    let rest = json!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.r[*]"});
    let source = source(&server.url("/p"), rest);
    let ask = ReadMode::Unless(validators("\"a\"", ""));
    let (records, conclusion) = asked_for(&source, ask).await.unwrap();
    assert_eq!(records, ["1", "2"]);
    assert_eq!(conclusion, Conclusion::default());
}

#[tokio::test]
async fn unchanged_that_nobody_asked_for_is_an_error() {
    let too_long = format!("\"{}\"", "x".repeat(1_000));
    for ask in [
        ReadMode::Everything,
        ReadMode::Unless(Validators::default()),
        ReadMode::Unless(validators(&too_long, "a\nb")),
    ] {
        let server = FaultyServer::start(|asked| {
            assert!(!asked.headers.contains_key("if-none-match"));
            assert!(!asked.headers.contains_key("if-modified-since"));
            answer("304 Not Modified", "location: /q\r\n", "")
        })
        .await;
        let source = source(&server.url("/p"), json!({}));
        let read = asked_for(&source, ask).await;
        assert_says(
            read.map(|(records, _)| records),
            &["page 1: the source did not answer with a page (304"],
        );
        assert_eq!(server.targets(), ["/p"]);
    }
}

#[tokio::test]
async fn validators_are_kept_where_they_can_be_trusted() {
    let settled = "last-modified: Sun, 06 Nov 1994 08:48:37 GMT\r\n";
    let fresh = "last-modified: Sun, 06 Nov 1994 08:48:38 GMT\r\n";
    let long = format!("etag: \"{}\"\r\n", "x".repeat(999));
    for (headers, kept) in [
        (format!("{DATE}etag: \"a\"\r\n"), validators("\"a\"", "")),
        ("etag: W/\"a\"\r\n".to_owned(), validators("W/\"a\"", "")),
        (
            format!("{DATE}{settled}"),
            validators("", "Sun, 06 Nov 1994 08:48:37 GMT"),
        ),
        (format!("{DATE}{fresh}"), Validators::default()),
        (settled.to_owned(), Validators::default()),
        (
            format!("{DATE}{fresh}etag: \"a\"\r\n"),
            validators("\"a\"", ""),
        ),
        (
            format!("{DATE}last-modified: yesterday\r\n"),
            Validators::default(),
        ),
        ("etag: \"Zo\u{eb}\"\r\n".to_owned(), Validators::default()),
        (long, Validators::default()),
        (String::new(), Validators::default()),
    ] {
        let sent = headers.clone();
        let server = FaultyServer::start(move |_| answer("200 OK", &sent, "[1]")).await;
        let found = concluded(&server, json!({})).await.validators;
        let kept = Some(kept).filter(|kept| *kept != Validators::default());
        assert_eq!(found, kept, "{headers}");
    }
}

#[tokio::test]
async fn validators_are_kept_only_where_one_answer_was_the_whole_feed() {
    fn tagged(asked: &RequestSeen) -> ScriptedAnswer {
        let body = match asked.before {
            0 => r#"{"r":[1],"n":"/2"}"#,
            _ => r#"{"r":[2]}"#,
        };
        answer("200 OK", "etag: \"a\"\r\n", body)
    }
    let server = FaultyServer::start(tagged).await;
    let paged = json!({"records": "$.r[*]", "pagination": {"type": "next_link", "path": "n"}});
    assert_eq!(concluded(&server, paged.clone()).await.validators, None);
    // The second request of this server is answered with the last page.
    assert!(concluded(&server, paged).await.validators.is_some());
    // A new page would show in a header alone.
    let by_header = json!({"records": "$.r[*]", "pagination": {"type": "link_header"}});
    assert_eq!(concluded(&server, by_header).await.validators, None);
    let partial = json!({"records": "$.r[*]", "incremental": {"parameter": "since"}});
    let source = source(&server.url("/p"), partial);
    let (_, conclusion) = asked_for(&source, since()).await.unwrap();
    assert_eq!(conclusion.validators, None);
    let cut_off = FaultyServer::start(|_| answer("200 OK", "etag: \"a\"\r\n", "[1")).await;
    let mut feed = sources(SourceAddresses::Any)
        .open(
            &super::source(&cut_off.url("/p"), json!({})),
            &ReadMode::Everything,
        )
        .await
        .unwrap();
    assert!(drain(feed.as_mut()).await.is_err());
    assert_eq!(feed.conclusion().validators, None);
}

#[tokio::test]
async fn changes_and_one_person_are_asked_for_on_every_page_that_is_built() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => page(r#"{"r":[1]}"#),
        _ => page(r#"{"r":[]}"#),
    })
    .await;
    let rest = json!({
        "pagination": {"type": "page", "parameter": "page"},
        "records": "$.r[*]",
        "incremental": {"parameter": "search[updated_at][gt]", "format": "%Y-%m-%d %H:%M:%S+UTC"},
        "one_person": {"parameter": "filter", "format": "email eq '{email}'"},
    });
    let mut source = source(&server.url("/p?e=42&filter=all"), rest);
    assert_eq!(asked_for(&source, since()).await.unwrap().0, ["1"]);
    let time = "search%5Bupdated_at%5D%5Bgt%5D=2026-01-01+09%3A00%3A00%2BUTC";
    assert_eq!(
        server.targets(),
        [1, 2].map(|page| format!("/p?e=42&filter=all&{time}&page={page}"))
    );
    asked_for(&source, person()).await.unwrap();
    assert_eq!(
        server.targets()[2],
        "/p?e=42&filter=email+eq+%27zoe%2B1%40example.org%27&page=1"
    );
    (source.incremental, source.one_person) = (None, None);
    for ask in [since(), person()] {
        asked_for(&source, ask).await.unwrap();
        assert_eq!(
            server.targets().last().unwrap(),
            "/p?e=42&filter=all&page=1"
        );
    }
}

#[tokio::test]
async fn link_from_the_server_is_followed_as_it_is() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => page(r#"{"r":[1],"next":"/p?page=2"}"#),
        _ => page(r#"{"r":[2]}"#),
    })
    .await;
    let rest = json!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.r[*]",
        "incremental": {"parameter": "since"}});
    asked_for(&source(&server.url("/p"), rest), since())
        .await
        .unwrap();
    assert_eq!(
        server.targets(),
        ["/p?since=2026-01-01T09%3A00%3A00Z", "/p?page=2"]
    );
}
