//! Checks a document: first its shape, then what a shape cannot express. Every problem names its
//! place and the reason.

mod access;
mod consistency;
mod dates;
mod hook;
mod incomplete;
mod invitations;
mod notify;
mod reminders;
mod shape;
mod source;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;
use serde_json::Value;
use url::{Host, Url};

use super::document::EventDocument;
use crate::mail::Senders;
use crate::zone::time_zone;

pub use incomplete::{TestableDocument, check_for_test};

/// A part of a document that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schemas", schema(as = Place))]
pub struct DocumentProblem {
    /// The path of the part, such as `source.url`.
    pub path: String,
    /// The reason, and what to do.
    pub reason: String,
}

impl fmt::Display for DocumentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// All problems of one document; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Problems(pub Vec<DocumentProblem>);

/// The message for an authentication that has none of the known shapes.
pub(super) const AUTHENTICATION_SHAPES: &str = "not as expected: an object with \"type\" none, basic (username, password), bearer (token, scheme), header or query (name, value), oauth2_client_credentials (token_url, client_id, client_secret, scope, client_authentication), or login (url, username, password, username_field, password_field, token_path); a credential is text or {\"secret\": NAME}, where a name has lower-case letters, digits and hyphens";

/// The addresses that a source may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceAddresses {
    /// Only `https` to public addresses.
    Public,
    /// `https` to public addresses, and this one origin, such as `http://127.0.0.1:8081`: a source
    /// that the program itself started.
    PublicAnd(String),
    /// Any address, including `http` and loopback.
    Any,
}

impl SourceAddresses {
    /// Returns whether the URL is exempt from the check of its scheme and address.
    #[must_use]
    pub fn allow(&self, url: &Url) -> bool {
        match self {
            Self::Public => false,
            Self::PublicAnd(origin) => url.origin().ascii_serialization() == *origin,
            Self::Any => true,
        }
    }
}

/// Reads and checks a document, and accepts any sender of invitations.
pub fn check(document: &Value, addresses: &SourceAddresses) -> Result<EventDocument, Problems> {
    check_within(document, addresses, &Senders::any())
}

/// Reads and checks a document. The sender of its invitations has to be one of its community's
/// senders.
pub fn check_within(
    document: &Value,
    addresses: &SourceAddresses,
    senders: &Senders,
) -> Result<EventDocument, Problems> {
    let parsed = shape::read(document)?;
    let mut checks = Checks {
        problems: Vec::new(),
        addresses,
        senders,
    };
    checks.document(&parsed);
    if checks.problems.is_empty() {
        Ok(parsed)
    } else {
        Err(Problems(checks.problems))
    }
}

struct Checks<'a> {
    problems: Vec<DocumentProblem>,
    addresses: &'a SourceAddresses,
    senders: &'a Senders,
}

impl Checks<'_> {
    fn refuse(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.problems.push(DocumentProblem {
            path: path.into(),
            reason: reason.into(),
        });
    }

    fn refuse_if(&mut self, wrong: bool, path: &str, reason: &str) {
        if wrong {
            self.refuse(path, reason);
        }
    }

    fn document(&mut self, document: &EventDocument) {
        self.refuse_if(
            document.name.trim().is_empty(),
            "name",
            "the event needs a name",
        );
        self.refuse_if(
            document.name.chars().count() > 200,
            "name",
            "at most 200 characters",
        );
        if time_zone(&document.time_zone).is_err() {
            self.refuse(
                "time_zone",
                format!(
                    "\"{}\" is not a time zone; use a name such as Europe/Amsterdam",
                    document.time_zone
                ),
            );
        }
        self.source(&document.source);
        self.mapping(&document.mapping);
        self.refuse_if(
            document.source.incremental.is_some() && document.mapping.source_id.is_none(),
            "source.incremental",
            "needs mapping.source_id, to tell a changed record from a new one",
        );
        self.dates(document);
        self.flag_and_rules(document);
        self.invitations(document);
        self.guards(&document.guards);
        self.access(&document.access);
        self.reminders(document);
        self.hook(document);
        self.notify(document);
    }

    fn header(&mut self, path: &str, name: &str, value: &str) {
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        self.refuse_if(
            name.is_empty() || !name.chars().all(token),
            path,
            "not a valid header name or word",
        );
        self.refuse_if(
            value.chars().any(char::is_control),
            path,
            "a header's value is one line without control characters",
        );
    }

    fn url(&mut self, path: &str, text: &str) {
        let url = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
            _ => return self.refuse(path, "not a URL that starts with https://"),
        };
        self.refuse_if(
            !url.username().is_empty() || url.password().is_some(),
            path,
            "credentials belong in source.authentication, where they are kept secret",
        );
        if self.addresses.allow(&url) {
            return;
        }
        self.refuse_if(
            url.scheme() != "https",
            path,
            "only https is allowed (or start with --allow-private-sources)",
        );
        let private = match url.host() {
            Some(Host::Ipv4(address)) => !is_public(address.into()),
            Some(Host::Ipv6(address)) => !is_public(address.into()),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                name == "localhost" || name.ends_with(".localhost") || name.ends_with(".internal")
            }
            None => true,
        };
        self.refuse_if(
            private,
            path,
            "the address is private, loopback or link-local; only public addresses are allowed (or start with --allow-private-sources)",
        );
    }
}

/// Returns whether an address is reachable on the public internet: it is in none of the
/// special-purpose ranges of RFC 6890 and its registries.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Shared address space, RFC 6598.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, RFC 6890; benchmarking, RFC 2544.
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3, less documentation (RFC 3849, RFC 9637), benchmarking and
    // ORCHID (RFC 2928), Teredo (RFC 4380) and 6to4 (RFC 3056), which carry an IPv4 address.
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    (0x2000..0x4000).contains(&first) && !special
}

#[cfg(test)]
mod tests;
