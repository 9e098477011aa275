//! What is at the URL of a badge, asked as anybody would.

use attendee_sync_app::ports::Sources;
use attendee_sync_domain::badge::{BadgeFinding, BadgeKind};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, ServerStep, answer, head,
};

use super::Always;
use super::sources;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR";

async fn at(url: &str) -> BadgeFinding {
    sources(SourceAddresses::Any).badge(url).await
}

async fn served(
    answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static,
) -> (BadgeFinding, FaultyServer) {
    let server = FaultyServer::start(answer).await;
    (at(&server.url("/badge?key=canary")).await, server)
}

#[tokio::test]
async fn a_badge_is_told_by_its_beginning_and_no_more_of_it_is_read() {
    let (found, server) = served(|asked| {
        assert_eq!(asked.method, "GET");
        assert!(!asked.headers.contains_key("authorization"));
        let mut begun = head("200 OK", "content-type: text/html\r\n");
        begun.extend(PNG);
        begun.extend([0; 2_000]);
        vec![ServerStep::Send(begun), ServerStep::Hang]
    })
    .await;
    assert_eq!(found, BadgeFinding::Good(BadgeKind::Png));
    assert_eq!(server.targets(), ["/badge?key=canary"]);
}

#[tokio::test]
async fn user_in_the_url_is_not_sent() {
    let server = FaultyServer::start(|asked| {
        assert!(!asked.headers.contains_key("authorization"));
        answer("200 OK", "", "%PDF-1.7")
    })
    .await;
    let url = server.url("/badge").replace("http://", "http://me:pw@");
    assert_eq!(at(&url).await, BadgeFinding::Good(BadgeKind::Pdf));
}

#[tokio::test]
async fn redirects_are_followed_to_other_servers_five_times() {
    let other = FaultyServer::start(|_| answer("200 OK", "", PNG)).await;
    let place = format!("location: {}\r\n", other.url("/b"));
    let (found, _) = served(move |asked| match asked.before {
        0..4 => answer("302 Found", &format!("location: /{}\r\n", asked.before), ""),
        _ => answer("301 Moved Permanently", &place, ""),
    })
    .await;
    assert_eq!(found, BadgeFinding::Good(BadgeKind::Png));
    let (found, server) = served(|_| answer("302 Found", "location: /again\r\n", "")).await;
    assert_eq!(found, BadgeFinding::Redirects);
    assert_eq!(server.asked().len(), 6);
}

#[tokio::test]
async fn what_is_no_badge_is_told_whatever_it_is_called() {
    let answers: [(Always, BadgeFinding); 9] = [
        (
            || answer("200 OK", "content-type: image/png\r\n", "<!doctype html>"),
            BadgeFinding::WebPage,
        ),
        (
            || answer("200 OK", "content-type: image/png\r\n", "GIF89a"),
            BadgeFinding::OtherFile,
        ),
        (|| answer("200 OK", "", ""), BadgeFinding::Empty),
        (|| answer("204 No Content", "", ""), BadgeFinding::Empty),
        (
            || answer("404 Not Found", "", "\u{89}PNG"),
            BadgeFinding::Status(404),
        ),
        (|| answer("302 Found", "", ""), BadgeFinding::Status(302)),
        (
            || {
                vec![
                    ServerStep::Send(head("200 OK", "content-length: 20000001\r\n")),
                    ServerStep::Hang,
                ]
            },
            BadgeFinding::TooLarge,
        ),
        (|| vec![ServerStep::Reset], BadgeFinding::Unreachable),
        (
            || {
                vec![
                    ServerStep::Send(head("200 OK", "content-length: 9\r\n")),
                    ServerStep::Reset,
                ]
            },
            BadgeFinding::Unreachable,
        ),
    ];
    for (answer, expected) in answers {
        assert_eq!(served(move |_| answer()).await.0, expected);
    }
    assert_eq!(
        at("http://127.0.0.1:1/badge").await,
        BadgeFinding::Unreachable
    );
    assert_eq!(at("badge").await, BadgeFinding::NotAllowed);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_ten_seconds() {
    let answers: [Always; 2] = [
        || vec![ServerStep::Hurry, ServerStep::Hang],
        || {
            vec![
                ServerStep::Send(head("200 OK", "content-length: 9\r\n")),
                ServerStep::Hang,
            ]
        },
    ];
    for answer in answers {
        assert_eq!(served(move |_| answer()).await.0, BadgeFinding::Silent);
    }
}

#[tokio::test]
async fn each_hop_has_to_be_at_an_allowed_address() {
    let other = FaultyServer::start(|_| answer("200 OK", "", PNG)).await;
    let place = format!("location: {}\r\n", other.url("/b?key=canary"));
    let server = FaultyServer::start(move |_| answer("302 Found", &place, "")).await;
    let only_first = SourceAddresses::PublicAnd(server.url(""));
    let found = sources(only_first).badge(&server.url("/b")).await;
    assert_eq!(found, BadgeFinding::NotAllowed);
    assert!(other.asked().is_empty());
    let public = sources(SourceAddresses::Public);
    for url in [server.url("/b"), "https://localhost/b".to_owned()] {
        assert_eq!(public.badge(&url).await, BadgeFinding::NotAllowed, "{url}");
    }
    assert_eq!(server.asked().len(), 1);
}
