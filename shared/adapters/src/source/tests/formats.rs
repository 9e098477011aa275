//! What bodies are written in, and how large they get.

use std::io::Write;

use attendee_sync_app::ports::{Ask, Sources};
use attendee_sync_domain::config::SourceAddresses;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::server::{Answer, Server, Step, answer, head};
use super::{assert_says, drain, read, source, sources};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn compressed(body: &[u8]) -> Answer {
    answer("200 OK", "content-encoding: gzip\r\n", body)
}

#[tokio::test]
async fn gzip_is_read_and_its_bytes_count_after_decompression() {
    let body = format!("[{}1]", "\"text\",".repeat(10_000));
    let server = Server::start(move |asked| {
        assert!(asked.headers["accept-encoding"].contains("gzip"));
        compressed(&gzip(&body))
    })
    .await;
    let mut feed = sources(SourceAddresses::Any)
        .open(&source(&server.url("/"), json!({})), &Ask::Everything)
        .await
        .unwrap();
    assert_eq!(drain(feed.as_mut()).await.unwrap().len(), 10_001);
    assert_eq!(feed.read(), (1, 70_003));
}

#[tokio::test]
async fn gzip_bomb_stops_at_the_limit() {
    let server =
        Server::start(|_| compressed(&gzip(&format!("[{}", " ".repeat(50_000_000))))).await;
    let rest = json!({"limits": {"max_bytes": 1_000_000}});
    let read = read(&source(&server.url("/"), rest)).await;
    assert_says(read, &["page 1: the source sent more than 1000000 bytes"]);
}

#[tokio::test]
async fn gzip_that_is_cut_off_is_refused() {
    let body = gzip(&format!("[{}]", " ".repeat(5_000)));
    let server = Server::start(move |_| compressed(&body[..body.len() - 9])).await;
    let read = read(&source(&server.url("/"), json!({}))).await;
    assert_says(read, &["page 1: the answer broke off before its end"]);
}

#[tokio::test]
async fn other_compression_is_refused_by_name() {
    let server = Server::start(|_| answer("200 OK", "content-encoding: br\r\n", "x")).await;
    let read = read(&source(&server.url("/"), json!({}))).await;
    assert_says(
        read,
        &["page 1: the answer is compressed with br", "send gzip"],
    );
}

#[tokio::test]
async fn empty_list_is_a_whole_feed() {
    let server = Server::start(|_| answer("200 OK", "", " [ ] ")).await;
    assert!(
        read(&source(&server.url("/"), json!({})))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn lines_of_json_are_read() {
    let server = Server::start(|_| answer("200 OK", "", "{\"id\":1}\n\n{\"id\":2}")).await;
    let records = read(&source(&server.url("/"), json!({"format": "ndjson"}))).await;
    assert_eq!(records.unwrap(), [r#"{"id":1}"#, r#"{"id":2}"#]);
}

#[tokio::test]
async fn table_is_read_page_by_page() {
    let server = Server::start(|asked| {
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
async fn lines_whose_end_cannot_be_told_from_a_cut_are_refused() {
    for format in ["csv", "ndjson"] {
        let server = Server::start(|_| {
            vec![Step::Send(
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
    let server = Server::start(|_| {
        let record = format!(",{{\"name\":\"{}\"}}", "x".repeat(586));
        vec![
            Step::Send([head("200 OK", ""), b"[0".to_vec()].concat()),
            Step::Repeat(record.repeat(100).into_bytes(), 2_000),
            Step::Send(b"]".to_vec()),
        ]
    })
    .await;
    let mut feed = sources(SourceAddresses::Any)
        .open(&source(&server.url("/"), json!({})), &Ask::Everything)
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
    let server = Server::start(|asked| {
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
