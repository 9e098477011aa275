//! People who are added, edited and removed by hand, in the console and by the API.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TOKEN, TestRequest, TestResponse, person};

const NEW: &str = "/api/v1/events/devcon/attendees/new@example.org";
const ADA: &str = "/api/v1/events/devcon/attendees/p1@example.org";

async fn world() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    world
}

async fn ask(world: &ConsoleWorld, token: &str, ask: TestRequest) -> TestResponse {
    world.send(ask.bearer(token)).await
}

fn put(path: &str, body: &Value) -> TestRequest {
    TestRequest::put(path).json(body)
}

#[tokio::test]
async fn programs_add_edit_remove_and_release() {
    let world = world().await;
    let names =
        json!({"profile": {"first_name": "New", "last_name": "Person"}, "groups": ["Press"]});
    let added = ask(&world, TOKEN, put(NEW, &names)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    let by_hand = json!(["status", "groups", "first_name", "last_name"]);
    assert_eq!(added.json()["by_hand"], by_hand, "{}", added.body);
    let again = ask(&world, TOKEN, put(NEW, &names)).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.body);
    world.sync().await;
    let there = world.api("/events/devcon/attendees/new@example.org").await;
    assert_eq!(there["status"], "attending", "{there}");

    let edited = ask(
        &world,
        TOKEN,
        put(ADA, &json!({"profile": {"company": "Own"}})),
    )
    .await;
    assert_eq!(
        edited.json()["profile"]["company"],
        "Own",
        "{}",
        edited.body
    );
    let release = |field: &str| TestRequest::new("DELETE", &format!("{ADA}/by-hand/{field}"));
    let released = ask(&world, TOKEN, release("company")).await;
    assert_eq!(released.json(), json!({"changed": true}));
    let ada = world.api("/events/devcon/attendees/p1@example.org").await;
    assert_eq!(ada["profile"]["company"], "Example Ltd", "{ada}");
    ask(&world, TOKEN, release("shoe_size")).await.problem(422);

    let removed = ask(&world, TOKEN, TestRequest::new("DELETE", ADA)).await;
    assert_eq!(removed.json(), json!({"changed": true}));
    let access = world.api("/events/devcon/access/p1@example.org").await;
    assert_eq!(access["allowed"], false, "{access}");
    let released = ask(&world, TOKEN, release("status")).await;
    assert_eq!(released.json(), json!({"changed": true}));
    let access = world.api("/events/devcon/access/p1@example.org").await;
    assert_eq!(access["allowed"], true, "{access}");
    let audit = world.api("/communities/acme/audit").await;
    let mut actions: Vec<&str> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .filter(|action| action.contains("hand"))
        .collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [
            "attendee_added_by_hand",
            "attendee_edited_by_hand",
            "attendee_removed_by_hand",
            "by_hand_released",
            "by_hand_released"
        ]
    );
}

#[tokio::test]
async fn the_help_desk_adds_people_and_edits_nobody() {
    let world = world().await;
    let desk = "helpdesk-of-acme";
    let names = json!({"profile": {"first_name": "New", "last_name": "Person"}});
    let added = ask(&world, desk, put(NEW, &names)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    ask(&world, desk, put(ADA, &names)).await.problem(409);
    ask(&world, desk, put(NEW, &names)).await.problem(409);
    ask(&world, desk, TestRequest::new("DELETE", NEW))
        .await
        .problem(403);
    let nameless = put(&NEW.replace("new@", "other@"), &json!({}));
    let problem = ask(&world, desk, nameless).await.problem(422);
    assert_eq!(
        problem["problems"].as_array().unwrap().len(),
        2,
        "{problem}"
    );
    let blocked = ask(&world, desk, TestRequest::put(&format!("{ADA}/block"))).await;
    assert_eq!(blocked.status, StatusCode::OK);
    ask(&world, TOKEN, put(ADA, &json!({}))).await.problem(409);
}

#[tokio::test]
async fn programs_import_a_list_after_a_preview_and_undo_it() {
    let world = world().await;
    let import = |mode: &str| {
        let path = format!("/api/v1/events/devcon/import?mode={mode}");
        let list = "E-Mail,First name,Last name\nnew@example.org,New,Person\nbroken,A,B\n";
        TestRequest::post(&path).body("application/octet-stream", list)
    };
    let shown = ask(&world, TOKEN, import("preview")).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let shown = shown.json();
    assert_eq!(
        (&shown["added"], &shown["rejected"]),
        (&json!(1), &json!(1)),
        "{shown}"
    );
    ask(&world, TOKEN, TestRequest::get(NEW)).await.problem(404);
    let done = ask(&world, TOKEN, import("import")).await.json();
    let id = done["import"].as_str().unwrap();
    let there = ask(&world, TOKEN, TestRequest::get(NEW)).await.json();
    assert_eq!(there["status"], "attending", "{there}");
    let undo = TestRequest::new("DELETE", &format!("/api/v1/events/devcon/import/{id}"));
    assert_eq!(ask(&world, TOKEN, undo).await.json(), json!({"people": 1}));
    let gone = ask(&world, TOKEN, TestRequest::get(NEW)).await.json();
    assert_eq!(gone["status"], "removed", "{gone}");
    let empty = TestRequest::post("/api/v1/events/devcon/import").body("text/csv", "");
    ask(&world, TOKEN, empty).await.problem(422);
}

async fn add(browser: &Browser<'_>, email: &str, first: &str, groups: &str) -> TestResponse {
    let fields = [
        ("email", email),
        ("first_name", first),
        ("last_name", "Walker"),
        ("groups", groups),
    ];
    browser.submit("/events/devcon/add-person", &fields).await
}

#[tokio::test]
async fn somebody_who_walks_in_is_added_with_one_button() {
    let world = world().await;
    let browser = world.browser_of("helpdesk-of-acme").await;
    let form = browser.page("/events/devcon/add-person").await;
    assert!(form.contains("Add to the event"), "{form}");
    let found = browser
        .submit("/events/devcon/help-desk", &[("who", "walk@example.org")])
        .await;
    let nobody = browser.page(found.header("location")).await;
    assert!(nobody.contains("Add this person by hand"), "{nobody}");
    assert!(nobody.contains("value=\"walk@example.org\""), "{nobody}");
    let refused = add(&browser, "walk@example", "", "").await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    let refused = add(&browser, "walk@example.org", "", "").await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert!(
        refused.body.contains("add-first-problem"),
        "{}",
        refused.body
    );
    let added = add(&browser, "walk@example.org", "Wanda", "VIP; Press").await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let page = browser.page(added.header("location")).await;
    for text in [
        "Has access",
        "Wanda Walker",
        "Added by hand",
        "Set by hand",
        "VIP",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Edit by hand"), "{page}");
    let again = add(&browser, "walk@example.org", "Wanda", "").await;
    let page = browser.page(again.header("location")).await;
    assert!(page.contains("attends already"), "{page}");
}

#[tokio::test]
async fn a_person_is_edited_removed_and_released_on_their_page() {
    let world = world().await;
    let browser = world.browser_of("operator-of-acme").await;
    let person = world.api("/events/devcon/attendees/p1@example.org").await;
    let page = format!(
        "/events/devcon/people/{}",
        person["person"].as_str().unwrap()
    );
    let shown = browser.page(&page).await;
    assert!(shown.contains("Edit by hand"), "{shown}");
    let mut form = Vec::new();
    for field in [
        "title",
        "first_name",
        "last_name",
        "job_title",
        "company",
        "country",
    ] {
        let value = person["profile"][field].as_str().unwrap_or_default();
        form.push((field, if field == "company" { "Own Ltd" } else { value }));
    }
    let edited = browser.submit(&format!("{page}/edit"), &form).await;
    assert_eq!(edited.status, StatusCode::SEE_OTHER, "{}", edited.body);
    let view = world.api("/events/devcon/attendees/p1@example.org").await;
    assert_eq!(view["by_hand"], json!(["company"]), "only what was changed");
    let shown = browser.page(&page).await;
    assert!(
        shown.contains("Own Ltd") && shown.contains("Follow the sync again"),
        "{shown}"
    );
    let release = format!("{page}/release");
    let released = browser.submit(&release, &[("field", "company")]).await;
    let shown = browser.page(released.header("location")).await;
    assert!(shown.contains("It follows the sync again"), "{shown}");
    assert!(shown.contains("Example Ltd"), "{shown}");
    let removed = browser.submit(&format!("{page}/remove"), &[]).await;
    let shown = browser.page(removed.header("location")).await;
    assert!(
        shown.contains("No access") && shown.contains("Removed by hand on"),
        "{shown}"
    );
    let released = browser.submit(&release, &[("field", "status")]).await;
    let shown = browser.page(released.header("location")).await;
    assert!(shown.contains("Has access"), "{shown}");
}
