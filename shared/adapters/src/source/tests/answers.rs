//! What an answer is by its bytes, whatever it says of itself, and what it holds beside the records.

use std::io::Write;

use attendee_sync_app::ports::{Conclusion, ReadMode, Sources};
use attendee_sync_domain::config::{Mapping, SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, ServerStep, answer, chunk, head};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{assert_says, drain, read, source, sources};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// A source whose mapping takes `email`, `first` and `last`.
fn mapped(url: &str, rest: Value) -> SourceSettings {
    let mapping: Mapping = serde_json::from_value(
        json!({"email": "email", "first_name": "first", "last_name": "last"}),
    )
    .unwrap();
    SourceSettings {
        taken: mapping.fields(),
        ..source(url, rest)
    }
}

async fn concluded(source: &SourceSettings) -> Result<(usize, Conclusion), String> {
    let feed = sources(SourceAddresses::Any)
        .open(source, &ReadMode::Everything)
        .await;
    let mut feed = feed.map_err(|error| error.message)?;
    let records = drain(feed.as_mut()).await.map_err(|error| error.message)?;
    Ok((records.len(), feed.conclusion()))
}

#[tokio::test]
async fn packed_file_is_unpacked_and_counts_unpacked() {
    let table = format!("uid\n{}", "1\n".repeat(100_000)).into_bytes();
    let once = gzip(&table);
    let twice = gzip(&once);
    for (headers, body) in [
        ("content-type: application/gzip\r\n", once.clone()),
        ("content-type: text/csv\r\n", twice),
    ] {
        let server = FaultyServer::start(move |_| answer("200 OK", headers, &body)).await;
        let source = source(&server.url("/people.csv.gz"), json!({"format": "csv"}));
        assert_eq!(read(&source).await.unwrap().len(), 100_000, "{headers}");
        let short = super::source(
            &server.url("/"),
            json!({"format": "csv", "limits": {"max_bytes": 100_000}}),
        );
        assert_says(
            read(&short).await,
            &["the source sent more than 100000 bytes"],
        );
    }
    let cut = once[..once.len() - 9].to_vec();
    let server = FaultyServer::start(move |_| answer("200 OK", "", &cut)).await;
    let source = source(&server.url("/"), json!({"format": "csv"}));
    assert_says(
        read(&source).await,
        &["packed with gzip and cannot be unpacked"],
    );
}

#[tokio::test]
async fn charset_is_told_by_the_bytes_and_then_by_the_document() {
    let utf_16 = |text: &str, little: bool| -> Vec<u8> {
        let bytes = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        text.encode_utf16().flat_map(bytes).collect()
    };
    let json_text = "[{\"name\":\"Zo\u{eb}\"}]";
    let table = "name\nZo\u{eb}\n";
    let lines = "{\"name\":\"Zo\u{eb}\"}\n";
    for (format, text) in [("json", json_text), ("csv", table), ("ndjson", lines)] {
        let marked = format!("\u{feff}{text}");
        let latin: Vec<u8> = text
            .chars()
            .filter_map(|letter| u8::try_from(letter).ok())
            .collect();
        for (kind, set, body) in [
            ("x", None, marked.clone().into_bytes()),
            ("x; charset=windows-1252", None, marked.clone().into_bytes()),
            ("x; charset=iso-8859-1", None, text.as_bytes().to_vec()),
            ("x; charset=utf-16", None, text.as_bytes().to_vec()),
            ("x; charset=gbk", None, text.as_bytes().to_vec()),
            ("x; charset=utf-8", None, utf_16(&marked, true)),
            ("x", None, utf_16(&marked, false)),
            ("x", None, utf_16(text, true)),
            ("x; charset=utf-16", None, utf_16(text, false)),
            ("x; charset=utf-8", Some("windows-1252"), latin.clone()),
            ("x", Some("latin1"), latin.clone()),
            ("x; charset=klingon", Some("latin1"), latin.clone()),
            ("x", Some("utf-16be"), utf_16(text, false)),
        ] {
            let headers = format!("content-type: {kind}\r\ntransfer-encoding: chunked\r\n");
            let server = FaultyServer::start(move |_| {
                let mut sent = head("200 OK", &headers);
                sent.extend(body.iter().flat_map(|byte| chunk(&[*byte])));
                sent.extend(chunk(b""));
                vec![ServerStep::Send(sent)]
            })
            .await;
            let mut rest = json!({"format": format});
            if let Some(set) = set {
                rest["charset"] = json!(set);
            }
            let found = read(&source(&server.url("/"), rest)).await;
            assert_eq!(
                found.as_deref(),
                Ok(&["{\"name\":\"Zo\u{eb}\"}".to_owned()][..]),
                "{format} {kind} {set:?}"
            );
        }
    }
}

#[tokio::test]
async fn other_formats_are_told_by_name() {
    for (format, body, part) in [
        (
            "json",
            &b"PK\x03\x04\x14\x00\x06\x00"[..],
            "a zip file, as Excel's .xlsx is one",
        ),
        ("csv", b"PK\x03\x04\x14\x00\x06\x00", "a zip file"),
        ("json", b"%PDF-1.7", "a PDF"),
        (
            "json",
            b"id,email,first\n1,a@example.org,A\n",
            "set source.format to csv",
        ),
        (
            "json",
            b"{\"id\":1}\n{\"id\":2}\n",
            "set source.format to ndjson",
        ),
        ("ndjson", b"[{\"id\":1}]", "set source.format to json"),
        ("csv", b"{\"attendees\":[]}", "set source.format to json"),
        ("json", b"<?xml version='1.0'?><a/>", "XML"),
        (
            "json",
            b"Too many requests",
            "begins with \"Too many requests\"",
        ),
    ] {
        let server = FaultyServer::start(move |_| answer("200 OK", "", body)).await;
        let source = source(
            &server.url("/"),
            json!({"format": format, "records": "$.x[*]"}),
        );
        assert_says(read(&source).await, &["page 1: ", part]);
    }
}

#[tokio::test]
async fn list_is_taken_however_it_is_written() {
    for (body, records) in [
        (json!({"people": {}}), 0),
        (json!({"people": null}), 0),
        (json!({"people": ""}), 0),
        (json!({"people": {"email": "a@example.org"}}), 1),
        (
            json!({"people": {"0": {"email": "a"}, "7": {"email": "b"}}}),
            2,
        ),
    ] {
        let text = body.to_string();
        let server = FaultyServer::start(move |_| answer("200 OK", "", &text)).await;
        let source = mapped(&server.url("/"), json!({"records": "$.people[*]"}));
        let (found, conclusion) = concluded(&source).await.unwrap();
        assert_eq!(found, records, "{body}");
        assert!(conclusion.remarks.is_empty(), "{body}");
    }
    for body in [
        json!({"people": {"total": 4}}),
        json!({"people": 4}),
        json!({"guests": [1]}),
    ] {
        let text = body.to_string();
        let server = FaultyServer::start(move |_| answer("200 OK", "", &text)).await;
        let source = mapped(&server.url("/"), json!({"records": "$.people[*]"}));
        let message = concluded(&source).await.unwrap_err();
        assert!(
            message.contains("there is no list at $.people"),
            "{body}: {message}"
        );
    }
}

#[tokio::test]
async fn more_than_a_paging_read_is_told_unless_it_goes_by_that() {
    let next = json!({"type": "next_link", "path": "next"});
    let page = json!({"type": "page", "parameter": "page"});
    let offset =
        json!({"type": "offset", "offset_parameter": "o", "limit_parameter": "l", "limit": 2});
    for (pagination, last, place) in [
        (
            &next,
            json!({"people": [2], "next": null, "total": 2}),
            None,
        ),
        (
            &next,
            json!({"people": [2], "next": null, "total": 5}),
            Some("total"),
        ),
        // Fewer than a page may have been deleted.
        (
            &next,
            json!({"people": [2, 3, 4], "next": null, "total": 5}),
            None,
        ),
        (
            &next,
            json!({"people": [2], "meta": {"last_page": 3}}),
            Some("meta.last_page"),
        ),
        (&page, json!({"people": [], "total": 1}), None),
        (
            &page,
            json!({"people": [], "total": 3, "next": "/x"}),
            Some("total"),
        ),
        (&page, json!({"people": [], "next": "/x"}), None),
        (&offset, json!({"people": [], "total": 3}), Some("total")),
    ] {
        let body = last.to_string();
        let server = FaultyServer::start(move |asked| match asked.before {
            0 => answer("200 OK", "", r#"{"people": [1], "next": "/2"}"#),
            _ => answer("200 OK", "", &body),
        })
        .await;
        let rest = json!({"records": "$.people[*]", "pagination": pagination});
        let (_, conclusion) = concluded(&mapped(&server.url("/"), rest)).await.unwrap();
        let remarks = &conclusion.remarks;
        match place {
            None => assert!(remarks.is_empty(), "{last}: {remarks:?}"),
            Some(place) => {
                assert!(!conclusion.is_complete());
                assert!(
                    remarks[0].reason.contains(&format!("says at {place} ")),
                    "{remarks:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn error_beside_records_is_told_and_one_in_their_place_fails() {
    let errors = json!([{"message": "a field could not be read"}]);
    for (people, is_read) in [(json!([1]), true), (json!([]), false), (json!(null), false)] {
        let body = json!({"people": people, "errors": errors}).to_string();
        let server = FaultyServer::start(move |_| answer("200 OK", "", &body)).await;
        let found = concluded(&mapped(&server.url("/"), json!({"records": "$.people[*]"}))).await;
        match found {
            Ok((_, conclusion)) => {
                assert!(is_read && !conclusion.is_complete());
                assert!(conclusion.remarks[0].reason.contains("could not be read"));
            }
            Err(message) => {
                assert!(!is_read, "{message}");
                assert!(message.contains("a field could not be read"), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_page_left_unread_is_still_known_where_another_process_goes_on() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => answer(
            "200 OK",
            "link: </2>; rel=next\r\n",
            "email,first,last\na@example.org,\"A\" B,C\n",
        ),
        _ => answer("200 OK", "", "email,first,last\nb@example.org,B,C\n"),
    })
    .await;
    let rest = json!({"format": "csv", "pagination": {"type": "link_header"}});
    let source = mapped(&server.url("/"), rest);
    let sources = sources(SourceAddresses::Any);
    let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
    feed.next().await.unwrap().unwrap();
    let place = feed.place().unwrap();
    let mut feed = sources
        .resume(&source, &ReadMode::Everything, &place)
        .await
        .unwrap();
    assert_eq!(drain(feed.as_mut()).await.unwrap().len(), 1);
    assert_eq!(feed.conclusion().remarks[0].code, "stray_quote");
}
