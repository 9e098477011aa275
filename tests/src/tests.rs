//! The played registration system itself, and that every fixture is whole.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::feed_routes::RouteFile;
use crate::preset_file::PresetFile;
use crate::{ExampleDocument, Expected, FeedServer, Fixture};

/// Status and body of a GET request with one more header.
fn get(server: &FeedServer, path: &str, header: &str) -> (u16, String) {
    let host = server.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

const FIRST_PAGE: &str = "/api/attendees?event=42";
const CREDENTIAL: &str = "Authorization: Bearer nl-7c1e";

#[test]
fn wrong_credential_is_refused() {
    let server = FeedServer::start(&Fixture::feed("next-links"));
    assert_eq!(get(&server, FIRST_PAGE, CREDENTIAL).0, 200);
    assert_eq!(
        get(&server, FIRST_PAGE, "Authorization: Bearer guess").0,
        401
    );
    assert_eq!(get(&server, FIRST_PAGE, "Accept: */*").0, 401);
    assert_eq!(server.requests(), 3);
}

#[test]
fn request_that_no_route_knows_is_not_found() {
    let server = FeedServer::start(&Fixture::feed("next-links"));
    assert_eq!(get(&server, "/api/attendees", CREDENTIAL).0, 404);
    assert_eq!(server.log(), "GET /api/attendees -> 404");
}

#[test]
fn links_lead_to_the_server_itself() {
    let server = FeedServer::start(&Fixture::feed("next-links"));
    let (_, body) = get(&server, "/api/attendees?page=3&event=42", CREDENTIAL);
    let page: Value = serde_json::from_str(&body).unwrap();
    let next = format!("{}/api/attendees?event=42&page=4", server.base());
    assert_eq!(page["next"], next);
}

#[test]
fn body_can_be_replaced_between_two_requests() {
    let server = FeedServer::start(&Fixture::feed("delete-flags"));
    let (_, before) = get(&server, "/export", "Accept: */*");
    server.replace_body("/export", "people-later.json");
    let (_, after) = get(&server, "/export", "Accept: */*");
    assert!(!before.contains("maybe") && after.contains("maybe"));
}

#[test]
fn every_fixture_is_whole() {
    for name in Fixture::feeds() {
        let fixture = Fixture::feed(&name);
        let routes: RouteFile = fixture.json("routes.json");
        let expected: Expected = fixture.json("expected.json");
        if let Some(preset) = name.strip_prefix("preset-") {
            let file: PresetFile = fixture.json("preset.json");
            assert_eq!(file.preset, preset);
        } else if name.starts_with("example-") {
            assert!(
                ExampleDocument::played_by(&name).is_some(),
                "{name} has no example"
            );
        } else {
            let event: Value = fixture.json("event.json");
            assert_eq!(event["event"], name);
        }

        let served = routes.routes.iter().map(|route| &route.body);
        let later = expected.runs.iter().flat_map(|run| run.replace.values());
        for body in served.chain(later) {
            assert!(fixture.has(body), "{name} lacks {body}");
        }
        assert!(!expected.runs.is_empty(), "{name} expects nothing");
    }
}
