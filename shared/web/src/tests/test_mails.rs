//! Test mails: to whom they go, by which text, how many, and what is written down of them.

use std::sync::Arc;

use attendee_sync_app::{App, Error, TestMail, TestRefused};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::post::inviting;
use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, person};

const TEST: &str = "/api/v1/events/devcon/invitations/test";
const PAGE: &str = "/events/devcon/invitations/test";
const DESK: &str = "desk@devcon.example";

/// With Grace and Ada attending, and Bob taken out.
async fn world() -> ConsoleWorld {
    let mut bob = person(3, "Bob");
    let people = vec![person(1, "Grace"), person(2, "Ada"), bob.clone()];
    let world = ConsoleWorld::inviting(500, people.clone()).await;
    bob["canceled"] = json!(true);
    world.registered(vec![people[0].clone(), people[1].clone(), bob]);
    world.sync().await;
    world
}

async fn test(world: &ConsoleWorld, token: &str, body: &Value) -> TestResponse {
    world
        .send(TestRequest::post(TEST).json(body).bearer(token))
        .await
}

fn sent(world: &ConsoleWorld) -> usize {
    world.post.taken().len()
}

/// An invitation that nobody saved.
fn bank() -> Value {
    let mut unsaved = inviting(500);
    unsaved["invitations"]["template"] = json!({
        "from": "The Boss <boss@bank.example>", "reply_to": "boss@bank.example",
        "subject": "Your account", "body_markdown": "Send the money."
    });
    unsaved["invitations"]["test_recipients"] = json!(["stranger@bank.example"]);
    unsaved
}

#[tokio::test]
async fn below_admin_a_test_says_what_is_saved() {
    let world = world().await;
    let body = json!({"to": DESK, "configuration": bank()});
    let refused = test(&world, "operator-of-acme", &body).await.problem(403);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("needs the role admin"), "{detail}");
    assert_eq!(sent(&world), 0);
    let saved = test(&world, "operator-of-acme", &json!({"to": DESK})).await;
    assert_eq!(saved.status, StatusCode::ACCEPTED, "{}", saved.body);

    let browser = world.browser_of("operator-of-acme").await;
    let typed = [
        ("from", "The Boss <boss@bank.example>"),
        ("reply_to", "boss@bank.example"),
        ("subject", "Your account"),
        ("body_markdown", "Send the money."),
        ("limit_per_run", "50"),
        ("test_recipients", "stranger@bank.example"),
        ("test_to", DESK),
    ];
    let page = browser.submit(PAGE, &typed).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let done = "A test of the saved invitation was sent to desk@devcon.example.";
    assert!(page.body.contains(done), "{}", page.body);
    {
        let mails = world.post.taken();
        assert_eq!(mails.len(), 2);
        for mail in &mails {
            assert_eq!(
                mail.letter.from.to_string(),
                "DevCon <noreply@devcon.example>"
            );
            assert_eq!(mail.letter.subject, "[Test] Welcome, Ada");
            let reply_to = mail.letter.reply_to.as_ref().unwrap();
            assert_eq!(reply_to.to_string(), DESK);
        }
    }
    let admin = test(&world, "admin-of-acme", &body).await;
    assert_eq!(admin.status, StatusCode::ACCEPTED, "{}", admin.body);
    let mails = world.post.taken();
    assert_eq!(mails[2].letter.subject, "[Test] Your account");
}

#[tokio::test]
async fn a_test_goes_to_attendees_and_saved_test_recipients_and_to_nobody_else() {
    let world = world().await;
    for token in ["operator-of-acme", "admin-of-acme", TOKEN] {
        // Neither a stranger nor who was taken out.
        for to in ["stranger@bank.example", "p3@example.org"] {
            let refused = test(&world, token, &json!({"to": to})).await.problem(422);
            assert_eq!(refused["problems"][0]["path"], "to", "{token} {to}");
            let reason = refused["problems"][0]["reason"].as_str().unwrap();
            assert!(reason.contains("test recipients"), "{reason}");
        }
        for to in [DESK, "P1@example.org"] {
            let taken = test(&world, token, &json!({"to": to})).await;
            assert_eq!(
                taken.status,
                StatusCode::ACCEPTED,
                "{token} {to}: {}",
                taken.body
            );
        }
    }
    // A recipient counts once it is saved.
    let unsaved = json!({"to": "stranger@bank.example", "configuration": bank()});
    test(&world, "admin-of-acme", &unsaved).await.problem(422);
    let browser = world.browser_of("operator-of-acme").await;
    let answer = browser
        .submit(PAGE, &[("test_to", "stranger@bank.example")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = answer.between("id=\"test_to-help\"", "</p>");
    assert!(!said.contains("An attendee or a saved"), "{said}");
    assert_eq!(sent(&world), 6);
    assert!(
        !log(&world)
            .await
            .iter()
            .any(|entry| entry["person"].is_null())
    );
}

#[tokio::test]
async fn whom_an_identity_provider_knows_gets_a_test_at_their_own_address() {
    let world = world().await;
    let own: EmailAddress = "carol@acme.example".parse().unwrap();
    let carol = Actor::Person("u-17".to_owned());
    let event = "devcon".parse().unwrap();
    let test = |own_address| TestMail {
        event: &event,
        unsaved: None,
        shown_as: None,
        to: &own,
        own_address,
    };
    let send = |own_address| {
        let (app, carol) = (&world.app, &carol);
        let wanted = test(own_address);
        async move { app.as_of(carol).send_test(wanted).await }
    };
    let refused = send(None).await.unwrap_err();
    assert!(matches!(refused, Error::TestMail(TestRefused::Recipient)));
    let other = "dave@acme.example".parse().unwrap();
    let refused = send(Some(&other)).await.unwrap_err();
    assert!(matches!(refused, Error::TestMail(TestRefused::Recipient)));
    send(Some(&own)).await.unwrap();
    assert_eq!(sent(&world), 1);
}

#[tokio::test]
async fn an_attendee_who_gets_a_test_sees_nothing_of_another() {
    let world = world().await;
    let other = json!({"to": "p1@example.org", "email": "p2@example.org"});
    let refused = test(&world, "operator-of-acme", &other).await.problem(422);
    assert_eq!(refused["problems"][0]["path"], "email");
    for body in [
        json!({"to": "p1@example.org", "email": "P1@example.org"}),
        json!({"to": "p1@example.org"}),
        json!({"to": DESK, "email": "p2@example.org"}),
    ] {
        let taken = test(&world, "operator-of-acme", &body).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{body}: {}", taken.body);
    }
}

#[tokio::test]
async fn who_is_on_the_suppression_list_gets_no_test() {
    let world = world().await;
    for address in [DESK, "p1@example.org"] {
        let path = format!("/api/v1/communities/acme/suppressions/{address}");
        world.send(TestRequest::put(&path).bearer(TOKEN)).await;
        for token in ["operator-of-acme", TOKEN] {
            let refused = test(&world, token, &json!({"to": address}))
                .await
                .problem(422);
            assert_eq!(refused["problems"][0]["path"], "to");
            let reason = refused["problems"][0]["reason"].as_str().unwrap();
            assert!(reason.contains("suppression list"), "{reason}");
        }
    }
    let browser = world.browser_of("operator-of-acme").await;
    let answer = browser.submit(PAGE, &[("test_to", DESK)]).await;
    let said = answer.between("id=\"test_to-help\"", "</p>");
    assert!(said.contains("The organiser put this address"), "{said}");
    assert_eq!(sent(&world), 0);
}

/// What the audit log has of tests.
async fn log(world: &ConsoleWorld) -> Vec<Value> {
    let log = world.api("/communities/acme/audit?limit=500").await;
    let log = log["items"].as_array().unwrap().iter();
    log.filter(|entry| entry["action"] == "test_mail_asked")
        .cloned()
        .collect()
}

#[tokio::test]
async fn each_test_is_in_the_audit_log_also_where_nobody_knows_whether_it_went() {
    let world = world().await;
    let unsaved = json!({"to": "p1@example.org", "configuration": inviting(500)});
    test(&world, "admin-of-acme", &unsaved).await;
    world.post.is_away(Some("the mail service does not answer"));
    test(&world, "operator-of-acme", &json!({"to": DESK}))
        .await
        .problem(502);
    let entries = log(&world).await;
    let of = |name: &str| {
        let by = json!({"kind": "token", "name": name});
        let mut found = entries.iter().filter(|entry| entry["by"] == by);
        (found.next().unwrap().clone(), found.count())
    };
    let (admins, more) = of("admin-of-acme");
    assert_eq!(
        (&admins["event"], &admins["saved"], more),
        (&json!("devcon"), &json!(false), 0)
    );
    assert_eq!(
        admins["person"],
        world.person("p1@example.org").await.to_string()
    );
    let (operators, more) = of("operator-of-acme");
    assert_eq!((&operators["saved"], more), (&json!(true), 0));
    let text = Value::from(entries).to_string();
    assert!(
        !text.contains("example.org") && !text.contains(DESK),
        "{text}"
    );
    let page = world.browser().await.page("/communities/acme/audit").await;
    assert!(
        page.contains("Requested a test of an unsaved invitation of devcon"),
        "{page}"
    );
}

/// Asks for a test that goes to the desk.
async fn ask(app: &App, who: &Actor) -> Result<(), Error> {
    let (event, to) = ("devcon".parse().unwrap(), DESK.parse().unwrap());
    let wanted = TestMail {
        event: &event,
        unsaved: None,
        shown_as: None,
        to: &to,
        own_address: None,
    };
    app.as_of(who).send_test(wanted).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_person_sends_ten_tests_an_hour_in_all_processes_together() {
    let world = world().await;
    let other = world.another(None);
    // All at once, in two processes.
    let asked: Vec<_> = (0..40)
        .map(|number| {
            let app = Arc::clone([&world.app, &other.app][number % 2]);
            let who = Actor::Token("operator-of-acme".to_owned());
            tokio::spawn(async move { ask(&app, &who).await.is_ok() })
        })
        .collect();
    let mut taken = 0;
    for one in asked {
        taken += usize::from(one.await.unwrap());
    }
    assert_eq!((taken, sent(&world) + sent(&other)), (10, 10));
    assert_eq!(log(&world).await.len(), 10);

    let body = json!({"to": DESK});
    let refused = test(&world, "operator-of-acme", &body).await;
    let problem = refused.problem(429);
    assert_eq!(refused.header("retry-after"), "3600");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("10 test mails") && detail.contains("60 minutes"),
        "{detail}"
    );
    let browser = world.browser_of("operator-of-acme").await;
    let page = browser.submit(PAGE, &[("test_to", DESK)]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        page.body
            .contains("You have sent 10 test mails within an hour"),
        "{}",
        page.body
    );
    // Another person may.
    let admin = test(&world, "admin-of-acme", &body).await;
    assert_eq!(admin.status, StatusCode::ACCEPTED);
    world.clock.later(SignedDuration::from_mins(59));
    let refused = test(&world, "operator-of-acme", &body).await;
    refused.problem(429);
    assert_eq!(refused.header("retry-after"), "60");
    world.clock.later(SignedDuration::from_mins(1));
    let again = test(&world, "operator-of-acme", &body).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.body);
}

#[tokio::test]
async fn the_people_of_a_community_send_a_hundred_tests_a_day() {
    let world = world().await;
    let send = |who: usize| {
        let app = &world.app;
        async move { ask(app, &Actor::Person(format!("u-{who}"))).await }
    };
    for number in 0..95 {
        send(number % 10).await.unwrap();
    }
    let asked = (100..120).map(send);
    let last = futures_util::future::join_all(asked).await;
    assert_eq!(last.iter().filter(|one| one.is_ok()).count(), 5);
    assert_eq!(sent(&world), 100);
    let refused = send(200).await.unwrap_err();
    let expected = TestRefused::CommunityLimit {
        retry_after_seconds: 24 * 3600,
    };
    assert!(matches!(&refused, Error::TestMail(refused) if *refused == expected));
    let answer = test(&world, TOKEN, &json!({"to": DESK})).await;
    answer.problem(429);
    assert_eq!(answer.header("retry-after"), "86400");
    // Who was refused by it did not use up what is theirs.
    world.clock.later(SignedDuration::from_hours(24));
    for _ in 0..10 {
        let taken = test(&world, TOKEN, &json!({"to": DESK})).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
    }
}

#[tokio::test]
async fn a_test_that_no_mail_server_took_counts_as_none() {
    let world = world().await;
    let body = json!({"to": DESK});
    world.post.is_away(Some("the mail service does not answer"));
    for _ in 0..12 {
        test(&world, "operator-of-acme", &body).await.problem(502);
    }
    world.post.is_away(None);
    for _ in 0..10 {
        let taken = test(&world, "operator-of-acme", &body).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
    }
    test(&world, "operator-of-acme", &body).await.problem(429);
}
