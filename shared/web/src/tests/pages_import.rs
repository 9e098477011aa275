//! Importing a list on the pages of the console: from the file to the undo.

use axum::http::StatusCode;
use serde_json::json;

use super::pages_upload::send_file;
use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, TestResponse, document, person};

const IMPORT: &str = "/events/devcon/import";
const LIST: &str = "E-Mail;Given name;Surname;Firma;Shirt\n\
    new@example.org;New;Person;New Ltd;L\n\
    p1@example.org;Ada;Doe;Own Ltd;M\n\
    broken;No;Address;;S\n";

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    world
}

async fn upload(browser: &Browser<'_>, name: &str, bytes: &[u8]) -> TestResponse {
    let form = browser.open(IMPORT).await.fields();
    send_file(browser, IMPORT, &form, (name, bytes)).await
}

/// The page of the preview of a list.
async fn previewed(browser: &Browser<'_>, list: &str) -> (String, TestResponse) {
    let uploaded = upload(browser, "people.csv", list.as_bytes()).await;
    assert_eq!(uploaded.status, StatusCode::SEE_OTHER, "{}", uploaded.body);
    let place = uploaded.header("location").to_owned();
    let page = browser.open(&place).await;
    (place, page)
}

#[tokio::test]
async fn a_list_is_shown_imported_and_undone_on_pages() {
    let world = world().await;
    let browser = world.browser().await;
    let event = browser.page("/events/devcon").await;
    assert!(event.contains("Import a list"), "{event}");
    let (place, page) = previewed(&browser, LIST).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "people.csv",
        "3 rows",
        "1 added, 1 changed, 1 not imported.",
        "Not used: Shirt",
        "Import 2 people",
        "new@example.org",
        "company",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!place.contains("example.org"), "{place}");
    // Nothing is changed yet.
    let new = "/api/v1/events/devcon/attendees/new@example.org";
    let there = TestRequest::get(new).bearer(TOKEN);
    world.send(there).await.problem(404);

    let proposed = ["email", "first_name", "last_name", "company"].map(|field| (field, "*"));
    let hidden = "<input type=\"hidden\" name=\"email\" value=\"E-Mail\">";
    assert!(page.body.contains(hidden), "{}", page.body);
    let done = browser.submit(&place, &proposed).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.body.contains("Undo this import"), "{}", done.body);
    let added = world.api("/events/devcon/attendees/new@example.org").await;
    assert_eq!(added["profile"]["company"], "New Ltd", "{added}");

    // The page of imports has it, and undoes it once.
    let list = browser.open(IMPORT).await;
    assert!(list.body.contains("1 added, 1 changed"), "{}", list.body);
    let undo = list
        .body
        .split("action=\"")
        .find(|rest| rest.contains("/undo\""));
    let undo = undo.unwrap().split('"').next().unwrap().to_owned();
    let undone = browser.submit(&undo, &[]).await;
    let page = browser.page(undone.header("location")).await;
    assert!(page.contains("what the import set of 2 people"), "{page}");
    assert!(page.contains("Undone</span>"), "{page}");
    let gone = world.api("/events/devcon/attendees/new@example.org").await;
    assert_eq!(gone["status"], "removed", "{gone}");
    let ada = world.api("/events/devcon/attendees/p1@example.org").await;
    assert_eq!(ada["profile"]["company"], "Example Ltd", "{ada}");
}

#[tokio::test]
async fn columns_that_nobody_can_tell_are_chosen() {
    let world = world().await;
    let browser = world.browser().await;
    let list = "Spalte 1,Spalte 2,Spalte 3\nx,y,new@example.org\n";
    let (place, page) = previewed(&browser, list).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains("Choose the columns first."),
        "{}",
        page.body
    );
    assert!(page.body.contains("first_name-problem"), "{}", page.body);
    let chosen = "?email=Spalte+3&first_name=Spalte+1&last_name=Spalte+2&company=";
    let page = browser.open(&format!("{place}{chosen}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Import 1 person"), "{}", page.body);
    let fields = [
        ("email", "Spalte 3"),
        ("first_name", "Spalte 1"),
        ("last_name", "Spalte 2"),
    ];
    let done = browser.submit(&place, &fields).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let added = world.api("/events/devcon/attendees/new@example.org").await;
    assert_eq!(added["profile"]["first_name"], "x", "{added}");
    let again = browser.open(&format!("{place}{chosen}")).await;
    assert!(again.body.contains("Nothing to import"), "{}", again.body);
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_what_to_do() {
    let world = world().await;
    let browser = world.browser().await;
    let large = vec![b'a'; 5 * 1024 * 1024 + 1];
    for (name, bytes, reason) in [
        ("", &b""[..], "Choose a file first."),
        ("empty.csv", b"email,first,last\n", "The list is empty"),
        (
            "photo.png",
            b"\x89PNG\r\n\x1a\n\0\0",
            "neither CSV in UTF-8",
        ),
        ("broken.xlsx", b"PK\x03\x04 no book", "cannot be read"),
        ("twice.csv", b"a,A\n1,2\n", "two columns are called"),
        ("large.csv", &large, "larger than 5 MiB"),
    ] {
        let refused = upload(&browser, name, bytes).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let text = refused.body.to_lowercase();
        assert!(text.contains(&reason.to_lowercase()), "{name}: {text}");
        assert!(text.contains("nothing was imported"), "{name}: {text}");
    }
    let missing = format!("{IMPORT}/{}", "0".repeat(64));
    let gone = browser.open(&missing).await;
    assert_eq!(gone.status, StatusCode::GONE);
    assert!(gone.body.contains("Upload it again"), "{}", gone.body);
}

#[tokio::test]
async fn an_erasure_ends_a_list_that_waits() {
    let world = world().await;
    let browser = world.browser().await;
    let (place, page) = previewed(&browser, LIST).await;
    assert_eq!(page.status, StatusCode::OK);
    let erase = "/api/v1/communities/acme/users/p2@example.org";
    let erased = world.send(TestRequest::new("DELETE", erase).bearer(TOKEN));
    assert!(erased.await.status.is_success());
    assert_eq!(browser.open(&place).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_purged_event_takes_nobody_by_hand() {
    let world = world().await;
    let browser = world.browser().await;
    let (place, _) = previewed(&browser, LIST).await;
    let mut purged = document();
    purged["purge_after"] = json!("2026-11-02T00:00");
    world.app.configure(&purged).await.unwrap();
    world.clock.set("2026-11-03T00:00:00Z".parse().unwrap());
    let browser = world.browser().await;
    let form = [
        ("email", "new@example.org"),
        ("first_name", "New"),
        ("last_name", "Person"),
    ];
    let refused = browser.submit("/events/devcon/add-person", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("is deleted"), "{}", refused.body);
    let api = |ask: TestRequest| world.send(ask.bearer(TOKEN));
    let new = "/api/v1/events/devcon/attendees/new@example.org";
    let names = json!({"profile": {"first_name": "New", "last_name": "Person"}});
    let known = "/api/v1/events/devcon/attendees/p1@example.org";
    let report =
        TestRequest::post(&format!("{known}/activity")).json(&json!({"has_account": true}));
    for ask in [
        TestRequest::put(new).json(&names),
        TestRequest::new("DELETE", known),
        TestRequest::post("/api/v1/events/devcon/import").body("text/csv", LIST),
        TestRequest::post("/api/v1/events/devcon/import?mode=preview").body("text/csv", LIST),
        report,
    ] {
        let problem = api(ask).await.problem(409);
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("purge_after"), "{problem}");
    }
    let gone = browser.open(&place).await;
    assert!(!gone.status.is_success(), "{}", gone.body);
}

#[tokio::test]
async fn badges_that_cannot_be_shown_are_listed_with_the_reason() {
    let world = world().await;
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/badges").await;
    assert!(page.contains("No digital badge is checked yet"), "{page}");
    let state = world.api("/events/devcon/badges").await;
    assert_eq!(state["checked"], 0, "{state}");
    assert_eq!(state["items"], json!([]), "{state}");
}
