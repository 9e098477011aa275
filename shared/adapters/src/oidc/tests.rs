//! Tokens, good and bad.

mod code;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{Identities, NotIdentified};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::Role;
use attendee_sync_testkit::clock::TestClock;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jiff::SignedDuration;
use jsonwebtoken::jwk::JwkSet;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};

use super::{KeySource, KeysError, Oidc, OidcSettings};

const ISSUER: &str = "https://identity.example/tenant";
const NOW: i64 = 1_793_534_400;

/// A set of keys that tests change; `None` where the provider is away.
struct Published {
    keys: Mutex<Option<Value>>,
    asked: AtomicUsize,
}

#[async_trait]
impl KeySource for Published {
    async fn fetch(&self) -> Result<JwkSet, KeysError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let keys = self.keys.lock().unwrap().clone();
        let keys = keys.ok_or_else(|| KeysError("away".to_owned()))?;
        Ok(serde_json::from_value(json!({"keys": keys})).unwrap())
    }
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Pair {
    fn rsa() -> Self {
        let bytes = include_bytes!("tests/rsa-for-tests.der");
        Self::Rsa(RsaKeyPair::from_der(bytes).unwrap())
    }

    fn p256() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let bytes = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(algorithm, bytes.as_ref(), &random).unwrap())
    }

    fn published(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } =
                    RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
                    "n": BASE64.encode(n), "e": BASE64.encode(e)})
            }
            Self::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "kid": kid,
                    "x": BASE64.encode(x), "y": BASE64.encode(y)})
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| BASE64.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn token(pair: &Pair, kid: &str, claims: &Value) -> String {
    let alg = match pair {
        Pair::Rsa(_) => "RS256",
        Pair::P256(_) => "ES256",
    };
    let text = unsigned(&json!({"typ": "JWT", "alg": alg, "kid": kid}), claims);
    let signature = BASE64.encode(pair.sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": ["other", "attendee-sync"], "sub": "u-17", "exp": NOW + 600,
        "nbf": NOW - 5, "attendee_sync": {"acme": "operator"}})
}

fn with(claim: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
        value => claims[claim] = value,
    }
    claims
}

struct OidcWorld {
    oidc: Oidc,
    rsa: Pair,
    p256: Pair,
    provider: Arc<Published>,
    clock: TestClock,
}

impl OidcWorld {
    fn new() -> Self {
        let (rsa, p256) = (Pair::rsa(), Pair::p256());
        let provider = Arc::new(Published {
            keys: Mutex::new(Some(json!([rsa.published("r"), p256.published("e")]))),
            asked: AtomicUsize::new(0),
        });
        let clock = TestClock::standing_at("2026-11-01T12:00:00Z");
        let settings = OidcSettings::new(ISSUER, "attendee-sync");
        let oidc = Oidc::new(settings, provider.clone(), Arc::new(clock.clone()));
        Self {
            oidc,
            rsa,
            p256,
            provider,
            clock,
        }
    }

    async fn refusal(&self, token: &str) -> String {
        match self.oidc.identify(token).await {
            Err(NotIdentified::Refused(reason)) => reason.to_owned(),
            other => format!("{other:?}"),
        }
    }

    fn asked(&self) -> usize {
        self.provider.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_signed_token_says_who_asks_and_what_they_may() {
    let world = OidcWorld::new();
    for (pair, kid) in [(&world.rsa, "r"), (&world.p256, "e")] {
        let token = token(pair, kid, &claims());
        let identified = world.oidc.identify(&token).await.unwrap();
        let authority = identified.authority;
        assert_eq!(authority.who, Actor::Person("u-17".to_owned()));
        assert_eq!(
            authority.role_in(&"acme".parse().unwrap()),
            Some(Role::Operator)
        );
        assert_eq!(authority.role_in(&"globex".parse().unwrap()), None);
        assert_eq!(identified.good_for.as_secs(), 600);
    }
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn an_address_is_its_holders_where_the_provider_has_verified_it() {
    let world = OidcWorld::new();
    for (email, verified, expected) in [
        (
            json!("Carol@acme.example"),
            json!(true),
            Some("carol@acme.example"),
        ),
        (
            json!("carol@acme.example"),
            json!("true"),
            Some("carol@acme.example"),
        ),
        (json!("carol@acme.example"), json!(false), None),
        (json!("carol@acme.example"), json!("false"), None),
        (json!("carol@acme.example"), json!(null), None),
        (json!("carol"), json!(true), None),
        (json!(["carol@acme.example"]), json!(true), None),
        (json!(null), json!(true), None),
    ] {
        let mut claims = claims();
        claims["email"] = email;
        claims["email_verified"] = verified;
        let token = token(&world.rsa, "r", &claims);
        let authority = world.oidc.identify(&token).await.unwrap().authority;
        let address = authority.address.map(|address| address.to_string());
        assert_eq!(address.as_deref(), expected, "{claims}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_for_us_or_not_now_is_refused() {
    let world = OidcWorld::new();
    for (claims, reason) in [
        (with("exp", json!(NOW - 61)), "it has expired"),
        (with("exp", json!(null)), "a claim is missing"),
        (with("exp", json!("soon")), "a claim is missing"),
        (with("nbf", json!(NOW + 61)), "it is not good yet"),
        (
            with("nbf", json!("x")),
            "it does not say from when on it is good",
        ),
        (with("aud", json!("other")), "it was made for somebody else"),
        (with("aud", json!([])), "it was made for somebody else"),
        (with("aud", json!(null)), "a claim is missing"),
        (
            with("iss", json!("https://identity.example/")),
            "another provider made it",
        ),
        (with("iss", json!(null)), "a claim is missing"),
        (
            with("iss", json!([ISSUER, "https://evil.example"])),
            "another provider made it",
        ),
        (with("sub", json!(null)), "it does not name its holder"),
        (with("sub", json!("")), "it does not name its holder"),
    ] {
        let token = token(&world.rsa, "r", &claims);
        assert_eq!(world.refusal(&token).await, reason, "{claims}");
    }
    // Clocks may be a little apart.
    for claims in [with("exp", json!(NOW - 59)), with("nbf", json!(NOW + 59))] {
        let token = token(&world.rsa, "r", &claims);
        assert!(world.oidc.identify(&token).await.is_ok(), "{claims}");
    }
    // A token without roles is somebody's who may do nothing.
    let nobody = token(&world.rsa, "r", &with("attendee_sync", json!(null)));
    let nobody = world.oidc.identify(&nobody).await.unwrap().authority;
    assert_eq!(nobody.role_in(&"acme".parse().unwrap()), None);
}

#[tokio::test]
async fn a_token_without_a_good_signature_is_refused() {
    let world = OidcWorld::new();
    let none = unsigned(&json!({"alg": "none", "kid": "r"}), &claims());
    let header = "it has no header of a signed token";
    assert_eq!(world.refusal(&format!("{none}.")).await, header);
    for text in ["", "a.b.c", "..", "x"] {
        assert_eq!(world.refusal(text).await, header, "{text}");
    }
    // The public key taken for a shared secret.
    let text = unsigned(&json!({"alg": "HS256", "kid": "r"}), &claims());
    let public = world.rsa.published("r")["n"].as_str().unwrap().to_owned();
    let key = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
    let forged = BASE64.encode(hmac::sign(&key, text.as_bytes()));
    let reason = world.refusal(&format!("{text}.{forged}")).await;
    assert_eq!(reason, "it is not signed by RS256 or ES256");

    let good = token(&world.rsa, "r", &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    assert_eq!(
        world.refusal(&format!("{signed}.")).await,
        "its signature is wrong"
    );
    let changed = token(&world.rsa, "r", &with("sub", json!("u-18")));
    let (changed, _) = changed.rsplit_once('.').unwrap();
    let reason = world.refusal(&format!("{changed}.{signature}")).await;
    assert_eq!(reason, "its signature is wrong");
    // One key's name under another's signature, and under another algorithm.
    let other = token(&Pair::p256(), "e", &claims());
    assert_eq!(world.refusal(&other).await, "its signature is wrong");
    let crossed = token(&world.p256, "r", &claims());
    assert_eq!(
        world.refusal(&crossed).await,
        "its key is not the provider's"
    );
    let unnamed = unsigned(&json!({"alg": "RS256"}), &claims());
    assert_eq!(
        world.refusal(&format!("{unnamed}.{signature}")).await,
        "it does not name its key"
    );
    let long = format!("{}.{good}", "a".repeat(16 * 1024));
    assert_eq!(world.refusal(&long).await, "it is too long");
}

#[tokio::test]
async fn a_new_key_is_fetched_and_a_withdrawn_one_forgotten() {
    let world = OidcWorld::new();
    let new = Pair::p256();
    let (old, fresh) = (
        token(&world.p256, "e", &claims()),
        token(&new, "n", &claims()),
    );
    assert!(world.oidc.identify(&old).await.is_ok());
    // Nobody makes us ask again and again.
    for _ in 0..3 {
        assert_eq!(world.refusal(&fresh).await, "its key is not the provider's");
    }
    assert_eq!(world.asked(), 1);
    *world.provider.keys.lock().unwrap() = Some(json!([new.published("n")]));
    world.clock.later(SignedDuration::from_secs(31));
    assert!(world.oidc.identify(&fresh).await.is_ok());
    assert_eq!(world.asked(), 2);
    assert_eq!(world.refusal(&old).await, "its key is not the provider's");
}

#[tokio::test]
async fn known_keys_are_believed_for_a_day_without_the_provider() {
    let world = OidcWorld::new();
    let long = token(&world.rsa, "r", &with("exp", json!(NOW + 7 * 86_400)));
    let keys = world.provider.keys.lock().unwrap().take();
    let away = world.oidc.identify(&long).await;
    assert_eq!(away, Err(NotIdentified::Unavailable));
    *world.provider.keys.lock().unwrap() = keys;
    world.clock.later(SignedDuration::from_secs(31));
    assert!(world.oidc.identify(&long).await.is_ok());
    *world.provider.keys.lock().unwrap() = None;
    world.clock.later(SignedDuration::from_hours(23));
    assert!(world.oidc.identify(&long).await.is_ok());
    world.clock.later(SignedDuration::from_hours(1));
    let away = world.oidc.identify(&long).await;
    assert_eq!(away, Err(NotIdentified::Unavailable));
}
