//! What people see who add an event from a preset.

use axum::http::StatusCode;

use super::world::{ConsoleWorld, person};

const TITO: &str = "/new-event/presets/tito";

const ANSWERS: [(&str, &str); 6] = [
    ("event.community", "acme"),
    ("event.event", "devcon"),
    ("event.name", "DevCon 2026"),
    ("event.time_zone", "Europe/Amsterdam"),
    ("values.account", "acme"),
    ("values.tito_event", "2026"),
];

#[tokio::test]
async fn a_preset_leads_to_a_document_that_is_tested_and_then_saved() {
    let world = ConsoleWorld::empty().await;
    world.registered(vec![person(1, "Ada")]);
    let browser = world.browser().await;
    let choice = browser.page("/new-event").await;
    for text in [
        "Start from a preset",
        "href=\"/new-event/presets/tito\"",
        "The tickets of one event, by Admin API v3.",
    ] {
        assert!(choice.contains(text), "{text}: {choice}");
    }
    let form = browser.page(TITO).await;
    for text in [
        "for=\"values.token\"",
        "A secret API token of the account",
        "For example ultimateconf",
        "type=\"password\"",
        "About Tito",
    ] {
        assert!(form.contains(text), "{text}: {form}");
    }

    let answers = [&ANSWERS[..], &[("values.token", "s3cr3t-value")]].concat();
    let filled = browser.submit(TITO, &answers).await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.body);
    for text in [
        "Nothing is saved yet.",
        "/v3/acme/2026/tickets",
        "<option value=\"bearer\" selected>",
        "About Tito",
        "formaction=\"/new-event/form/test#outcome\"",
        "is kept for this form",
    ] {
        assert!(filled.body.contains(text), "{text}: {}", filled.body);
    }
    assert!(!filled.body.contains("s3cr3t-value"));
    assert!(
        browser
            .page("/")
            .await
            .contains("No event is configured yet.")
    );

    let mut form = filled.fields();
    let tried = browser.send_form("/new-event/form/test", &form).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    // The credential as Tito wants it written.
    assert_eq!(
        world.credential_asked_with(),
        Some("token=s3cr3t-value".to_owned())
    );
    assert!(tried.body.contains("About Tito"));
    assert!(!tried.body.contains("s3cr3t-value"));
    form.insert("name".to_owned(), "DevCon of Tito".to_owned());
    let added = browser.send_form("/new-event/form", &form).await;
    assert_eq!(
        added.header("location"),
        "/events/devcon/configuration?saved=1",
        "{}",
        added.body
    );
    assert_eq!(
        world.stored("devcon-token"),
        Some("token=s3cr3t-value".to_owned())
    );
    let document = world.api("/events/devcon/configuration").await;
    assert_eq!(document["name"], "DevCon of Tito");
    assert_eq!(document["source"]["headers"]["Accept"], "application/json");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let refused = browser
        .submit(
            TITO,
            &[
                ("event.community", "Acme!"),
                ("event.event", "devcon"),
                ("event.time_zone", "Mars"),
                ("values.account", ".."),
                ("values.tito_event", "2026"),
                ("values.token", "s3cr3t-value"),
            ],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "value=\"Acme!\"",
        "value=\"2026\"",
        "value=\"Mars\"",
        "The value cannot be one or two dots",
        "aria-invalid=\"true\"",
        "The value typed before is kept",
    ] {
        assert!(refused.body.contains(text), "{text}: {}", refused.body);
    }
    assert!(!refused.body.contains("s3cr3t-value"));
    let handle = refused.between("name=\"kept.values.token\" value=\"", "\"");
    let answers = [&ANSWERS[..], &[("kept.values.token", handle)]].concat();
    let filled = browser.submit(TITO, &answers).await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.body);
    assert!(filled.body.contains("is kept for this form"));
}

#[tokio::test]
async fn a_secret_may_be_given_later() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let filled = browser.submit(TITO, &ANSWERS).await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.body);
    assert!(!filled.body.contains("name=\"kept\""));
    let hint = "A secret API token of the account, written token=&#60;token&#62;.";
    assert!(filled.body.contains(hint), "{}", filled.body);
    let unknown = browser.open("/new-event/presets/nothing").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn presets_are_found_by_words_and_say_what_they_need() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let all = browser.page("/new-event").await;
    assert!(all.contains("18 presets"), "{all}");
    assert!(
        all.contains("In Tito: id.tito.io, API Access Tokens."),
        "{all}"
    );
    let found = browser.page("/new-event?search=TITO%20tickets").await;
    assert!(found.contains("1 of 18 presets"), "{found}");
    assert!(
        found.contains("Needs the account; the event; a secret API token of the account."),
        "{found}"
    );
    assert!(!found.contains("/new-event/presets/luma"), "{found}");
    let none = browser.page("/new-event?search=nothing-like-it").await;
    assert!(none.contains("0 of 18 presets"), "{none}");
    assert!(none.contains("connected step by step"), "{none}");
    let preset = browser.page("/new-event/presets/tito").await;
    assert!(
        preset.contains("API Access Tokens. Stored separately"),
        "{preset}"
    );
}
