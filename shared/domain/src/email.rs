//! E-mail addresses: one spelling per person, whatever the source sends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::is_bidi_control;

/// Why a text is not an e-mail address. No variant repeats the text: it may be personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but white space.
    #[error("the e-mail address is empty")]
    Empty,
    /// No `@`.
    #[error("there is no @ sign in the e-mail address")]
    NoAt,
    /// Nothing before the `@`, or dots in the wrong places.
    #[error("the e-mail address has no valid name before the @ sign")]
    LocalPart,
    /// White space, control characters, quotes, brackets, or a character that changes the direction of
    /// text and is not seen.
    #[error("the e-mail address contains a character that is not allowed")]
    Character,
    /// The part after the `@` is not a domain name.
    #[error("the e-mail address has no valid domain after the @ sign")]
    Domain,
    /// Over the 254 octets of RFC 5321, section 4.5.3.1.3, or a local part over 64.
    #[error("the e-mail address is too long")]
    Length,
}

/// An address in its compared form: trimmed, in lower case, in Unicode form NFC, its domain in
/// the ASCII form of IDNA (UTS #46). Two spellings of one mailbox compare equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// An address of nobody, for examples (RFC 2606).
    pub(crate) fn example() -> Self {
        Self("ada@example.org".to_owned())
    }

    /// The compared form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What mail systems refuse unquoted, and what could end a header line.
fn allowed_in_local_part(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"\"(),:;<>@[\\]".contains(c)
}

impl EmailAddress {
    /// Reads an address as the table has it: what an earlier version took stays readable.
    fn stored(text: &str) -> Result<Self, EmailError> {
        let text =
            text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}');
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::NoAt)?;
        if local.is_empty() {
            return Err(EmailError::LocalPart);
        }
        // As it is compared: the normal form of some letters is a sign that is not allowed.
        let local: String = local.to_lowercase().nfc().collect();
        if !local.chars().all(allowed_in_local_part) {
            return Err(EmailError::Character);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(EmailError::LocalPart);
        }
        let domain = idna::domain_to_ascii_strict(domain.trim_end_matches('.'))
            .map_err(|_| EmailError::Domain)?;
        if !domain.contains('.') || domain.split('.').any(str::is_empty) {
            return Err(EmailError::Domain);
        }
        let address = format!("{local}@{domain}");
        if address.len() > 254 || local.len() > 64 {
            return Err(EmailError::Length);
        }
        Ok(Self(address))
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        // Two addresses must not look like one: such a character is refused and not taken out, as mail
        // for the address without it might reach somebody else.
        if text.contains(is_bidi_control) {
            return Err(EmailError::Character);
        }
        Self::stored(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::stored(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        text.parse::<EmailAddress>().unwrap().as_str().to_owned()
    }

    #[test]
    fn case_spaces_and_domain_spelling_do_not_make_another_person() {
        for text in [
            "Jo@B\u{fc}cher.example",
            "  jo@xn--bcher-kva.example\n",
            "JO@BU\u{308}CHER.EXAMPLE.",
            "\u{feff}jo@b\u{fc}cher.example",
        ] {
            assert_eq!(normal(text), "jo@xn--bcher-kva.example", "{text}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_the_reason() {
        for (text, reason) in [
            (" ", EmailError::Empty),
            ("jo", EmailError::NoAt),
            ("@example.org", EmailError::LocalPart),
            ("jo@localhost", EmailError::Domain),
            ("jo@exa mple.org", EmailError::Domain),
            ("jo@example..org", EmailError::Domain),
            ("jo smith@example.org", EmailError::Character),
            ("jo@x@example.org", EmailError::Character),
            ("jo\r\nBcc: a@example.org", EmailError::Character),
            // GREEK QUESTION MARK, whose normal form is a semicolon.
            ("jo\u{37e}x@example.org", EmailError::Character),
            ("jo..x@example.org", EmailError::LocalPart),
            // RIGHT-TO-LEFT OVERRIDE and LEFT-TO-RIGHT MARK.
            ("jo\u{202e}x@example.org", EmailError::Character),
            ("\u{200e}jo@example.org", EmailError::Character),
            ("jo@exam\u{2067}ple.org", EmailError::Character),
        ] {
            assert_eq!(
                text.parse::<EmailAddress>().unwrap_err(),
                reason,
                "{text:?}"
            );
        }
        let stored = serde_json::from_str::<EmailAddress>("\"jo\u{202e}x@example.org\"");
        assert!(stored.is_ok(), "an earlier version took it");
        let long = format!("{}@example.org", "x".repeat(65));
        assert_eq!(
            long.parse::<EmailAddress>().unwrap_err(),
            EmailError::Length
        );
    }
}
