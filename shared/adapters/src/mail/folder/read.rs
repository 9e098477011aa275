//! Parses a mail of the folder for people to read.

use attendee_sync_app::ports::{ReadMail, StoredMail};
use mail_parser::{Address, HeaderValue, Message, MessageParser};

use super::names::Name;

/// The subject that is shown for a file that is no mail.
const UNREADABLE: &str = "(unreadable)";

pub(super) fn in_short(name: &Name, bytes: &[u8]) -> StoredMail {
    let headers = MessageParser::default().parse_headers(bytes);
    short(name, headers.as_ref())
}

pub(super) fn whole(name: &Name, bytes: &[u8]) -> ReadMail {
    let message = MessageParser::default().parse(bytes);
    let mail = short(name, message.as_ref());
    let Some(message) = message else {
        return ReadMail {
            mail,
            headers: Vec::new(),
            text: String::new(),
            html: String::new(),
        };
    };
    let headers = message.headers().iter();
    let headers = headers.map(|header| {
        let raw = bytes.get(header.offset_start as usize..header.offset_end as usize);
        let raw = String::from_utf8_lossy(raw.unwrap_or_default());
        (
            header.name.as_str().to_owned(),
            decoded(&header.value, &raw),
        )
    });
    ReadMail {
        mail,
        headers: headers.collect(),
        text: body(&message, true),
        html: body(&message, false),
    }
}

fn short(name: &Name, message: Option<&Message<'_>>) -> StoredMail {
    let to = message.and_then(Message::to).map(addresses);
    let subject = message.and_then(Message::subject).map(str::to_owned);
    StoredMail {
        name: name.to_string(),
        date: name.date(),
        subject: match (&to, subject) {
            (None, None) => UNREADABLE.to_owned(),
            (_, subject) => subject.unwrap_or_default(),
        },
        to: to.unwrap_or_default(),
    }
}

/// Returns the text of the part itself: the parser would derive a text from the HTML.
fn body(message: &Message<'_>, is_text: bool) -> String {
    let part = if is_text {
        message.text_part(0).filter(|part| part.is_text())
    } else {
        message.html_part(0).filter(|part| part.is_text_html())
    };
    let contents = part.and_then(|part| part.text_contents());
    contents.unwrap_or_default().replace("\r\n", "\n")
}

fn decoded(value: &HeaderValue<'_>, raw: &str) -> String {
    match value {
        HeaderValue::Address(address) => addresses(address),
        HeaderValue::Text(text) => text.to_string(),
        HeaderValue::TextList(texts) => texts.join(", "),
        _ => raw.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn addresses(address: &Address<'_>) -> String {
    let written = address.iter().map(|one| {
        let address = one.address.as_deref().unwrap_or_default();
        match one.name.as_deref() {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        }
    });
    written.collect::<Vec<_>>().join(", ")
}
