//! One pace for each source, whoever reads it.

use std::time::Duration;

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, json as page};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{HttpSources, drain, source, sources};

/// Twenty a minute: three at once, and the others more than three seconds apart.
const LIMIT: u32 = 20;
const AT_ONCE: usize = 3;

fn slow(server: &FaultyServer, path: &str, rest: Value) -> SourceSettings {
    let mut slow = source(&server.url(path), rest);
    slow.limits.requests_per_minute = LIMIT;
    slow
}

/// Whether a test of the connection is answered without waiting for the next turn.
async fn is_at_once(sources: &HttpSources, source: &SourceSettings) -> bool {
    let sample = timeout(Duration::from_secs(1), sources.sample(source, 10)).await;
    sample.is_ok_and(|sample| sample.units.is_ok())
}

async fn use_up(sources: &HttpSources, source: &SourceSettings) {
    for _ in 0..AT_ONCE {
        let mut feed = sources.open(source, &ReadMode::Everything).await.unwrap();
        drain(feed.as_mut()).await.unwrap();
    }
}

#[tokio::test]
async fn a_test_of_the_connection_waits_for_its_turn_behind_the_runs_of_its_source() {
    let server = FaultyServer::start(|_| page("[]")).await;
    let sources = sources(SourceAddresses::Any);
    let devcon = slow(&server, "/devcon", json!({}));
    use_up(&sources, &devcon).await;
    assert!(!is_at_once(&sources, &devcon).await);
    assert_eq!(server.asked().len(), AT_ONCE);
    // Another list, and another process.
    assert!(is_at_once(&sources, &slow(&server, "/other", json!({}))).await);
    assert!(is_at_once(&super::sources(SourceAddresses::Any), &devcon).await);
    // Nobody slows others down by naming their address with a lower limit.
    let mut other = devcon.clone();
    other.limits.requests_per_minute = LIMIT + 1;
    assert!(is_at_once(&sources, &other).await);
}

#[tokio::test]
async fn an_account_has_one_pace_however_its_credential_was_given() {
    let server = FaultyServer::start(|_| page("[]")).await;
    let sources = sources(SourceAddresses::Any);
    let bearer = |token: Value| json!({"authentication": {"type": "bearer", "token": token}});
    let stored = slow(&server, "/devcon", bearer(json!({"secret": "canary"})));
    use_up(&sources, &stored).await;
    let typed = slow(&server, "/other-event", bearer(json!(super::CANARY)));
    assert!(!is_at_once(&sources, &typed).await);
    let another = slow(&server, "/devcon", bearer(json!("another-account")));
    assert!(is_at_once(&sources, &another).await);
}
