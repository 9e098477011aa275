//! What an erasure reaches of what waits for forms, and of test mails.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{Browser, ConsoleWorld, TestRequest, TestResponse, person};

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::inviting(500, vec![person(1, "Grace"), person(2, "Ada")]).await;
    assert_eq!(world.settled().await["state"], "succeeded");
    world
}

async fn erase(world: &ConsoleWorld, address: &str) {
    let path = format!("/api/v1/communities/acme/users/{address}");
    let erased = world.send(TestRequest::new("DELETE", &path).bearer("admin-of-acme"));
    let erased = erased.await;
    assert!(erased.status.is_success(), "{}", erased.body);
}

/// Looks for words on the list; gives the address of what was found.
async fn look_for(browser: &Browser<'_>, words: &str) -> String {
    let found = browser.submit("/events/devcon", &[("search", words)]).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER, "{}", found.body);
    found.header("location").to_owned()
}

/// The fields that a test of the source found, with examples of what is in them.
fn examples(answer: &TestResponse) -> &str {
    answer.between("<datalist id=\"found\">", "</datalist>")
}

#[tokio::test]
async fn nothing_that_waited_for_a_form_shows_who_was_erased() {
    let world = world().await;
    let browser = world.browser().await;
    let list = look_for(&browser, "grace").await;
    assert!(browser.page(&list).await.contains("p1@example.org"));
    let form = [
        ("version", "2"),
        ("enabled", "on"),
        ("from", "DevCon <noreply@devcon.example>"),
        ("limit_per_run", "500"),
        ("subject", "Welcome, {{ first_name }}"),
        ("body_markdown", "Dear {{ first_name }}"),
        ("preview_as", "p1@example.org"),
    ];
    let shown = browser
        .submit("/events/devcon/invitations/preview", &form)
        .await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let frame = shown.between("<iframe", ">");
    let (_, frame) = frame.split_once("src=\"").unwrap();
    let frame = frame.split('"').next().unwrap().to_owned();
    assert!(browser.page(&frame).await.contains("Dear Grace"));
    let configuration = browser.form("/events/devcon/configuration").await;
    let tested = browser
        .send_form("/events/devcon/configuration/test", &configuration)
        .await;
    assert!(
        examples(&tested).contains("p1@example.org"),
        "{}",
        tested.body
    );
    let mut tested = tested.fields();
    assert_eq!(tested["found"].len(), 64);

    erase(&world, "p1@example.org").await;
    let page = browser.page(&list).await;
    assert!(page.contains("ends when somebody is erased"), "{page}");
    assert!(!page.contains("value=\"grace\""), "{page}");
    assert_eq!(browser.open(&frame).await.status, StatusCode::NOT_FOUND);
    tested.insert("act".to_owned(), "rules.more".to_owned());
    let rows = browser
        .send_form("/events/devcon/configuration/rows", &tested)
        .await;
    assert_eq!(rows.status, StatusCode::OK, "{}", rows.body);
    assert_eq!(examples(&rows), "");

    // Whoever goes on working loses nothing more.
    let list = look_for(&browser, "ada").await;
    assert!(browser.page(&list).await.contains("p2@example.org"));
}

/// A test is a mail like others: whoever was erased gets none.
#[tokio::test]
async fn no_test_mail_goes_to_who_was_erased() {
    let world = world().await;
    let test = |to: &str| {
        let test = json!({"to": to});
        let ask = TestRequest::post("/api/v1/events/devcon/invitations/test").json(&test);
        world.send(ask)
    };
    let sent = test("p2@example.org").await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    erase(&world, "p1@example.org").await;
    let before = world.post.taken().len();
    let refused = test("p1@example.org").await;
    assert!(!refused.status.is_success(), "{}", refused.body);
    assert_eq!(world.post.taken().len(), before);
}

/// The other secrets of a community are of no use without handles, and go with the erasure.
#[tokio::test]
async fn an_erasure_deletes_what_drafts_were_sealed_with() {
    let world = world().await;
    let community = "acme".parse().unwrap();
    let browser = world.browser().await;
    look_for(&browser, "grace").await;
    assert!(world.app.draft_secret(&community).await.unwrap().is_some());
    erase(&world, "p1@example.org").await;
    assert!(world.app.draft_secret(&community).await.unwrap().is_none());
}
