//! Who may do what where: every route with every role.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, HOLDERS, TOKEN, TestRequest, TestResponse, document, person};
use crate::permits::{Need, TABLE};

/// What is open to all, and proves by itself who asks.
const OPEN: [&str; 8] = [
    "/health",
    "/openapi.json",
    "/api/v1/health",
    "/api/v1/openapi.json",
    "/api/v1/schema/event.json",
    "/sign-in",
    "/assets/",
    "/unsubscribe/",
];

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
    ];
    let fill =
        |path: String, (gap, value): (&str, &str)| path.replace(&format!("{{{gap}}}"), value);
    values.into_iter().fold(path.to_owned(), fill)
}

/// Asks as whoever holds this token: by the API, or by a form or page of a fresh session.
async fn ask(world: &ConsoleWorld, token: &str, method: &str, path: &str) -> TestResponse {
    if path.starts_with("/api/") {
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

#[tokio::test]
async fn the_table_names_every_route_and_no_other() {
    let world = ConsoleWorld::empty().await;
    let mut routed = BTreeSet::new();
    for path in world.routes() {
        // What the router itself adds for all other paths.
        if path.starts_with("/{*") {
            continue;
        }
        if OPEN
            .iter()
            .any(|open| path == *open || open.ends_with('/') && path.starts_with(open))
        {
            continue;
        }
        // The routes as they are, without the gate.
        let answer = world
            .ungated(TestRequest::new("TRACE", &filled(&path, "acme", "devcon")))
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let methods = answer.header("allow").split(',').map(str::trim);
        for method in methods.filter(|method| *method != "HEAD") {
            routed.insert(format!("{method} {path}"));
        }
    }
    let named: BTreeSet<String> = TABLE
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(named, routed);
    assert_eq!(named.len(), TABLE.len(), "a route is named twice");
}

#[tokio::test]
async fn what_the_table_does_not_name_is_not_taken() {
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
    for (method, path, need) in TABLE {
        for (token, role, community) in HOLDERS {
            let asked = filled(path, "acme", "devcon");
            let answer = ask(&world, token, method, &asked).await;
            let is_ours = community != Some("globex");
            let expected = match need {
                Need::Anybody => PermitOutcome::Passed,
                Need::Somewhere(permission) if role.may(*permission) => PermitOutcome::Passed,
                Need::Everywhere(permission) if community.is_none() && role.may(*permission) => {
                    PermitOutcome::Passed
                }
                Need::Somewhere(_) | Need::Everywhere(_) => PermitOutcome::TooLittle,
                Need::There(_) | Need::ThereOrNew(_) if !is_ours => PermitOutcome::Unseen,
                Need::There(permission) | Need::ThereOrNew(permission) => {
                    if role.may(*permission) {
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

/// The least role for each route of the API that is about a community, as it is promised.
#[test]
fn the_table_is_as_promised() {
    let mut by_role: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (method, path, need) in TABLE {
        let (Need::There(permission) | Need::ThereOrNew(permission)) = need else {
            continue;
        };
        if let Some(path) = path.strip_prefix("/api/v1") {
            let role = permission.least().name();
            by_role
                .entry(role)
                .or_default()
                .insert(format!("{method} {path}"));
        }
    }
    let of = |role: &str| by_role.get(role).cloned().unwrap_or_default();
    let set = |routes: &[&str]| {
        routes
            .iter()
            .map(|route| (*route).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        of("app"),
        set(&[
            "GET /communities/{community}/groups",
            "GET /communities/{community}/groups/{group}",
            "GET /communities/{community}/groups/{group}/members",
            "GET /events/{event}/access/{email}",
        ])
    );
    assert_eq!(
        of("helpdesk"),
        set(&[
            "DELETE /events/{event}/attendees/{email}/bar",
            "GET /communities/{community}/events",
            "GET /events/{event}/attendees/{email}",
            "GET /events/{event}/attendees/{email}/explanation",
            "GET /events/{event}/attendees/{email}/source",
            "POST /events/{event}/invitations",
            "POST /events/{event}/runs",
            "PUT /events/{event}/attendees/{email}/bar",
        ])
    );
    assert_eq!(
        of("operator"),
        set(&[
            "DELETE /communities/{community}/groups/{group}/members/{email}",
            "DELETE /communities/{community}/suppressions/{email}",
            "POST /events/{event}/configuration/test",
            "POST /events/{event}/doctor",
            "POST /events/{event}/invitations/preview",
            "POST /events/{event}/invitations/test",
            "POST /runs/{run}/approve",
            "POST /runs/{run}/discard",
            "POST /runs/{run}/stop",
            "PUT /communities/{community}/groups/{group}/members/{email}",
            "PUT /communities/{community}/suppressions/{email}",
        ])
    );
    assert_eq!(
        of("admin"),
        set(&[
            "DELETE /communities/{community}/users/{email}",
            "DELETE /events/{event}/configuration",
            "POST /communities/{community}/invitations/release",
            "PUT /events/{event}/configuration",
        ])
    );
    // All else of it only reads.
    assert!(of("viewer").iter().all(|route| route.starts_with("GET ")));
}

#[tokio::test]
async fn what_somebody_may_not_see_is_as_what_is_not_there() {
    let world = with_a_run().await;
    for (method, path, need) in TABLE {
        if !matches!(need, Need::There(_)) {
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
