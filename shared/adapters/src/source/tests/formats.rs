//! What bodies are written in, and how large they get.

use std::io::Write;

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_testkit::peers::{FaultyServer, ScriptedAnswer, ServerStep, answer, chunk, head};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;

use super::{assert_says, drain, read, source, sources};

/// The name of an encoding, and how it is done.
type Encoding = (&'static str, fn(&[u8]) -> Vec<u8>);

const ENCODINGS: [Encoding; 4] = [
    ("gzip", |body| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }),
    ("deflate", |body| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }),
    ("br", |body| {
        let mut encoded = Vec::new();
        let mut encoder = brotli::CompressorWriter::new(&mut encoded, 4096, 1, 20);
        encoder.write_all(body).unwrap();
        drop(encoder);
        encoded
    }),
    ("zstd", |body| zstd::encode_all(body, 1).unwrap()),
];

fn encoded(name: &str, body: &[u8]) -> ScriptedAnswer {
    answer("200 OK", &format!("content-encoding: {name}\r\n"), body)
}

#[tokio::test]
async fn encodings_are_read_and_bytes_count_after_decompression() {
    let body = format!("[{}1]", "\"text\",".repeat(10_000));
    for (name, encode) in ENCODINGS {
        let body = encode(body.as_bytes());
        let server = FaultyServer::start(move |asked| {
            assert!(asked.headers["accept-encoding"].contains(name));
            encoded(name, &body)
        })
        .await;
        let mut feed = sources(SourceAddresses::Any)
            .open(&source(&server.url("/"), json!({})), &ReadMode::Everything)
            .await
            .unwrap();
        assert_eq!(drain(feed.as_mut()).await.unwrap().len(), 10_001, "{name}");
        assert_eq!(feed.read(), (1, 70_003));
    }
}

#[tokio::test]
async fn bomb_stops_at_the_limit() {
    let bomb = format!("[{}", " ".repeat(5_000_000));
    for (name, encode) in ENCODINGS {
        let bomb = encode(bomb.as_bytes());
        assert!(bomb.len() < 50_000, "{name}");
        let server = FaultyServer::start(move |_| encoded(name, &bomb)).await;
        let rest = json!({"limits": {"max_bytes": 1_000_000}});
        let mut feed = sources(SourceAddresses::Any)
            .open(&source(&server.url("/"), rest), &ReadMode::Everything)
            .await
            .unwrap();
        let message = drain(feed.as_mut()).await.unwrap_err().message;
        assert!(
            message.contains("page 1: the source sent more than 1000000 bytes"),
            "{name}: {message}"
        );
        let (_, bytes) = feed.read();
        assert!(bytes < 1_500_000, "{name}: {bytes} bytes were unpacked");
    }
}

#[tokio::test]
async fn compressed_body_that_is_cut_off_is_refused() {
    let numbers: Vec<u32> = (0..5_000).collect();
    for (format, text) in [
        ("json", json!(numbers).to_string()),
        // JSON shows by itself that it is cut off. For lines nothing but the encoding does.
        ("ndjson", "{\"id\":1}\n".repeat(5_000)),
    ] {
        for (name, encode) in ENCODINGS {
            let body = encode(text.as_bytes());
            for cut in [1, 5, body.len() / 2, body.len() - 1] {
                let cut_off = body[..body.len() - cut].to_vec();
                let server = FaultyServer::start(move |_| {
                    let headers =
                        format!("content-encoding: {name}\r\ntransfer-encoding: chunked\r\n");
                    let mut answer = head("200 OK", &headers);
                    answer.extend(chunk(&cut_off));
                    answer.extend(chunk(b""));
                    vec![ServerStep::Send(answer)]
                })
                .await;
                let read = read(&source(&server.url("/"), json!({"format": format}))).await;
                assert!(read.is_err(), "{format} in {name} without {cut} bytes");
            }
        }
    }
}

#[tokio::test]
async fn other_compression_is_refused_by_name() {
    for name in ["compress", "gzip, br"] {
        let server = FaultyServer::start(move |_| encoded(name, b"x")).await;
        let read = read(&source(&server.url("/"), json!({}))).await;
        let part = format!("page 1: the answer is compressed with {name}");
        assert_says(read, &[&part, "send gzip"]);
    }
}

#[tokio::test]
async fn text_is_read_in_the_charset_that_is_named() {
    for (format, kind, body) in [
        ("csv", "text/csv", &b"name\nZo\xEB\n"[..]),
        ("json", "application/json", b"[{\"name\":\"Zo\xEB\"}]"),
        ("ndjson", "application/x-ndjson", b"{\"name\":\"Zo\xEB\"}\n"),
    ] {
        for charset in ["ISO-8859-1", "\"windows-1252\""] {
            let headers = format!("content-type: {kind}; Charset={charset}\r\n");
            let server = FaultyServer::start(move |_| answer("200 OK", &headers, body)).await;
            let records = read(&source(&server.url("/"), json!({"format": format}))).await;
            assert_eq!(
                records.unwrap(),
                [r#"{"name":"Zoë"}"#],
                "{format} {charset}"
            );
        }
    }
}

#[tokio::test]
async fn charset_that_is_not_known_is_refused() {
    let server = FaultyServer::start(|_| {
        answer(
            "200 OK",
            "content-type: text/csv; charset=klingon\r\n",
            "a\n1\n",
        )
    })
    .await;
    let read = read(&source(&server.url("/"), json!({"format": "csv"}))).await;
    assert_says(
        read,
        &[
            "page 1: the charset of the answer is not one that is known",
            "klingon",
        ],
    );
}

#[tokio::test]
async fn empty_list_is_a_whole_feed() {
    let server = FaultyServer::start(|_| answer("200 OK", "", " [ ] ")).await;
    assert!(
        read(&source(&server.url("/"), json!({})))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn lines_of_json_are_read() {
    let server = FaultyServer::start(|_| answer("200 OK", "", "{\"id\":1}\n\n{\"id\":2}")).await;
    let records = read(&source(&server.url("/"), json!({"format": "ndjson"}))).await;
    assert_eq!(records.unwrap(), [r#"{"id":1}"#, r#"{"id":2}"#]);
}

#[tokio::test]
async fn table_is_read_page_by_page() {
    let server = FaultyServer::start(|asked| {
        let rows = [
            "uid;mail\n1;a@example.org\n",
            "uid;mail\n2;\"b;\"\n",
            "uid;mail\n",
        ];
        answer("200 OK", "content-type: text/csv\r\n", rows[asked.before])
    })
    .await;
    let rest = json!({"format": "csv", "pagination": {"type": "page", "parameter": "page"}});
    let records = read(&source(&server.url("/"), rest)).await.unwrap();
    assert_eq!(
        records,
        [
            r#"{"uid":"1","mail":"a@example.org"}"#,
            r#"{"uid":"2","mail":"b;"}"#
        ]
    );
}

#[tokio::test]
async fn table_that_ends_in_the_middle_of_a_row_is_refused() {
    for body in ["uid,mail\n1,a@example.org\n2", "uid\n1\n\"2\n"] {
        let server = FaultyServer::start(move |_| answer("200 OK", "", body)).await;
        let read = read(&source(&server.url("/"), json!({"format": "csv"}))).await;
        assert_says(
            read,
            &["page 1: the answer was cut off in the middle of a row"],
        );
    }
}

#[tokio::test]
async fn table_in_a_charset_is_the_same_wherever_its_bytes_arrive() {
    let text: Vec<u8> = "uid,name\n1,\"Zoë\"\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let server = FaultyServer::start(move |_| {
        let headers = "content-type: text/csv; charset=utf-16le\r\ntransfer-encoding: chunked\r\n";
        let mut sent = head("200 OK", headers);
        sent.extend(text.iter().flat_map(|byte| chunk(&[*byte])));
        sent.extend(chunk(b""));
        vec![ServerStep::Send(sent)]
    })
    .await;
    let records = read(&source(&server.url("/"), json!({"format": "csv"}))).await;
    assert_eq!(records.unwrap(), [r#"{"uid":"1","name":"Zoë"}"#]);
}

#[tokio::test]
async fn lines_whose_end_cannot_be_told_from_a_cut_are_refused() {
    for format in ["csv", "ndjson"] {
        let server = FaultyServer::start(|_| {
            vec![ServerStep::Send(
                [head("200 OK", ""), b"{\"id\":1}\n".to_vec()].concat(),
            )]
        })
        .await;
        let read = read(&source(&server.url("/"), json!({"format": format}))).await;
        assert_says(
            read,
            &["page 1: the source does not say how long its answer is"],
        );
    }
}

#[tokio::test]
async fn long_list_arrives_in_blocks_of_moderate_size() {
    let server = FaultyServer::start(|_| {
        let record = format!(",{{\"name\":\"{}\"}}", "x".repeat(586));
        vec![
            ServerStep::Send([head("200 OK", ""), b"[0".to_vec()].concat()),
            ServerStep::Repeat(record.repeat(100).into_bytes(), 2_000),
            ServerStep::Send(b"]".to_vec()),
        ]
    })
    .await;
    let mut feed = sources(SourceAddresses::Any)
        .open(&source(&server.url("/"), json!({})), &ReadMode::Everything)
        .await
        .unwrap();
    let (mut records, mut longest) = (0, 0);
    while let Some(block) = feed.next().await.unwrap() {
        records += block.units.len();
        longest = longest.max(block.bytes.len());
    }
    assert_eq!(records, 200_001);
    assert!(longest < 1_000_000, "{longest}");
}

#[tokio::test]
async fn pages_of_nothing_but_records_too_long_do_not_repeat_each_other() {
    let server = FaultyServer::start(|asked| {
        let link = if asked.before == 0 {
            "link: </2>; rel=next\r\n"
        } else {
            ""
        };
        let long = format!("[\"{}{}\"]", asked.before, "x".repeat(1024 * 1024));
        answer("200 OK", link, long)
    })
    .await;
    let rest = json!({"pagination": {"type": "link_header"}});
    let records = read(&source(&server.url("/"), rest)).await;
    assert_eq!(records.unwrap(), ["too long", "too long"]);
}
