//! Links to next pages as the world writes them: each leads to the same path and query at the
//! configured server, with the parameters that choose the event.

use attendee_sync_testkit::peers::{FaultyServer, answer, json as page};
use serde_json::json;

use super::{assert_says, read, source};

#[tokio::test]
async fn link_is_followed_however_it_is_written() {
    for link in [
        "?page=2&e=42",
        "/p?page=2&e=42",
        "?page=2",
        "?page=2&amp;e=42",
        "?page=2&amp;amp;e=42",
        "?page=2&#038;e=42",
        "//registration.internal/p?page=2",
        "http://registration.internal:8000/p?page=2",
        "https://127.0.0.1/p?page=2",
        "http://127.0.0.1:1/p?page=2",
        "http://169.254.169.254/p?page=2",
        "http://user:pw@localhost/p?page=2#top",
        " http://app-7:3000/p?page=2&amp;e=42 ",
    ] {
        for style in ["next_link", "link_header"] {
            let header = format!("link: <{link}>; rel=next\r\n");
            let server = FaultyServer::start(move |asked| match asked.before {
                0 => {
                    let body = json!({"r": [1], "next": link}).to_string();
                    answer("200 OK", &header, body)
                }
                _ => page(r#"{"r":[2],"next":null}"#),
            })
            .await;
            let mut paging = json!({"type": style});
            if style == "next_link" {
                paging["path"] = json!("next");
            }
            let rest = json!({"pagination": paging, "records": "$.r[*]"});
            let records = read(&source(&server.url("/p?e=42"), rest)).await;
            assert_eq!(records.unwrap(), ["1", "2"], "{link}");
            assert_eq!(server.targets(), ["/p?e=42", "/p?page=2&e=42"], "{link}");
        }
    }
}

#[tokio::test]
async fn parameters_that_get_lost_are_put_back_on_every_page() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => page(r#"{"r":[1],"next":"?offset=1&limit=50"}"#),
        1 => page(r#"{"r":[2],"next":"/p?offset=2"}"#),
        _ => page(r#"{"r":[3]}"#),
    })
    .await;
    let rest = json!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.r[*]"});
    let url = server.url("/p?event=7&t[]=a&t[]=b&limit=1");
    assert_eq!(read(&source(&url, rest)).await.unwrap(), ["1", "2", "3"]);
    assert_eq!(
        server.targets(),
        [
            "/p?event=7&t[]=a&t[]=b&limit=1",
            "/p?offset=1&limit=50&event=7&t[]=a&t[]=b",
            "/p?offset=2&event=7&t[]=a&t[]=b&limit=1",
        ]
    );
}

#[tokio::test]
async fn link_that_leads_to_no_page_is_an_error_after_the_records_before() {
    for link in [
        "file:///etc/passwd?k=v",
        "javascript:k=v",
        "mailto:k=v@example.org",
    ] {
        let server =
            FaultyServer::start(move |_| page(format!(r#"{{"r":[1],"next":"{link}"}}"#))).await;
        let rest =
            json!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.r[*]"});
        let read = read(&source(&server.url("/p"), rest)).await;
        assert!(!read.clone().unwrap_err().contains("k=v"));
        assert_says(read, &["page 1: ", "not one that can be followed"]);
    }
}
