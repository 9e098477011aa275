//! Sessions that ended: where a sign-in leads, what was typed meanwhile, and ending all of them.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, document, person};

const DOCUMENT: &str = "/events/devcon/configuration/document";

/// The value of a cookie that an answer sets, with its name.
fn cookie(answer: &TestResponse, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let mut named = all.filter_map(|value| value.to_str().ok()?.split(';').next());
    let found = named.find(|cookie| cookie.starts_with(&format!("{name}=")));
    found.unwrap_or_default().to_owned()
}

/// Signs in with what the browser has from before.
async fn sign_in(world: &ConsoleWorld, token: &str, next: &str, form: &str) -> TestResponse {
    let fields = [("token", token), ("next", next)];
    world
        .send(TestRequest::post("/sign-in").form(&fields).cookie(form))
        .await
}

#[tokio::test]
async fn a_sign_in_leads_to_the_page_that_was_asked_for_and_to_no_other_host() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let asked = "/events/devcon?status=removed";
    let refused = world.send(TestRequest::get(asked)).await;
    let place = refused.header("location");
    assert_eq!(place, "/sign-in?next=%2Fevents%2Fdevcon%3Fstatus%3Dremoved");
    let page = world.send(TestRequest::get(place)).await.body;
    assert!(page.contains("Sign in to continue"), "{page}");
    assert!(
        page.contains("name=\"next\" value=\"/events/devcon?status=removed\""),
        "{page}"
    );
    let entered = sign_in(&world, TOKEN, asked, "").await;
    assert_eq!(entered.header("location"), asked);
    for elsewhere in [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "",
    ] {
        let entered = sign_in(&world, TOKEN, elsewhere, "").await;
        assert_eq!(entered.header("location"), "/", "{elsewhere}");
    }
}

#[tokio::test]
async fn what_was_typed_into_a_form_survives_an_expired_session() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let before = world.browser().await;
    world.clock.later(SignedDuration::from_hours(13));
    let mut typed = document();
    typed["name"] = json!("Typed for an hour");
    typed["source"]["authentication"] = json!({"type": "bearer", "token": "typed-s3cret"});
    let typed = typed.to_string();
    let sent = before
        .submit(DOCUMENT, &[("document", &typed), ("version", "1")])
        .await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    let kept = cookie(&sent, "attendee_sync_form");
    assert!(kept.len() > 60, "{kept}");
    let page = world
        .send(TestRequest::get("/sign-in").cookie(&kept))
        .await
        .body;
    assert!(
        page.contains("What you typed is kept for an hour"),
        "{page}"
    );

    let entered = sign_in(&world, TOKEN, "", &kept).await;
    assert_eq!(entered.header("location"), "/resume");
    let session = cookie(&entered, "attendee_sync_session");
    let both = format!("{session}; {kept}");
    let page = world
        .send(TestRequest::get("/resume").cookie(&both))
        .await
        .body;
    assert!(
        page.contains("Send what I typed") && page.contains("DevCon 2026"),
        "{page}"
    );
    // A typed key is in no page.
    assert!(
        !page.contains("typed-s3cret") && !page.contains("Typed for"),
        "{page}"
    );
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();

    // Without the session's own mark nothing is sent, and elsewhere neither.
    let resume = |path: &str, csrf: &str| {
        let fields = [("csrf", csrf), ("kept_form", "yes")];
        TestRequest::post(path).form(&fields).cookie(&both)
    };
    let foreign = world.send(resume(DOCUMENT, "guess")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let elsewhere = world.send(resume("/events/devcon/delete", csrf)).await;
    assert_eq!(elsewhere.status, StatusCode::GONE);
    let saved = world.send(resume(DOCUMENT, csrf)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let stored = world.api("/events/devcon/configuration").await;
    assert_eq!(stored["name"], "Typed for an hour");
    // Once.
    let twice = world.send(resume(DOCUMENT, csrf)).await;
    assert_eq!(twice.status, StatusCode::GONE, "{}", twice.body);
}

#[tokio::test]
async fn the_form_of_the_configurator_is_shown_again_with_what_was_typed() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let path = "/events/devcon/configuration";
    let before = world.browser().await;
    let mut form = before.form(path).await;
    form.insert("name".to_owned(), "Half written".to_owned());
    world.clock.later(SignedDuration::from_hours(13));
    let kept = cookie(&before.send_form(path, &form).await, "attendee_sync_form");
    let entered = sign_in(&world, TOKEN, "", &kept).await;
    let session = cookie(&entered, "attendee_sync_session");
    let again = world.signed_in(session.clone()).await;
    let both = format!("{session}; {kept}");
    let fields = [("csrf", again.csrf.as_str()), ("kept_form", "yes")];
    let shown = TestRequest::post(&format!("{path}/rows"))
        .form(&fields)
        .cookie(&both);
    let shown = world.send(shown).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert!(shown.body.contains("Half written"), "{}", shown.body);
    // Nothing was stored by that.
    let stored = world.api("/events/devcon/configuration").await;
    assert_eq!(stored["name"], "DevCon 2026");
}

#[tokio::test]
async fn an_erasure_ends_forms_that_wait_and_strangers_fill_no_table() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let path = "/communities/acme/suppressions";
    let send = async |path: &str| {
        let fields = [("csrf", "old"), ("email", "p1@example.org")];
        world.send(TestRequest::post(path).form(&fields)).await
    };
    let kept = cookie(&send(path).await, "attendee_sync_form");
    assert!(!kept.is_empty());
    let erase = TestRequest::new("DELETE", "/api/v1/communities/acme/users/p1@example.org");
    assert!(world.send(erase.bearer(TOKEN)).await.status.is_success());
    let entered = sign_in(&world, TOKEN, "", &kept).await;
    let both = format!("{}; {kept}", cookie(&entered, "attendee_sync_session"));
    let page = world.send(TestRequest::get("/resume").cookie(&both)).await;
    assert_eq!(page.header("location"), "/", "{}", page.body);
    // Of what there is not, and of a foreign page, nothing is kept; nor of many at once.
    assert_eq!(
        cookie(&send("/events/nothing").await, "attendee_sync_form"),
        ""
    );
    let foreign = TestRequest::post(path)
        .form(&[("email", "p1@example.org")])
        .with("sec-fetch-site", "cross-site");
    assert_eq!(cookie(&world.send(foreign).await, "attendee_sync_form"), "");
    for _ in 0..30 {
        send(path).await;
    }
    assert_eq!(cookie(&send(path).await, "attendee_sync_form"), "");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_theirs_and_nobody_elses() {
    let world = ConsoleWorld::empty().await;
    let (one, other) = (
        world.browser_of("viewer-of-acme").await,
        world.browser_of("viewer-of-acme").await,
    );
    let admin = world.browser_of("admin-of-acme").await;
    let page = one.page("/account").await;
    assert!(
        page.contains("token &#34;viewer-of-acme&#34;") || page.contains("viewer-of-acme"),
        "{page}"
    );
    assert_eq!(page.matches("unknown browser").count(), 2, "{page}");
    assert_eq!(page.matches("This session").count(), 1, "{page}");
    let ended = other.submit("/sign-out-everywhere", &[]).await;
    assert_eq!(ended.header("location"), "/sign-in");
    for gone in [&one, &other] {
        assert_eq!(gone.open("/").await.header("location"), "/sign-in");
    }
    assert_eq!(admin.open("/").await.status, StatusCode::OK);
    // A new one is good, also after what ended the others is forgotten.
    let new = world.browser_of("viewer-of-acme").await;
    assert_eq!(new.open("/").await.status, StatusCode::OK);
    let page = new.page("/account").await;
    assert_eq!(page.matches("unknown browser").count(), 1, "{page}");
    world.clock.later(SignedDuration::from_hours(11));
    assert_eq!(new.open("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_header_says_who_one_is_and_offers_what_the_role_allows() {
    let world = ConsoleWorld::empty().await;
    for (token, role, gives_access) in [
        ("helpdesk-of-acme", "helpdesk", false),
        ("admin-of-acme", "admin", false),
        (TOKEN, "admin", true),
    ] {
        let page = world.browser_of(token).await.page("/").await;
        assert!(
            page.contains(&format!("({role})</span>")),
            "{token}: {page}"
        );
        assert_eq!(page.contains("href=\"/tokens\""), gives_access, "{token}");
    }
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_revoked_in_the_console() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let owner = world.browser().await;
    let wanted = [
        ("name", "Desk 1"),
        ("role", "helpdesk"),
        ("community", "acme"),
    ];
    let made = owner.submit("/tokens", &wanted).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let place = made.header("location").to_owned();
    let page = owner.page(&place).await;
    let token = page.split("<code class=\"copy\">").nth(1).unwrap();
    let token = token.split('<').next().unwrap().to_owned();
    assert!(!place.contains(&token));
    assert!(
        !owner.page(&place).await.contains(&token),
        "it was shown twice"
    );
    let desk = world.browser_of(&token).await;
    assert_eq!(
        desk.open("/events/devcon/help-desk").await.status,
        StatusCode::OK
    );
    assert_eq!(
        desk.open("/events/devcon").await.status,
        StatusCode::FORBIDDEN
    );
    let refused = owner.submit("/tokens", &wanted).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    let revoked = owner.submit("/tokens/Desk%201/revoke", &[]).await;
    assert_eq!(revoked.header("location"), "/tokens?revoked=1");
    assert!(!owner.page("/tokens").await.contains("Desk 1"));
    assert_eq!(desk.open("/").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn an_admin_erases_somebody_on_their_page_once_the_address_was_typed() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let admin = world.browser_of("admin-of-acme").await;
    let path = format!(
        "/events/devcon/people/{}",
        world.person("p1@example.org").await
    );
    assert!(admin.page(&path).await.contains("Erase this person"));
    let operator = world.browser_of("operator-of-acme").await;
    assert!(!operator.page(&path).await.contains("Erase this person"));
    let erase = format!("{path}/erase");
    let wrong = admin.submit(&erase, &[("confirm", "p2@example.org")]).await;
    let page = admin.page(wrong.header("location")).await;
    assert!(
        page.contains("Nobody was erased") && page.contains("Ada Doe"),
        "{page}"
    );
    let erased = admin
        .submit(&erase, &[("confirm", " P1@example.org ")])
        .await;
    assert_eq!(
        erased.header("location"),
        "/events/devcon/help-desk?erased=1",
        "{}",
        erased.body
    );
    assert!(
        admin
            .page(erased.header("location"))
            .await
            .contains("was erased permanently")
    );
    assert_eq!(admin.open(&path).await.status, StatusCode::NOT_FOUND);
}
