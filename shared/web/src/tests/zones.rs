//! Time zones by their cities, on every page that asks for one.

use axum::http::StatusCode;

use super::world::{ConsoleWorld, TOKEN, TestRequest, person};

const CONFIGURATION: &str = "/events/devcon/configuration";
const TITO: &str = "/new-event/presets/tito";
const STEPS: &str = "/new-event/steps";

#[tokio::test]
async fn every_page_that_asks_for_a_time_zone_takes_a_city() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    for path in ["/new-event/form", TITO, STEPS, CONFIGURATION] {
        let page = browser.page(path).await;
        for offer in [
            "<option value=\"Europe/Amsterdam\" label=\"Amsterdam (Europe/Amsterdam)\">",
            "<option value=\"Europe/Berlin\" label=\"Munich (Europe/Berlin)\">",
        ] {
            assert!(page.contains(offer), "{path}: {offer}");
        }
    }
    let mut form = browser.form(CONFIGURATION).await;
    form.insert("time_zone".to_owned(), "new york".to_owned());
    let saved = browser.send_form(CONFIGURATION, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let path = "/api/v1/events/devcon/configuration";
    let stored = world.send(TestRequest::get(path).bearer(TOKEN)).await;
    assert_eq!(stored.json()["time_zone"], "America/New_York");

    let answers = [
        ("event.community", "acme"),
        ("event.event", "other"),
        ("event.name", "Other"),
        ("event.time_zone", "Munich (Europe/Berlin)"),
        ("values.account", "acme"),
        ("values.tito_event", "2026"),
    ];
    let filled = browser.submit(TITO, &answers).await;
    assert!(
        filled
            .body
            .contains("value=\"Europe/Berlin\" list=\"zones\""),
        "{}",
        filled.body
    );
    let typed = [("name", "Other"), ("time_zone", "Munich"), ("url", "")];
    let steps = browser.submit(STEPS, &typed).await;
    assert!(
        steps
            .body
            .contains("value=\"Europe/Berlin\" list=\"zones\""),
        "{}",
        steps.body
    );
}
