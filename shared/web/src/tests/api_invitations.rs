//! Invitations as programs ask for them.

use attendee_sync_domain::invitation::{Handed, Invitation};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::post::inviting;
use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, document, person};

const INVITATIONS: &str = "/api/v1/events/devcon/invitations";

fn people(count: usize) -> Vec<Value> {
    (1..=count).map(|id| person(id, "Ada")).collect()
}

/// With people who were synced before invitations were switched on.
async fn uninvited(count: usize) -> ConsoleWorld {
    let world = ConsoleWorld::with(people(count)).await;
    world.sync().await;
    world.configure(&inviting(500)).await;
    world
}

async fn ask(world: &ConsoleWorld, body: Value) -> TestResponse {
    world.send(TestRequest::post(INVITATIONS).json(&body)).await
}

async fn states(world: &ConsoleWorld) -> Value {
    world.api("/events/devcon/invitations").await["states"].clone()
}

#[tokio::test]
async fn states_and_batches_are_counted() {
    let world = ConsoleWorld::inviting(500, people(3)).await;
    let view = world.api("/events/devcon/invitations").await;
    assert_eq!(view["enabled"], true);
    assert_eq!(
        (&view["states"]["queued"], &view["states"]["none"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(
        view["waves"],
        json!([{"id": {"run": 1}, "state": "released", "people": 3}])
    );
    assert_eq!(view["delivery_pause"], Value::Null);
    let queued = world
        .api("/events/devcon/attendees?invitation=queued")
        .await;
    assert_eq!(queued["items"][2]["invitation"]["state"], "queued");
    world
        .send(TestRequest::get("/api/v1/events/none/invitations").bearer(TOKEN))
        .await
        .problem(404);
}

#[tokio::test]
async fn who_has_no_invitation_is_invited_once() {
    let world = uninvited(3).await;
    let more = ask(&world, json!({"to": "not_invited", "at_most": 2})).await;
    let more = more.problem(409);
    assert!(
        more["detail"].as_str().unwrap().contains("3 people"),
        "{more}"
    );
    assert_eq!(states(&world).await["none"], 3);
    let first = ask(&world, json!({"to": "not_invited", "at_most": 3})).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    assert_eq!(
        first.json(),
        json!({"queued": 3, "already_invited": 0, "not_attending": 0, "suppressed": 0, "unknown": 0})
    );
    let second = ask(&world, json!({"to": "not_invited"})).await;
    assert_eq!(second.json()["queued"], 0);
    assert_eq!(states(&world).await["queued"], 3);
}

#[tokio::test]
async fn addresses_are_invited_by_name() {
    let world = uninvited(2).await;
    let to = json!(["P1@example.org", "p1@example.org", "nobody@example.org"]);
    let asked = ask(&world, json!({"to": to})).await.json();
    assert_eq!(
        (
            &asked["queued"],
            &asked["already_invited"],
            &asked["unknown"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    // Who waits already is not queued twice, also where they are asked for again.
    let again = ask(&world, json!({"to": ["p1@example.org"], "again": true})).await;
    assert_eq!(again.json()["already_invited"], 1);
    // Whose invitation went out is invited again only where that is said.
    let at = Timestamp::UNIX_EPOCH;
    let sending = Invitation::queued(None, at).claimed(at).unwrap();
    let sent = sending.handed(&Handed::Over("mail-1".to_owned()), at);
    world.set_invitation("p1@example.org", sent).await;
    let once = ask(&world, json!({"to": ["p1@example.org"]})).await;
    assert_eq!(once.json()["already_invited"], 1);
    let again = ask(&world, json!({"to": ["p1@example.org"], "again": true})).await;
    assert_eq!(again.json()["queued"], 1);
    let states = states(&world).await;
    assert_eq!((&states["queued"], &states["none"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn what_is_no_address_is_named_by_its_position_and_nobody_is_invited() {
    let world = uninvited(1).await;
    let to = json!(["p1@example.org", "nonsense", 7, ""]);
    let problem = ask(&world, json!({"to": to})).await.problem(422);
    let places: Vec<&Value> = problem["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| &place["path"])
        .collect();
    assert_eq!(places, ["to[1]", "to[2]", "to[3]"]);
    assert!(!problem.to_string().contains("nonsense"), "{problem}");
    assert_eq!(states(&world).await["queued"], 0);
}

#[tokio::test]
async fn a_request_that_is_not_clear_invites_nobody() {
    let world = uninvited(1).await;
    let many: Vec<String> = (0..=1_000).map(|id| format!("p{id}@example.org")).collect();
    for (body, path) in [
        (json!({"to": "not_invited", "again": true}), "again"),
        (json!({"to": ["p1@example.org"], "at_most": 1}), "at_most"),
        (json!({"to": "p1@example.org"}), "to"),
        (json!({"to": []}), "to"),
        (json!({"to": many}), "to"),
        (json!({"to": {}}), "to"),
    ] {
        let problem = ask(&world, body).await.problem(422);
        assert_eq!(problem["problems"][0]["path"], path);
    }
    ask(&world, json!({"to": "not_invited", "all": true}))
        .await
        .problem(422);
    ask(&world, json!({})).await.problem(422);
    assert_eq!(states(&world).await["queued"], 0);
}

#[tokio::test]
async fn nobody_is_invited_while_invitations_are_off() {
    let world = ConsoleWorld::with(people(1)).await;
    world.sync().await;
    let off = ask(&world, json!({"to": "not_invited"})).await.problem(409);
    assert!(
        off["detail"].as_str().unwrap().contains("switched off"),
        "{off}"
    );
}

#[tokio::test]
async fn whom_a_held_run_would_invite_is_listed_until_it_is_decided() {
    let world = ConsoleWorld::inviting(2, people(3)).await;
    let run = world.api("/runs/devcon.1").await;
    assert_eq!(
        (&run["state"], &run["held"]["invitations"]),
        (&json!("held"), &json!(3))
    );
    let first = world.api("/runs/devcon.1/invitations?limit=2").await;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/runs/devcon.1/invitations?limit=2&cursor={cursor}");
    let second = world.api(&path).await;
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert!(
        second["items"][0]["email"]
            .as_str()
            .unwrap()
            .ends_with("@example.org")
    );
    assert_eq!(second["next_cursor"], Value::Null);
    let get = |path: &str| TestRequest::get(&format!("/api/v1/runs/{path}")).bearer(TOKEN);
    world.send(get("devcon.9/invitations")).await.problem(404);
    world
        .send(get("devcon.1/invitations?cursor=x"))
        .await
        .problem(400);

    let approve = TestRequest::post("/api/v1/runs/devcon.1/approve").bearer(TOKEN);
    assert_eq!(world.send(approve).await.status, StatusCode::ACCEPTED);
    world.settled().await;
    let view = world.api("/events/devcon/invitations").await;
    assert_eq!(view["waves"][0]["state"], "released");
}

#[tokio::test]
async fn addresses_are_suppressed_and_lifted() {
    let world = uninvited(2).await;
    let path = "/api/v1/communities/acme/suppressions";
    let with = |method: &str, email: &str| {
        TestRequest::new(method, &format!("{path}/{email}")).bearer(TOKEN)
    };
    for _ in 0..2 {
        let put = world.send(with("PUT", "P1%40example.org")).await;
        assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.body);
    }
    let list = world.api("/communities/acme/suppressions").await;
    let item = &list["items"][0];
    assert_eq!(
        (&item["email"], &item["reason"]),
        (&json!("p1@example.org"), &json!("hand"))
    );
    assert_eq!(item["since"], "2026-11-01T12:00:00Z");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let asked = ask(&world, json!({"to": "not_invited"})).await.json();
    assert_eq!(
        (&asked["queued"], &asked["suppressed"]),
        (&json!(1), &json!(1))
    );

    for _ in 0..2 {
        let lifted = world.send(with("DELETE", "p1@example.org")).await;
        assert_eq!(lifted.status, StatusCode::NO_CONTENT, "{}", lifted.body);
    }
    assert_eq!(
        world.api("/communities/acme/suppressions").await["items"],
        json!([])
    );
    for method in ["PUT", "DELETE"] {
        let wrong = world.send(with(method, "nonsense")).await.problem(422);
        assert_eq!(wrong["problems"][0]["path"], "email");
        let nowhere = TestRequest::new(method, "/api/v1/communities/none/suppressions/a@b.example");
        world.send(nowhere.bearer(TOKEN)).await.problem(404);
    }
}

#[tokio::test]
async fn a_sample_is_shown_by_the_stored_document_or_by_one_that_is_not() {
    let world = ConsoleWorld::inviting(500, vec![person(1, "Grace")]).await;
    let preview = format!("{INVITATIONS}/preview");
    let example = world
        .send(TestRequest::post(&preview).json(&json!({})))
        .await;
    assert_eq!(example.status, StatusCode::OK, "{}", example.body);
    let example = example.json();
    assert_eq!(example["from"], "DevCon <noreply@devcon.example>");
    assert_eq!(example["reply_to"], "desk@devcon.example");
    let mut unsaved = inviting(500);
    unsaved["invitations"]["template"]["subject"] = json!("Unsaved, {{ first_name }}");
    let body = json!({"email": "P1@example.org", "configuration": unsaved});
    let theirs = world
        .send(TestRequest::post(&preview).json(&body))
        .await
        .json();
    assert_eq!(theirs["subject"], "Unsaved, Grace");
    assert_eq!(theirs["to"], "Grace Doe <p1@example.org>");
    for part in ["html", "text"] {
        assert!(
            theirs[part].as_str().unwrap().contains("Dear Grace"),
            "{theirs}"
        );
    }
    let stored = world.api("/events/devcon/configuration").await;
    assert_eq!(
        stored["invitations"]["template"]["subject"],
        "Welcome, {{ first_name }}"
    );

    let nobody = json!({"email": "nobody@example.org"});
    world
        .send(TestRequest::post(&preview).json(&nobody))
        .await
        .problem(404);
}

#[tokio::test]
async fn a_sample_by_a_document_that_cannot_be_accepted_is_refused() {
    let world = ConsoleWorld::with(people(1)).await;
    for path in ["preview", "test"] {
        let path = format!("{INVITATIONS}/{path}");
        let ask = |mut body: Value| {
            body["to"] = json!("desk@devcon.example");
            if path.ends_with("preview") {
                body.as_object_mut().unwrap().remove("to");
            }
            world.send(TestRequest::post(&path).json(&body))
        };
        let mut wrong = inviting(500);
        wrong["name"] = json!("");
        let refused = ask(json!({"configuration": wrong})).await.problem(422);
        assert_eq!(refused["problems"][0]["path"], "name");
        let mut other = inviting(500);
        other["event"] = json!("another");
        let refused = ask(json!({"configuration": other})).await.problem(422);
        assert_eq!(refused["problems"][0]["path"], "event");
        let refused = ask(json!({"email": "nonsense"})).await.problem(422);
        assert_eq!(refused["problems"][0]["path"], "email");
    }
    let nowhere = json!({"to": "nonsense"});
    let refused = world
        .send(TestRequest::post(&format!("{INVITATIONS}/test")).json(&nowhere))
        .await;
    assert_eq!(refused.problem(422)["problems"][0]["path"], "to");
}

#[tokio::test]
async fn an_event_without_a_template_has_no_sample() {
    let world = ConsoleWorld::with(people(1)).await;
    world.configure(&document()).await;
    let preview = TestRequest::post(&format!("{INVITATIONS}/preview")).json(&json!({}));
    let refused = world.send(preview).await.problem(422);
    assert_eq!(refused["problems"][0]["path"], "invitations.template");
}

#[tokio::test]
async fn a_test_goes_to_who_asks_and_counts_as_nobodys_invitation() {
    let world = ConsoleWorld::inviting(500, vec![person(1, "Grace")]).await;
    let test = format!("{INVITATIONS}/test");
    let body = json!({"to": "desk@devcon.example", "email": "p1@example.org"});
    let sent = world.send(TestRequest::post(&test).json(&body)).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    assert_eq!(sent.json(), json!({"sent_to": "desk@devcon.example"}));
    {
        let mails = world.post.taken();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to.to_string(), "desk@devcon.example");
        assert_eq!(mails[0].letter.subject, "[Test] Welcome, Grace");
        assert_eq!((&mails[0].about, &mails[0].unsubscribe), (&None, &None));
    }
    assert_eq!(states(&world).await["queued"], 1);
    world.post.is_away(Some("the mail service does not answer"));
    let away = world
        .send(TestRequest::post(&test).json(&body))
        .await
        .problem(502);
    assert!(
        away["detail"].as_str().unwrap().contains("does not answer"),
        "{away}"
    );
}
