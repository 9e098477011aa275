//! One pace for each source in the process: runs, previews, tests of a connection and the diagnosis
//! share what `source.limits.requests_per_minute` allows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use attendee_sync_domain::config::Limits;
use tokio::time::Instant;
use url::Url;

use super::calls::locked;
use super::credentials::Credentials;
use super::pace::RequestPace;

/// A pace that several readings share.
pub(super) type SharedPace = Arc<Mutex<RequestPace>>;

/// The paces of the sources that are being read, or were read a moment ago.
#[derive(Default)]
pub(super) struct Paces(Mutex<HashMap<PacedSource, SharedPace>>);

/// Identifies a pace: an account at a server. It contains neither the credential nor, where there
/// is a credential, the path: a registration system counts the requests of an account, whatever
/// their path is.
///
/// The limit is part of it, so that nobody can slow down another event's readings by naming the
/// same public address with a lower limit.
#[derive(PartialEq, Eq, Hash)]
struct PacedSource {
    origin: String,
    account: Account,
    requests_per_minute: u32,
}

/// The account with which a server is requested.
#[derive(PartialEq, Eq, Hash)]
enum Account {
    /// The owner of the credential with this hash.
    Holder([u8; 32]),
    /// No account, for what is at this path with this query: many communities may have their lists
    /// on the same public server.
    Anybody(String),
}

impl Paces {
    /// Returns the pace of a source. It is a new one if nobody reads the source and no earlier
    /// request has an effect any more.
    pub(super) fn of(&self, url: &Url, credentials: &Credentials, limits: &Limits) -> SharedPace {
        let now = Instant::now();
        let mut paces = locked(&self.0);
        // Few remain: those of sources that are read now, or were read in the last seconds.
        paces.retain(|_, pace| Arc::strong_count(pace) > 1 || !locked(pace).is_fresh(now));
        let source = PacedSource {
            origin: url.origin().ascii_serialization(),
            account: match credentials.identity() {
                Some(holder) => Account::Holder(holder),
                None => Account::Anybody(path_and_query(url)),
            },
            requests_per_minute: limits.requests_per_minute,
        };
        let pace = paces
            .entry(source)
            .or_insert_with(|| Arc::new(Mutex::new(RequestPace::new(limits.requests_per_minute))));
        Arc::clone(pace)
    }
}

fn path_and_query(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}
