//! Classifies the errors of SES (Amazon SES API Reference, `SendRawEmail` and "Common errors";
//! Developer Guide, "Errors related to the sending quotas for your Amazon SES account").

use std::error::Error;

use attendee_sync_app::ports::{MailError, OutgoingMail};
use aws_sdk_ses::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::send_raw_email::SendRawEmailError;

use crate::mail::words::{Hidden, scrubbed};

/// Codes that concern the account: no mail is accepted. They are listed without the ending
/// `Exception`, which some have in one document and not in the other.
const ACCOUNT: [&str; 21] = [
    "AccessDenied",
    "AccountSendingPaused",
    "AuthFailure",
    "ConfigurationSetDoesNotExist",
    "ConfigurationSetSendingPaused",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "LimitExceeded",
    "MailFromDomainNotVerified",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SignatureDoesNotMatch",
    "SlowDown",
    "Throttling",
    "TooManyRequests",
    "UnrecognizedClient",
];
/// Codes that concern the mail, however often it is sent.
const MAIL: [&str; 6] = [
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MalformedInput",
    "MessageRejected",
    "MissingParameter",
    "Validation",
];

pub(super) fn unavailable(words: &str) -> MailError {
    MailError::Unavailable {
        reason: format!("SES accepts no mail: {words}"),
        retry_after: None,
    }
}

pub(super) fn in_doubt(words: &str) -> MailError {
    MailError::InDoubt(format!(
        "SES did not confirm that it accepted the mail: {words}"
    ))
}

/// Returns the classified error; `may_have_gone` says whether the request had been given to a
/// connection.
pub(super) fn explained(
    error: &SdkError<SendRawEmailError>,
    may_have_gone: bool,
    mail: &OutgoingMail,
) -> MailError {
    let (from, to) = (mail.letter.from.address.as_str(), mail.to.address.as_str());
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let code = error.code().map(|code| {
        let code = code.trim_end_matches("Error");
        code.trim_end_matches("Exception")
    });
    let local = to.rsplit_once('@').map_or(to, |(local, _)| local);
    let hidden = Hidden {
        secrets: &[],
        words: &[local],
    };
    let words = scrubbed(&in_words(error), hidden);
    let refused = || MailError::Refused(format!("SES refused the mail: {words}"));
    let said = error.message().unwrap_or_default();
    match (code, status) {
        // These two come under codes that mean something else.
        (_, Some(400..500)) if is_suspended(said) => unavailable(&words),
        (Some("AccessDenied"), _) if is_about_recipient(said, from, to) => refused(),
        (Some(code), _) if ACCOUNT.contains(&code) => unavailable(&words),
        (Some(code), Some(400..500)) if MAIL.contains(&code) => refused(),
        // It is too long, however often it is sent.
        (_, Some(413)) => refused(),
        (_, Some(401 | 403 | 429)) => unavailable(&words),
        (_, Some(400..500)) if is_quota(&words) => unavailable(&words),
        (_, Some(400..500)) => MailError::Deferred(format!("SES deferred the mail: {words}")),
        (_, Some(_)) => in_doubt(&words),
        (_, None) if may_have_gone && !had_no_connection(error) => in_doubt(&words),
        (_, None) => unavailable(&words),
    }
}

/// Whether nobody of the account may send: SES says so as of a mail that it rejects.
fn is_suspended(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    said.contains("sending suspended") || said.contains("sending paused")
}

/// Whether access was denied to an identity that is the recipient's and not the sender's. Where a recipient's address or
/// domain is an identity of the account, SES asks for a permission for that, too (Amazon SES Developer Guide, "Using
/// sending authorization"): that keeps mail from one person, and from nobody else.
fn is_about_recipient(said: &str, from: &str, to: &str) -> bool {
    let Some((_, named)) = said.rsplit_once(":identity/") else {
        return false;
    };
    let end = named.find(|c: char| !(c.is_ascii_alphanumeric() || "@.-_+'".contains(c)));
    let named = named.get(..end.unwrap_or(named.len())).unwrap_or(named);
    let named = named.trim_end_matches(['.', '\'']);
    covers(named, to) && !covers(named, from)
}

/// Whether an identity is this address, its domain, or one above that.
fn covers(identity: &str, address: &str) -> bool {
    let identity = identity.to_ascii_lowercase();
    let address = address.to_ascii_lowercase();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let is_above = |above: &str| {
        domain
            .strip_suffix(above)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    !identity.is_empty() && (identity == address || identity == domain || is_above(&identity))
}

/// Returns whether a text is about a sending quota. Some of these come with codes that are not
/// documented for them.
fn is_quota(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("sending rate exceeded") || words.contains("message quota exceeded")
}

/// Returns the text of SES, or what went wrong before SES answered.
fn in_words(error: &SdkError<SendRawEmailError>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => causes(error)
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": "),
    }
}

/// Returns whether no connection was established, so that nothing can have been sent.
fn had_no_connection(error: &SdkError<SendRawEmailError>) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source())
}
