//! Who may do what where: every route with every role.

mod expected;

use std::collections::BTreeSet;

use attendee_sync_domain::authority::{Permission, Role};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, HOLDERS, TOKEN, TestRequest, TestResponse, document, person};
use crate::permits::{Need, OpenTo};
use crate::routes::{RouteEntry, entries};
use expected::ExpectedRole;

/// What the gate says of what somebody may not see.
const UNSEEN: [&str; 3] = ["here is no event", "here is no community", "here is no run"];

pub(super) fn filled(path: &str, community: &str, event: &str) -> String {
    let values = [
        ("community", community),
        ("event", event),
        ("run", &format!("{event}.1")),
        ("number", "1"),
        ("group", "Speakers"),
        ("email", "nobody@example.org"),
        ("person", &"0".repeat(32)),
        ("name", "x.eml"),
        ("handle", "x"),
        ("queue", "runs"),
        ("preset", "tito"),
        ("token", "x"),
        ("field", "company"),
        ("import", "x"),
        ("key", "x"),
    ];
    let fill =
        |path: String, (gap, value): (&str, &str)| path.replace(&format!("{{{gap}}}"), value);
    values.into_iter().fold(path.to_owned(), fill)
}

/// Asks as whoever holds this token: by the API, or by a form or page of a fresh session.
async fn ask(world: &ConsoleWorld, token: &str, method: &str, path: &str) -> TestResponse {
    if path.starts_with("/api/") || path == "/metrics" {
        let ask = TestRequest::new(method, path).bearer(token);
        return match (method, path.ends_with("/configuration")) {
            // The event stays for the routes to come.
            ("DELETE", true) => world.send(ask.with("if-match", "\"0\"")).await,
            _ => world.send(ask).await,
        };
    }
    let browser = world.browser_of(token).await;
    match method {
        "GET" => browser.open(path).await,
        _ => browser.submit(path, &[]).await,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PermitOutcome {
    Passed,
    TooLittle,
    Unseen,
}

fn outcome(answer: &TestResponse) -> PermitOutcome {
    let says = |text: &str| answer.body.contains(text);
    match answer.status.as_u16() {
        401 => panic!("{}", answer.body),
        403 if says("our role does not allow this") => PermitOutcome::TooLittle,
        404 if UNSEEN.iter().any(|text| says(text)) => PermitOutcome::Unseen,
        _ => PermitOutcome::Passed,
    }
}

async fn with_a_run() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    world
}

/// The registry as it is written a second time.
#[test]
fn every_route_asks_for_the_role_that_is_promised() {
    let registered: BTreeSet<String> = entries().iter().map(as_expected).collect();
    let promised: BTreeSet<String> = expected::routes()
        .map(|(method, path, role)| format!("{method} {path}: {role:?}"))
        .collect();
    assert_eq!(registered, promised);
    assert_eq!(registered.len(), entries().len(), "a route is there twice");
}

fn as_expected(entry: &RouteEntry) -> String {
    let role = match entry.need {
        Need::Open(_) => ExpectedRole::Open,
        Need::Anybody => ExpectedRole::Anybody,
        Need::Somewhere(permission) => ExpectedRole::Somewhere(permission.least()),
        Need::Everywhere(permission) => ExpectedRole::Everywhere(permission.least()),
        Need::There(Permission::Assist) => ExpectedRole::ThereToAssist,
        Need::There(Permission::Report) => ExpectedRole::ThereToReport,
        Need::There(permission) => ExpectedRole::There(permission.least()),
        Need::ThereOrNew(permission) => ExpectedRole::ThereOrNew(permission.least()),
    };
    format!("{} {}: {role:?}", entry.method, entry.path)
}

/// What the router answers, past the gate, against the registry.
#[tokio::test]
async fn the_registry_has_every_route_of_the_router_and_no_other() {
    let world = ConsoleWorld::empty().await;
    let mut routed = BTreeSet::new();
    for path in world.routes() {
        // What the router itself adds for all other paths.
        if path.starts_with("/{*") {
            continue;
        }
        let answer = world
            .ungated(TestRequest::new("TRACE", &filled(&path, "acme", "devcon")))
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let methods = answer.header("allow").split(',').map(str::trim);
        for method in methods.filter(|method| *method != "HEAD") {
            routed.insert(format!("{method} {path}"));
        }
    }
    let registered: BTreeSet<String> = entries()
        .iter()
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    assert_eq!(registered, routed);
}

/// The gate decides by the path alone whether somebody has to say who they are.
#[test]
fn a_path_is_open_to_the_same_by_every_method() {
    for entry in entries() {
        for other in entries().iter().filter(|other| other.path == entry.path) {
            let open = |need: Need| match need {
                Need::Open(to) => Some(to),
                _ => None,
            };
            assert_eq!(open(entry.need), open(other.need), "{}", entry.path);
        }
    }
    let forms = entries()
        .iter()
        .filter(|entry| entry.need == Need::Open(OpenTo::MailLink));
    assert!(
        forms
            .into_iter()
            .all(|entry| entry.path == "/unsubscribe/{token}")
    );
}

#[tokio::test]
async fn a_method_that_is_not_registered_is_not_taken() {
    let world = ConsoleWorld::empty().await;
    let answer = world
        .send(TestRequest::new("DELETE", "/api/v1/communities").bearer(TOKEN))
        .await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn every_route_is_open_to_its_roles_alone() {
    let world = with_a_run().await;
    for (method, path, promised) in expected::routes() {
        if promised == ExpectedRole::Open {
            continue;
        }
        for (token, role, community) in HOLDERS {
            let asked = filled(path, "acme", "devcon");
            let answer = ask(&world, token, method, &asked).await;
            let is_ours = community != Some("globex");
            let expected = match promised {
                ExpectedRole::There(_)
                | ExpectedRole::ThereOrNew(_)
                | ExpectedRole::ThereToAssist
                | ExpectedRole::ThereToReport
                    if !is_ours =>
                {
                    PermitOutcome::Unseen
                }
                ExpectedRole::ThereToAssist => match role {
                    Role::App | Role::Viewer => PermitOutcome::TooLittle,
                    Role::Helpdesk | Role::Operator | Role::Admin => PermitOutcome::Passed,
                },
                ExpectedRole::ThereToReport => match role {
                    Role::Helpdesk | Role::Viewer => PermitOutcome::TooLittle,
                    Role::App | Role::Operator | Role::Admin => PermitOutcome::Passed,
                },
                ExpectedRole::Everywhere(_) if community.is_some() => PermitOutcome::TooLittle,
                ExpectedRole::Open | ExpectedRole::Anybody => PermitOutcome::Passed,
                ExpectedRole::Somewhere(least)
                | ExpectedRole::Everywhere(least)
                | ExpectedRole::There(least)
                | ExpectedRole::ThereOrNew(least) => {
                    if role >= least {
                        PermitOutcome::Passed
                    } else {
                        PermitOutcome::TooLittle
                    }
                }
            };
            let strange =
                !path.starts_with("/sign-out") && answer.header("location").starts_with("/sign-in");
            assert!(!strange, "{token}: {method} {asked} leads to the sign-in");
            assert_eq!(
                outcome(&answer),
                expected,
                "{token}: {method} {asked}: {} {}",
                answer.status,
                answer.body
            );
            world.settled().await;
        }
    }
}

#[tokio::test]
async fn what_somebody_may_not_see_is_as_what_is_not_there() {
    let world = with_a_run().await;
    for (method, path, promised) in expected::routes() {
        if !matches!(promised, ExpectedRole::There(_)) {
            continue;
        }
        let mut answers = Vec::new();
        for (community, event) in [("acme", "devcon"), ("nowhere", "nothing")] {
            let asked = filled(path, community, event);
            let answer = ask(&world, "admin-of-globex", method, &asked).await;
            let body = answer.body.replace(community, "C").replace(event, "E");
            answers.push((answer.status, body));
        }
        assert_eq!(answers.first(), answers.last(), "{method} {path}");
        assert_eq!(
            answers.first().unwrap().0,
            StatusCode::NOT_FOUND,
            "{method} {path}"
        );
    }
}

fn of_globex() -> Value {
    let mut other = document();
    other["community"] = json!("globex");
    other["event"] = json!("gala");
    other["name"] = json!("The Gala");
    other
}

const GALA: &str = "/api/v1/events/gala/configuration";

fn put(path: &str, token: &str, document: &Value) -> TestRequest {
    TestRequest::put(path).json(document).bearer(token)
}

#[tokio::test]
async fn lists_have_what_the_caller_may_see() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let made = world.send(put(GALA, TOKEN, &of_globex())).await;
    assert_eq!(made.status, StatusCode::CREATED);
    for (token, acme, globex) in [
        ("viewer-of-acme", true, false),
        ("admin-of-globex", false, true),
        ("viewer-of-all", true, true),
        (TOKEN, true, true),
    ] {
        let listed = ask(&world, token, "GET", "/api/v1/communities").await;
        assert_eq!(listed.body.contains("acme"), acme, "{token}");
        assert_eq!(listed.body.contains("globex"), globex, "{token}");
        let page = ask(&world, token, "GET", "/").await.body;
        assert_eq!(page.contains("DevCon 2026"), acme, "{token}");
        assert_eq!(page.contains("The Gala"), globex, "{token}");
    }
}

#[tokio::test]
async fn an_event_is_made_where_its_author_is_an_admin() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let globex = of_globex();
    for token in ["viewer-of-acme", "operator-of-acme", "app-of-acme"] {
        world.send(put(GALA, token, &globex)).await.problem(404);
    }
    let refused = world.send(put(GALA, "admin-of-acme", &globex)).await;
    refused.problem(403);
    // Whether there is such a community is not to be learned from it.
    let mut nowhere = globex.clone();
    nowhere["community"] = json!("nowhere");
    let same = world.send(put(GALA, "admin-of-acme", &nowhere)).await;
    same.problem(403);
    assert_eq!(refused.body.replace("globex", "nowhere"), same.body);

    let made = world.send(put(GALA, "admin-of-globex", &globex)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    // It is theirs now, and an event of another is as good as absent.
    world
        .send(put(GALA, "admin-of-acme", &globex))
        .await
        .problem(404);
    let devcon = "/api/v1/events/devcon/configuration";
    world
        .send(put(devcon, "admin-of-globex", &document()))
        .await
        .problem(404);
}

#[tokio::test]
async fn a_secret_of_another_community_cannot_be_named() {
    let world = ConsoleWorld::empty().await;
    let mut ours = document();
    ours["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    let devcon = "/api/v1/events/devcon/configuration";
    let made = world.send(put(devcon, TOKEN, &ours)).await;
    assert_eq!(made.status, StatusCode::CREATED);

    let mut theirs = of_globex();
    theirs["source"]["url"] = json!("https://globex.example/collect");
    theirs["source"]["authentication"] =
        json!({"type": "bearer", "token": {"secret": "devcon-token"}});
    for path in [GALA.to_owned(), format!("{GALA}/test")] {
        let ask = if path == GALA {
            TestRequest::put(&path)
        } else {
            TestRequest::post(&path)
        };
        let answer = world
            .send(ask.json(&theirs).bearer("admin-of-globex"))
            .await;
        let problem = answer.problem(422);
        assert_eq!(
            problem["problems"][0]["path"],
            "source.authentication.token"
        );
    }
    let browser = world.browser_of("admin-of-globex").await;
    for path in ["/new-event", "/new-event/test"] {
        let text = theirs.to_string();
        let answer = browser.submit(path, &[("document", &text)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.body.contains("give the credential itself"), "{path}");
    }
    assert_eq!(world.credential_asked_with(), None);
    // Their own, given and then named.
    theirs["source"]["authentication"]["token"] = json!("theirs");
    let made = world.send(put(GALA, "admin-of-globex", &theirs)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = &made.json()["document"];
    let saved = world.send(put(GALA, "admin-of-globex", again)).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
}

#[tokio::test]
async fn an_operator_sends_a_stored_secret_nowhere_else() {
    let world = ConsoleWorld::empty().await;
    let mut stored = document();
    stored["source"]["authentication"] = json!({"type": "bearer", "token": "s3cr3t-value"});
    let devcon = "/api/v1/events/devcon/configuration";
    let made = world.send(put(devcon, TOKEN, &stored)).await;
    let mut document = made.json()["document"].clone();
    let test = |document: &Value, token: &str| {
        let path = format!("{devcon}/test");
        TestRequest::post(&path).json(document).bearer(token)
    };
    document["mapping"]["company"] = json!("organisation");
    let tried = world.send(test(&document, "operator-of-acme")).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    document["source"]["url"] = json!("https://elsewhere.example/collect");
    world
        .send(test(&document, "operator-of-acme"))
        .await
        .problem(403);
    let tried = world.send(test(&document, "admin-of-acme")).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
}

#[tokio::test]
async fn the_help_desk_acts_on_single_people_alone() {
    let world = with_a_run().await;
    let send = async |ask: TestRequest| world.send(ask.bearer("helpdesk-of-acme")).await;
    let runs = "/api/v1/events/devcon/runs";
    let run = |wanted: Value| TestRequest::post(runs).json(&wanted);
    send(run(json!({"mode": "sync"}))).await.problem(403);
    let preview = json!({"mode": "preview", "email": "p1@example.org"});
    send(run(preview)).await.problem(403);
    let one = json!({"mode": "sync", "email": "p1@example.org"});
    let begun = send(run(one)).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.body);
    world.settled().await;
    let invite = |to: Value| TestRequest::post("/api/v1/events/devcon/invitations").json(&to);
    for to in [
        json!({"to": "not_invited"}),
        json!({"to": ["p1@example.org", "p2@example.org"]}),
    ] {
        send(invite(to)).await.problem(403);
    }
    // It may; but invitations are off.
    send(invite(json!({"to": ["p1@example.org"]})))
        .await
        .problem(409);
}

#[tokio::test]
async fn buttons_are_there_for_who_may_press_them() {
    let world = with_a_run().await;
    for (path, operator, admin) in [
        ("/", "Sync attendees now", "Add an event"),
        ("/events/devcon", "Sync attendees now", ""),
        (
            "/events/devcon/invitations",
            "Send a test",
            "Save the invitation",
        ),
        ("/communities/acme/suppressions", "Suppress address", ""),
    ] {
        for (token, operates, administers) in [
            ("viewer-of-acme", false, false),
            ("operator-of-acme", true, false),
            ("admin-of-acme", true, true),
        ] {
            let page = world.browser_of(token).await.page(path).await;
            assert_eq!(page.contains(operator), operates, "{token} {path}");
            let has = !admin.is_empty() && page.contains(admin);
            assert_eq!(has, administers && !admin.is_empty(), "{token} {path}");
        }
    }
}
