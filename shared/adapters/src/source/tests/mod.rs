//! Feeds over real HTTP, from a server that sends whatever bytes a test wants.

mod ahead;
mod answers;
mod asking;
mod badges;
mod bodies;
mod credentials;
mod details;
mod ends;
mod faults;
mod formats;
mod lookups;
mod one_record;
mod paces;
mod page_links;
mod paging;
mod redirects;
mod samples;
mod tokens;
mod waits;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    Feed, FeedBlock, ReadMode, SecretError, Secrets, SourceError, Sources,
};
use attendee_sync_domain::config::{SecretName, SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::ScriptedAnswer;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::HttpSources;

/// Stands for every credential; must never be seen.
const CANARY: &str = "c4n4ry+/secret";

/// Answers the same whatever is asked.
type Always = fn() -> ScriptedAnswer;

/// Secrets in memory.
#[derive(Default)]
struct MemorySecrets(BTreeMap<String, String>);

#[async_trait]
impl Secrets for MemorySecrets {
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let found = self.0.get(name.as_str());
        Ok(found.map(|value| value.clone().into()))
    }

    async fn remove_secret(&self, _: &SecretName) -> Result<(), SecretError> {
        unreachable!("sources only read secrets")
    }

    async fn put_secret(&self, _: &SecretName, _: SecretString) -> Result<(), SecretError> {
        unreachable!("sources only read secrets")
    }
}

fn sources(addresses: SourceAddresses) -> HttpSources {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let secrets = MemorySecrets([("canary".to_owned(), CANARY.to_owned())].into());
    HttpSources {
        first_wait: Duration::from_millis(1),
        ..HttpSources::new(Arc::new(secrets), addresses)
    }
}

/// A source at `url` with the settings of `rest`, that may be asked as fast as can be.
fn source(url: &str, rest: Value) -> SourceSettings {
    let mut document = json!({
        "url": url,
        "limits": {"requests_per_minute": u32::MAX, "timeout_seconds": 5},
    });
    merge(&mut document, rest);
    serde_json::from_value(document).unwrap()
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The records of a block, as text.
pub(super) fn units(block: &FeedBlock) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    block
        .units
        .iter()
        .map(|unit| match unit {
            Some(range) => text(&block.bytes[range.clone()]),
            None => "too long".to_owned(),
        })
        .collect()
}

/// All records of a feed.
async fn drain(feed: &mut dyn Feed) -> Result<Vec<String>, SourceError> {
    let mut records = Vec::new();
    loop {
        let block = timeout(Duration::from_mins(1), feed.next()).await;
        match block.expect("a block comes within a minute")? {
            Some(block) => records.extend(units(&block)),
            None => return Ok(records),
        }
    }
}

async fn read_as(
    source: &SourceSettings,
    addresses: SourceAddresses,
) -> Result<Vec<String>, String> {
    let read = async {
        let mut feed = sources(addresses)
            .open(source, &ReadMode::Everything)
            .await?;
        let read = drain(feed.as_mut()).await;
        if read.is_err() {
            assert!(feed.next().await.is_err(), "a failed feed stays failed");
        }
        read
    };
    read.await.map_err(|error| without_canary(&error))
}

/// All records of a source, or the message of its error.
async fn read(source: &SourceSettings) -> Result<Vec<String>, String> {
    read_as(source, SourceAddresses::Any).await
}

/// The message of an error that shows the credential nowhere.
fn without_canary(error: &SourceError) -> String {
    let mut shown = format!("{error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        shown += &error.to_string();
        cause = error.source();
    }
    for form in [
        CANARY,
        "c4n4ry%2B%2Fsecret",
        "c4n4ry",
        "bWU6YzRuNHJ5Ky9zZWNyZXQ",
    ] {
        assert!(!shown.contains(form), "{form} in {shown}");
    }
    error.message.clone()
}

#[track_caller]
fn assert_says(read: Result<Vec<String>, String>, parts: &[&str]) {
    let message = read.unwrap_err();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}
