//! A mail as the bytes that travel (RFC 5322). What people wrote can add no header, no recipient
//! and no line to it.

use attendee_sync_app::ports::{MailError, OutgoingMail};
use attendee_sync_domain::mail::Mailbox;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, MultiPart, SinglePart};

use super::about;

/// Longest text that is written without encoding it, in octets: with its header's name it fits
/// into the 78 of RFC 5322, section 2.1.1.
const MAX_PLAIN: usize = 60;
/// Octets of text in one encoded word, which has 75 characters at most (RFC 2047, section 2).
const MAX_WORD: usize = 45;
/// Longest URL in a header, in octets: a line has 998 at most (RFC 5322, section 2.1.1).
const MAX_URL: usize = 900;

/// A mail, ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MailMessage {
    /// Its `Message-ID`, with its angle brackets.
    pub(super) id: String,
    /// The whole of it, lines ending with CRLF. In ASCII, but where an address is not.
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
    // RFC 3834: no vacation notice answers this.
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

/// The same for the same invitation, so that two copies of one can be told to be one.
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

/// A part whose lines are short and whose characters all arrive.
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

    /// RFC 2369 and, where one click is a `POST` over TLS, RFC 8058.
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

/// `name <address>`, on lines that are not long.
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

/// Control characters, line ends among them, have no place in a header.
fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// Whether a reader sees this text as it is.
fn is_plain(text: &str) -> bool {
    text.len() <= MAX_PLAIN
        && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        && !text.contains("=?")
        && !text.contains("  ")
        && text.trim() == text
}

/// Encoded words (RFC 2047), one a line; none cuts a character in two.
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
