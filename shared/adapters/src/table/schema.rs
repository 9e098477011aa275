//! The schema version that every item carries, and what it means to a version that knows an older one.

use std::fmt;

use attendee_sync_domain::unknown_keys::keep_unknown;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::item::ItemBody;

/// The version of the shape of an item. A minor version adds keys, which older programs read past and keep;
/// a major version is refused by older programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemSchema(u32);

/// How many minor versions a major version may have.
const MINORS: u32 = 1_000;

impl ItemSchema {
    /// Of items that say nothing of it: they are older than the attribute.
    pub const FIRST: Self = Self(MINORS);
    /// The version that this program writes. `CONTRIBUTING.md` says when to raise it.
    pub const CURRENT: Self = Self::FIRST;

    /// Returns the version from its number as it is stored: the major version times 1,000, and the minor one.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        Self(number.max(MINORS))
    }

    /// Returns the number as it is stored.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// Returns whether a newer program wrote the item.
    #[must_use]
    pub fn is_newer(self) -> bool {
        self > Self::CURRENT
    }

    /// Returns whether this program may read the item.
    #[must_use]
    pub fn is_readable(self) -> bool {
        self.0 / MINORS <= Self::CURRENT.0 / MINORS
    }
}

impl Default for ItemSchema {
    fn default() -> Self {
        Self::CURRENT
    }
}

impl fmt::Display for ItemSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / MINORS, self.0 % MINORS)
    }
}

/// What a body is to this program, so that a write over an item of a newer one keeps what the newer one added.
/// It is no part of an item's content.
#[derive(Clone, Copy, Default)]
pub struct KnownShape(Option<fn(&Value, Value) -> Option<Value>>);

impl KnownShape {
    /// The shape of a body that holds this type as JSON.
    #[must_use]
    pub(super) fn of<T: DeserializeOwned + Serialize>() -> Self {
        Self(Some(keep_unknown::<T>))
    }

    /// Returns what is written, with what the stored body has and this program does not know.
    pub(super) fn keep(self, stored: &ItemBody, written: &ItemBody) -> Option<ItemBody> {
        let keep = self.0?;
        let kept = keep(&stored.json()?, written.json()?)?;
        written.with_json(&kept)
    }
}

impl fmt::Debug for KnownShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "known" } else { "opaque" })
    }
}

impl PartialEq for KnownShape {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KnownShape {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_version_is_readable_and_a_major_one_is_not() {
        let (minor, major) = (
            ItemSchema::from_number(1_001),
            ItemSchema::from_number(2_000),
        );
        assert_eq!(
            (minor.to_string(), major.to_string()),
            ("1.1".into(), "2.0".into())
        );
        assert!(minor.is_newer() && minor.is_readable());
        assert!(major.is_newer() && !major.is_readable());
        assert!(!ItemSchema::CURRENT.is_newer());
        assert_eq!(ItemSchema::from_number(0), ItemSchema::FIRST);
    }
}
