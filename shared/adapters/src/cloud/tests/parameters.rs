//! Secrets, with a Parameter Store that keeps them in memory.

mod moving;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

use attendee_sync_app::ports::{OwnerToken, SecretError, Secrets};
use attendee_sync_domain::config::{SecretName, SecretOwner};
use attendee_sync_testkit::clock::TestClock;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::server::{Aws, CloudRequestSeen, CloudServerStep};
use crate::cloud::SsmSecrets;

type StoredParameters = Arc<Mutex<BTreeMap<String, Value>>>;

fn answer(asked: &CloudRequestSeen, kept: &StoredParameters) -> CloudServerStep {
    let mut kept = kept.lock().unwrap();
    let name = asked.body["Name"].as_str().unwrap().to_owned();
    let absent = CloudServerStep::fail(400, "ParameterNotFound");
    match asked.operation.as_str() {
        "GetParameter" => {
            assert_eq!(asked.body["WithDecryption"], true);
            let found = kept.get(&name);
            found.map_or(absent, |value| {
                CloudServerStep::take(json!({"Parameter": {"Name": name, "Value": value}}))
            })
        }
        "PutParameter" => {
            if asked.body["Overwrite"] == false && kept.contains_key(&name) {
                return CloudServerStep::fail(400, "ParameterAlreadyExists");
            }
            kept.insert(name, asked.body["Value"].clone());
            CloudServerStep::take(json!({"Version": 1}))
        }
        _ => kept
            .remove(&name)
            .map_or(absent, |_| CloudServerStep::take(json!({}))),
    }
}

/// A clock that stands still.
fn clock() -> TestClock {
    TestClock::standing_at("1970-01-01T00:00:00Z")
}

struct ParameterScene {
    aws: Aws,
    kept: StoredParameters,
    clock: TestClock,
    secrets: SsmSecrets,
}

/// With nothing to be moved.
async fn scene() -> ParameterScene {
    let scene = fresh().await;
    scene.store_at("/sync/secrets/_layout", "by-event");
    scene
}

/// As an earlier version leaves it.
async fn fresh() -> ParameterScene {
    let kept = StoredParameters::default();
    let shared = kept.clone();
    let aws = Aws::start(move |asked| answer(asked, &shared)).await;
    let clock = clock();
    let client = aws_sdk_ssm::Client::new(&aws.config());
    let secrets = SsmSecrets::new(client, "/sync/", Arc::new(clock.clone()));
    ParameterScene {
        aws,
        kept,
        clock,
        secrets,
    }
}

fn name_of(community: &str, event: &str, name: &str) -> SecretName {
    let name: SecretName = name.parse().unwrap();
    name.owned_by(SecretOwner {
        community: community.parse().unwrap(),
        event: event.parse().unwrap(),
    })
}

fn name() -> SecretName {
    name_of("acme", "devcon", "devcon-source")
}

/// Where it is.
const ADDRESS: &str = "/sync/secrets/acme/devcon/devcon-source";

impl ParameterScene {
    async fn read(&self) -> Option<String> {
        let found = self.secrets.secret(&name()).await.unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }

    fn store(&self, value: &str) {
        self.store_at(ADDRESS, value);
    }

    fn store_at(&self, parameter: &str, value: &str) {
        let mut kept = self.kept.lock().unwrap();
        kept.insert(parameter.to_owned(), value.into());
    }
}

fn told(error: &SecretError) -> String {
    format!("{error}: {} {error:?}", error.source().unwrap())
}

#[tokio::test]
async fn a_secret_is_an_encrypted_standard_parameter_below_the_path() {
    let scene = scene().await;
    assert_eq!(scene.read().await, None);
    scene
        .secrets
        .put_secret(&name(), "s3cret".into())
        .await
        .unwrap();
    assert_eq!(scene.read().await.as_deref(), Some("s3cret"));
    let put = scene.aws.asked().pop().unwrap().body;
    assert_eq!(
        put,
        json!({
            "Name": ADDRESS, "Value": "s3cret", "Type": "SecureString",
            "Tier": "Intelligent-Tiering", "Overwrite": true,
        })
    );
    scene.secrets.remove_secret(&name()).await.unwrap();
    scene.secrets.remove_secret(&name()).await.unwrap();
    assert_eq!(scene.read().await, None);
}

#[tokio::test]
async fn a_secret_is_remembered_for_a_minute_and_its_absence_never() {
    let scene = scene().await;
    assert_eq!(scene.read().await, None);
    scene.store("first");
    assert_eq!(scene.read().await.as_deref(), Some("first"));
    scene.store("second");
    // Once it was asked for how far the move has come.
    for (second, expected, asked) in [
        (0, "first", 3),
        (59, "first", 3),
        (60, "second", 4),
        // A clock that is put back.
        (10, "second", 5),
    ] {
        scene.clock.set(Timestamp::from_second(second).unwrap());
        assert_eq!(scene.read().await.as_deref(), Some(expected), "{second}");
        assert_eq!(scene.aws.count("GetParameter"), asked, "{second}");
    }
}

#[tokio::test]
async fn the_owners_token_is_a_parameter_that_is_read_anew() {
    let scene = scene().await;
    assert!(scene.secrets.owner_token().await.unwrap().is_none());
    for value in ["one", "two"] {
        scene.store_at("/sync/token", value);
        let token = scene.secrets.owner_token().await.unwrap().unwrap();
        assert_eq!(token.expose_secret(), value);
    }
}

#[tokio::test]
async fn what_a_standard_parameter_cannot_hold_is_refused_with_its_name() {
    let scene = scene().await;
    let longest = "x".repeat(4096);
    scene
        .secrets
        .put_secret(&name(), longest.into())
        .await
        .unwrap();
    let long = scene
        .secrets
        .put_secret(&name(), "xx".repeat(2049).into())
        .await;
    let told = told(&long.unwrap_err());
    assert!(
        told.contains("\"devcon-source\" has 4098 bytes, and Parameter Store takes at most 4096"),
        "{told}"
    );
    assert!(!told.contains("xxx"));
    assert!(scene.secrets.put_secret(&name(), "".into()).await.is_err());
    assert_eq!(scene.aws.count("PutParameter"), 1);
}

#[tokio::test]
async fn no_error_repeats_what_the_service_says() {
    for (what, expected) in [
        (
            CloudServerStep::fail(400, "ValidationException"),
            "(ValidationException)",
        ),
        (
            CloudServerStep::fail(400, "AccessDeniedException"),
            "(AccessDeniedException)",
        ),
        (CloudServerStep::Answer(500, json!("s3cret")), "failed ("),
        (CloudServerStep::Cut, "(no connection, or no credentials)"),
        (CloudServerStep::Hang, "(no answer in time)"),
    ] {
        let case = format!("{what:?}");
        let aws = Aws::start(move |_| what.clone()).await;
        let client = aws_sdk_ssm::Client::new(&aws.impatient());
        let secrets = SsmSecrets::new(client, "/sync", Arc::new(clock()));
        let errors = [
            secrets
                .put_secret(&name(), "s3cret".into())
                .await
                .unwrap_err(),
            secrets.secret(&name()).await.unwrap_err(),
            secrets.remove_secret(&name()).await.unwrap_err(),
        ];
        for error in errors {
            let told = told(&error);
            assert!(told.contains(expected), "{case}: {told}");
            assert!(told.contains(ADDRESS), "{told}");
            assert!(!told.contains("s3cret"), "{case}: {told}");
        }
    }
}

#[tokio::test]
async fn what_this_process_stores_or_removes_is_seen_at_once() {
    let scene = scene().await;
    scene.store("first");
    assert_eq!(scene.read().await.as_deref(), Some("first"));
    scene
        .secrets
        .put_secret(&name(), "second".into())
        .await
        .unwrap();
    assert_eq!(scene.read().await.as_deref(), Some("second"));
    scene.store("third");
    scene.secrets.remove_secret(&name()).await.unwrap();
    scene.store("fourth");
    assert_eq!(scene.read().await.as_deref(), Some("fourth"));
}

#[tokio::test]
async fn a_secret_is_below_its_community_and_event_and_nobody_elses_name_reaches_it() {
    let scene = scene().await;
    scene.store("s3cret");
    for (community, event) in [("globex", "devcon"), ("acme", "gala")] {
        let theirs = name_of(community, event, "devcon-source");
        assert!(scene.secrets.secret(&theirs).await.unwrap().is_none());
        scene.secrets.remove_secret(&theirs).await.unwrap();
        let put = scene.secrets.put_secret(&theirs, "theirs".into()).await;
        put.unwrap();
    }
    assert_eq!(scene.read().await.as_deref(), Some("s3cret"));
    let alone: SecretName = "devcon-source".parse().unwrap();
    assert!(scene.secrets.secret(&alone).await.unwrap().is_none());
    let refused = scene.secrets.put_secret(&alone, "x".into()).await;
    assert!(told(&refused.unwrap_err()).contains("belongs to no event"));
}
