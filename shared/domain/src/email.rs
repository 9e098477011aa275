//! E-mail addresses: one spelling per person, whatever the source sends.

mod written;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The reason why a text is not an e-mail address. No variant repeats more of the text than one
/// character: it may be personal data.
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
    /// White space, a control character, a quote or a bracket.
    #[error("the e-mail address contains {}, which is not allowed", name_of(*.0))]
    Character(char),
    /// The part after the `@` is not a domain name.
    #[error("the e-mail address has no valid domain after the @ sign")]
    Domain,
    /// More than one address.
    #[error("there is more than one e-mail address; only one can be taken")]
    Several,
    /// Over the 254 octets of RFC 5321, section 4.5.3.1.3, or a local part over 64.
    #[error("the e-mail address is too long")]
    Length,
}

/// Returns a name of the character that is readable wherever it is displayed.
fn name_of(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '\t' => "a tab".to_owned(),
        '"' => "a quotation mark (\")".to_owned(),
        c if c.is_ascii_graphic() => format!("\"{c}\""),
        c => format!("the character U+{:04X}", u32::from(c)),
    }
}

/// An e-mail address in its compared form: in lower case, in Unicode form NFKC, without invisible
/// characters, its domain in the ASCII form of IDNA (UTS #46). Two spellings of one mailbox compare
/// equal, and so do `Name <address>` and `mailto:address`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Returns an address that belongs to nobody, for examples (RFC 2606).
    pub(crate) fn example() -> Self {
        Self("ada@example.org".to_owned())
    }

    /// The compared form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a character may be in a local part: not one that mail systems refuse unquoted or
/// that could end a header line.
fn allowed_in_local_part(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"\"(),:;<>@[\\]".contains(c)
}

impl EmailAddress {
    /// Reads an address from the table. An address that an earlier version accepted stays readable,
    /// and stays the same address.
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
        // Checks the compared form, because the normal form of some letters is a sign that is not
        // allowed.
        let local: String = local.to_lowercase().nfc().collect();
        if let Some(bad) = local.chars().find(|c| !allowed_in_local_part(*c)) {
            let several = bad == '@' || local.contains('@');
            return Err(if several {
                EmailError::Several
            } else {
                EmailError::Character(bad)
            });
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(EmailError::LocalPart);
        }
        if let Some(bad) = domain.chars().find(|c| !allowed_in_local_part(*c)) {
            return Err(EmailError::Character(bad));
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
        Self::stored(&written::address(text)?)
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
mod tests;
