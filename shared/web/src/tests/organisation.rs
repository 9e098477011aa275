//! Sign-in at the organisation: what the console keeps between the two redirects, and what it refuses.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{BegunSignIn, OrganisationSignIn, SignInFailure, SignedIn};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::{Authority, Role, Roles};
use axum::http::StatusCode;
use jiff::SignedDuration;

use super::world::{ConsoleWorld, TestRequest, TestResponse};

const AT_THE_PROVIDER: &str = "https://id.example/authorize?state=";
const CALLBACK: &str = "/sign-in/organisation/callback";

/// An identity provider as a test has it.
struct ScriptedProvider {
    roles: Mutex<Roles>,
    fails: Mutex<Option<SignInFailure>>,
    /// Code, nonce, verifier and redirect address of each redeemed code.
    redeemed: Mutex<Vec<[String; 4]>>,
}

impl ScriptedProvider {
    fn giving(roles: Roles) -> Arc<Self> {
        Arc::new(Self {
            roles: Mutex::new(roles),
            fails: Mutex::default(),
            redeemed: Mutex::default(),
        })
    }

    fn fail(&self, failure: SignInFailure) {
        *self.fails.lock().unwrap() = Some(failure);
    }
}

#[async_trait]
impl OrganisationSignIn for ScriptedProvider {
    fn issuer(&self) -> &'static str {
        "https://id.example"
    }

    async fn authorization_url(&self, begun: &BegunSignIn<'_>) -> Result<String, SignInFailure> {
        match *self.fails.lock().unwrap() {
            Some(failure) => Err(failure),
            None => Ok(format!("{AT_THE_PROVIDER}{}", begun.state)),
        }
    }

    async fn redeem(&self, code: &str, begun: &BegunSignIn<'_>) -> Result<SignedIn, SignInFailure> {
        if let Some(failure) = *self.fails.lock().unwrap() {
            return Err(failure);
        }
        let parts = [code, begun.nonce, begun.verifier, begun.redirect_uri];
        self.redeemed.lock().unwrap().push(parts.map(str::to_owned));
        let who = Actor::Person("u-17".to_owned());
        Ok(SignedIn {
            authority: Authority::new(who, self.roles.lock().unwrap().clone()),
            id_token: "signed.id.token".to_owned(),
        })
    }

    async fn end_session_url(&self, id_token: &str, back: &str) -> Option<String> {
        Some(format!(
            "https://id.example/logout?hint={id_token}&back={back}"
        ))
    }
}

fn operator() -> Roles {
    Roles::within(Role::Operator, ["acme".parse().unwrap()])
}

/// A cookie that an answer sets, with its name.
fn cookie(answer: &TestResponse, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let mut all = all.filter_map(|value| value.to_str().ok()?.split(';').next());
    let found = all.find(|cookie| cookie.split('=').next() == Some(name));
    found.unwrap_or_default().to_owned()
}

/// A browser that was sent to the provider: its cookie, and the state that will come back.
async fn begun(world: &ConsoleWorld, path: &str) -> (String, String) {
    let answer = world.send(TestRequest::get(path)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let state = answer.header("location").strip_prefix(AT_THE_PROVIDER);
    let state = state.unwrap().to_owned();
    (cookie(&answer, "attendee_sync_sign_in"), state)
}

async fn come_back(world: &ConsoleWorld, cookie: &str, query: &str) -> TestResponse {
    let path = format!("{CALLBACK}?{query}");
    world.send(TestRequest::get(&path).cookie(cookie)).await
}

fn said(answer: &TestResponse) -> (u16, String) {
    let text = answer.body.split("role=\"alert\">").nth(1);
    let text = text.and_then(|rest| rest.split("</p>").next());
    (answer.status.as_u16(), text.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn somebody_signs_in_at_their_organisation_and_comes_to_the_page_they_asked_for() {
    let provider = ScriptedProvider::giving(operator());
    let world = ConsoleWorld::of_organisation(provider.clone()).await;
    let page = world
        .send(TestRequest::get("/sign-in?next=%2Faccount"))
        .await
        .body;
    assert!(page.contains("Sign in with your organisation"), "{page}");
    assert!(
        page.contains("href=\"/sign-in/organisation?next=%2Faccount\""),
        "{page}"
    );

    let (browser, state) = begun(&world, "/sign-in/organisation?next=%2Faccount").await;
    let back = come_back(
        &world,
        &browser,
        &format!("state={state}&code=c-1&session_state=x"),
    )
    .await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.body);
    // Not a redirect, with which the browser would not send a strict cookie.
    assert!(
        back.body.contains("content=\"0; url=/account\""),
        "{}",
        back.body
    );
    let session = cookie(&back, "attendee_sync_session");
    let account = world
        .send(TestRequest::get("/account").cookie(&session))
        .await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(
        account.body.contains("U-17") && account.body.contains("acme"),
        "{}",
        account.body
    );
    let [code, nonce, verifier, redirect] = provider.redeemed.lock().unwrap()[0].clone();
    assert_eq!(
        (code.as_str(), nonce.len(), verifier.len()),
        ("c-1", 64, 64)
    );
    assert_ne!(nonce, verifier);
    assert_eq!(
        redirect,
        "https://console.example/sign-in/organisation/callback"
    );

    // The same answer of the provider opens nothing again.
    let again = come_back(&world, &browser, &format!("state={state}&code=c-1")).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(cookie(&again, "attendee_sync_session"), "");
    assert_eq!(provider.redeemed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_not_begun_in_this_browser_signs_nobody_in() {
    let provider = ScriptedProvider::giving(operator());
    let world = ConsoleWorld::of_organisation(provider.clone()).await;
    let (browser, state) = begun(&world, "/sign-in/organisation").await;
    let (other, _) = begun(&world, "/sign-in/organisation").await;
    let forged = "0".repeat(64);
    for (cookie, query) in [
        (browser.as_str(), format!("state={forged}&code=c")),
        (browser.as_str(), "code=c".to_owned()),
        ("", format!("state={forged}&code=c")),
        (other.as_str(), format!("state={state}&code=c")),
        // That used it up.
        (browser.as_str(), format!("state={state}&code=c")),
    ] {
        let answer = come_back(&world, cookie, &query).await;
        let (status, text) = said(&answer);
        assert_eq!(status, 400, "{query}");
        assert!(
            text.contains("not begun in this browser")
                && text.contains("https://console.example/sign-in"),
            "{text}"
        );
    }
    let (browser, state) = begun(&world, "/sign-in/organisation").await;
    world.clock.later(SignedDuration::from_mins(11));
    let late = come_back(&world, &browser, &format!("state={state}&code=c")).await;
    assert_eq!(said(&late).0, 400);
    assert_eq!(provider.redeemed.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_sign_in_at_the_organisation_leads_to_no_other_host() {
    let provider = ScriptedProvider::giving(operator());
    let world = ConsoleWorld::of_organisation(provider).await;
    for elsewhere in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
        let path = format!("/sign-in/organisation?next={elsewhere}");
        let (browser, state) = begun(&world, &path).await;
        let back = come_back(&world, &browser, &format!("state={state}&code=c")).await;
        assert!(back.body.contains("content=\"0; url=/\""), "{}", back.body);
    }
}

#[tokio::test]
async fn a_refusal_says_what_happened_and_shows_nothing_that_came_with_the_browser() {
    let provider = ScriptedProvider::giving(operator());
    let world = ConsoleWorld::of_organisation(provider.clone()).await;
    for (query, status, text) in [
        (
            "error=access_denied&error_description=%3Cb%3Ecall+555",
            403,
            "did not let you in",
        ),
        ("error=temporarily_unavailable", 503, "does not respond"),
        (
            "error=%3Cscript%3E",
            502,
            "does not accept this installation",
        ),
        (
            "code=c&iss=https%3A%2F%2Fevil.example",
            401,
            "another identity provider",
        ),
        ("", 502, "does not accept this installation"),
    ] {
        let (browser, state) = begun(&world, "/sign-in/organisation").await;
        let answer = come_back(&world, &browser, &format!("state={state}&{query}")).await;
        let (found, shown) = said(&answer);
        assert_eq!(found, status, "{query}: {shown}");
        assert!(shown.contains(text), "{query}: {shown}");
        assert!(
            !answer.body.contains("555") && !answer.body.contains("<script>"),
            "{}",
            answer.body
        );
    }
    *provider.roles.lock().unwrap() = Roles::default();
    let (browser, state) = begun(&world, "/sign-in/organisation").await;
    let answer = come_back(&world, &browser, &format!("state={state}&code=c")).await;
    let (status, text) = said(&answer);
    assert!(status == 403 && text.contains("no role here"), "{text}");
    assert_eq!(cookie(&answer, "attendee_sync_session"), "");

    for (failure, status, text) in [
        (SignInFailure::Clock, 502, "The clock of this server"),
        (SignInFailure::CodeRefused, 401, "sign in again"),
        (SignInFailure::Unavailable, 503, "does not respond"),
    ] {
        *provider.fails.lock().unwrap() = None;
        let (browser, state) = begun(&world, "/sign-in/organisation").await;
        provider.fail(failure);
        let answer = come_back(&world, &browser, &format!("state={state}&code=c")).await;
        let (found, shown) = said(&answer);
        assert!(found == status && shown.contains(text), "{found} {shown}");
    }
    let down = world.send(TestRequest::get("/sign-in/organisation")).await;
    assert_eq!(said(&down).0, 503, "{}", down.body);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_leads_to_the_organisations_own_sign_out() {
    let provider = ScriptedProvider::giving(operator());
    let world = ConsoleWorld::of_organisation(provider).await;
    for path in ["/sign-out", "/sign-out-everywhere"] {
        let (browser, state) = begun(&world, "/sign-in/organisation").await;
        let back = come_back(&world, &browser, &format!("state={state}&code=c")).await;
        let session = cookie(&back, "attendee_sync_session");
        let browser = world.signed_in(session.clone()).await;
        let out = browser.submit(path, &[]).await;
        assert_eq!(out.status, StatusCode::OK, "{}", out.body);
        let place = "https://id.example/logout?hint=signed.id.token&#38;back=https://console.example/sign-in";
        assert!(out.body.contains(place), "{}", out.body);
        assert_eq!(
            cookie(&out, "attendee_sync_session"),
            "attendee_sync_session="
        );
        let after = world
            .send(TestRequest::get("/account").cookie(&session))
            .await;
        assert_eq!(after.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn without_an_organisation_nothing_of_it_is_there() {
    let world = ConsoleWorld::empty().await;
    let page = world.send(TestRequest::get("/sign-in")).await.body;
    assert!(!page.contains("organisation"), "{page}");
    for path in ["/sign-in/organisation", CALLBACK] {
        let answer = world.send(TestRequest::get(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}
