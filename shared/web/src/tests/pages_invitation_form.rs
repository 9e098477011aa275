//! The form of an invitation: saved, shown and sent, with nothing lost that was typed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::post::inviting;
use super::world::{Browser, ConsoleWorld, TestResponse, document, person};

const PAGE: &str = "/events/devcon/invitations";
const EVIL: &str = "</textarea><script>alert(1)</script>\"'&";

/// What a person types who changes some fields.
fn typed<'t>(changes: &[(&'t str, &'t str)]) -> Vec<(&'t str, &'t str)> {
    let mut fields = vec![
        ("version", "1"),
        ("enabled", "on"),
        ("from", "DevCon <noreply@devcon.example>"),
        ("reply_to", ""),
        ("sign_in_url", "https://app.devcon.example"),
        ("limit_per_run", "50"),
        ("subject", "Welcome, {{ first_name }}"),
        ("body_markdown", "Dear {{ first_name }},\r\n\r\nsee you."),
    ];
    fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    fields.extend(changes);
    fields
}

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Grace")]).await;
    world.sync().await;
    world
}

async fn stored(world: &ConsoleWorld) -> Value {
    world.api("/events/devcon/configuration").await
}

/// Asserts that something is said beside a field.
fn said_beside(answer: &TestResponse, field: &str) {
    let help = answer.between(&format!("id=\"{field}-help\""), "</p>");
    assert!(
        help.contains("<span class=\"wrong\">"),
        "{field}: {}",
        answer.body
    );
    let control = answer.between(&format!("id=\"{field}\""), ">");
    assert!(
        control.contains("aria-invalid=\"true\""),
        "{field}: {control}"
    );
}

async fn send(browser: &Browser<'_>, what: &str, changes: &[(&str, &str)]) -> TestResponse {
    browser
        .submit(&format!("{PAGE}{what}"), &typed(changes))
        .await
}

#[tokio::test]
async fn an_invitation_is_saved_into_the_configuration_and_nothing_else_changes() {
    let world = world().await;
    let browser = world.browser().await;
    let before = stored(&world).await;
    let saved = send(&browser, "", &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(saved.header("location"), format!("{PAGE}?saved=1"));
    let after = stored(&world).await;
    assert_eq!(
        after["invitations"],
        json!({
            "enabled": true, "limit_per_run": 50, "sign_in_url": "https://app.devcon.example",
            "template": {
                "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
                "body_markdown": "Dear {{ first_name }},\n\nsee you."
            }
        })
    );
    let without = |mut document: Value| {
        document.as_object_mut().unwrap().remove("invitations");
        document
    };
    assert_eq!(without(after), without(before));

    let page = browser.page(&format!("{PAGE}?saved=1")).await;
    for text in [
        "The invitation was saved.",
        "name=\"enabled\" value=\"on\" checked",
        "value=\"DevCon &#60;noreply@devcon.example&#62;\"",
        "name=\"limit_per_run\" type=\"number\" value=\"50\"",
        "Dear {{ first_name }},\n\nsee you.</textarea>",
        "<code>sign_in_url</code>",
        "name=\"version\" value=\"2\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn test_recipients_are_saved_with_the_invitation() {
    let world = world().await;
    let browser = world.browser().await;
    let typed = "Desk@devcon.example,  crew@devcon.example";
    let saved = send(&browser, "", &[("test_recipients", typed)]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = browser.page(PAGE).await;
    let shown = "value=\"desk@devcon.example, crew@devcon.example\"";
    assert!(page.contains(shown), "{page}");
    let wrong = [
        ("version", "2"),
        ("test_recipients", "desk@devcon.example nonsense"),
    ];
    let refused = send(&browser, "", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    said_beside(&refused, "test_recipients");
    let emptied = [("version", "2"), ("test_recipients", "")];
    assert_eq!(
        send(&browser, "", &emptied).await.status,
        StatusCode::SEE_OTHER
    );
    let invitations = stored(&world).await["invitations"].clone();
    assert_eq!(invitations.get("test_recipients"), None, "{invitations}");
}

#[tokio::test]
async fn an_invitation_can_be_switched_off_and_emptied() {
    let world = world().await;
    world.configure(&inviting(500)).await;
    let browser = world.browser().await;
    let kept = send(
        &browser,
        "",
        &[
            ("version", "2"),
            ("enabled", ""),
            ("reply_to", "a@b.example"),
        ],
    );
    assert_eq!(kept.await.status, StatusCode::SEE_OTHER);
    let invitations = stored(&world).await["invitations"].clone();
    assert_eq!(invitations["enabled"], false);
    assert_eq!(invitations["template"]["reply_to"], "a@b.example");
    let emptied = send(
        &browser,
        "",
        &[
            ("version", "3"),
            ("enabled", ""),
            ("from", ""),
            ("sign_in_url", ""),
            ("subject", ""),
            ("body_markdown", " \r\n"),
        ],
    );
    assert_eq!(emptied.await.status, StatusCode::SEE_OTHER);
    let invitations = stored(&world).await["invitations"].clone();
    assert_eq!(invitations, json!({"enabled": false, "limit_per_run": 50}));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let world = world().await;
    let browser = world.browser().await;
    let before = stored(&world).await;
    for (field, value) in [("subject", ""), ("from", ""), ("body_markdown", "")] {
        let refused = send(&browser, "", &[(field, value), ("reply_to", EVIL)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        said_beside(&refused, field);
        for text in [
            "Not saved: correct these fields first.",
            "&#60;script&#62;alert(1)",
            "value=\"50\"",
            "checked",
        ] {
            assert!(refused.body.contains(text), "{text}: {}", refused.body);
        }
        assert!(!refused.body.contains("<script>alert"), "{}", refused.body);
    }
    for limit in ["", "many", "-1", "4.5", "99999999999"] {
        let refused = send(
            &browser,
            "",
            &[("limit_per_run", limit), ("body_markdown", EVIL)],
        )
        .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{limit}");
        said_beside(&refused, "limit_per_run");
        assert!(
            refused.body.contains("&#60;/textarea&#62;"),
            "{}",
            refused.body
        );
    }
    assert_eq!(stored(&world).await, before);
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let world = world().await;
    let browser = world.browser().await;
    let changes = [
        ("subject", ""),
        ("limit_per_run", "many"),
        ("preview_as", "nonsense"),
        ("test_to", "nonsense"),
    ];
    let saved = send(&browser, "", &changes).await;
    let shown = send(&browser, "/preview", &changes).await;
    let sent = send(&browser, "/test", &changes).await;
    for (answer, fields) in [(&saved, 2), (&shown, 3), (&sent, 4)] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for (field, _) in &changes[..fields] {
            said_beside(answer, field);
        }
    }
}

#[tokio::test]
async fn a_form_that_is_older_than_the_configuration_overwrites_nothing() {
    let world = world().await;
    let browser = world.browser().await;
    let mut renamed = document();
    renamed["name"] = json!("Renamed");
    world.configure(&renamed).await;
    let late = send(&browser, "", &[("subject", "Typed with care")]).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    for text in [
        "changed by someone else meanwhile",
        "value=\"Typed with care\"",
    ] {
        assert!(late.body.contains(text), "{text}: {}", late.body);
    }
    assert_eq!(stored(&world).await["invitations"]["enabled"], false);
}

#[tokio::test]
async fn a_preview_shows_what_was_typed_in_a_frame_and_saves_nothing() {
    let world = world().await;
    let browser = world.browser().await;
    let changes = [
        ("subject", "For {{ first_name }} <b>"),
        ("preview_as", "P1@example.org"),
    ];
    let shown = send(&browser, "/preview", &changes).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    for text in [
        "<dd>DevCon &#60;noreply@devcon.example&#62;</dd>",
        "<dd>Grace Doe &#60;p1@example.org&#62;</dd>",
        "<strong>For Grace &#60;b&#62;</strong>",
        "Dear Grace,",
        "value=\"For {{ first_name }} &#60;b&#62;\"",
        "value=\"P1@example.org\"",
        "Nothing was saved and nothing was sent.",
    ] {
        assert!(shown.body.contains(text), "{text}: {}", shown.body);
    }
    let policy = shown.header("content-security-policy");
    assert!(policy.contains("frame-src 'self'"), "{policy}");
    let frame = shown.between("<iframe class=\"mail\" sandbox src=\"", "\"");
    let html = browser.open(frame).await;
    assert_eq!(html.status, StatusCode::OK, "{}", html.body);
    assert!(html.body.contains("Dear Grace"), "{}", html.body);
    let policy = html.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'self'", "; sandbox"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("script-src"), "{policy}");
    // Nobody else sees it.
    let other = world.browser().await;
    assert_eq!(other.open(frame).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stored(&world).await["invitations"]["enabled"], false);
}

#[tokio::test]
async fn a_preview_for_nobody_known_says_so_beside_the_field() {
    let world = world().await;
    let browser = world.browser().await;
    let nobody = [("preview_as", "nobody@example.org")];
    let refused = send(&browser, "/preview", &nobody).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    said_beside(&refused, "preview_as");
}

#[tokio::test]
async fn a_preview_or_test_of_what_cannot_be_accepted_says_why() {
    let world = world().await;
    let browser = world.browser().await;
    for (what, said) in [
        ("/preview", "No preview: correct these fields first."),
        ("/test", "Test not sent: correct these fields first."),
    ] {
        let changes = [("subject", ""), ("test_to", "desk@devcon.example")];
        let refused = send(&browser, what, &changes).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        said_beside(&refused, "subject");
        assert!(refused.body.contains(said), "{}", refused.body);
        let unclear = [("preview_as", EVIL), ("test_to", "desk@devcon.example")];
        let refused = send(&browser, what, &unclear).await;
        said_beside(&refused, "preview_as");
        assert!(!refused.body.contains("<script>alert"), "{}", refused.body);
    }
    let nowhere = send(&browser, "/test", &[("test_to", "")]).await;
    said_beside(&nowhere, "test_to");
    assert!(world.post.taken().is_empty());
}

#[tokio::test]
async fn a_test_is_sent_by_what_was_typed_and_saves_nothing() {
    let world = world().await;
    let browser = world.browser().await;
    let changes = [
        ("test_to", "p1@example.org"),
        ("preview_as", "p1@example.org"),
    ];
    let sent = send(&browser, "/test", &changes).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    for text in [
        "A test was sent to p1@example.org.",
        "value=\"p1@example.org\"",
    ] {
        assert!(sent.body.contains(text), "{text}: {}", sent.body);
    }
    assert_eq!(world.post.taken().len(), 1);
    world.post.is_away(Some("the mail service does not answer"));
    let away = send(&browser, "/test", &changes).await;
    assert_eq!(away.status, StatusCode::BAD_GATEWAY);
    for text in [
        "the mail service does not answer",
        "value=\"p1@example.org\"",
    ] {
        assert!(away.body.contains(text), "{text}: {}", away.body);
    }
    assert_eq!(stored(&world).await["invitations"]["enabled"], false);
}
