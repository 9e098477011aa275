//! Encodes a mail as the bytes to send (RFC 5322). Text that people wrote cannot add a header, a
//! recipient or a line.

use attendee_sync_app::ports::{MailError, OutgoingMail};
use attendee_sync_domain::mail::Mailbox;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, MultiPart, SinglePart};

use super::about;

/// The longest text that is written without encoding, in octets: with its header's name it fits
/// into the 78 of RFC 5322, section 2.1.1.
const MAX_PLAIN: usize = 60;
/// Octets of text in one encoded word, which has 75 characters at most (RFC 2047, section 2).
const MAX_WORD: usize = 45;
/// Longest URL in a header, in octets: a line has 998 at most (RFC 5322, section 2.1.1).
const MAX_URL: usize = 900;

/// A mail that is ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MailMessage {
    /// Its `Message-ID`, with its angle brackets.
    pub(super) id: String,
    /// The whole message, with lines that end with CRLF. It is in ASCII, except addresses that are
    /// not.
    pub(super) bytes: Vec<u8>,
}

/// Builds the message.
pub(super) fn message(mail: &OutgoingMail) -> Result<MailMessage, MailError> {
    let letter = &mail.letter;
    let id = message_id(mail);
    let date = jiff::fmt::rfc2822::to_string(&mail.date.to_zoned_datetime(TimeZone::UTC))
        .map_err(|_| MailError::Refused("the date cannot be written in a mail".to_owned()))?;
    let mut headers = Headers::default();
    headers.add("Date", &date);
    headers.add("From", &mailbox(&letter.from));
    headers.add("To", &mailbox(&mail.to));
    if let Some(reply_to) = &letter.reply_to {
        headers.add("Reply-To", &mailbox(reply_to));
    }
    headers.add("Subject", &text(&letter.subject));
    headers.add("Message-ID", &id);
    headers.unsubscribe(mail.unsubscribe.as_deref());
    // RFC 3834: no automatic reply answers this mail.
    headers.add("Auto-Submitted", "auto-generated");
    if let Some(about) = &mail.about {
        headers.add(about::HEADER, &about::written(about));
    }
    headers.add("MIME-Version", "1.0");
    let body = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &letter.text)?)
        .singlepart(part(ContentType::TEXT_HTML, &letter.html)?);
    let mut bytes = headers.0.into_bytes();
    bytes.extend(body.formatted());
    Ok(MailMessage { id, bytes })
}

/// Returns the `Message-ID`. It is the same for the same invitation, so that two copies of one can
/// be recognised.
fn message_id(mail: &OutgoingMail) -> String {
    let domain = domain(&mail.letter.from);
    match &mail.about {
        Some(about) => format!(
            "<{}.{}.{}@{domain}>",
            about.number, about.event, about.person
        ),
        None => format!("<test.{:032x}@{domain}>", rand::random::<u128>()),
    }
}

fn domain(mailbox: &Mailbox) -> &str {
    let address = mailbox.address.as_str();
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
}

/// Returns a part whose lines are short, and whose encoding preserves all characters.
fn part(content_type: ContentType, content: &str) -> Result<SinglePart, MailError> {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(content.to_owned(), encoding)
        .map_err(|_| MailError::Refused("the letter cannot be encoded".to_owned()))?;
    Ok(SinglePart::builder().content_type(content_type).body(body))
}

#[derive(Default)]
struct Headers(String);

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        for part in [name, ": ", value, "\r\n"] {
            self.0.push_str(part);
        }
    }

    /// Adds the headers of RFC 2369 and, where one click is a `POST` over TLS, of RFC 8058.
    fn unsubscribe(&mut self, url: Option<&str>) {
        let Some(url) = url.and_then(|url| url::Url::parse(url).ok()) else {
            return;
        };
        let written = url.as_str().replace(['<', '>'], "");
        if written.len() > MAX_URL || !written.bytes().all(|b| b.is_ascii_graphic()) {
            return;
        }
        self.add("List-Unsubscribe", &format!("<{written}>"));
        if url.scheme() == "https" {
            self.add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
    }
}

/// Returns `name <address>`, folded into short lines.
fn mailbox(mailbox: &Mailbox) -> String {
    let address = mailbox.address.as_str();
    let name = mailbox.name.as_deref().map(one_line).unwrap_or_default();
    if name.trim().is_empty() {
        return address.to_owned();
    }
    format!("{}\r\n <{address}>", phrase(&name))
}

fn phrase(name: &str) -> String {
    if !is_plain(name) {
        return encoded(name);
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~ ".contains(c);
    if name.chars().all(is_atom) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A header's text.
fn text(text: &str) -> String {
    let text = one_line(text);
    if is_plain(&text) {
        text
    } else {
        encoded(&text)
    }
}

/// Replaces control characters, among them line ends, which a header must not have.
fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// Returns whether a reader sees this text without decoding.
fn is_plain(text: &str) -> bool {
    text.len() <= MAX_PLAIN
        && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        && !text.contains("=?")
        && !text.contains("  ")
        && text.trim() == text
}

/// Returns encoded words (RFC 2047), one a line; none splits a character.
fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > MAX_WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words = words
        .iter()
        .map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}
