//! Senders: an event's mail comes from what its community has, when it is saved and when it is sent.

use attendee_sync_domain::mail::Senders;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::post::inviting;
use super::world::{ConsoleWorld, TOKEN, TestRequest, person};

const DEVCON: &str = "/api/v1/events/devcon/configuration";
const FROM: &str = "invitations.template.from";

fn senders(list: &str) -> Senders {
    Senders::only([]).with(list.parse().unwrap())
}

fn bank() -> Value {
    let mut document = inviting(500);
    document["invitations"]["template"]["from"] = json!("The Boss <boss@bank.example>");
    document
}

#[tokio::test]
async fn a_sender_of_nobody_here_is_refused_when_it_is_saved() {
    let world = ConsoleWorld::with(vec![person(1, "Grace")]).await;
    world.sync().await;
    let world = world.sending_as(senders("acme=devcon.example;globex=bank.example"));
    let before = world.api("/events/devcon/configuration").await;
    for token in ["admin-of-acme", TOKEN] {
        // With all else that is wrong.
        let mut wrong = bank();
        wrong["name"] = json!("");
        let put = TestRequest::put(DEVCON).json(&wrong).bearer(token);
        let refused = world.send(put).await.problem(422);
        assert_eq!(refused["problems"][0]["path"], "name");
        assert_eq!(refused["problems"][1]["path"], FROM);
        let reason = refused["problems"][1]["reason"].as_str().unwrap();
        assert!(reason.contains("(devcon.example)"), "{reason}");
    }
    for what in ["test", "preview"] {
        let mut body = json!({"configuration": bank()});
        if what == "test" {
            body["to"] = json!("p1@example.org");
        }
        let path = format!("/api/v1/events/devcon/invitations/{what}");
        let refused = world
            .send(TestRequest::post(&path).json(&body))
            .await
            .problem(422);
        assert_eq!(refused["problems"][0]["path"], FROM, "{what}");
    }
    let browser = world.browser_of("admin-of-acme").await;
    let fields = [
        ("version", "1"),
        ("from", "boss@bank.example"),
        ("limit_per_run", "5"),
        ("subject", "Welcome"),
        ("body_markdown", "Hello"),
        ("test_to", "p1@example.org"),
    ];
    for page in ["", "/preview", "/test"] {
        let path = format!("/events/devcon/invitations{page}");
        let refused = browser.submit(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let said = refused.between("id=\"from-help\"", "</p>");
        assert!(
            said.contains("Not one of the senders of this community"),
            "{said}"
        );
    }
    assert_eq!(world.api("/events/devcon/configuration").await, before);
    assert!(world.post.taken().is_empty());
    world.configure(&inviting(500)).await;
}

#[tokio::test]
async fn an_older_document_with_another_sender_sends_nothing_and_loses_nothing() {
    let people = vec![person(1, "Grace"), person(2, "Ada")];
    let before = ConsoleWorld::with(people).await;
    before.configure(&bank()).await;
    before.sync().await;
    let event = "devcon".parse().unwrap();
    let world = before.sending_as(senders("acme=devcon.example"));
    let test = json!({"to": "p1@example.org"});
    let path = "/api/v1/events/devcon/invitations/test";
    for token in ["operator-of-acme", "admin-of-acme"] {
        let ask = TestRequest::post(path).json(&test).bearer(token);
        let refused = world.send(ask).await.problem(422);
        assert_eq!(refused["problems"][0]["path"], FROM);
    }
    // Also a process that sends none says why.
    let page = world
        .browser()
        .await
        .page("/events/devcon/invitations")
        .await;
    assert!(page.contains("The sender of the invitation"), "{page}");
    for _ in 0..2 {
        let posted = world.app.dispatch_invitations(&event).await.unwrap();
        let reason = posted.trouble.unwrap().reason;
        assert!(
            reason.contains(FROM) && reason.contains("devcon.example"),
            "{reason}"
        );
        assert_eq!(posted.sent, 0);
    }
    let view = world.api("/events/devcon/invitations").await;
    assert_eq!(view["states"]["queued"], 2);
    assert!(
        view["delivery_pause"]["reason"]
            .as_str()
            .unwrap()
            .contains("queued invitations are kept")
    );
    assert!(world.post.taken().is_empty());

    let listed = world.sending_as(senders("acme=devcon.example,boss@bank.example"));
    let posted = listed.app.dispatch_invitations(&event).await.unwrap();
    assert_eq!((posted.sent, posted.trouble), (2, None));
    assert_eq!(listed.post.taken().len(), 2);
}
