//! From where a request comes and over what, and the cookie that goes with that.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header, uri};
use url::Url;

use crate::console::Console;

/// The cookie that names a session.
const COOKIE: &str = "attendee_sync_session";
/// The same where it goes over TLS alone: no sibling domain and no plain connection can set a
/// cookie of this name (RFC 6265bis, "The __Host- prefix").
const ENCRYPTED_COOKIE: &str = "__Host-attendee_sync_session";
/// Names a form that was sent after its session had ended.
const FORM_COOKIE: &str = "attendee_sync_form";
const ENCRYPTED_FORM_COOKIE: &str = "__Host-attendee_sync_form";
/// Names the draft of a new event.
const DRAFT_COOKIE: &str = "attendee_sync_new_event";

/// The address that asks, where it is not the one that is connected: behind a gateway, whoever
/// calls the router says so by an extension of the request. Nothing of what was sent is taken for
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// A host name of ours beside those that are configured: whoever calls the router answers for it, as
/// a gateway does that lets no other through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedAs(pub String);

/// The address that asks, where the server tells.
pub(crate) fn peer(request: &Request) -> Option<IpAddr> {
    if let Some(Peer(address)) = request.extensions().get() {
        return Some(*address);
    }
    let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(address.ip())
}

/// The host that a request names, with its port.
pub(crate) fn authority(request: &Request) -> Option<uri::Authority> {
    match (
        request.uri().authority(),
        request.headers().get(header::HOST),
    ) {
        (Some(authority), _) => Some(authority.clone()),
        (None, Some(host)) => uri::Authority::try_from(host.as_bytes()).ok(),
        (None, None) => None,
    }
}

/// How a request came from the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Plain,
    Encrypted,
}

impl Wire {
    /// Where not everything comes over TLS, what names the host of the public address does, if that address
    /// is one of TLS.
    pub(crate) fn of(console: &Console, request: &Request) -> Self {
        let is_public = || names_host_of(console.app.public_url(), request);
        if console.hosting.is_encrypted || is_public() {
            Self::Encrypted
        } else {
            Self::Plain
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => COOKIE,
            Self::Encrypted => ENCRYPTED_COOKIE,
        }
    }

    /// The cookie that names a session, for so many seconds.
    pub(crate) fn cookie(self, session: &str, seconds: i64) -> String {
        self.own_cookie(self.name(), session, seconds)
    }

    /// The cookie that names a form that waits for a sign-in, for so many seconds.
    pub(crate) fn form_cookie(self, handle: &str, seconds: i64) -> String {
        self.own_cookie(self.form_name(), handle, seconds)
    }

    fn own_cookie(self, name: &str, value: &str, seconds: i64) -> String {
        let secure = match self {
            Self::Plain => "",
            Self::Encrypted => "; Secure",
        };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
    }

    fn form_name(self) -> &'static str {
        match self {
            Self::Plain => FORM_COOKIE,
            Self::Encrypted => ENCRYPTED_FORM_COOKIE,
        }
    }

    /// The form that waits for a sign-in in this browser.
    pub(crate) fn form(self, headers: &HeaderMap) -> Option<&str> {
        cookie(headers, self.form_name()).filter(|handle| !handle.is_empty())
    }

    /// The session that the cookie names.
    pub(crate) fn session(self, headers: &HeaderMap) -> Option<&str> {
        cookie(headers, self.name())
    }

    /// The cookie that names the draft of a new event, for so many seconds. It opens nothing by itself: the draft is
    /// for whoever began it.
    pub(crate) fn draft_cookie(self, handle: &str, seconds: i64) -> String {
        let secure = match self {
            Self::Plain => "",
            Self::Encrypted => "; Secure",
        };
        format!(
            "{DRAFT_COOKIE}={handle}; Path=/new-event; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
        )
    }
}

/// The draft of a new event that the cookie names.
pub(crate) fn draft(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, DRAFT_COOKIE)
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Whether a public address is one of TLS, and the request names its host.
fn names_host_of(public_url: &str, request: &Request) -> bool {
    let Ok(public) = Url::parse(public_url) else {
        return false;
    };
    let asked = authority(request);
    let named = asked.as_ref().zip(public.host_str());
    let is_same = named.is_some_and(|(asked, host)| asked.host().eq_ignore_ascii_case(host));
    is_same && public.scheme() == "https"
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        let cookies = "a=b; attendee_sync_session=s3; __Host-attendee_sync_session=s4; c=d";
        headers.insert(header::COOKIE, HeaderValue::from_static(cookies));
        assert_eq!(Wire::Plain.session(&headers), Some("s3"));
        assert_eq!(Wire::Encrypted.session(&headers), Some("s4"));
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("attendee_sync_sessions=s3"),
        );
        assert_eq!(Wire::Plain.session(&headers), None);
        assert_eq!(Wire::Encrypted.session(&headers), None);
    }
}
