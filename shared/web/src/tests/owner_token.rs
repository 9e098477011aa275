//! The owner's token while it is changed where it is kept, or cannot be read.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{OwnerToken, SecretError};
use axum::http::StatusCode;
use jiff::SignedDuration;
use secrecy::SecretString;
use tower::ServiceExt;

use super::world::{ConsoleWorld, ON_ONE_MACHINE, TOKEN, TestRequest};
use crate::access::SignInAttempt;
use crate::{AuthenticationOptions, Authenticator, Web};

const OTHER: &str = "71d05be8f3c94a26e8b10f7d5c62a934";

/// A token that stays.
pub(super) struct Fixed(pub(super) &'static str);

#[async_trait]
impl OwnerToken for Fixed {
    async fn owner_token(&self) -> Result<Option<SecretString>, SecretError> {
        Ok(Some(self.0.into()))
    }
}

/// What the place of the token says, and how often it was asked.
struct ScriptedTokenPlace {
    says: Mutex<Result<Option<&'static str>, &'static str>>,
    asked: Mutex<u32>,
}

#[async_trait]
impl OwnerToken for ScriptedTokenPlace {
    async fn owner_token(&self) -> Result<Option<SecretString>, SecretError> {
        *self.asked.lock().unwrap() += 1;
        let says = *self.says.lock().unwrap();
        let token = says.map_err(|reason| SecretError(reason.into()))?;
        Ok(token.map(SecretString::from))
    }
}

impl ScriptedTokenPlace {
    fn new(says: Result<Option<&'static str>, &'static str>) -> Arc<Self> {
        Arc::new(Self {
            says: Mutex::new(says),
            asked: Mutex::default(),
        })
    }

    fn says(&self, says: Result<Option<&'static str>, &'static str>) {
        *self.says.lock().unwrap() = says;
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

const THROTTLED: Result<Option<&str>, &str> = Err("ThrottlingException");

fn access(world: &ConsoleWorld, place: &Arc<ScriptedTokenPlace>) -> Authenticator {
    let place: Arc<dyn OwnerToken> = place.clone();
    let entrances = AuthenticationOptions {
        owner: Some(place),
        ..AuthenticationOptions::default()
    };
    Authenticator::by(entrances, &world.app)
}

async fn opens(access: &Authenticator, token: &str) -> &'static str {
    match access.call(token, None).await {
        SignInAttempt::Passed(_) => "passed",
        SignInAttempt::Failed => "failed",
        SignInAttempt::Throttled(_) => "throttled",
        SignInAttempt::Unavailable => "unavailable",
    }
}

#[tokio::test]
async fn a_token_that_was_changed_counts_a_minute_later() {
    let world = ConsoleWorld::empty().await;
    let place = ScriptedTokenPlace::new(Ok(Some(TOKEN)));
    let access = access(&world, &place);
    assert_eq!(opens(&access, TOKEN).await, "passed");
    let link = access.sign_in_path().await.unwrap();
    let link = link.split_once('=').unwrap().1.to_owned();
    let SignInAttempt::Passed(session) = access.sign_in(TOKEN, None).await.unwrap() else {
        panic!("the token does not sign in");
    };
    place.says(Ok(Some(OTHER)));
    world.clock.later(SignedDuration::from_secs(59));
    assert_eq!(opens(&access, TOKEN).await, "passed");
    assert_eq!(place.asked(), 1);
    world.clock.later(SignedDuration::from_secs(1));
    assert_eq!(opens(&access, TOKEN).await, "failed");
    assert_eq!(opens(&access, OTHER).await, "passed");
    assert_eq!(place.asked(), 2);
    assert!(access.session(&session.id).await.unwrap().is_none());
    assert!(access.redeem(&link).await.unwrap().is_none());
}

#[tokio::test]
async fn while_it_cannot_be_read_the_last_one_counts_for_a_quarter_of_an_hour() {
    let world = ConsoleWorld::empty().await;
    let place = ScriptedTokenPlace::new(Ok(Some(TOKEN)));
    let access = access(&world, &place);
    access.read_owner_token().await;
    place.says(THROTTLED);
    world.clock.later(SignedDuration::from_mins(14));
    assert_eq!(opens(&access, TOKEN).await, "passed");
    // Not every request tries again.
    let asked = place.asked();
    assert_eq!(opens(&access, OTHER).await, "failed");
    assert_eq!(place.asked(), asked);
    world.clock.later(SignedDuration::from_mins(1));
    assert_eq!(opens(&access, TOKEN).await, "unavailable");
    place.says(Ok(Some(TOKEN)));
    world.clock.later(SignedDuration::from_secs(1));
    assert_eq!(opens(&access, TOKEN).await, "passed");
}

#[tokio::test]
async fn where_it_was_never_read_only_who_needs_it_is_put_off() {
    let world = ConsoleWorld::empty().await;
    let place = ScriptedTokenPlace::new(THROTTLED);
    let access = access(&world, &place);
    access.read_owner_token().await;
    assert_eq!(opens(&access, "operator-of-acme").await, "passed");
    assert_eq!(opens(&access, TOKEN).await, "unavailable");
    assert!(access.sign_in_path().await.is_none());
    // A link is not used up by that, nor does a session end.
    let browser = world.browser().await;
    let id = browser.cookie.split_once('=').unwrap().1;
    let problem = access.session(id).await.err().unwrap();
    assert_eq!(problem.status, StatusCode::SERVICE_UNAVAILABLE);
    let link = world.access.sign_in_path().await.unwrap();
    let link = link.split_once('=').unwrap().1;
    let problem = access.redeem(link).await.err().unwrap();
    assert_eq!(problem.status, StatusCode::SERVICE_UNAVAILABLE);
    place.says(Ok(Some(TOKEN)));
    world.clock.later(SignedDuration::from_secs(1));
    assert_eq!(opens(&access, TOKEN).await, "passed");
    assert!(access.session(id).await.unwrap().is_some());
    assert!(access.redeem(link).await.unwrap().is_some());
}

#[tokio::test]
async fn a_token_that_is_weak_or_gone_opens_nothing() {
    for (says, token) in [
        (Ok(Some("changeme-changeme-now")), "changeme-changeme-now"),
        (
            Ok(Some("aaaaaaaaaaaaaaaaaaaaaaaa")),
            "aaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (Ok(Some("  ")), ""),
        (Ok(None), TOKEN),
    ] {
        let world = ConsoleWorld::empty().await;
        let place = ScriptedTokenPlace::new(says);
        let access = access(&world, &place);
        assert_eq!(opens(&access, token).await, "failed", "{token}");
        assert_eq!(opens(&access, "operator-of-acme").await, "passed");
    }
}

#[tokio::test]
async fn whoever_needs_the_owners_token_while_it_cannot_be_read_is_answered_503() {
    let world = ConsoleWorld::empty().await;
    let place = ScriptedTokenPlace::new(THROTTLED);
    let router = crate::router(Web {
        app: Arc::clone(&world.app),
        access: access(&world, &place),
        presets: Vec::new(),
        hosting: ON_ONE_MACHINE,
    });
    let status = async |ask: TestRequest| {
        let answer = router.clone().oneshot(ask.into_request()).await.unwrap();
        answer.status()
    };
    let call = |token: &str| TestRequest::get("/api/v1/communities").bearer(token);
    let sign_in = || TestRequest::post("/sign-in").form(&[("token", TOKEN)]);
    assert_eq!(status(call("operator-of-acme")).await, StatusCode::OK);
    assert_eq!(status(TestRequest::get("/health")).await, StatusCode::OK);
    assert_eq!(status(call(TOKEN)).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(sign_in()).await, StatusCode::SERVICE_UNAVAILABLE);
    place.says(Ok(Some(TOKEN)));
    world.clock.later(SignedDuration::from_secs(1));
    assert_eq!(status(call(TOKEN)).await, StatusCode::OK);
    assert_eq!(status(sign_in()).await, StatusCode::SEE_OTHER);
}
