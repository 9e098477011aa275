//! What a link to unsubscribe does, for people and for mail programs.

use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::invitation::UnsubscribeToken;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest, TestResponse, person};

/// The path of the link that the first person of this world was given.
async fn link(world: &ConsoleWorld) -> String {
    let acme = "acme".parse().unwrap();
    let community = world
        .app
        .parts()
        .store
        .community(&acme)
        .await
        .unwrap()
        .unwrap();
    let person = world.person("p1@example.org").await;
    let token = UnsubscribeToken::new(&community.key, acme, person);
    format!("/unsubscribe/{token}")
}

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Grace")]).await;
    world.sync().await;
    world
}

async fn suppressed(world: &ConsoleWorld) -> Value {
    world.api("/communities/acme/suppressions").await["items"].clone()
}

/// Asserts that the page names nobody and is kept by nobody.
fn names_nobody(answer: &TestResponse) {
    for text in ["p1@example.org", "Grace", "Doe", "devcon", "DevCon", "csrf"] {
        assert!(!answer.body.contains(text), "{text}: {}", answer.body);
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(
        answer
            .header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn opening_the_link_asks_and_changes_nothing() {
    let world = world().await;
    let link = link(&world).await;
    for method in ["GET", "HEAD", "GET"] {
        let page = world.send(TestRequest::new(method, &link)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        names_nobody(&page);
        if method == "GET" {
            assert!(
                page.body
                    .contains("unsubscribe from all mail of <strong>acme</strong>")
            );
            assert!(
                page.body.contains("<form method=\"post\">"),
                "{}",
                page.body
            );
        }
    }
    assert_eq!(suppressed(&world).await, json!([]));
}

#[tokio::test]
async fn the_button_unsubscribes_and_pressing_it_again_is_fine() {
    let world = world().await;
    let link = link(&world).await;
    for _ in 0..2 {
        let press = TestRequest::post(&link).form(&[]).with("origin", "null");
        let page = world.send(press).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("You are unsubscribed"), "{}", page.body);
        names_nobody(&page);
    }
    let suppressed = suppressed(&world).await;
    assert_eq!(suppressed[0]["reason"], "unsubscribe");
    assert_eq!(suppressed[0]["email"], "p1@example.org");
    assert_eq!(suppressed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_mail_program_unsubscribes_with_one_click_from_anywhere() {
    let world = world().await;
    let link = link(&world).await;
    let click = TestRequest::post(&link)
        .form(&[("List-Unsubscribe", "One-Click")])
        .with("host", "console.example")
        .with("origin", "https://mail.example")
        .with("sec-fetch-site", "cross-site");
    let page = world.send(click).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(suppressed(&world).await[0]["reason"], "unsubscribe");
}

#[tokio::test]
async fn a_one_click_in_parts_or_without_a_body_counts_too() {
    let world = world().await;
    let link = link(&world).await;
    let parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let click = TestRequest::post(&link).body("multipart/form-data; boundary=x", parts);
    assert_eq!(world.send(click).await.status, StatusCode::OK);
    assert_eq!(
        world.send(TestRequest::post(&link)).await.status,
        StatusCode::OK
    );
    assert_eq!(suppressed(&world).await[0]["reason"], "unsubscribe");
}

#[tokio::test]
async fn a_link_that_was_not_made_here_is_refused_with_a_reason() {
    let world = world().await;
    let link = link(&world).await;
    let person = world.person("p1@example.org").await;
    let forged = UnsubscribeToken::new(&PersonKey([7; 32]), "acme".parse().unwrap(), person);
    let elsewhere = UnsubscribeToken::new(&PersonKey([7; 32]), "none".parse().unwrap(), person);
    let cut = &link[..link.len() - 1];
    for path in [
        &format!("/unsubscribe/{forged}"),
        &format!("/unsubscribe/{elsewhere}"),
        cut,
        &format!("{link}0"),
        "/unsubscribe/example",
        "/unsubscribe/%FF",
        "/unsubscribe/%3Cscript%3E",
    ] {
        for method in ["GET", "POST"] {
            let page = world.send(TestRequest::new(method, path)).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{method} {path}");
            assert!(
                page.body.contains("This link is not valid"),
                "{}",
                page.body
            );
            assert!(!page.body.contains("<script"), "{}", page.body);
            names_nobody(&page);
        }
    }
    assert_eq!(suppressed(&world).await, json!([]));
}

#[tokio::test]
async fn too_many_forged_links_are_not_looked_at_any_more() {
    let world = world().await;
    let link = link(&world).await;
    for number in 0..120 {
        let path = format!("/unsubscribe/forged-{number}");
        let page = world.send(TestRequest::post(&path)).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{number}");
    }
    for ask in [TestRequest::get(&link), TestRequest::post(&link)] {
        let page = world.send(ask).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(!page.header("retry-after").is_empty());
        assert!(page.body.contains("Try again in"), "{}", page.body);
    }
    assert_eq!(suppressed(&world).await, json!([]));
    // Who signs in or calls the API is counted apart.
    world.browser().await;
}

#[tokio::test]
async fn genuine_links_are_never_counted() {
    let world = world().await;
    let link = link(&world).await;
    for _ in 0..130 {
        let page = world.send(TestRequest::get(&link)).await;
        assert_eq!(page.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_host_and_the_method_are_minded_there_too() {
    let world = world().await;
    let link = link(&world).await;
    let foreign = world
        .send(TestRequest::post(&link).with("host", "evil.example"))
        .await;
    assert_eq!(foreign.status, StatusCode::MISDIRECTED_REQUEST);
    let put = world.send(TestRequest::put(&link)).await;
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(suppressed(&world).await, json!([]));
}
