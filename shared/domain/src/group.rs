//! Group names: compared without regard to case, spacing or invisible characters, and shown in
//! their first spelling.

mod options;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text;

pub use options::{CommunityGroupOptions, EventPhase, GroupEnd, GroupOptions};

/// Longest group name kept, in characters.
pub const MAX_GROUP_NAME: usize = 100;

/// A group's name as its author wrote it, trimmed, with single spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupName(String);

impl GroupName {
    /// Returns the name in `text`; `None` where it contains only white space, control characters
    /// and invisible characters. Such characters stay in a name only where they have a meaning.
    /// Longer names than [`MAX_GROUP_NAME`] are cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_noting(text).map(|(name, _)| name)
    }

    /// Returns the name, and whether it was cut.
    #[must_use]
    pub(crate) fn parse_noting(text: &str) -> Option<(Self, bool)> {
        let whole = text::line(text);
        let name: String = whole.chars().take(MAX_GROUP_NAME).collect();
        let is_cut = name.len() < whole.len();
        let name = name.trim_end().to_owned();
        (!name.is_empty()).then_some((Self(name), is_cut))
    }

    /// Returns the key by which names are compared.
    #[must_use]
    pub fn key(&self) -> GroupKey {
        GroupKey(text::folded(&self.0))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group's identity within its community: its name in lower case, in Unicode form NFKC and
/// without invisible characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupKey(String);

impl GroupKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group of a community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its identity.
    pub key: GroupKey,
    /// Its first spelling.
    pub name: GroupName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_and_case_do_not_make_another_group() {
        let key = |text: &str| GroupName::parse(text).unwrap().key();
        assert_eq!(key("VIP  Lounge"), key(" vip lounge\t"));
        assert_eq!(
            GroupName::parse(" VIP \n Lounge").unwrap().as_str(),
            "VIP Lounge"
        );
        assert_eq!(GroupName::parse(" \u{0} "), None);
        assert_eq!(GroupName::parse("\u{202e}\u{200f} "), None);
        for same in [
            "V\u{202e}IP\u{2069}",
            "\u{feff}V\u{200b}I\u{ad}P",
            "\u{ff36}\u{ff29}\u{ff30}",
            "\u{a0}vip",
        ] {
            assert_eq!(key(same), key("VIP"), "{same:?}");
        }
        assert_eq!(key("\u{130}zmir"), key("izmir"));
        assert_eq!(
            GroupName::parse(&"x".repeat(300)).unwrap().as_str().len(),
            MAX_GROUP_NAME
        );
    }
}
