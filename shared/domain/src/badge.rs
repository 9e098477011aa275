//! Digital badges: what the app can show, told by the file itself, and what was found at their URLs.
//!
//! Of a URL only a keyed hash is kept, as it may name a person.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{PersonKey, RunNumber};

/// Bytes at the beginning of a file by which its kind is told.
pub const BADGE_HEAD_BYTES: usize = 1_024;
/// Most bytes of a badge: a phone loads it over a mobile network.
pub const MAX_BADGE_BYTES: u64 = 20_000_000;
/// The parts that the findings of an event are spread over: at most 30 KB each for 200,000 badges.
const SHARDS: u64 = 64;
/// Most findings of a part: an item takes 400 KB (`DynamoDB` documentation, "Quotas").
const MAX_SHARD: usize = 39_000;
/// Bytes of the hash of a URL.
const HASH: usize = 8;
/// Bytes of a finding: the hash, and two of what was found.
const ENTRY: usize = HASH + 2;

/// The number that these bytes are, the greatest first.
fn number<'b>(bytes: impl Iterator<Item = &'b u8>) -> u64 {
    bytes.fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The kinds of files that the app can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BadgeKind {
    /// JPEG (ITU-T T.81).
    Jpg,
    /// PNG (W3C).
    Png,
    /// PDF (ISO 32000).
    Pdf,
}

/// What was found at the URL of a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BadgeFinding {
    /// A file that the app can show.
    Good(BadgeKind),
    /// A web page, such as one to sign in.
    WebPage,
    /// Another kind of file.
    OtherFile,
    /// A file without content.
    Empty,
    /// A file of more than [`MAX_BADGE_BYTES`].
    TooLarge,
    /// An answer with this HTTP status.
    Status(u16),
    /// No answer in time.
    Silent,
    /// No connection to the server.
    Unreachable,
    /// A private address, or another one that sources may not have either.
    NotAllowed,
    /// Redirects without an end.
    Redirects,
}

impl BadgeFinding {
    /// Tells by its first bytes what a file is, whatever its server calls it.
    #[must_use]
    pub fn of_file(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let text = text.trim_ascii_start();
        let is_tag = |tag: &[u8]| {
            let begin = text.get(..tag.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(tag))
        };
        if head.starts_with(b"\xff\xd8\xff") {
            Self::Good(BadgeKind::Jpg)
        } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Self::Good(BadgeKind::Png)
        } else if text.starts_with(b"%PDF-") {
            Self::Good(BadgeKind::Pdf)
        } else if head.is_empty() {
            Self::Empty
        } else if is_tag(b"<!doctype html") || is_tag(b"<html") || is_tag(b"<head") {
            Self::WebPage
        } else {
            Self::OtherFile
        }
    }

    /// Returns the kind of the file, where the app can show it.
    #[must_use]
    pub fn kind(self) -> Option<BadgeKind> {
        match self {
            Self::Good(kind) => Some(kind),
            _ => None,
        }
    }

    /// Returns what is wrong and what to do, for people; nothing where the app can show it.
    #[must_use]
    pub fn reason(self) -> Option<String> {
        let found = match self {
            Self::Good(_) => return None,
            Self::WebPage => {
                "its URL leads to a web page, not to a JPG, PNG or PDF; give the URL of the file, which opens without signing in".to_owned()
            }
            Self::OtherFile => {
                "the file at its URL is not a JPG, PNG or PDF, whatever it is called; the app cannot show it".to_owned()
            }
            Self::Empty => "the file at its URL is empty; make the badge again".to_owned(),
            Self::TooLarge => format!(
                "the file at its URL has more than {} MB; make it smaller",
                MAX_BADGE_BYTES / 1_000_000
            ),
            Self::Status(status) => format!(
                "its URL answers with status {status}; look whether the badge is still there, and opens without signing in"
            ),
            Self::Silent => {
                "its URL did not answer within 10 seconds; look whether the app opens it".to_owned()
            }
            Self::Unreachable => {
                "the server at its URL could not be reached; look whether the URL is right".to_owned()
            }
            Self::NotAllowed => {
                "its URL is at a private address or not https, which no phone opens; give a public one".to_owned()
            }
            Self::Redirects => "its URL leads from one to the next without an end".to_owned(),
        };
        Some(found)
    }

    /// Whether the server is at fault, not the badge.
    #[must_use]
    pub fn is_of_server(self) -> bool {
        matches!(self, Self::Silent | Self::Unreachable)
            || matches!(self, Self::Status(status) if status == 429 || status >= 500)
    }

    fn code(self) -> u16 {
        match self {
            Self::Good(BadgeKind::Jpg) => 0,
            Self::Good(BadgeKind::Png) => 1,
            Self::Good(BadgeKind::Pdf) => 2,
            Self::WebPage => 10,
            Self::OtherFile => 11,
            Self::Empty => 12,
            Self::TooLarge => 13,
            Self::Silent => 20,
            Self::Unreachable => 21,
            Self::NotAllowed => 22,
            Self::Redirects => 23,
            Self::Status(status) => status.max(100),
        }
    }

    fn of_code(code: u16) -> Self {
        match code {
            0 => Self::Good(BadgeKind::Jpg),
            1 => Self::Good(BadgeKind::Png),
            2 => Self::Good(BadgeKind::Pdf),
            10 => Self::WebPage,
            12 => Self::Empty,
            13 => Self::TooLarge,
            20 => Self::Silent,
            21 => Self::Unreachable,
            22 => Self::NotAllowed,
            23 => Self::Redirects,
            100.. => Self::Status(code),
            _ => Self::OtherFile,
        }
    }
}

/// A keyed hash of the URL of a badge, which does not reveal it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BadgeHash(u64);

impl BadgeHash {
    /// Returns the first 64 bits of HMAC-SHA-256 of the URL under the community's key.
    #[must_use]
    pub fn of(key: &PersonKey, url: &str) -> Self {
        // No e-mail address begins so: no person's id is ever a part of it.
        let digest = key.authenticate(&format!("badge/{url}"));
        Self(number(digest.iter().take(HASH)))
    }

    /// Returns the part of an event's findings that this one is in.
    #[must_use]
    pub fn shard(self) -> u8 {
        u8::try_from(self.0 % SHARDS).unwrap_or_default()
    }
}

/// What was found at URLs, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BadgeFindings(BTreeMap<BadgeHash, BadgeFinding>);

impl BadgeFindings {
    /// Adds the findings of a part, as [`BadgeFindings::shard_to_bytes`] wrote them.
    pub fn read(&mut self, bytes: &[u8]) {
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        for entry in entries {
            let hash = BadgeHash(number(entry.iter().take(HASH)));
            let code = number(entry.iter().skip(HASH));
            let finding = BadgeFinding::of_code(u16::try_from(code).unwrap_or(u16::MAX));
            self.0.insert(hash, finding);
        }
    }

    /// Returns a part of the findings as bytes: as many as an item takes.
    #[must_use]
    pub fn shard_to_bytes(&self, shard: u8) -> Vec<u8> {
        let own = self.0.iter().filter(|(hash, _)| hash.shard() == shard);
        let entries = own.take(MAX_SHARD).map(|(hash, finding)| {
            let mut entry = hash.0.to_be_bytes().to_vec();
            entry.extend(finding.code().to_be_bytes());
            entry
        });
        entries.flatten().collect()
    }

    /// Returns what was found at a URL; nothing where it was not looked at.
    #[must_use]
    pub fn get(&self, hash: BadgeHash) -> Option<BadgeFinding> {
        self.0.get(&hash).copied()
    }

    /// Notes what was found at a URL.
    pub fn note(&mut self, hash: BadgeHash, finding: BadgeFinding) {
        self.0.insert(hash, finding);
    }

    /// Forgets the URLs that no badge has any more. Returns the parts that change.
    pub fn keep(&mut self, alive: &HashSet<BadgeHash>) -> BTreeSet<u8> {
        let mut changed = BTreeSet::new();
        self.0.retain(|hash, _| {
            let stays = alive.contains(hash);
            if !stays {
                changed.insert(hash.shard());
            }
            stays
        });
        changed
    }

    /// Forgets the URLs that have no file that the app can show. Returns the parts that change.
    pub fn forget_bad(&mut self) -> BTreeSet<u8> {
        let mut changed = BTreeSet::new();
        self.0.retain(|hash, found| {
            let stays = found.kind().is_some();
            if !stays {
                changed.insert(hash.shard());
            }
            stays
        });
        changed
    }

    /// Returns how many URLs have no file that the app can show.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.0
            .values()
            .filter(|found| found.kind().is_none())
            .count() as u64
    }

    /// Returns at how many URLs somebody looked.
    #[must_use]
    pub fn checked(&self) -> u64 {
        self.0.len() as u64
    }
}

/// How far the badges of an event are checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BadgeRound {
    /// The newest run whose people were looked through.
    pub seen: RunNumber,
    /// Until when a process may be checking; nothing where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// URLs that were checked.
    pub checked: u64,
    /// URLs of these that have no file that the app can show.
    pub bad: u64,
    /// URLs that are not checked yet.
    pub left: u64,
}

/// What is known of one person's badge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct BadgeCheck {
    /// Whether somebody looked.
    pub checked: bool,
    /// The kind of the file, where the app can show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<BadgeKind>,
    /// What is wrong, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<Option<BadgeFinding>> for BadgeCheck {
    fn from(found: Option<BadgeFinding>) -> Self {
        Self {
            checked: found.is_some(),
            kind: found.and_then(BadgeFinding::kind),
            reason: found.and_then(BadgeFinding::reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_first_bytes() {
        use BadgeFinding::{Empty, Good, OtherFile, WebPage};
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0\x00\x10JFIF"[..], Good(BadgeKind::Jpg)),
            (b"\x89PNG\r\n\x1a\n\x00", Good(BadgeKind::Png)),
            (b"%PDF-1.7\n", Good(BadgeKind::Pdf)),
            (b"\xef\xbb\xbf\n%PDF-1.4", Good(BadgeKind::Pdf)),
            (b"", Empty),
            (b"<!DOCTYPE html><title>Sign in</title>", WebPage),
            (b"\xef\xbb\xbf  <HTML lang=en>%PDF-", WebPage),
            (b"GIF89a", OtherFile),
            (b"RIFF....WEBP", OtherFile),
            (b"<svg xmlns=", OtherFile),
            (b"\x89PNG", OtherFile),
            (b"{\"error\": \"%PDF-\"}", OtherFile),
        ] {
            assert_eq!(BadgeFinding::of_file(head), expected, "{head:?}");
        }
    }

    #[test]
    fn findings_are_read_as_they_were_written() {
        let key = PersonKey([7; 32]);
        let all = [
            BadgeFinding::Good(BadgeKind::Jpg),
            BadgeFinding::Good(BadgeKind::Png),
            BadgeFinding::Good(BadgeKind::Pdf),
            BadgeFinding::WebPage,
            BadgeFinding::OtherFile,
            BadgeFinding::Empty,
            BadgeFinding::TooLarge,
            BadgeFinding::Silent,
            BadgeFinding::Unreachable,
            BadgeFinding::NotAllowed,
            BadgeFinding::Redirects,
            BadgeFinding::Status(404),
            BadgeFinding::Status(503),
        ];
        let mut findings = BadgeFindings::default();
        for (number, finding) in all.into_iter().enumerate() {
            let url = format!("https://badges.example.org/ada?n={number}");
            findings.note(BadgeHash::of(&key, &url), finding);
        }
        let mut read = BadgeFindings::default();
        for shard in 0..64 {
            let bytes = findings.shard_to_bytes(shard);
            assert!(!bytes.windows(3).any(|part| part == b"ada"));
            read.read(&bytes);
        }
        assert_eq!(read, findings);
        assert_eq!((read.checked(), read.bad()), (13, 10));
        let stays = BadgeHash::of(&key, "https://badges.example.org/ada?n=3");
        let changed = read.keep(&HashSet::from([stays]));
        assert!(!changed.is_empty());
        assert_eq!((read.checked(), read.bad()), (1, 1));
        assert_eq!(read.get(stays), Some(BadgeFinding::WebPage));
        let other = BadgeHash::of(&PersonKey([8; 32]), "https://badges.example.org/ada?n=3");
        assert_eq!(read.get(other), None);
    }
}
