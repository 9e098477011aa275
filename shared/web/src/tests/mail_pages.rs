//! What people and programs see of mails in a folder.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::post::Folder;
use super::world::{ConsoleWorld, TOKEN, TestRequest};

const EVIL: &str = "<script>alert(1)</script>\"'&";

#[tokio::test]
async fn mails_are_listed_the_newest_first() {
    let world = ConsoleWorld::keeping(Some(Folder::of(3, "Welcome"))).await;
    let first = world.api("/mail?limit=2").await;
    assert_eq!(
        first["items"][0],
        json!({
            "name": "20261103.eml", "date": "2026-11-01T11:03:00Z",
            "to": "Ada Doe <p3@example.org>", "subject": "Welcome 3"
        })
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.api(&format!("/mail?limit=2&cursor={cursor}")).await;
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_cursor"], Value::Null);

    let browser = world.browser().await;
    let page = browser.page("/mail").await;
    let places: Vec<usize> = ["Welcome 3", "Welcome 2", "Welcome 1"]
        .iter()
        .map(|subject| page.find(subject).unwrap())
        .collect();
    assert!(places.is_sorted(), "{page}");
    assert!(page.contains("href=\"/mail/20261103.eml\""), "{page}");
    assert!(page.contains("Ada Doe &#60;p3@example.org&#62;"), "{page}");
    let older = browser.page("/mail?before=20261102.eml").await;
    assert!(
        older.contains("Welcome 1") && !older.contains("Welcome 2"),
        "{older}"
    );
    let none = browser.page("/mail?before=20261101.eml").await;
    assert!(none.contains("No mail before this one"), "{none}");
}

#[tokio::test]
async fn a_mail_is_read_with_its_headers_its_text_and_a_frame() {
    let world = ConsoleWorld::keeping(Some(Folder::of(1, "Welcome"))).await;
    let mail = world.api("/mail/20261101.eml").await;
    assert_eq!(mail["headers"][0], json!(["Subject", "Welcome 1"]));
    assert!(mail["html"].as_str().unwrap().contains("<p>Hello 1</p>"));
    let browser = world.browser().await;
    let page = browser.open("/mail/20261101.eml").await;
    for text in [
        "<h1>Welcome 1</h1>",
        "<dt>X-Odd</dt>",
        "Hello Welcome",
        "<iframe class=\"mail\" sandbox src=\"/mail/20261101.eml/html\"",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-src 'self'"), "{policy}");
    assert!(policy.contains("style-src 'self';"), "{policy}");
}

#[tokio::test]
async fn the_html_of_a_mail_can_do_nothing() {
    let world = ConsoleWorld::keeping(Some(Folder::of(1, "Welcome"))).await;
    let browser = world.browser().await;
    let frame = browser.open("/mail/20261101.eml/html").await;
    assert_eq!(frame.status, StatusCode::OK);
    assert!(frame.body.starts_with("<style>"), "{}", frame.body);
    assert!(frame.header("content-type").starts_with("text/html"));
    assert_eq!(frame.header("cache-control"), "no-store");
    assert_eq!(
        frame.header("content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; form-action 'none'; \
         frame-ancestors 'self'; base-uri 'none'; sandbox"
    );
    let list = browser.open("/mail").await;
    assert!(!list.header("content-security-policy").contains("frame-src"));
}

#[tokio::test]
async fn what_a_mail_says_is_text_and_never_markup() {
    let world = ConsoleWorld::keeping(Some(Folder::of(1, EVIL))).await;
    let browser = world.browser().await;
    for path in ["/mail", "/mail/20261101.eml"] {
        let page = browser.page(path).await;
        assert!(!page.contains("<script>alert"), "{path}: {page}");
        assert!(page.contains("&#60;script&#62;alert(1)"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_mail_that_is_not_there_is_not_found() {
    let world = ConsoleWorld::keeping(Some(Folder::of(1, "Welcome"))).await;
    let browser = world.browser().await;
    for name in ["none.eml", "..%2F..%2Fsecrets", "%2E%2E", ".hidden", "%FF"] {
        for path in [format!("/mail/{name}"), format!("/mail/{name}/html")] {
            let page = browser.open(&path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        }
        let api = TestRequest::get(&format!("/api/v1/mail/{name}")).bearer(TOKEN);
        world.send(api).await.problem(404);
    }
    let api = TestRequest::get("/api/v1/mail?cursor=..%2Fx").bearer(TOKEN);
    world.send(api).await.problem(400);
}

#[tokio::test]
async fn where_mail_is_sent_there_is_no_folder() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    for path in ["/mail", "/mail/x.eml", "/mail/x.eml/html"] {
        let page = browser.open(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            page.body.contains("Mails are not kept in a folder here"),
            "{path}"
        );
    }
    for path in ["/api/v1/mail", "/api/v1/mail/x.eml"] {
        let problem = world
            .send(TestRequest::get(path).bearer(TOKEN))
            .await
            .problem(404);
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("not kept in a folder")
        );
    }
    let page = browser.page("/events/devcon/invitations").await;
    assert!(!page.contains("href=\"/mail\""), "{page}");
}
