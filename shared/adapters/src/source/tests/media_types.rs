//! The media type of what is at a URL, asked as anybody would.

use attendee_sync_app::ports::Sources;
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, ServerStep, answer, head,
};

use super::Always;
use super::sources;

async fn at(url: &str) -> Result<String, String> {
    let found = sources(SourceAddresses::Any).media_type(url).await;
    found.map_err(|error| error.message)
}

async fn served(
    answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static,
) -> (Result<String, String>, FaultyServer) {
    let server = FaultyServer::start(answer).await;
    (at(&server.url("/badge?key=canary")).await, server)
}

#[tokio::test]
async fn type_is_told_without_its_parameters_and_without_the_body() {
    let (found, server) = served(|asked| {
        assert_eq!(asked.method, "GET");
        assert!(!asked.headers.contains_key("authorization"));
        vec![
            ServerStep::Send(head(
                "200 OK",
                "content-type: Image/PNG; q=1\r\ncontent-length: 9\r\n",
            )),
            ServerStep::Hang,
        ]
    })
    .await;
    assert_eq!(found.unwrap(), "image/png");
    assert_eq!(server.targets(), ["/badge?key=canary"]);
}

#[tokio::test]
async fn user_in_the_url_is_not_sent() {
    let server = FaultyServer::start(|asked| {
        assert!(!asked.headers.contains_key("authorization"));
        answer("200 OK", "content-type: text/html\r\n", "")
    })
    .await;
    let url = server.url("/badge").replace("http://", "http://me:pw@");
    assert_eq!(at(&url).await.unwrap(), "text/html");
}

#[tokio::test]
async fn redirects_are_followed_to_other_servers_five_times() {
    let other =
        FaultyServer::start(|_| answer("200 OK", "content-type: application/pdf\r\n", "")).await;
    let place = format!("location: {}\r\n", other.url("/b"));
    let (found, _) = served(move |asked| match asked.before {
        0..4 => answer("302 Found", &format!("location: /{}\r\n", asked.before), ""),
        _ => answer("301 Moved Permanently", &place, ""),
    })
    .await;
    assert_eq!(found.unwrap(), "application/pdf");
    let (found, server) = served(|_| answer("302 Found", "location: /again\r\n", "")).await;
    assert!(found.unwrap_err().contains("redirected more than 5 times"));
    assert_eq!(server.asked().len(), 6);
}

#[tokio::test]
async fn what_cannot_be_told_is_said_in_words_and_without_the_query() {
    let answers: [(Always, &str); 5] = [
        (
            || answer("404 Not Found", "", ""),
            "answered with 404 Not Found",
        ),
        (|| answer("302 Found", "", ""), "answered with 302 Found"),
        (|| answer("200 OK", "", ""), "does not say what it is"),
        (
            || answer("200 OK", "content-type: png\r\n", ""),
            "does not say what it is",
        ),
        (|| vec![ServerStep::Reset], "could not be reached"),
    ];
    for (answer, part) in answers {
        let message = served(move |_| answer()).await.0.unwrap_err();
        assert!(message.contains(part), "{message}");
        assert!(!message.contains("canary"), "{message}");
    }
    let closed = at("http://127.0.0.1:1/badge").await.unwrap_err();
    assert!(
        closed.contains("127.0.0.1 could not be reached"),
        "{closed}"
    );
    assert!(at("badge").await.unwrap_err().contains("not a URL"));
}

#[tokio::test]
async fn each_hop_has_to_be_at_an_allowed_address() {
    let other = FaultyServer::start(|_| answer("200 OK", "content-type: image/png\r\n", "")).await;
    let place = format!("location: {}\r\n", other.url("/b?key=canary"));
    let server = FaultyServer::start(move |_| answer("302 Found", &place, "")).await;
    let only_first = SourceAddresses::PublicAnd(server.url(""));
    let found = sources(only_first).media_type(&server.url("/b")).await;
    let message = found.unwrap_err().message;
    assert!(message.contains("only https is allowed"), "{message}");
    assert!(other.asked().is_empty());
    let public = sources(SourceAddresses::Public);
    for url in [server.url("/b"), "https://localhost/b".to_owned()] {
        assert!(public.media_type(&url).await.is_err());
    }
    assert_eq!(server.asked().len(), 1);
}
