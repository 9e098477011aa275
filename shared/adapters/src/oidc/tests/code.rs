//! The authorization code flow, with a provider that a test writes.

use std::sync::Arc;

use attendee_sync_app::ports::{BegunSignIn, OrganisationSignIn, SignInFailure, SignedIn};
use attendee_sync_domain::authority::Role;
use attendee_sync_testkit::clock::TestClock;
use attendee_sync_testkit::peers::{HttpPeer, Request, ResponseTemplate};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{NOW, Pair, token};
use crate::oidc::{HttpProvider, Oidc, OidcClient, OidcSettings};

const BEGUN: BegunSignIn<'_> = BegunSignIn {
    state: "st4te",
    nonce: "n0nce",
    verifier: "0123456789012345678901234567890123456789012",
    redirect_uri: "https://sync.example/sign-in/organisation/callback",
};

struct CodeWorld {
    peer: HttpPeer,
    client: OidcClient,
    pair: Arc<Pair>,
    clock: TestClock,
}

/// The answers of a provider: its configuration, its keys, and what this returns for a code.
fn provider(
    peer: &HttpPeer,
    pair: &Arc<Pair>,
    extra: &Value,
    answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
) {
    let origin = peer.origin();
    let mut configuration = json!({
        "issuer": origin, "jwks_uri": format!("{origin}/keys"),
        "authorization_endpoint": format!("{origin}/authorize?tenant=7"),
        "token_endpoint": format!("{origin}/token"),
    });
    for (key, value) in extra.as_object().into_iter().flatten() {
        configuration[key] = value.clone();
    }
    let keys = json!({"keys": [pair.published("k")]});
    peer.answer(move |request: &Request| match request.url.path() {
        "/.well-known/openid-configuration" => {
            ResponseTemplate::new(200).set_body_json(&configuration)
        }
        "/keys" => ResponseTemplate::new(200).set_body_json(&keys),
        "/token" => answer(request),
        _ => ResponseTemplate::new(404),
    });
}

impl CodeWorld {
    fn with_secret(secret: Option<&str>) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let peer = HttpPeer::answering_not_found();
        let clock = TestClock::standing_at("2026-11-01T12:00:00Z");
        let http = Arc::new(HttpProvider::new(&peer.origin()).unwrap());
        let settings = OidcSettings::new(peer.origin(), "sync/1");
        let tokens = Oidc::new(settings, http.clone(), Arc::new(clock.clone()));
        let secret = Arc::new(secret.map(SecretString::from));
        Self {
            client: OidcClient::new(secret, http, tokens),
            pair: Arc::new(Pair::p256()),
            peer,
            clock,
        }
    }

    fn claims(&self) -> Value {
        json!({"iss": self.peer.origin(), "aud": "sync/1", "sub": "u-17", "exp": NOW + 300, "iat": NOW,
            "nonce": BEGUN.nonce, "attendee_sync": ["acme:operator"]})
    }

    /// Has the provider answer a code with these claims.
    fn gives(&self, claims: &Value) {
        let signed = token(&self.pair, "k", claims);
        provider(&self.peer, &self.pair, &json!({}), move |_| {
            ResponseTemplate::new(200).set_body_json(
                json!({"id_token": signed, "access_token": "a", "token_type": "Bearer"}),
            )
        });
    }

    async fn redeem(&self) -> Result<SignedIn, SignInFailure> {
        self.client.redeem("c0de", &BEGUN).await
    }

    fn token_request(&self) -> Request {
        let mut asked = self.peer.asked().into_iter();
        asked
            .find(|request| request.url.path() == "/token")
            .unwrap()
    }
}

#[tokio::test]
async fn the_browser_is_sent_with_a_challenge_and_the_code_is_redeemed_with_its_verifier() {
    let world = CodeWorld::with_secret(Some("s&cret"));
    world.gives(&world.claims());
    let url = world.client.authorization_url(&BEGUN).await.unwrap();
    let url = Url::parse(&url).unwrap();
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let challenge = BASE64.encode(Sha256::digest(BEGUN.verifier));
    for (name, value) in [
        ("tenant", "7"),
        ("response_type", "code"),
        ("client_id", "sync/1"),
        ("redirect_uri", BEGUN.redirect_uri),
        ("scope", "openid email"),
        ("state", BEGUN.state),
        ("nonce", BEGUN.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ] {
        assert!(
            asked.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {url}"
        );
    }
    let signed_in = world.redeem().await.unwrap();
    let role = signed_in.authority.role_in(&"acme".parse().unwrap());
    assert_eq!(role, Some(Role::Operator));
    let request = world.token_request();
    // base64("sync%2F1:s%26cret")
    let basic = request.headers.get("authorization").unwrap();
    assert_eq!(basic.to_str().unwrap(), "Basic c3luYyUyRjE6cyUyNmNyZXQ=");
    let form: Vec<_> = url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        form,
        [
            pair("grant_type", "authorization_code"),
            pair("code", "c0de"),
            pair("redirect_uri", BEGUN.redirect_uri),
            pair("code_verifier", BEGUN.verifier),
        ]
    );
}

#[tokio::test]
async fn a_client_says_its_secret_as_the_provider_takes_it_or_has_none() {
    let form = |world: &CodeWorld| {
        let request = world.token_request();
        assert!(request.headers.get("authorization").is_none());
        String::from_utf8(request.body).unwrap()
    };
    let posts =
        json!({"token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"]});
    let world = CodeWorld::with_secret(Some("s"));
    let signed = token(&world.pair, "k", &world.claims());
    provider(&world.peer, &world.pair, &posts, move |_| {
        ResponseTemplate::new(200).set_body_json(json!({"id_token": signed}))
    });
    assert!(world.redeem().await.is_ok());
    assert!(form(&world).ends_with("&client_id=sync%2F1&client_secret=s"));

    let public = CodeWorld::with_secret(None);
    public.gives(&public.claims());
    assert!(public.redeem().await.is_ok());
    assert!(form(&public).ends_with("&client_id=sync%2F1"));
}

#[tokio::test]
async fn a_token_that_is_not_about_this_sign_in_signs_nobody_in() {
    let world = CodeWorld::with_secret(None);
    for (claim, value, reason) in [
        (
            "nonce",
            json!("other"),
            "its token is not about this sign-in",
        ),
        ("nonce", json!(null), "its token is not about this sign-in"),
        (
            "iss",
            json!("https://evil.example"),
            "another provider made it",
        ),
        ("aud", json!("another"), "it was made for somebody else"),
        (
            "azp",
            json!("another"),
            "its token was made for another client",
        ),
        ("sub", json!(""), "it does not name its holder"),
    ] {
        let mut claims = world.claims();
        claims[claim] = value;
        world.gives(&claims);
        assert_eq!(
            world.redeem().await,
            Err(SignInFailure::NotTrusted(reason)),
            "{claims}"
        );
    }
    // Signed by somebody else, under the provider's name of the key.
    let forged = token(&Pair::p256(), "k", &world.claims());
    provider(&world.peer, &world.pair, &json!({}), move |_| {
        ResponseTemplate::new(200).set_body_json(json!({"id_token": forged}))
    });
    let wrong = SignInFailure::NotTrusted("its signature is wrong");
    assert_eq!(world.redeem().await, Err(wrong));
    provider(&world.peer, &world.pair, &json!({}), |_| {
        ResponseTemplate::new(200).set_body_json(json!({"access_token": "a"}))
    });
    let none = SignInFailure::NotTrusted("it sent no ID token");
    assert_eq!(world.redeem().await, Err(none));
}

#[tokio::test]
async fn clocks_that_differ_are_said_to_differ() {
    let world = CodeWorld::with_secret(None);
    world.gives(&world.claims());
    world.clock.later(SignedDuration::from_mins(7));
    assert_eq!(world.redeem().await, Err(SignInFailure::Clock));
    let mut early = world.claims();
    early["exp"] = json!(NOW + 3600);
    early["nbf"] = json!(NOW + 1200);
    world.gives(&early);
    assert_eq!(world.redeem().await, Err(SignInFailure::Clock));
}

#[tokio::test]
async fn a_provider_that_refuses_or_is_away_is_told_apart() {
    let world = CodeWorld::with_secret(None);
    let refusal = |status: u16, error: &str| {
        let error = error.to_owned();
        provider(&world.peer, &world.pair, &json!({}), move |_| {
            ResponseTemplate::new(status).set_body_json(json!({"error": error}))
        });
    };
    // A code that was used before.
    refusal(400, "invalid_grant");
    assert_eq!(world.redeem().await, Err(SignInFailure::CodeRefused));
    refusal(401, "invalid_client");
    assert_eq!(world.redeem().await, Err(SignInFailure::ClientRefused));
    refusal(503, "");
    assert_eq!(world.redeem().await, Err(SignInFailure::Unavailable));

    let away = CodeWorld::with_secret(None);
    let url = away.client.authorization_url(&BEGUN).await;
    assert_eq!(url, Err(SignInFailure::Unavailable));
    // Nobody on the way may listen, whatever the provider's configuration says.
    let plain = json!({"token_endpoint": "http://id.example/token"});
    provider(&away.peer, &away.pair, &plain, |_| {
        ResponseTemplate::new(500)
    });
    assert_eq!(away.redeem().await, Err(SignInFailure::Unavailable));
}

#[tokio::test]
async fn the_organisations_session_is_ended_where_the_provider_says_how() {
    let world = CodeWorld::with_secret(None);
    world.gives(&world.claims());
    let back = "https://sync.example/sign-in";
    assert_eq!(world.client.end_session_url("t", back).await, None);
    let world = CodeWorld::with_secret(None);
    let end = json!({"end_session_endpoint": format!("{}/end", world.peer.origin())});
    provider(&world.peer, &world.pair, &end, |_| {
        ResponseTemplate::new(500)
    });
    let url = world.client.end_session_url("t", back).await.unwrap();
    assert!(
        url.ends_with("/end?id_token_hint=t&client_id=sync%2F1&post_logout_redirect_uri=https%3A%2F%2Fsync.example%2Fsign-in"),
        "{url}"
    );
}
