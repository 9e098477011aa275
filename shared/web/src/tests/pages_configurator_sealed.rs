//! What the configurator's form must not do: lose another's work, show a credential, take markup.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest, document, person};

const PAGE: &str = "/events/devcon/configuration";
const TEST: &str = "/events/devcon/configuration/test";
const ROWS: &str = "/events/devcon/configuration/rows";

async fn stored(world: &ConsoleWorld) -> Value {
    world.api("/events/devcon/configuration").await
}

#[tokio::test]
async fn a_second_editor_is_refused_keeps_what_was_typed_and_sees_what_is_stored() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let (one, other) = (world.browser().await, world.browser().await);
    let (mut ours, mut theirs) = (one.form(PAGE).await, other.form(PAGE).await);
    theirs.insert("name".to_owned(), "Their name".to_owned());
    theirs.insert("guards.removals_count".to_owned(), "77".to_owned());
    let saved = other.send_form(PAGE, &theirs).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);

    ours.insert("name".to_owned(), "Our name".to_owned());
    let refused = one.send_form(PAGE, &ours).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("changed by someone else meanwhile"),
        "{}",
        refused.body
    );
    assert_eq!(refused.fields()["name"], "Our name");
    for (name, now) in [
        ("name", "Stored now: Their name"),
        ("guards.removals_count", "Stored now: 77"),
    ] {
        let beside = refused.between(&format!("<div id=\"{name}-help\">"), "</div>");
        assert!(beside.contains(now), "{beside}");
    }
    assert_eq!(stored(&world).await["name"], "Their name");
    // Told of it, one may put one's own in its place.
    let saved = one.send_form(PAGE, &refused.fields()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(stored(&world).await["name"], "Our name");
}

#[tokio::test]
async fn a_secret_goes_in_and_never_out() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    let mut form = browser.form(PAGE).await;
    form.insert("source.authentication.type".to_owned(), "bearer".to_owned());
    let saved = browser.send_form(PAGE, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = browser.open(PAGE).await;
    assert!(
        page.body.contains("None is stored as devcon-token yet."),
        "{}",
        page.body
    );
    let mut form = page.fields();
    let field = "source.authentication.bearer.token.credential";
    form.insert("source.authentication.type".to_owned(), "bearer".to_owned());
    form.insert(field.to_owned(), "s3cr3t-value".to_owned());
    // Typed beside a kind that is not chosen, it is not taken.
    let unused = "source.authentication.basic.password.credential";
    form.insert(unused.to_owned(), "an0ther-value".to_owned());
    form.insert("name".to_owned(), String::new());
    let refused = browser.send_form(PAGE, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut form = refused.fields();
    assert_eq!(form[field], "");
    form.insert("name".to_owned(), "DevCon".to_owned());
    let tried = browser.send_form(TEST, &form).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert_eq!(
        world.credential_asked_with(),
        Some("s3cr3t-value".to_owned())
    );
    let moved = browser.send_form(ROWS, &tried.fields()).await;
    let saved = browser.send_form(PAGE, &moved.fields()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(
        world.stored("devcon-token"),
        Some("s3cr3t-value".to_owned())
    );
    let page = browser.open(PAGE).await;
    assert!(
        page.body.contains("One is stored as devcon-token."),
        "{}",
        page.body
    );
    for body in [
        &refused.body,
        &tried.body,
        &moved.body,
        &saved.body,
        &page.body,
    ] {
        assert!(
            !body.contains("s3cr3t-value") && !body.contains("an0ther-value"),
            "{body}"
        );
    }
    // Left empty, the stored one stays; another browser's handle opens nothing.
    let saved = browser.send_form(PAGE, &page.fields()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(
        world.stored("devcon-token"),
        Some("s3cr3t-value".to_owned())
    );
    let other = world.browser().await;
    let mut stolen = other.form(PAGE).await;
    stolen.insert("kept".to_owned(), tried.fields()["kept"].clone());
    stolen.insert("found".to_owned(), tried.fields()["found"].clone());
    let answer = other.send_form(TEST, &stolen).await;
    assert_eq!(world.credential_asked_with(), None);
    assert!(!answer.body.contains("name=\"kept\""));
}

#[tokio::test]
async fn hostile_values_are_text_and_never_markup() {
    const EVIL: &str = "\"><script>alert(1)</script><img src=x>{{ 7 * 7 }}'";
    let world = ConsoleWorld::with(Vec::new()).await;
    let mut hostile = document();
    hostile["name"] = json!(EVIL);
    hostile["mapping"]["company"] = json!({"constant": EVIL, "default": EVIL});
    hostile["mapping"]["country"] = json!({"path": format!("\"{}\"", EVIL.replace('"', "")) });
    hostile["rules"] = json!([{"when": "canceled", "then": {"add_group": EVIL}}]);
    hostile["delete_flag"] = json!({"path": "x", "true_values": [format!("</textarea>{EVIL}")]});
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&hostile);
    let answer = world.send(put).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let browser = world.browser().await;
    world.registered(vec![json!({EVIL: EVIL, "mail": EVIL})]);
    let page = browser.open(PAGE).await;
    let tried = browser.send_form(TEST, &page.fields()).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    let mut form = tried.fields();
    for name in [
        "source.url",
        "hint",
        "preset",
        "found",
        "kept",
        "version",
        "act",
        "base",
        "starts",
        "source.authentication.type",
        "source.headers.0.name",
    ] {
        form.insert(name.to_owned(), EVIL.to_owned());
    }
    let refused = browser.send_form(PAGE, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let acted = browser.send_form(ROWS, &form).await;
    for answer in [&page, &tried, &refused, &acted] {
        let body = &answer.body;
        assert!(body.contains("alert(1)"));
        assert!(
            !body.contains("<script>") && !body.contains("<img"),
            "{body}"
        );
        assert!(body.matches("</textarea>").count() == body.matches("<textarea").count());
    }
    // What is shown is what is stored.
    let before = stored(&world).await;
    let saved = browser.send_form(PAGE, &page.fields()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(stored(&world).await, before);
}

#[tokio::test]
async fn a_form_without_its_token_is_not_taken() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let mut form = browser.form(PAGE).await;
    form.insert("name".to_owned(), "Foreign".to_owned());
    for token in ["", "guessed"] {
        form.insert("csrf".to_owned(), token.to_owned());
        for path in [PAGE, TEST, ROWS, "/new-event/form", "/new-event/form/rows"] {
            let answer = browser.send_form(path, &form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(stored(&world).await["name"], "DevCon 2026");
}
