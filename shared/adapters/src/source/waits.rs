//! Records until when readings wait because a source asked for a pause, to be shown to people.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;

use super::calls::locked;

/// The sources that asked for a pause, by their URL in the document.
#[derive(Default)]
pub(super) struct SourceWaits(Mutex<HashMap<String, Timestamp>>);

impl SourceWaits {
    /// Notes that a source allows no request before `until`.
    pub(super) fn note(&self, url: &str, until: Timestamp) {
        let mut waits = locked(&self.0);
        let now = Timestamp::now();
        waits.retain(|_, other| *other > now);
        let noted = waits.entry(url.to_owned()).or_insert(until);
        *noted = until.max(*noted);
    }

    /// Returns until when a source allows no request, where that is in the future.
    pub(super) fn of(&self, url: &str) -> Option<Timestamp> {
        let until = locked(&self.0).get(url).copied()?;
        (until > Timestamp::now()).then_some(until)
    }
}
