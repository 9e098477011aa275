//! Invitations that are held since a backup was restored.

use attendee_sync_app::ports::RestoredBackup;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest, document, person};

const RELEASE: &str = "/api/v1/communities/acme/invitations/release";
const PAGE: &str = "/events/devcon/invitations";

/// An event with two queued invitations, in a table that was restored.
async fn restored() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bo")]).await;
    let mut inviting = document();
    inviting["invitations"] = json!({"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }});
    world.app.configure(&inviting).await.unwrap();
    world.sync().await;
    let restore = RestoredBackup {
        restored: world.app.now(),
        backup_made: "2026-01-02T03:04:05Z".parse().unwrap(),
    };
    world.app.settle_restore(&restore, &[]).await.unwrap();
    world
}

async fn add_token(world: &ConsoleWorld, name: &str, role: &str) -> String {
    let body = json!({"name": name, "role": role, "communities": ["acme"]});
    let ask = TestRequest::post("/api/v1/tokens").bearer(super::world::TOKEN);
    let made = world.send(ask.json(&body)).await;
    made.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_admin_is_told_why_nothing_goes_out_and_releases_it() {
    let world = restored().await;
    let browser = world.browser().await;
    let page = browser.page(PAGE).await;
    assert!(
        page.contains("All invitations of acme are paused."),
        "{page}"
    );
    assert!(page.contains("2 Jan 2026"), "{page}");
    assert!(page.contains("Release all invitations of acme"), "{page}");
    let view = world.api("/events/devcon/invitations").await;
    let hold = &view["held_since_restore"];
    assert_eq!(hold["backup_made"], "2026-01-02T03:04:05Z", "{view}");

    let release = format!("{PAGE}/release");
    let released = browser.submit(&release, &[]).await;
    assert_eq!(released.header("location"), format!("{PAGE}?released=1"));
    let page = browser.page(&format!("{PAGE}?released=1")).await;
    assert!(page.contains("The invitations are being sent"), "{page}");
    assert!(!page.contains("are paused"), "{page}");
    let audit = world.api("/communities/acme/audit").await.to_string();
    for action in ["invitations_released", "backup_restored"] {
        assert_eq!(audit.matches(action).count(), 1, "{audit}");
    }
}

#[tokio::test]
async fn a_program_releases_them_once_with_the_role_of_an_admin() {
    let world = restored().await;
    let operator = add_token(&world, "operator", "operator").await;
    let refused = world
        .send(TestRequest::post(RELEASE).bearer(&operator))
        .await;
    refused.problem(403);
    let page = world.browser_of(&operator).await.page(PAGE).await;
    assert!(page.contains("An admin of the community can release them"));
    assert!(!page.contains("Release all"), "{page}");
    let admin = add_token(&world, "admin", "admin").await;
    for _ in 0..2 {
        let released = world.send(TestRequest::post(RELEASE).bearer(&admin)).await;
        assert_eq!(released.status, 204, "{}", released.body);
    }
    let view = world.api("/events/devcon/invitations").await;
    assert_eq!(view["held_since_restore"], Value::Null);
    let audit = world.api("/communities/acme/audit").await.to_string();
    assert_eq!(audit.matches("invitations_released").count(), 1, "{audit}");
}
