//! What waits in memory for the session that made it, for an hour. Its handle opens nothing to
//! another session.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::access::{Session, secret};

/// How long something waits.
const KEPT: Duration = Duration::from_hours(1);

/// Some of it, of one kind; the oldest make room.
pub(crate) struct Pad<T> {
    most: usize,
    all: Mutex<HashMap<String, Kept<T>>>,
}

struct Kept<T> {
    session: String,
    what: T,
    until: Instant,
}

impl<T: Clone> Pad<T> {
    /// For so many at a time.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            all: Mutex::default(),
        }
    }

    /// Keeps something; gives its handle.
    pub(crate) fn keep(&self, session: &Session, what: T, now: Instant) -> String {
        let mut all = self.lock();
        all.retain(|_, kept| kept.until > now);
        if all.len() >= self.most {
            let oldest = all.iter().min_by_key(|(_, kept)| kept.until);
            if let Some(handle) = oldest.map(|(handle, _)| handle.clone()) {
                all.remove(&handle);
            }
        }
        let handle = secret();
        let kept = Kept {
            session: session.id.clone(),
            what,
            until: now + KEPT,
        };
        all.insert(handle.clone(), kept);
        handle
    }

    /// What was kept, while it waits.
    pub(crate) fn look(&self, session: &Session, handle: &str, now: Instant) -> Option<T> {
        let all = self.lock();
        let kept = all.get(handle)?;
        (kept.session == session.id && kept.until > now).then(|| kept.what.clone())
    }

    /// Forgets something.
    pub(crate) fn forget(&self, handle: &str) {
        self.lock().remove(handle);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept<T>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &str) -> Session {
        Session {
            id: id.to_owned(),
            csrf: String::new(),
            authority: std::sync::Arc::new(attendee_sync_domain::authority::Authority::owner()),
        }
    }

    #[test]
    fn something_waits_an_hour_for_the_session_that_made_it() {
        let pad = Pad::new(9);
        let now = Instant::now();
        let (ours, other) = (session("ours"), session("other"));
        let handle = pad.keep(&ours, "s3cret", now);
        assert!(!handle.contains("s3cret"));
        assert_eq!(pad.look(&ours, &handle, now), Some("s3cret"));
        assert_eq!(pad.look(&other, &handle, now), None);
        assert_eq!(pad.look(&ours, &handle, now + KEPT), None);
        pad.forget(&handle);
        assert_eq!(pad.look(&ours, &handle, now), None);
    }

    #[test]
    fn the_oldest_make_room() {
        let pad = Pad::new(3);
        let now = Instant::now();
        let ours = session("ours");
        let first = pad.keep(&ours, "first", now);
        let later = now + Duration::from_secs(1);
        let others: Vec<String> = (0..3).map(|_| pad.keep(&ours, "x", later)).collect();
        assert_eq!(pad.look(&ours, &first, later), None);
        let kept = |one: &String| pad.look(&ours, one, later).is_some();
        assert!(others.iter().all(kept));
    }
}
