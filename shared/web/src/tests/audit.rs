//! What people change leaves an entry, and names nobody.

use attendee_sync_domain::ids::PersonId;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

const DEVCON: &str = "/api/v1/events/devcon/configuration";
const ACME: &str = "/api/v1/communities/acme";

async fn log(world: &ConsoleWorld) -> Vec<Value> {
    let log = world.api("/communities/acme/audit?limit=500").await;
    log["items"].as_array().unwrap().clone()
}

/// The entries that what is done now leaves.
async fn left_by<T>(world: &ConsoleWorld, done: impl Future<Output = T>) -> (T, Vec<Value>) {
    let before = log(world).await;
    let outcome = done.await;
    world.settled().await;
    let mut after = log(world).await;
    for old in &before {
        let at = after.iter().position(|entry| entry == old).unwrap();
        after.remove(at);
    }
    (outcome, after)
}

#[tokio::test]
async fn each_change_by_the_api_leaves_one_entry() {
    let world = ConsoleWorld::held().await;
    let mut changed = document();
    changed["name"] = json!("DevCon 2027");
    changed["invitations"] = json!({"enabled": true, "template": {
        "from": "noreply@devcon.example", "subject": "Welcome", "body_markdown": "Hello"}});
    let p20 = format!("{ACME}/suppressions/p20@example.org");
    let vips = format!("{ACME}/groups/VIPs/members/p20@example.org");
    let erased = format!("{ACME}/users/p21@example.org");
    let runs = "/api/v1/events/devcon/runs".to_owned();
    let invitations = "/api/v1/events/devcon/invitations".to_owned();
    let held = |what: &str| format!("/api/v1/runs/devcon.2/{what}");
    let sync = json!({"mode": "sync"});
    let invite = json!({"to": ["p22@example.org"]});
    let nothing = Value::Null;
    for (method, path, body, action) in [
        ("PUT", DEVCON.to_owned(), &changed, "configuration_saved"),
        ("POST", held("discard"), &nothing, "run_discarded"),
        ("POST", runs, &sync, "sync_started"),
        (
            "POST",
            "/api/v1/runs/devcon.3/approve".to_owned(),
            &nothing,
            "run_approved",
        ),
        ("POST", invitations, &invite, "invitations_asked"),
        ("PUT", vips.clone(), &nothing, "group_granted"),
        ("DELETE", vips, &nothing, "group_revoked"),
        ("PUT", p20.clone(), &nothing, "suppression_added"),
        ("DELETE", p20, &nothing, "suppression_lifted"),
        ("DELETE", erased, &nothing, "user_erased"),
    ] {
        let ask = match body {
            Value::Null => TestRequest::new(method, &path),
            body => TestRequest::new(method, &path).json(body),
        };
        let asking = world.send(ask.bearer("admin-of-acme"));
        let (answer, left) = left_by(&world, asking).await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {}",
            answer.body
        );
        let [entry] = left.as_slice() else {
            panic!("{method} {path}: {left:?}");
        };
        assert_eq!(entry["action"], action, "{entry}");
        assert_eq!(
            entry["by"],
            json!({"kind": "token", "name": "admin-of-acme"})
        );
        assert_eq!(entry["at"], "2026-11-01T12:00:00Z");
    }
    let log = log(&world).await;
    let saved = log
        .iter()
        .find(|entry| entry["action"] == "configuration_saved");
    assert_eq!(saved.unwrap()["parts"], json!(["invitations", "name"]));
}

#[tokio::test]
async fn what_changes_nothing_leaves_nothing() {
    let world = ConsoleWorld::held().await;
    let press = format!("{ACME}/groups/Press/members/p1@example.org");
    world.send(TestRequest::put(&press).bearer(TOKEN)).await;
    let preview = json!({"mode": "preview"});
    let nothing = Value::Null;
    for (method, path, body) in [
        ("PUT", press, &nothing),
        ("POST", "/api/v1/events/devcon/runs".to_owned(), &preview),
        ("POST", "/api/v1/events/devcon/doctor".to_owned(), &nothing),
        ("POST", format!("{DEVCON}/test"), &document()),
        ("PUT", DEVCON.to_owned(), &json!({"event": "devcon"})),
        (
            "DELETE",
            format!("{ACME}/groups/VIPs/members/p1@example.org"),
            &nothing,
        ),
        (
            "PUT",
            format!("{ACME}/groups/VIPs/members/nobody@example.org"),
            &nothing,
        ),
        ("POST", "/api/v1/runs/devcon.1/approve".to_owned(), &nothing),
        (
            "POST",
            "/api/v1/events/devcon/invitations".to_owned(),
            &json!({"to": "not_invited"}),
        ),
    ] {
        let ask = match body {
            Value::Null => TestRequest::new(method, &path),
            body => TestRequest::new(method, &path).json(body),
        };
        let (_, left) = left_by(&world, world.send(ask.bearer("admin-of-acme"))).await;
        assert_eq!(left, Vec::<Value>::new(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_secret_is_noted_by_its_name_alone() {
    let world = ConsoleWorld::empty().await;
    let mut given = document();
    given["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    let made = world.send(TestRequest::put(DEVCON).json(&given)).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let log = log(&world).await;
    let mut actions: Vec<&str> = log
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    actions.sort_unstable();
    assert_eq!(actions, ["configuration_created", "secret_set"]);
    let text = Value::from(log.clone()).to_string();
    assert!(
        text.contains("devcon-token") && !text.contains("s3cr3t-value"),
        "{text}"
    );
    assert!(
        log.iter()
            .all(|entry| entry["by"] == json!({"kind": "owner"})),
        "{text}"
    );
}

#[tokio::test]
async fn each_change_by_the_console_leaves_one_entry() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser_of("operator-of-acme").await;
    let acme = world
        .app
        .parts()
        .store
        .community(&"acme".parse().unwrap())
        .await;
    let key = acme.unwrap().unwrap().key;
    let id = PersonId::of(&key, &"p20@example.org".parse().unwrap()).to_string();
    let groups = format!("/events/devcon/people/{id}/groups");
    let discard = "/events/devcon/runs/2/discard";
    let suppressions = "/communities/acme/suppressions";
    let lifting = "/communities/acme/suppressions/lift";
    for (path, fields, action) in [
        (discard, vec![], "run_discarded"),
        ("/events/devcon/runs", vec![], "sync_started"),
        ("/events/devcon/runs/3/approve", vec![], "run_approved"),
        (groups.as_str(), vec![("group", "VIPs")], "group_granted"),
        (
            groups.as_str(),
            vec![("group", "VIPs"), ("take", "yes")],
            "group_revoked",
        ),
        (
            suppressions,
            vec![("email", "p20@example.org")],
            "suppression_added",
        ),
        (lifting, vec![("person", id.as_str())], "suppression_lifted"),
    ] {
        let (answer, left) = left_by(&world, browser.submit(path, &fields)).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.body
        );
        assert_eq!(left.len(), 1, "{path}: {left:?}");
        assert_eq!(left[0]["action"], action, "{path}");
        assert_eq!(left[0]["by"]["name"], "operator-of-acme");
    }
    let page = browser.page("/communities/acme/audit").await;
    for text in [
        "Discarded the changes of run devcon.2.",
        "Token &#34;operator-of-acme&#34;",
        "400 days",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(
        browser
            .page("/events/devcon")
            .await
            .contains("href=\"/communities/acme/audit\"")
    );
}

#[tokio::test]
async fn who_signs_in_and_out_is_in_the_logs_of_their_communities() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let mut others = document();
    others["community"] = json!("umbrella");
    others["event"] = json!("elsewhere");
    let path = "/api/v1/events/elsewhere/configuration";
    let made = world.send(TestRequest::put(path).json(&others)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);

    let (browser, left) = left_by(&world, world.browser_of("operator-of-acme")).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["action"], "signed_in");
    assert_eq!(left[0]["method"], "token");
    assert_eq!(left[0]["by"]["name"], "operator-of-acme");
    let (_, left) = left_by(&world, browser.submit("/sign-out", &[])).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["action"], "signed_out");
    // Nobody else's log tells of it.
    let umbrella = world.api("/communities/umbrella/audit").await.to_string();
    assert!(!umbrella.contains("signed"), "{umbrella}");

    let (owner, left) = left_by(&world, world.browser()).await;
    assert_eq!(left[0]["method"], "link", "{left:?}");
    let umbrella = world.api("/communities/umbrella/audit").await.to_string();
    assert!(umbrella.contains("signed_in"), "{umbrella}");
    let wrong = TestRequest::post("/sign-in").form(&[("token", "no token of ours")]);
    let (refused, left) = left_by(&world, world.send(wrong)).await;
    assert_eq!((refused.status, left), (StatusCode::UNAUTHORIZED, vec![]));
    let page = owner.page("/communities/acme/audit").await;
    for text in [
        "Signed in by a sign-in link.",
        "Signed in by an API token.",
        "Signed out.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn each_file_of_people_leaves_one_entry() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    let browser = world.browser_of("viewer-of-acme").await;
    let event = "/events/devcon";
    for (path, action) in [
        (
            format!("/api/v1{event}/attendees.csv"),
            "attendees_exported",
        ),
        (
            format!("/api/v1{event}/attendees.jsonl"),
            "attendees_exported",
        ),
        (
            "/api/v1/runs/devcon.1/changes.csv".to_owned(),
            "run_log_exported",
        ),
        (
            "/api/v1/runs/devcon.1/changes.jsonl".to_owned(),
            "run_log_exported",
        ),
        (
            "/api/v1/runs/devcon.1/issues.csv".to_owned(),
            "run_log_exported",
        ),
        (
            "/api/v1/runs/devcon.1/issues.jsonl".to_owned(),
            "run_log_exported",
        ),
        (
            "/api/v1/communities/acme/users.csv".to_owned(),
            "list_exported",
        ),
        (
            "/communities/acme/suppressions/file".to_owned(),
            "list_exported",
        ),
        ("/communities/acme/audit/file".to_owned(), "list_exported"),
        (format!("{event}/attendees/file"), "attendees_exported"),
        (format!("{event}/runs/1/changes/file"), "run_log_exported"),
        (format!("{event}/runs/1/issues/file"), "run_log_exported"),
    ] {
        let asking = async {
            if path.starts_with("/api/") {
                world
                    .send(TestRequest::get(&path).bearer("viewer-of-acme"))
                    .await
            } else {
                browser.open(&path).await
            }
        };
        let (answer, left) = left_by(&world, asking).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        let [entry] = left.as_slice() else {
            panic!("{path}: {left:?}");
        };
        assert_eq!(entry["action"], action, "{path}");
        assert_eq!(entry["by"]["name"], "viewer-of-acme", "{path}");
    }
    let page = browser.page("/communities/acme/audit").await;
    for text in [
        "Downloaded a file of 2 attendees of devcon.",
        "Downloaded the changes of run devcon.1 as a file.",
        "Downloaded the issues of run devcon.1 as a file.",
        "Downloaded the list of users as a file.",
        "Downloaded the suppression list as a file.",
        "Downloaded the audit log as a file.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn the_log_names_nobody_by_address() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    for (method, path) in [
        ("PUT", format!("{ACME}/groups/VIPs/members/p1@example.org")),
        ("PUT", format!("{ACME}/suppressions/p1@example.org")),
        ("DELETE", format!("{ACME}/users/p1@example.org")),
    ] {
        let answer = world
            .send(TestRequest::new(method, &path).bearer("admin-of-acme"))
            .await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
    }
    let one = json!({"mode": "sync", "email": "p2@example.org"});
    world
        .send(TestRequest::post("/api/v1/events/devcon/runs").json(&one))
        .await;
    world.settled().await;
    let text = Value::from(log(&world).await).to_string();
    assert!(
        text.contains("user_erased") && !text.contains("example.org"),
        "{text}"
    );
}

#[tokio::test]
async fn the_log_is_paged() {
    let world = ConsoleWorld::with(Vec::new()).await;
    for _ in 0..4 {
        world.sync().await;
    }
    let mut seen = Vec::new();
    let mut path = "/communities/acme/audit?limit=2".to_owned();
    loop {
        let page = world.api(&path).await;
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!(
            "/communities/acme/audit?limit=2&cursor={}",
            next.replace('#', "%23")
        );
    }
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn the_page_names_whoever_is_a_user_now_and_nobody_who_was_erased() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    world.sync().await;
    for email in ["p1@example.org", "p2@example.org"] {
        let path = format!("{ACME}/suppressions/{email}");
        world.send(TestRequest::put(&path).bearer(TOKEN)).await;
    }
    let page = async || {
        let browser = world.browser_of("viewer-of-acme").await;
        browser.page("/communities/acme/audit").await
    };
    let shown = page().await;
    for name in ["Ada Doe (p1@example.org)", "Bob Doe (p2@example.org)"] {
        let text = format!("Suppressed the address of {name}.");
        assert!(shown.contains(&text), "{text}: {shown}");
    }
    // What is stored names nobody.
    assert!(
        !json!(log(&world).await)
            .to_string()
            .contains("p1@example.org")
    );
    let erased = format!("{ACME}/users/p1@example.org");
    world
        .send(TestRequest::new("DELETE", &erased).bearer(TOKEN))
        .await;
    let (shown, ada) = (page().await, world.person("p1@example.org").await);
    assert!(!shown.contains("Ada") && !shown.contains("p1@"), "{shown}");
    assert!(shown.contains(&format!("Erased person {ada}.")), "{shown}");
    assert!(shown.contains("Bob Doe (p2@example.org)"), "{shown}");
}
