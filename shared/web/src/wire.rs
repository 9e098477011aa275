//! The transport of a request: the caller's address, whether it is encrypted, and the cookies that
//! depend on that.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header, uri};
use url::Url;

use crate::console::Console;

/// The cookie that names a session.
const COOKIE: &str = "attendee_sync_session";
/// The session cookie where all connections use TLS: no sibling domain and no plain connection can
/// set a cookie of this name (RFC 6265bis, "The __Host- prefix").
const ENCRYPTED_COOKIE: &str = "__Host-attendee_sync_session";
/// Names a form that was sent after its session had ended.
const FORM_COOKIE: &str = "attendee_sync_form";
const ENCRYPTED_FORM_COOKIE: &str = "__Host-attendee_sync_form";
/// Names the browser that began a sign-in at the organisation.
const SIGN_IN_COOKIE: &str = "attendee_sync_sign_in";
const ENCRYPTED_SIGN_IN_COOKIE: &str = "__Host-attendee_sync_sign_in";
/// Names the draft of a new event.
const DRAFT_COOKIE: &str = "attendee_sync_new_event";

/// The caller's address, where it is not the address of the connection. Behind a gateway, the code
/// that calls the router sets it as an extension of the request. It is never read from what the
/// client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// An additional host name of this server. The code that calls the router vouches for it, as a
/// gateway does that passes no other name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedAs(pub String);

/// Returns the caller's address, if the server knows it.
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

/// Whether the browser sent the request over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Plain,
    Encrypted,
}

impl Wire {
    /// Determines the transport. Where not all connections use TLS, the ones that name the host of
    /// the public address do, if that address begins with `https`.
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

    /// Returns the session cookie, valid for this many seconds.
    pub(crate) fn cookie(self, session: &str, seconds: i64) -> String {
        self.own_cookie(self.name(), session, seconds, "Strict")
    }

    /// Returns the cookie of a sign-in at the organisation, valid for this many seconds. It opens nothing by itself,
    /// and has to come along with a navigation from the organisation's site.
    pub(crate) fn sign_in_cookie(self, browser: &str, seconds: i64) -> String {
        self.own_cookie(self.sign_in_name(), browser, seconds, "Lax")
    }

    fn sign_in_name(self) -> &'static str {
        match self {
            Self::Plain => SIGN_IN_COOKIE,
            Self::Encrypted => ENCRYPTED_SIGN_IN_COOKIE,
        }
    }

    /// Returns the value of the cookie of a sign-in at the organisation.
    pub(crate) fn sign_in(self, headers: &HeaderMap) -> Option<&str> {
        cookie(headers, self.sign_in_name())
    }

    /// Returns the cookie that names a kept form, valid for this many seconds.
    pub(crate) fn form_cookie(self, handle: &str, seconds: i64) -> String {
        self.own_cookie(self.form_name(), handle, seconds, "Strict")
    }

    fn own_cookie(self, name: &str, value: &str, seconds: i64, same_site: &str) -> String {
        let secure = match self {
            Self::Plain => "",
            Self::Encrypted => "; Secure",
        };
        format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}")
    }

    fn form_name(self) -> &'static str {
        match self {
            Self::Plain => FORM_COOKIE,
            Self::Encrypted => ENCRYPTED_FORM_COOKIE,
        }
    }

    /// Returns the handle of the form that is kept for this browser.
    pub(crate) fn form(self, headers: &HeaderMap) -> Option<&str> {
        cookie(headers, self.form_name()).filter(|handle| !handle.is_empty())
    }

    /// Returns the session's id from its cookie.
    pub(crate) fn session(self, headers: &HeaderMap) -> Option<&str> {
        cookie(headers, self.name())
    }

    /// Returns the cookie that names the draft of a new event, valid for this many seconds. It
    /// opens nothing by itself: only the person who began the draft can read it.
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

/// Returns the handle of the draft that the cookie names.
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

/// Returns whether a public address uses TLS and the request names its host.
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
