//! What people see who add an event by the empty form.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{ConsoleWorld, person};

const PAGE: &str = "/new-event/form";

#[tokio::test]
async fn an_event_is_added_with_a_few_words() {
    let world = ConsoleWorld::empty().await;
    world.registered(vec![json!({
        "id": 1, "email": "ada@example.org", "first": "Ada", "last": "Doe"
    })]);
    let browser = world.browser().await;
    let mut form = browser.form(PAGE).await;
    for (name, text) in [
        ("name", "DevCon 2026"),
        ("community", "acme"),
        ("source.url", "https://registration.example/attendees"),
    ] {
        form.insert(name.to_owned(), text.to_owned());
    }
    let tried = browser.send_form("/new-event/form/test", &form).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert!(tried.body.contains("1 rejected"), "{}", tried.body);
    let mut form = tried.fields();
    assert_eq!(form["event"], "devcon-2026");
    form.insert("act".to_owned(), "suggest".to_owned());
    let filled = browser.send_form("/new-event/form/rows", &form).await;
    let added = browser.send_form(PAGE, &filled.fields()).await;
    assert_eq!(
        added.header("location"),
        "/events/devcon-2026/configuration?saved=1",
        "{}",
        added.body
    );
    let stored = world.api("/events/devcon-2026/configuration").await;
    assert_eq!(stored["mapping"]["first_name"], "first");
    // The next event's community is known by then, and a name is taken once.
    let mut form = browser.form(PAGE).await;
    assert_eq!(form["community"], "acme");
    form.extend(filled.fields());
    let again = browser.send_form(PAGE, &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let beside = again.between("<div id=\"event-help\">", "</div>");
    assert!(
        beside.contains("There is an event &#34;devcon-2026&#34; already."),
        "{beside}"
    );
}

#[tokio::test]
async fn what_is_missing_is_told_at_once() {
    let world = ConsoleWorld::empty().await;
    world.registered(vec![person(1, "Ada")]);
    let browser = world.browser().await;
    let form = browser.form(PAGE).await;
    for path in [PAGE, "/new-event/form/test"] {
        let refused = browser.send_form(path, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for name in ["name", "community", "source.url"] {
            let beside = refused.between(&format!("<div id=\"{name}-help\">"), "</div>");
            assert!(beside.contains("Required."), "{name}: {beside}");
        }
    }
    assert!(
        world.api("/communities").await["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_document_that_the_form_carries_holds_no_credential() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let mut form = browser.form(PAGE).await;
    let mut carried = super::world::document();
    carried["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    for base in [
        carried.to_string(),
        "{\"s3cr3t-value".to_owned(),
        "\"s3cr3t-value\"".to_owned(),
    ] {
        form.insert("base".to_owned(), base);
        let answer = browser.send_form("/new-event/form/rows", &form).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.body.contains("s3cr3t-value"), "{}", answer.body);
    }
}

#[tokio::test]
async fn nobodys_own_event_is_put_into_the_sample_by_default() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let mut sample = super::world::document();
    sample["community"] = json!("sample");
    world.app.configure(&sample).await.unwrap();
    assert_eq!(browser.form(PAGE).await["community"], "");
    sample["community"] = json!("acme");
    sample["event"] = json!("own");
    world.app.configure(&sample).await.unwrap();
    assert_eq!(browser.form(PAGE).await["community"], "acme");
    let preset = browser.page("/new-event/presets/tito").await;
    assert!(preset.contains("value=\"acme\" autocapitalize"), "{preset}");
}
