//! What people see.

use attendee_sync_testkit::waiting::until;
use axum::http::StatusCode;
use serde_json::json;

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

#[tokio::test]
async fn a_sync_by_the_button_ends_with_its_result_and_the_people() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    let browser = world.browser().await;
    let before = browser.page("/events/devcon").await;
    assert!(before.contains("This event has not been synced yet."));
    assert!(before.contains("No attendees yet."));
    let answer = browser.submit("/events/devcon/runs", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/events/devcon");
    world.settled().await;

    let page = browser.page("/events/devcon").await;
    for text in [
        "2 added of 2 records in under 0.1 s",
        "1 group is new.",
        "Ada Doe",
        "p2@example.org",
        "Example Ltd",
        "Speakers",
        "title=\"1 Nov 2026, 13:00:00 CET\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("http-equiv"));
    let events = browser.page("/").await;
    for text in ["DevCon 2026", "acme", "Succeeded", "2 added of 2 records"] {
        assert!(events.contains(text), "{text}: {events}");
    }
    let groups = browser.page("/events/devcon/groups").await;
    assert!(
        groups.contains("Speakers") && groups.contains(">2</td>"),
        "{groups}"
    );
    let runs = browser.page("/events/devcon/runs").await;
    assert!(runs.contains("/events/devcon/runs/1"));
    let run = browser.page("/events/devcon/runs/1").await;
    for text in [
        "p1@example.org",
        "first name",
        "<ins dir=\"auto\">Ada</ins>",
        "Whole feed read",
    ] {
        assert!(run.contains(text), "{text}: {run}");
    }
}

#[tokio::test]
async fn a_second_click_leads_to_the_run_under_way() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    world.hold();
    for _ in 0..2 {
        let answer = browser.submit("/events/devcon/runs", &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "/events/devcon");
    }
    let page = browser.page("/events/devcon").await;
    assert!(page.contains("Sync under way"));
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\""));
    assert!(page.contains("data-progress=\"/events/devcon/progress\""));
    assert!(!page.contains("Sync attendees now</button>"));
    let progress = browser.open("/events/devcon/progress").await.json();
    assert_eq!(progress["under_way"], true);
    assert_eq!(progress["run"], "devcon.1");
    assert_eq!(progress["figures"]["applied"], "0");
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(preview.status, StatusCode::CONFLICT);

    world.release();
    world.settled().await;
    let progress = browser.open("/events/devcon/progress").await.json();
    assert_eq!(progress, json!({"under_way": false}));
    let runs = world.api("/events/devcon/runs").await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_that_could_not_be_brought_to_an_end_is_followed_by_the_next_click() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.hold();
    let sync = || TestRequest::post("/api/v1/events/devcon/runs").json(&json!({"mode": "sync"}));
    assert_eq!(world.send(sync()).await.status, StatusCode::ACCEPTED);
    world.send(sync()).await.problem(409);
    world.clock.is_broken(true);
    world.release();
    until(|| world.clock.panics() > 0).await;
    world.clock.is_broken(false);
    while world.send(sync()).await.status != StatusCode::ACCEPTED {
        tokio::task::yield_now().await;
    }
    let run = world.settled().await;
    assert_eq!(
        (&run["run"], &run["state"]),
        (&json!("devcon.2"), &json!("succeeded"))
    );
}

#[tokio::test]
async fn what_the_source_sends_is_text_and_never_markup() {
    const EVIL: &str = "<script>alert(1)</script>\"'&<img src=x>";
    let world = ConsoleWorld::with(vec![json!({
        "id": EVIL, "email": "eve@example.org", "first": EVIL, "last": "Doe",
        "company": EVIL, "groups": [EVIL]
    })])
    .await;
    let browser = world.browser().await;
    let mut renamed = document();
    renamed["name"] = json!(EVIL);
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&renamed);
    assert_eq!(world.send(put).await.status, StatusCode::OK);
    world.sync().await;
    world.source_fails(EVIL);
    world.sync().await;
    for path in [
        "/",
        "/events/devcon",
        "/events/devcon/groups",
        "/events/devcon/runs",
        "/events/devcon/runs/1",
        "/events/devcon/runs/2",
        "/events/devcon/configuration",
        "/events/devcon/configuration/document",
    ] {
        let page = browser.page(path).await;
        assert!(page.contains("alert(1)"), "{path}");
        assert!(
            !page.contains("<script>") && !page.contains("<img"),
            "{path}: {page}"
        );
        assert!(!page.contains("\"'&<"), "{path}");
    }
    world.registered(vec![json!({"id": EVIL, "email": EVIL, EVIL: EVIL})]);
    let document = renamed.to_string();
    let tried = browser
        .submit(
            "/events/devcon/configuration/document/test",
            &[("document", document.as_str()), ("hint", EVIL)],
        )
        .await;
    for text in ["Rejected", "alert(1)"] {
        assert!(tried.body.contains(text), "{text}: {}", tried.body);
    }
    assert!(!tried.body.contains("<script>") && !tried.body.contains("<img"));
    let form = browser
        .submit(
            "/events/devcon/runs",
            &[("email", "\"><script>alert(1)</script>")],
        )
        .await;
    assert_eq!(form.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(form.body.contains("alert(1)") && !form.body.contains("<script>"));
}

#[tokio::test]
async fn a_failed_run_says_why() {
    let world = ConsoleWorld::with(Vec::new()).await;
    world.source_fails("the source answered 401 Unauthorized; check its credential");
    world.sync().await;
    let browser = world.browser().await;
    for path in [
        "/",
        "/events/devcon",
        "/events/devcon/runs",
        "/events/devcon/runs/1",
    ] {
        let page = browser.page(path).await;
        assert!(page.contains("Failed"), "{path}");
        assert!(page.contains("The source answered 401 Unauthorized; check its credential."));
    }
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(preview.status, StatusCode::BAD_GATEWAY);
    assert!(preview.body.contains("The source answered 401"));
}

#[tokio::test]
async fn removed_people_are_listed_apart() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    let mut gone = person(2, "Bob");
    gone["canceled"] = json!(true);
    world.registered(vec![person(1, "Ada"), gone]);
    world.sync().await;
    let browser = world.browser().await;
    for (status, ada, bob) in [
        ("", true, false),
        ("?status=attending", true, false),
        ("?status=removed", false, true),
        ("?status=all", true, true),
    ] {
        let page = browser.page(&format!("/events/devcon{status}")).await;
        assert_eq!(page.contains("Ada Doe"), ada, "{status}");
        assert_eq!(page.contains("Bob Doe"), bob, "{status}");
    }
}

#[tokio::test]
async fn a_long_list_goes_on_on_the_next_page() {
    let people = (1..=130).map(|id| person(id, "Ada")).collect();
    let world = ConsoleWorld::with(people).await;
    world.sync().await;
    let browser = world.browser().await;
    let first = browser.open("/events/devcon").await;
    assert_eq!(first.body.matches("<tr>").count(), 101);
    assert!(first.body.contains("1 to 100 of 130 people"));
    let after = first.between("after=", "#list\"");
    let second = browser
        .page(&format!("/events/devcon?status=attending&after={after}"))
        .await;
    assert_eq!(second.matches("<tr>").count(), 31);
    assert!(second.contains("101 to 130 of 130 people"));
    assert!(second.contains("First page") && !second.contains("Next page"));
}

#[tokio::test]
async fn one_person_is_synced_by_their_address() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    let browser = world.browser().await;
    let wrong = browser
        .submit("/events/devcon/runs", &[("email", "p2@")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("value=\"p2@\"") && wrong.body.contains("no valid domain"));
    browser
        .submit("/events/devcon/runs", &[("email", "P2@example.org")])
        .await;
    world.settled().await;
    let page = browser.page("/events/devcon").await;
    assert!(page.contains("Bob Doe") && !page.contains("Ada Doe"));
}

#[tokio::test]
async fn a_preview_shows_and_changes_nothing() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(preview.body.contains("1 added of 1 record"));
    assert!(preview.body.contains("p1@example.org"));
    let page = browser.page("/events/devcon").await;
    assert!(page.contains("This event has not been synced yet."));
}

#[tokio::test]
async fn a_configuration_is_changed_as_text_and_nothing_typed_is_lost() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let address = "/events/devcon/configuration/document";
    assert!(browser.page(address).await.contains("registration.example"));
    let version = browser.open(address).await;
    let version = version
        .between("name=\"version\" value=\"", "\"")
        .to_owned();
    let save = async |document: &str, version: &str| {
        let fields = [("document", document), ("version", version)];
        browser.submit(address, &fields).await
    };

    let cut_off = save("{\"name\": \"half", &version).await;
    assert_eq!(cut_off.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(cut_off.body.contains("this is not JSON"));
    assert!(
        cut_off.body.contains("{&#34;name&#34;: &#34;half"),
        "{}",
        cut_off.body
    );

    let mut wrong = document();
    wrong["time_zone"] = json!("Mars/Olympus");
    wrong["name"] = json!("");
    let refused = save(&wrong.to_string(), &version).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "<code>time_zone</code>",
        "<code>name</code>",
        "Mars/Olympus",
    ] {
        assert!(refused.body.contains(text), "{text}");
    }
    let mut other = document();
    other["event"] = json!("another");
    let refused = save(&other.to_string(), &version).await;
    assert!(
        refused
            .body
            .contains("the ID of an event cannot be changed")
    );

    let mut changed = document();
    changed["name"] = json!("DevCon Renamed");
    changed["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    let saved = save(&changed.to_string(), &version).await;
    assert_eq!(
        saved.header("location"),
        "/events/devcon/configuration?saved=1"
    );
    let page = browser.page("/events/devcon/configuration?saved=1").await;
    assert!(page.contains("The configuration was saved."));
    assert!(page.contains("DevCon Renamed") && page.contains("devcon-token"));
    assert!(!page.contains("s3cr3t-value"));

    let late = save(&document().to_string(), &version).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.body.contains("changed by someone else"));
    assert!(browser.page("/").await.contains("DevCon Renamed"));
}

#[tokio::test]
async fn an_event_is_added_in_the_console() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let empty = browser.page("/").await;
    assert!(empty.contains("No event is configured yet."));
    assert!(browser.page("/new-event").await.contains("time_zone"));
    let fields = [("document", document().to_string())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let added = browser.submit("/new-event", &fields).await;
    assert_eq!(
        added.header("location"),
        "/events/devcon/configuration?saved=1"
    );
    assert!(browser.page("/").await.contains("DevCon 2026"));
    let again = browser.submit("/new-event", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again
            .body
            .contains("there is an event &#34;devcon&#34; already"),
        "{}",
        again.body
    );
}

#[tokio::test]
async fn what_is_not_there_gets_a_page_that_says_so() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    for path in [
        "/nothing",
        "/events/nothing",
        "/events/Not%20A%20Name",
        "/events/devcon/runs/7",
        "/events/devcon/runs/seven",
    ] {
        let answer = browser.open(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(
            answer.body.contains("<h1>Not Found</h1>"),
            "{}",
            answer.body
        );
    }
    let bad = browser.open("/events/devcon?after=zz").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    let wrong_method = browser.open("/events/devcon/preview").await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn an_event_is_deleted_by_who_types_its_name() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.open("/events/devcon/delete").await;
    assert!(page.body.contains("its 1 attendee,"), "{}", page.body);
    let version = page.between("name=\"version\" value=\"", "\"").to_owned();
    for (name, version, reason) in [
        (
            "summit",
            version.as_str(),
            "Type devcon to confirm that this is the event to delete.",
        ),
        ("devcon", "99", "changed by someone else meanwhile"),
    ] {
        let fields = [("name", name), ("version", version)];
        let refused = browser.submit("/events/devcon/delete", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(reason), "{}", refused.body);
    }
    let fields = [("name", " devcon "), ("version", &version)];
    let gone = browser.submit("/events/devcon/delete", &fields).await;
    assert_eq!(gone.header("location"), "/", "{}", gone.body);
    let page = browser.open("/events/devcon").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let user = world.api("/communities/acme/users/p1@example.org").await;
    assert_eq!(user["email"], "p1@example.org");
}

#[tokio::test]
async fn programs_delete_an_event_as_they_know_it() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let path = "/api/v1/events/devcon/configuration";
    let delete = || TestRequest::new("DELETE", path).bearer(TOKEN);
    world
        .send(delete().with("if-match", "\"99\""))
        .await
        .problem(412);
    world
        .send(delete().with("if-match", "nonsense"))
        .await
        .problem(412);
    let gone = world.send(delete().with("if-match", "\"1\"")).await;
    assert_eq!(gone.status, StatusCode::ACCEPTED, "{}", gone.body);
    world.send(delete()).await.problem(404);
}

#[tokio::test]
async fn an_event_is_deleted_to_the_end_and_noted_also_where_its_credential_stays() {
    for sticks in [false, true] {
        let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
        let path = "/api/v1/events/devcon/configuration";
        let mut document = document();
        document["source"]["authentication"] = json!({"type": "bearer", "token": "s3cret"});
        let put = TestRequest::put(path)
            .bearer(TOKEN)
            .with("if-match", "\"1\"");
        let stored = world.send(put.json(&document)).await;
        assert_eq!(stored.status, StatusCode::OK, "{}", stored.body);
        world.sync().await;
        if sticks {
            world.drawer.sticks();
        }
        let gone = world
            .send(TestRequest::new("DELETE", path).bearer(TOKEN))
            .await;
        assert_eq!(gone.status, StatusCode::ACCEPTED, "{}", gone.body);
        assert_eq!(world.stored("devcon-token").is_some(), sticks);
        let log = world.api("/communities/acme/audit").await.to_string();
        assert!(log.contains("configuration_deleted"), "{log}");
    }
}
