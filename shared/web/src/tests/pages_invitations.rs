//! What people see of where invitations stand, and how they ask for them.

use attendee_sync_domain::invitation::{Feedback, Handed, Invitation};
use attendee_sync_domain::run::RunState;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::post::inviting;
use super::world::{ConsoleWorld, TestRequest, person};

const PAGE: &str = "/events/devcon/invitations";
const INVITE: &str = "/events/devcon/invitations/invite";
const RUN: &str = "/events/devcon/runs/1";

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

fn bounced(reason: &str) -> Invitation {
    let at = Timestamp::UNIX_EPOCH;
    let sending = Invitation::queued(None, at).claimed(at).unwrap();
    let sent = sending.handed(&Handed::Over("mail-1".to_owned()), at);
    sent.told(1, &Feedback::Bounced(reason.to_owned()), at)
        .unwrap()
}

#[tokio::test]
async fn the_page_counts_invitations_and_leads_to_the_people() {
    let world = ConsoleWorld::inviting(500, people(3)).await;
    world
        .set_invitation("p1@example.org", bounced("no such user"))
        .await;
    let browser = world.browser().await;
    let page = browser.page(PAGE).await;
    for text in [
        "aria-current=\"page\">Invitations</a>",
        "New attendees are invited automatically, once.",
        "<dt>Queued</dt><dd><a href=\"/events/devcon?status=all&amp;invitation=queued\">2</a>",
        "<dt>Bounced</dt><dd><a href=\"/events/devcon?status=all&amp;invitation=bounced\">1</a>",
        "<dt>Not invited</dt><dd><a href=\"/events/devcon?status=attending&amp;invitation=none\">0</a>",
        "Invitations of run 1 are being sent",
        "href=\"/communities/acme/suppressions\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("not yet invited</button>"), "{page}");
}

#[tokio::test]
async fn attendees_are_found_by_where_their_invitation_stands() {
    let world = ConsoleWorld::inviting(500, people(3)).await;
    let evil = "<script>alert(1)</script>";
    world.set_invitation("p1@example.org", bounced(evil)).await;
    let browser = world.browser().await;
    let all = browser.page("/events/devcon").await;
    for text in [
        "<span class=\"state queued\">Queued</span>",
        "<span class=\"state bounced\">Bounced</span>",
        "<div class=\"faint\">&#60;script&#62;alert(1)&#60;/script&#62;.</div>",
        "<option value=\"in_doubt\">Unknown</option>",
    ] {
        assert!(all.contains(text), "{text}: {all}");
    }
    let bounced = browser
        .page("/events/devcon?status=all&invitation=bounced")
        .await;
    assert!(
        bounced.contains("p1@example.org") && !bounced.contains("p2@example.org"),
        "{bounced}"
    );
    assert!(
        bounced.contains("<option value=\"bounced\" selected>"),
        "{bounced}"
    );
    assert!(
        bounced.contains("?status=all&#38;invitation=bounced&#38;sort=-name"),
        "{bounced}"
    );
    let none = browser.page("/events/devcon?invitation=none").await;
    assert!(none.contains("No attendees match."), "{none}");
    let wrong = browser.open("/events/devcon?invitation=nonsense").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn everybody_not_yet_invited_is_invited_in_two_steps() {
    let world = uninvited(3).await;
    let browser = world.browser().await;
    let page = browser.page(PAGE).await;
    assert!(
        page.contains("Invite the 3 not yet invited</button>"),
        "{page}"
    );
    let confirm = browser.page(INVITE).await;
    for text in [
        "Invite 3 people?",
        "This cannot be undone.",
        "DevCon &#60;noreply@devcon.example&#62;",
        "name=\"at_most\" value=\"3\"",
        "Invite 3 people</button>",
    ] {
        assert!(confirm.contains(text), "{text}: {confirm}");
    }
    let asked = browser.submit(INVITE, &[("at_most", "3")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    assert_eq!(
        asked.header("location"),
        format!("{PAGE}?queued=3&suppressed=0")
    );
    let page = browser.page(asked.header("location")).await;
    assert!(page.contains("3 invitations were queued"), "{page}");
    assert!(
        page.contains("Invitations that were requested are being sent"),
        "{page}"
    );
    let done = browser.page(INVITE).await;
    assert!(done.contains("Nobody left to invite"), "{done}");
}

#[tokio::test]
async fn more_people_than_were_shown_are_not_invited_unasked() {
    let world = uninvited(3).await;
    let browser = world.browser().await;
    let more = browser.submit(INVITE, &[("at_most", "2")]).await;
    assert_eq!(more.status, StatusCode::CONFLICT);
    for text in [
        "more people to invite than a moment ago",
        "name=\"at_most\" value=\"3\"",
    ] {
        assert!(more.body.contains(text), "{text}: {}", more.body);
    }
    let unclear = browser.submit(INVITE, &[]).await;
    assert_eq!(unclear.status, StatusCode::BAD_REQUEST);
    let states = world.api("/events/devcon/invitations").await["states"].clone();
    assert_eq!(states["none"], 3);
}

#[tokio::test]
async fn inviting_is_taken_only_from_a_page_of_the_session() {
    let world = uninvited(1).await;
    let browser = world.browser().await;
    for path in [
        INVITE.to_owned(),
        PAGE.to_owned(),
        format!("{PAGE}/preview"),
        format!("{PAGE}/test"),
    ] {
        let forged = TestRequest::post(&path)
            .form(&[("csrf", "guessed"), ("at_most", "1")])
            .cookie(&browser.cookie);
        assert_eq!(
            world.send(forged).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    // Opening the page invites nobody.
    browser.page(INVITE).await;
    let states = world.api("/events/devcon/invitations").await["states"].clone();
    assert_eq!(states["queued"], 0);
}

#[tokio::test]
async fn nothing_is_offered_while_invitations_are_off() {
    let world = ConsoleWorld::with(people(2)).await;
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.page(PAGE).await;
    assert!(
        page.contains("Nobody is invited. Queued invitations are kept."),
        "{page}"
    );
    assert!(!page.contains("not yet invited</button>"), "{page}");
    let confirm = browser.page(INVITE).await;
    assert!(confirm.contains("Invitations are off"), "{confirm}");
    let asked = browser.submit(INVITE, &[("at_most", "2")]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn that_no_mail_goes_out_is_a_warning_with_its_reason() {
    let world = ConsoleWorld::inviting(500, people(1)).await;
    let mut off = inviting(500);
    off["invitations"]["enabled"] = json!(false);
    world.configure(&off).await;
    world
        .app
        .dispatch_invitations(&"devcon".parse().unwrap())
        .await
        .unwrap();
    let page = world.browser().await.page(PAGE).await;
    for text in [
        "No mail has been sent since 1 Nov 2026, 13:00:00 CET:",
        "Invitations are off; queued invitations are kept.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn a_run_held_for_its_invitations_says_whom_it_would_invite() {
    let world = ConsoleWorld::inviting(2, people(3)).await;
    let browser = world.browser().await;
    let page = browser.page(RUN).await;
    for text in [
        "Run 1 waits for your decision</h2>",
        "3 people would be invited. More than 2 invitations per sync need your approval.",
        "Each of 3 people gets one mail. This cannot be undone.",
        "Send these 3 invitations</button>",
        "Discard these 3 invitations</button>",
        "<h2 id=\"invited\">3 people would be invited</h2>",
        "<li>p2@example.org</li>",
        "<dt>Invitations queued</dt><dd>3</dd>",
        "3 invitations queued",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Discarding changes nothing"), "{page}");
    let attendees = browser.page("/events/devcon").await;
    assert!(
        attendees.contains("Run 1 waits for your decision."),
        "{attendees}"
    );
    assert!(
        attendees.contains("3 invitations wait for your decision."),
        "{attendees}"
    );
    let page = browser.page(PAGE).await;
    assert!(page.contains("Run 1 would invite 3 people"), "{page}");
    assert_eq!(page.matches("waits for your decision").count(), 1, "{page}");

    // Also after a newer run, which knows nothing of them.
    world.sync().await;
    assert!(
        browser
            .page("/events/devcon/runs")
            .await
            .contains("Run 1 waits for your decision.")
    );
    for _ in 0..2 {
        let answer = browser.submit(&format!("{RUN}/approve"), &[]).await;
        assert_eq!(answer.header("location"), RUN, "{}", answer.body);
    }
    world.settled().await;
    let page = browser.page(RUN).await;
    assert!(page.contains("3 invitations approved."), "{page}");
    assert!(!page.contains("Send these"), "{page}");
    assert!(!browser.page(PAGE).await.contains("waits for your decision"));
}

#[tokio::test]
async fn a_run_that_failed_with_invitations_held_can_be_decided() {
    let world = ConsoleWorld::inviting(2, people(3)).await;
    let id = "devcon.1".parse().unwrap();
    let mut run = world.app.run(&id).await.unwrap();
    let words = run.hold.as_ref().unwrap().in_words();
    run.state = RunState::Failed;
    run.reason = Some(format!("the feed was cut off; {words}"));
    world.app.parts().store.put_run(&run).await.unwrap();
    let browser = world.browser().await;
    let page = browser.page(RUN).await;
    for text in [
        "Changes made before the run ended were applied.",
        "Discard these 3 invitations</button>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let answer = browser.submit(&format!("{RUN}/discard"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = browser.page(RUN).await;
    for text in [
        "<span class=\"state failed\">Failed</span>",
        "The feed was cut off. 3 invitations discarded. Nobody was invited.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("for approval"), "{page}");
}

#[tokio::test]
async fn a_preview_says_whom_a_sync_would_invite() {
    let world = ConsoleWorld::with(people(3)).await;
    world.configure(&inviting(500)).await;
    let browser = world.browser().await;
    let few = browser.submit("/events/devcon/preview", &[]).await;
    assert!(
        few.body.contains("3 people would be invited."),
        "{}",
        few.body
    );
    assert!(!few.body.contains("wait for your decision"), "{}", few.body);
    world.configure(&inviting(2)).await;
    let many = browser.submit("/events/devcon/preview", &[]).await;
    for text in [
        "A sync now would wait for your decision.",
        "The invitations of 3 people would wait for your approval. All other changes would be applied.",
    ] {
        assert!(many.body.contains(text), "{text}: {}", many.body);
    }
}
