//! Mailboxes as people write them: `Name <address>`, or the address alone.

use std::fmt;
use std::str::FromStr;

use crate::email::{EmailAddress, EmailError};

/// The reason why a text is not a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// The address is not valid.
    #[error(transparent)]
    Address(#[from] EmailError),
    /// There is a `<` without its `>` at the end, or the other way round.
    #[error("expected Name <address>")]
    Brackets,
    /// The name contains a control character, such as a line break.
    #[error("the name contains a line break or another control character")]
    Character,
}

/// An address with an optional name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name that mail programs show; never empty.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

impl FromStr for Mailbox {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        let text = text.trim();
        let Some((name, address)) = text.split_once('<') else {
            if text.contains('>') {
                return Err(MailboxError::Brackets);
            }
            return Ok(Self {
                name: None,
                address: text.parse()?,
            });
        };
        let address = address.strip_suffix('>').ok_or(MailboxError::Brackets)?;
        let name = unquoted(name.trim());
        if name.chars().any(char::is_control) {
            return Err(MailboxError::Character);
        }
        Ok(Self {
            name: (!name.is_empty()).then_some(name),
            address: address.parse()?,
        })
    }
}

/// Returns a name without its quotes, which do not belong to it (RFC 5322, section 3.2.4).
fn unquoted(name: &str) -> String {
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, String) {
        let mailbox: Mailbox = text.parse().unwrap();
        (mailbox.name, mailbox.address.to_string())
    }

    #[test]
    fn a_mailbox_is_an_address_with_or_without_a_name() {
        let address = "noreply@devcon.example".to_owned();
        for (text, name) in [
            ("noreply@devcon.example", None),
            (" DevCon <noreply@devcon.example> ", Some("DevCon")),
            ("\"Dev, Con\" <NoReply@devcon.example>", Some("Dev, Con")),
            (r#""A \"B\"" <noreply@devcon.example>"#, Some("A \"B\"")),
            ("<noreply@devcon.example>", None),
        ] {
            assert_eq!(
                read(text),
                (name.map(str::to_owned), address.clone()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for text in [
            "DevCon",
            "DevCon <noreply>",
            "DevCon <a@b.example",
            "DevCon a@b.example>",
            "A <a@b.example> B",
            "Dev\r\nBcc: x@y.example <a@b.example>",
            "a@b.example, c@d.example",
        ] {
            assert!(text.parse::<Mailbox>().is_err(), "{text}");
        }
    }
}
