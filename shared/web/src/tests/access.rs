//! Who may come in.

use axum::http::StatusCode;

use super::permits::filled;
use super::world::{ConsoleWorld, TOKEN, TestRequest};
use crate::permits::Need;
use crate::routes::entries;

/// Where a stranger who asks for a path is led to.
#[tokio::test]
async fn what_is_not_open_is_closed() {
    let world = ConsoleWorld::empty().await;
    for (path, led_to) in [
        ("/", "sign-in"),
        ("/events/x", "sign-in"),
        ("/sign-in/", "sign-in"),
        ("/sign%2Din", "sign-in"),
        ("/sign-out", "sign-in"),
        ("/assets", "sign-in"),
        ("/assets/", "sign-in"),
        ("/assets/console.css/x", "sign-in"),
        ("/%61pi/v1/communities", "sign-in"),
        ("/api", "token"),
        ("/api/v1/communities", "token"),
        ("/api/v1/health/", "token"),
        ("/api/v1/health", "answer"),
        ("/api/v1/openapi.json", "answer"),
        ("/api/v1/schema/event.json", "answer"),
        ("/api/v1/schema/", "token"),
        ("/openapi.json", "answer"),
        ("/openapi.json/", "sign-in"),
        ("/health", "answer"),
        ("/sign-in", "answer"),
        ("/assets/console.css", "answer"),
        ("/unsubscribe", "sign-in"),
        ("/unsubscribe/", "sign-in"),
        ("/unsubscribe/x/y", "sign-in"),
        ("/unsubscribed/x", "sign-in"),
        ("/unsubscribe/x", "answer"),
    ] {
        let answer = world.send(TestRequest::get(path)).await;
        let came = match answer.status {
            StatusCode::SEE_OTHER if answer.header("location").starts_with("/sign-in") => "sign-in",
            StatusCode::UNAUTHORIZED => "token",
            _ => "answer",
        };
        assert_eq!(came, led_to, "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn no_route_but_the_open_ones_answers_a_stranger() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let cookie = world.browser().await.cookie;
    let closed = entries()
        .iter()
        .filter(|entry| !matches!(entry.need, Need::Open(_)));
    let named = closed.map(|entry| (entry.method, entry.path));
    let beside = [
        ("GET", "/api/v1/nothing-here"),
        ("GET", "/nothing-here"),
        ("GET", "/unsubscribe"),
        ("POST", "/unsubscribe"),
    ];
    let all = named
        .chain(beside)
        .map(|(method, path)| (method, filled(path, "acme", "devcon")));
    let is_api = |path: &String| path.starts_with("/api/") || path == "/metrics";
    let (api, pages): (Vec<_>, Vec<_>) = all.partition(|(_, path)| is_api(path));
    for (method, path) in &api {
        let ask = || TestRequest::new(method, path);
        let nobody = world.send(ask()).await;
        nobody.problem(401);
        assert_eq!(nobody.header("www-authenticate"), "Bearer", "{path}");
        let wrong = world.send(ask().bearer("wrong")).await;
        assert!(wrong.header("www-authenticate").contains("invalid_token"));
        wrong.problem(401);
        // A browser's cookie does not open the API, so no foreign page can use it.
        world.send(ask().cookie(&cookie)).await.problem(401);
    }
    for (method, path) in &pages {
        for ask in [
            TestRequest::new(method, path),
            TestRequest::new(method, path).bearer(TOKEN),
            TestRequest::new(method, path).cookie("attendee_sync_session=guessed"),
        ] {
            let answer = world.send(ask).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}");
            assert!(answer.header("location").starts_with("/sign-in"), "{path}");
            assert_eq!(answer.body, "");
        }
    }
    for path in [
        "/health",
        "/api/v1/health",
        "/sign-in",
        "/assets/console.css",
    ] {
        assert_eq!(
            world.send(TestRequest::get(path)).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_sign_in_link_works_once() {
    let world = ConsoleWorld::empty().await;
    let link = world.access.sign_in_path().await.unwrap();
    let first = world.send(TestRequest::get(&link)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.header("location"), "/");
    let cookie = first.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let second = world.send(TestRequest::get(&link)).await;
    assert_eq!(second.status, StatusCode::UNAUTHORIZED);
    assert!(second.body.contains("used already"));
    assert!(second.body.contains("A restart prints a new link"));
    assert_eq!(second.header("set-cookie"), "");
}

#[tokio::test]
async fn the_api_token_signs_in_and_guessing_is_slowed_down() {
    let world = ConsoleWorld::empty().await;
    let sign_in = |token: &str| world.send(TestRequest::post("/sign-in").form(&[("token", token)]));
    let right = sign_in(TOKEN).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert!(
        right
            .header("set-cookie")
            .starts_with("attendee_sync_session=")
    );
    for _ in 0..10 {
        let wrong = sign_in("guess").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert!(!wrong.body.contains("guess"));
    }
    let refused = sign_in(TOKEN).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.header("retry-after").is_empty());
    assert!(refused.header("content-type").starts_with("text/html"));
}

/// Behind a proxy everybody comes from one address: who has a token is not kept out by who has none.
#[tokio::test]
async fn a_right_token_is_taken_by_the_api_however_many_wrong_ones_came_before() {
    let world = ConsoleWorld::empty().await;
    let call = |token: &str| world.send(TestRequest::get("/api/v1/communities").bearer(token));
    for _ in 0..300 {
        assert_eq!(call("guess").await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = call("guess").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(call(TOKEN).await.status, StatusCode::OK);
    assert_eq!(call("viewer-of-acme").await.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let world = ConsoleWorld::empty().await;
    let browser = world.browser().await;
    let answer = browser.submit("/sign-out", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(browser.open("/").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_form_is_taken_only_from_a_page_of_the_session() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let other = world.browser().await;
    let post = |csrf: &str| {
        TestRequest::post("/events/devcon/runs")
            .form(&[("csrf", csrf)])
            .cookie(&browser.cookie)
    };
    let ours = browser.csrf.as_str();
    for ask in [
        post(""),
        post("guessed"),
        post(&other.csrf),
        post(ours).with("sec-fetch-site", "cross-site"),
        post(ours).with("sec-fetch-site", "same-site"),
        post(ours).with("origin", "https://evil.example"),
        post(ours).with("origin", "http://127.0.0.1:9"),
    ] {
        let answer = world.send(ask).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
    assert_eq!(
        world.api("/events/devcon/runs").await["items"],
        serde_json::json!([])
    );
    for ask in [
        post(ours),
        post(ours).with("origin", "http://127.0.0.1:8080"),
        // What browsers send with the referrer policy no-referrer.
        post(ours)
            .with("origin", "null")
            .with("sec-fetch-site", "same-origin"),
    ] {
        assert_eq!(world.send(ask).await.status, StatusCode::SEE_OTHER);
    }
    let foreign = TestRequest::post("/sign-in")
        .form(&[("token", TOKEN)])
        .with("sec-fetch-site", "cross-site");
    assert_eq!(world.send(foreign).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let world = ConsoleWorld::empty().await;
    for (host, status) in [
        ("localhost:8080", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("192.168.1.7:80", 200),
        ("console.example", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("localhost@evil.example", 421),
        ("evil@localhost", 421),
        ("", 421),
    ] {
        let answer = world
            .send(TestRequest::get("/health").with("host", host))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{host}");
    }
    let absolute = world
        .send(TestRequest::get("http://evil.example/health"))
        .await;
    assert_eq!(absolute.status.as_u16(), 421);
}

#[tokio::test]
async fn every_answer_has_the_headers() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let cookie = world.browser().await.cookie;
    for ask in [
        TestRequest::get("/").cookie(&cookie),
        TestRequest::get("/events/devcon").cookie(&cookie),
        TestRequest::get("/nothing").cookie(&cookie),
        TestRequest::get("/"),
        TestRequest::get("/sign-in"),
        TestRequest::get("/health"),
        TestRequest::get("/health").with("host", "evil.example"),
        TestRequest::get("/api/v1/communities"),
        TestRequest::get("/api/v1/communities").bearer(TOKEN),
        TestRequest::get("/assets/console.js"),
    ] {
        let answer = world.send(ask).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let kept = answer.header("content-type") == "text/javascript";
        assert_eq!(answer.header("cache-control") == "no-store", !kept);
    }
}
