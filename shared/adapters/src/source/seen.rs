//! The text of an answer, recorded while it is read: proposals are made from it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::calls::locked;

/// The maximum number of bytes of an answer that are kept.
const MOST: usize = 4 * 1024 * 1024;
/// How long the rest of a page is waited for, once enough of its records were read: a person is
/// watching.
pub(super) const REST: Duration = Duration::from_secs(2);

/// The text of an answer so far.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenText(Arc<Mutex<Vec<u8>>>);

impl SeenText {
    pub(super) fn add(&self, text: &[u8]) {
        let mut seen = locked(&self.0);
        let left = MOST.saturating_sub(seen.len()).min(text.len());
        seen.extend_from_slice(text.get(..left).unwrap_or_default());
    }

    /// Returns whether no more text is kept.
    pub(super) fn is_full(&self) -> bool {
        locked(&self.0).len() >= MOST
    }

    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *locked(&self.0))
    }
}
