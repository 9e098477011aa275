//! Several processes over one table, each of which may end after any answer.

use attendee_sync_app::ports::RunCommand;
use attendee_sync_app::{Author, Error, SyncScope};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::queues::{Delivery, QueueStage};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

/// A process of the cloud with the event `devcon`, and its queues.
pub(super) async fn cloud() -> (ConsoleWorld, QueueStage) {
    let queues = QueueStage::new(Delivery::Calm);
    let world = ConsoleWorld::in_cloud(&queues, None).await;
    (world.configured(vec![person(1, "Ada")]).await, queues)
}

#[tokio::test]
async fn another_process_knows_the_session_until_it_is_ended_in_one() {
    let (one, queues) = cloud().await;
    let other = one.another(Some(&queues));
    let browser = one.browser_of(TOKEN).await;
    let there = other.signed_in(browser.cookie.clone()).await;
    assert_eq!(there.csrf, browser.csrf);
    assert!(there.page("/").await.contains("DevCon 2026"));
    let out = there.submit("/sign-out", &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER, "{}", out.body);
    assert_eq!(browser.open("/").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_sign_in_link_works_once_wherever_it_is_followed() {
    let (one, queues) = cloud().await;
    let other = one.another(Some(&queues));
    let link = one.access.sign_in_path().await.unwrap();
    let followed = other.send(TestRequest::get(&link)).await;
    assert_eq!(followed.status, StatusCode::SEE_OTHER);
    for world in [&one, &other] {
        let again = world.send(TestRequest::get(&link)).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn what_was_typed_here_waits_there_for_the_same_session_alone() {
    let (one, queues) = cloud().await;
    let other = one.another(Some(&queues));
    let worker = one.another(None);
    worker.registered(vec![person(1, "Ada"), person(2, "Bob")]);
    worker.sync().await;
    let browser = one.browser_of(TOKEN).await;
    let found = browser.submit("/events/devcon", &[("search", "Ada")]).await;
    let list = found.header("location").to_owned();
    assert!(!list.contains("Ada"), "{list}");
    let there = other.signed_in(browser.cookie.clone()).await;
    let page = there.page(&list).await;
    assert!(
        page.contains("Ada Doe") && !page.contains("Bob Doe"),
        "{page}"
    );
    // The handle alone tells nobody what was looked for.
    let page = other.browser_of(TOKEN).await.page(&list).await;
    assert!(!page.contains("value=\"Ada\""), "{page}");
    // An hour later nobody knows.
    other.clock.later(SignedDuration::from_hours(1));
    let page = there.page(&list).await;
    assert!(!page.contains("value=\"Ada\""), "{page}");
}

#[tokio::test]
async fn a_credential_typed_here_is_stored_there_and_waits_no_longer() {
    let (one, queues) = cloud().await;
    let other = one.another(Some(&queues));
    let browser = one.browser_of(TOKEN).await;
    let path = "/events/devcon/configuration";
    let mut form = browser.form(path).await;
    form.insert("source.authentication.type".to_owned(), "bearer".to_owned());
    form = browser
        .send_form(&format!("{path}/rows"), &form)
        .await
        .fields();
    let field = "source.authentication.bearer.token.credential".to_owned();
    form.insert(field.clone(), "s3cr3t".to_owned());
    let tried = browser.send_form(&format!("{path}/test"), &form).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert!(!tried.body.contains("s3cr3t"));
    let mut form = tried.fields();
    assert_eq!(form["kept"].len(), 64);
    form.insert(field, String::new());
    // Another session has the handle, and nothing by it.
    let stranger = other.browser_of(TOKEN).await;
    let mut theirs = form.clone();
    theirs.insert("csrf".to_owned(), stranger.csrf.clone());
    let tried = stranger.send_form(&format!("{path}/test"), &theirs).await;
    assert_eq!(other.credential_asked_with(), None, "{}", tried.body);
    let there = other.signed_in(browser.cookie.clone()).await;
    let saved = there.send_form(path, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(other.stored("devcon-token").as_deref(), Some("s3cr3t"));
    let kept = form["kept"].clone();
    let session = one
        .access
        .session(browser.cookie.split_once('=').unwrap().1);
    let session = session.await.unwrap().unwrap();
    assert!(one.pad().look(&session, &kept).await.unwrap().is_none());
}

#[tokio::test]
async fn a_sync_is_ordered_and_another_click_leads_to_the_run_under_way() {
    let (world, queues) = cloud().await;
    let browser = world.browser_of(TOKEN).await;
    for _ in 0..2 {
        let begun = browser.submit("/events/devcon/runs", &[]).await;
        assert_eq!(begun.header("location"), "/events/devcon", "{}", begun.body);
    }
    let run = "devcon.1".parse().unwrap();
    let scope = SyncScope::Everyone;
    assert_eq!(queues.orders(), [RunCommand::Sync { run, scope }]);
    assert_eq!(world.readings(), 0);
    assert_eq!(world.api("/runs/devcon.1").await["state"], "queued");
    let other = world.another(Some(&queues));
    let there = other.signed_in(browser.cookie.clone()).await;
    let progress = there.open("/events/devcon/progress").await.json();
    assert_eq!(progress["run"], "devcon.1");
    let page = there.page("/events/devcon/runs/1").await;
    assert!(page.contains("data-progress"), "{page}");
    assert!(page.contains("Sync starting"), "{page}");
    // What the process at work stores of it is shown.
    let mut run = world.app.run(&"devcon.1".parse().unwrap()).await.unwrap();
    run.state = RunState::Reading;
    run.counts.records_read = 1_234;
    world.app.parts().store.put_run(&run).await.unwrap();
    let progress = there.open("/events/devcon/progress").await.json();
    assert_eq!(progress["figures"]["records"], "1,234");
    let wanted = json!({"mode": "sync"});
    let again = TestRequest::post("/api/v1/events/devcon/runs").json(&wanted);
    assert_eq!(other.send(again).await.problem(409)["run"], "devcon.1");
}

#[tokio::test]
async fn a_sync_that_cannot_be_ordered_has_failed_and_is_not_in_the_way() {
    let (world, queues) = cloud().await;
    queues.is_away(true);
    let wanted = json!({"mode": "sync"});
    let sync = || TestRequest::post("/api/v1/events/devcon/runs").json(&wanted);
    world.send(sync()).await.problem(503);
    assert_eq!(world.api("/runs/devcon.1").await["state"], "failed");
    queues.is_away(false);
    assert_eq!(world.send(sync()).await.status, StatusCode::ACCEPTED);
    assert_eq!(world.api("/runs/devcon.2").await["state"], "queued");
}

#[tokio::test]
async fn an_approval_is_ordered_and_a_discarding_done_before_the_answer() {
    let worker = ConsoleWorld::held().await;
    let queues = QueueStage::new(Delivery::Calm);
    let world = worker.another(Some(&queues));
    let approve = TestRequest::post("/api/v1/runs/devcon.2/approve").bearer(TOKEN);
    assert_eq!(world.send(approve).await.status, StatusCode::ACCEPTED);
    let run = "devcon.2".parse().unwrap();
    assert_eq!(queues.orders(), [RunCommand::Approval { run }]);

    let worker = ConsoleWorld::held().await;
    let world = worker.another(Some(&queues));
    let discard = TestRequest::post("/api/v1/runs/devcon.2/discard").bearer(TOKEN);
    let answer = world.send(discard).await;
    assert_eq!(answer.json()["state"], "succeeded", "{}", answer.body);
    let held = world.api("/runs/devcon.2/held").await;
    assert_eq!(held["items"], json!([]));
}

#[tokio::test]
async fn what_an_event_left_is_cleared_before_the_answer() {
    let worker = ConsoleWorld::with((1..=250).map(|id| person(id, "Ada")).collect()).await;
    worker.sync().await;
    let queues = QueueStage::new(Delivery::Calm);
    let world = worker.another(Some(&queues));
    let delete = TestRequest::new("DELETE", "/api/v1/events/devcon/configuration").bearer(TOKEN);
    assert_eq!(world.send(delete).await.status, StatusCode::ACCEPTED);
    let acme = "acme".parse().unwrap();
    assert_eq!(world.app.parts().store.closing(&acme).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_left_of_an_event_is_cleared_by_a_run_and_by_who_makes_it_anew() {
    let (world, queues) = cloud().await;
    let devcon = "devcon".parse().unwrap();
    let acme = "acme".parse().unwrap();
    world.app.close_event(&devcon, 1).await.unwrap();
    assert_eq!(
        world.app.parts().store.closing(&acme).await.unwrap().len(),
        1
    );
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&document());
    let made = world.send(put).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);

    world.app.close_event(&devcon, 1).await.unwrap();
    let mut gala = document();
    gala["event"] = json!("gala");
    let put = TestRequest::put("/api/v1/events/gala/configuration").json(&gala);
    assert_eq!(world.send(put).await.status, StatusCode::CREATED);
    assert_eq!(
        world.app.parts().store.closing(&acme).await.unwrap().len(),
        1
    );
    let worker = world.another(Some(&queues));
    let gala = "gala".parse().unwrap();
    let sync = worker.app.sync(&gala, SyncScope::Everyone);
    acting_as(Function::Fetch, sync).await.unwrap();
    assert_eq!(world.app.parts().store.closing(&acme).await.unwrap(), []);
}

#[tokio::test]
async fn lists_know_what_other_processes_wrote() {
    let (world, queues) = cloud().await;
    let worker = world.another(None);
    let list = "/events/devcon/attendees?search=doe";
    worker.registered(vec![person(1, "Ada")]);
    worker.sync().await;
    let found = |page: serde_json::Value| page["items"].as_array().unwrap().len();
    assert_eq!(found(world.api(list).await), 1);
    worker.registered(vec![person(1, "Ada"), person(2, "Bob")]);
    worker.sync().await;
    let moment = SignedDuration::from_millis(1);
    world.clock.later(moment);
    assert_eq!(found(world.api(list).await), 2);
    // What is changed by hand leaves no mark; it is known a few minutes later.
    let other = world.another(Some(&queues));
    let path = "/api/v1/events/devcon/attendees/p2@example.org/block";
    let blocked = other.send(TestRequest::put(path).bearer(TOKEN)).await;
    assert!(blocked.status.is_success(), "{}", blocked.body);
    let listed = format!("{list}&status=removed");
    assert_eq!(found(world.api(&listed).await), 0);
    world.clock.later(SignedDuration::from_mins(3) + moment);
    assert_eq!(found(world.api(&listed).await), 1);
}

#[tokio::test]
async fn one_process_alone_reads_its_lists_once() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let list = "/events/devcon/attendees?search=doe";
    world.api(list).await;
    // Nobody writes beside it, and so it would not know.
    let other = world.another(None);
    other.registered(vec![person(1, "Ada"), person(2, "Bob")]);
    other.sync().await;
    world.clock.later(SignedDuration::from_hours(1));
    let page = world.api(list).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_configuration_is_stored_over_the_version_that_was_looked_at() {
    let (world, _) = cloud().await;
    let document = document();
    let over = |version| {
        world
            .app
            .configure_version(&document, version, Author::Owner, &Actor::Owner)
    };
    assert!(matches!(over(None).await, Err(Error::Changed)));
    over(Some(1)).await.unwrap();
    assert!(matches!(over(Some(1)).await, Err(Error::Changed)));
    over(Some(2)).await.unwrap();
}
