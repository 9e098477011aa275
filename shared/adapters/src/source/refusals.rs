//! Describes answers that are no page: what is wrong, and what to do now.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use reqwest::{Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::addresses::address;
use super::calls::Reply;

/// The maximum number of bytes of a refusal that are read to find its reason.
const MAX_REASON: usize = 4 * 1024;
/// Words of a path that leads to a form for people, not to a list.
const LOG_IN: [&str; 9] = [
    "login",
    "log-in",
    "log_in",
    "signin",
    "sign-in",
    "sign_in",
    "logon",
    "sso",
    "wp-login.php",
];
/// Words of a refusal that the requested page does not exist.
const PAST_THE_END: [&str; 14] = [
    "invalid page",
    "invalid_page",
    "page not found",
    "page number",
    "page_number",
    "page does not exist",
    "no such page",
    "number of pages",
    "page out of",
    "out of range",
    "out of bounds",
    "outofrange",
    "past the end",
    "beyond the",
];
/// Words of a refusal that there is more, which cannot be requested this way.
const NOT_THE_END: [&str; 6] = [
    "maximum",
    "max ",
    "limit",
    "exceed",
    "too large",
    "too deep",
];

/// Marks the refusal of a page that does not exist: after the last page, that is the end.
#[derive(Debug)]
struct NothingThere;

impl fmt::Display for NothingThere {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Error for NothingThere {}

/// Returns whether an error is that there is no such page.
pub(super) fn is_nothing_there(error: &SourceError) -> bool {
    let cause = error.source.as_ref();
    cause.is_some_and(|cause| cause.is::<NothingThere>())
}

fn nothing_there(message: String) -> SourceError {
    SourceError {
        message,
        source: Some(Box::new(NothingThere)),
    }
}

/// A refusal by the source. `any` says whether there is a credential.
pub(super) fn of(reply: &Reply, url: &Url, any: bool) -> SourceError {
    let (status, tries) = (reply.response.status(), &reply.tries);
    let address = address(url);
    let message = match status.as_u16() {
        400..500 if reply.too_often => format!(
            "the source accepts no more requests for now ({status}); lower \
             source.limits.requests_per_minute, or sync again later"
        ),
        401 | 403 if any => format!(
            "the source refused the credentials ({status}); check source.authentication and \
             what they may read"
        ),
        401 | 403 => {
            format!("the source asks for credentials ({status}); set source.authentication")
        }
        404 | 410 | 416 => {
            let message = format!(
                "there is nothing at {address} ({status}); check source.url and source.pagination"
            );
            return nothing_there(message + tries);
        }
        202 => format!(
            "the source is still preparing the response ({status}) at {address}; sync again \
             later"
        ),
        304 => format!(
            "the source did not answer with a page ({status}): it says that nothing changed, and \
             was not asked that; contact your registration provider, or check the cache in front of it"
        ),
        500..600 => format!(
            "the source failed ({status}) at {address}; contact your registration provider if this continues"
        ),
        _ => format!("the source did not answer with a page ({status}) at {address}"),
    };
    SourceError::new(message + tries)
}

/// Returns whether the reason of a refusal with this status is worth reading.
pub(super) fn said_in(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// Reads whether a refusal says that there is no such page, and marks its error so.
pub(super) async fn past_the_end(
    mut response: Response,
    error: SourceError,
    longest: Duration,
) -> SourceError {
    let mut reason = Vec::new();
    let read = async {
        while reason.len() < MAX_REASON
            && let Ok(Some(chunk)) = response.chunk().await
        {
            reason.extend_from_slice(&chunk);
        }
    };
    // The part that was read may be enough.
    let _ = timeout(longest, read).await;
    reason.truncate(MAX_REASON);
    if says_past_the_end(&String::from_utf8_lossy(&reason)) {
        return nothing_there(error.message);
    }
    error
}

fn says_past_the_end(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    says(&PAST_THE_END) && !says(&NOT_THE_END)
}

/// Returns the error of a refusal by another server that the source redirected to.
pub(super) fn by_another_server(reply: &Reply, url: &Url) -> SourceError {
    let (status, address) = (reply.response.status(), address(url));
    let message = match status.as_u16() {
        401 | 403 => format!(
            "the source redirected to another server, {address}, which refused to answer \
             ({status}): the credential goes to the server of source.url alone. If the API has \
             moved there, put its address in source.url; else its link may be too old: sync again"
        ),
        _ => format!(
            "the source redirected to another server, {address}, which did not answer with a page \
             ({status}); contact your registration provider"
        ),
    };
    SourceError::new(message + &reply.tries)
}

/// Returns the error of a request to another server that the source redirected to.
pub(super) fn of_another_server(mut error: SourceError, url: &Url) -> SourceError {
    // The source chose the server's name, which may be anything.
    let host = url.host_str().unwrap_or_default();
    let why = error
        .message
        .replace(&*address(url), "it")
        .replace(host, "it");
    error.message = format!(
        "the source redirected to another server, {}, which could not be read: {why}; ask \
         your registration provider for an address that can be reached from here",
        address(url)
    );
    error
}

/// Returns whether an address looks like that of a form to log in.
pub(super) fn leads_to_log_in(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let words = url.path().split('/').chain(host.split('.').take(1));
    let is_log_in = |word: &str| LOG_IN.contains(&&*word.to_ascii_lowercase());
    words.into_iter().any(is_log_in)
}

/// The source redirected to a page for people. `any` says whether there is a credential.
pub(super) fn log_in(url: &Url, any: bool) -> SourceError {
    let what_to_do = if any {
        "check the credential in source.authentication, and that it is of the kind that the API \
         takes"
    } else {
        "it asks for a credential: set source.authentication"
    };
    SourceError::new(format!(
        "the source redirected to a web page, {}, perhaps to log in; {what_to_do}",
        address(url)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_for_the_end_is_told_from_one_against_going_on() {
        for reason in [
            r#"{"detail":"Invalid page."}"#,
            r#"{"code":"rest_post_invalid_page_number","message":"The page number requested is larger than the number of pages available."}"#,
            r#"{"error":"Page out of range"}"#,
            "page not found",
            r#"{"error":"offset is out of bounds"}"#,
        ] {
            assert!(says_past_the_end(reason), "{reason}");
        }
        for reason in [
            "",
            r#"{"error":"no such event"}"#,
            r#"{"error":"page number exceeds the maximum of 100"}"#,
            "offset out of range: the limit is 10000",
            "Result window is too large, from + size must be less than 10000",
        ] {
            assert!(!says_past_the_end(reason), "{reason}");
        }
    }

    #[test]
    fn address_of_a_form_is_told_from_others() {
        for (url, expected) in [
            ("https://r.example/login?next=/api", true),
            ("https://r.example/accounts/Login/", true),
            ("https://r.example/users/sign_in", true),
            ("https://login.example/oauth2/authorize", true),
            ("https://r.example/wp-login.php", true),
            ("https://r.example/api/logins", false),
            ("https://store.example/9f?login=1", false),
        ] {
            assert_eq!(
                leads_to_log_in(&Url::parse(url).unwrap()),
                expected,
                "{url}"
            );
        }
    }
}
