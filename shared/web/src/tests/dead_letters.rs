//! What queues between processes have set aside.

use attendee_sync_app::ports::{DeadLetter, DeadLetterQueue, QueueName};
use axum::http::StatusCode;
use serde_json::json;

use super::cloud::cloud;
use super::world::{ConsoleWorld, TOKEN, TestRequest};

const PAGE: &str = "/failed-jobs";
const EVIL: &str = "<script>alert(1)</script>";

fn set_aside(queue: QueueName, messages: u64) -> DeadLetterQueue {
    let message = |number: u64| DeadLetter {
        about: format!("run devcon.{number} {EVIL}"),
        sent: Some("2026-11-01T11:00:00Z".parse().unwrap()),
        tries: 5,
    };
    DeadLetterQueue {
        queue,
        messages,
        returning: false,
        some: (1..=messages.min(2)).map(message).collect(),
    }
}

#[tokio::test]
async fn where_nothing_is_set_aside_all_is_well() {
    let (world, queues) = cloud().await;
    let nothing = QueueName::ALL.map(|queue| set_aside(queue, 0));
    queues.set_aside(nothing.into());
    let browser = world.browser_of(TOKEN).await;
    let page = browser.page(PAGE).await;
    assert!(page.contains("No failed jobs"), "{page}");
    assert!(!page.contains("<h2"), "{page}");
    assert!(browser.page("/").await.contains("href=\"/failed-jobs\""));
}

#[tokio::test]
async fn a_button_has_what_a_queue_set_aside_tried_again() {
    let (world, queues) = cloud().await;
    queues.set_aside(vec![
        set_aside(QueueName::Runs, 1),
        set_aside(QueueName::Batches, 1_234),
        set_aside(QueueName::Invitations, 0),
    ]);
    let browser = world.browser_of(TOKEN).await;
    let page = browser.page(PAGE).await;
    for text in [
        "Retry this job",
        "Retry these 1,234 jobs",
        "And 1,232 more.",
        "Run devcon.1",
        "1 h ago",
        "nothing is done twice",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(
        !page.contains(EVIL) && !page.contains("No failed jobs"),
        "{page}"
    );
    assert_eq!(page.matches("<h2").count(), 2, "{page}");
    let answer = browser.submit("/failed-jobs/batches", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(queues.given_back(), [QueueName::Batches]);
    queues.change_set_aside(|all| all[1].returning = true);
    let page = browser.page(answer.header("location")).await;
    assert!(page.contains("Batches: the failed jobs are being retried"));
    assert!(!page.contains("Retry these 1,234 jobs"), "{page}");
    let log = world.api("/communities/acme/audit").await;
    let mut entries = log["items"].as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["action"] == "set_aside_returned");
    assert_eq!(entry.unwrap()["queue"], "batches");
    let none = browser.submit("/failed-jobs/others", &[]).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn programs_list_what_was_set_aside_and_have_it_tried_again() {
    let (world, queues) = cloud().await;
    queues.set_aside(vec![set_aside(QueueName::Runs, 3)]);
    let listed = world.api("/failed-jobs").await;
    assert_eq!(listed["items"][0]["queue"], "runs");
    assert_eq!(listed["items"][0]["messages"], 3);
    assert_eq!(listed["items"][0]["some"][0]["tries"], 5);
    let redrive = TestRequest::post("/api/v1/failed-jobs/runs/redrive").bearer(TOKEN);
    assert_eq!(world.send(redrive).await.status, StatusCode::ACCEPTED);
    assert_eq!(queues.given_back(), [QueueName::Runs]);
}

#[tokio::test]
async fn only_who_may_do_everything_everywhere_sees_it() {
    let (world, queues) = cloud().await;
    for token in ["viewer-of-all", "admin-of-acme"] {
        let browser = world.browser_of(token).await;
        assert_eq!(browser.open(PAGE).await.status, StatusCode::FORBIDDEN);
        assert!(!browser.page("/").await.contains("/failed-jobs"), "{token}");
        let redrive = TestRequest::post("/api/v1/failed-jobs/runs/redrive").bearer(token);
        world.send(redrive).await.problem(403);
    }
    assert_eq!(queues.given_back(), []);
}

#[tokio::test]
async fn where_one_process_does_all_there_is_no_such_page() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    assert!(!browser.page("/").await.contains("/failed-jobs"));
    for answer in [
        browser.open(PAGE).await,
        browser.submit("/failed-jobs/runs", &[]).await,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.body.contains("This installation has no queues"));
    }
    for ask in [
        TestRequest::get("/api/v1/failed-jobs"),
        TestRequest::post("/api/v1/failed-jobs/runs/redrive"),
    ] {
        world.send(ask.bearer(TOKEN)).await.problem(404);
    }
    let log = world.api("/communities/acme/audit").await;
    assert!(!log["items"].to_string().contains("set_aside"), "{log}");
    assert_ne!(log["items"], json!([]));
}
