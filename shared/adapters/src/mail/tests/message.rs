//! Messages, read back by a parser that is not ours.

use attendee_sync_app::ports::OutgoingMail;
use attendee_sync_domain::mail::Mailbox;
use mail_parser::{Addr, Address, Message, MessageParser};
use proptest::prelude::*;

use super::samples::{about, mail, test_mail};
use crate::mail::message::message;

fn built(mail: &OutgoingMail) -> Vec<u8> {
    message(mail).unwrap().bytes
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

fn names(message: &Message<'_>) -> Vec<String> {
    let headers = message.headers().iter();
    headers
        .map(|header| header.name.as_str().to_owned())
        .collect()
}

fn raw<'a>(message: &'a Message<'_>, name: &'static str) -> Option<&'a str> {
    message.header_raw(name).map(str::trim)
}

fn only(address: Option<&Address<'_>>) -> (Option<String>, String) {
    let all: Vec<&Addr<'_>> = address.unwrap().iter().collect();
    assert_eq!(all.len(), 1, "{all:?}");
    let address = all[0].address.as_deref().unwrap_or_default();
    (
        all[0].name.as_deref().map(str::to_owned),
        address.to_owned(),
    )
}

#[test]
fn an_invitation_has_the_headers_that_mail_of_this_kind_needs() {
    let mut mail = mail(7);
    mail.unsubscribe = Some("https://events.example/u/abc".to_owned());
    mail.letter.reply_to = Some("Help <help@devcon.example>".parse().unwrap());
    let bytes = built(&mail);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let id = format!("<7.devcon.{}@devcon.example>", about(7).person);
    for line in [
        "Date: Sun, 1 Nov 2026 10:00:00 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "MIME-Version: 1.0\r\n",
        "List-Unsubscribe: <https://events.example/u/abc>\r\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        &format!("X-Attendee-Sync: devcon {} 7\r\n", about(7).person),
        &format!("Message-ID: {id}\r\n"),
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert_eq!(message(&mail).unwrap().id, id);
    let message = parsed(&bytes);
    assert_eq!(
        names(&message),
        [
            "Date",
            "From",
            "To",
            "Reply-To",
            "Subject",
            "Message-ID",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "Auto-Submitted",
            "X-Attendee-Sync",
            "MIME-Version",
            "Content-Type",
        ]
    );
    let help = (Some("Help".to_owned()), "help@devcon.example".to_owned());
    assert_eq!(only(message.reply_to()), help);
    assert_eq!(
        (message.text_body_count(), message.html_body_count()),
        (1, 1)
    );
}

#[test]
fn a_test_mail_is_nobodys_invitation_and_never_the_same_twice() {
    let one = message(&test_mail()).unwrap();
    let two = message(&test_mail()).unwrap();
    assert_ne!(one.id, two.id);
    assert!(one.id.ends_with("@devcon.example>"), "{}", one.id);
    assert_eq!(raw(&parsed(&one.bytes), "X-Attendee-Sync"), None);
}

#[test]
fn one_click_needs_https_and_a_url_that_fits_a_line() {
    for (url, list, post) in [
        (
            "http://events.example/u/1",
            Some("<http://events.example/u/1>"),
            false,
        ),
        (
            "https://events.example/u/1 2",
            Some("<https://events.example/u/1%202>"),
            true,
        ),
        (
            "https://events.example/>\r\nBcc: <x@example.org",
            Some("<https://events.example/%3EBcc:%20%3Cx@example.org>"),
            true,
        ),
        (
            "mailto:x@example.org?subject=a>,<b",
            Some("<mailto:x@example.org?subject=a%3E,%3Cb>"),
            false,
        ),
        ("no url", None, false),
        (
            &format!("https://events.example/{}", "x".repeat(900)),
            None,
            false,
        ),
    ] {
        let mut mail = mail(1);
        mail.unsubscribe = Some(url.to_owned());
        let bytes = built(&mail);
        let message = parsed(&bytes);
        assert_eq!(raw(&message, "List-Unsubscribe"), list, "{url}");
        assert_eq!(
            raw(&message, "List-Unsubscribe-Post").is_some(),
            post,
            "{url}"
        );
        assert_eq!(raw(&message, "Bcc"), None);
    }
}

#[test]
fn an_address_beyond_ascii_stands_in_the_header_as_it_is() {
    let mut mail = mail(1);
    mail.to = "Zoë <zoë@bücher.example>".parse().unwrap();
    let bytes = built(&mail);
    assert!(!bytes.is_ascii());
    let to = only(parsed(&bytes).to());
    assert_eq!(
        to,
        (
            Some("Zoë".to_owned()),
            "zoë@xn--bcher-kva.example".to_owned()
        )
    );
}

/// What people, and those who are not, put into names and subjects.
fn odd_text() -> impl Strategy<Value = String> {
    let bits = prop_oneof![
        "\\PC{0,30}",
        "[ -~]{0,80}",
        "[ \\t\\r\\n\\x00]{0,4}",
        Just("\r\nBcc: x@example.org\r\n\r\n".to_owned()),
        Just(
            "\nBcc: x@example.org\u{85}Bcc: x@example.org\u{2028}Bcc: x@example.org\u{2029}"
                .to_owned()
        ),
        Just("=?utf-8?q?x?=".to_owned()),
        Just("\", <x@example.org>, (\\".to_owned()),
        Just("🎟️👩‍🚀".to_owned()),
        Just("ж".repeat(400)),
        Just("x".repeat(1200)),
    ];
    proptest::collection::vec(bits, 0..4).prop_map(|bits| bits.concat())
}

/// What a reader shall see of it.
fn shown(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_people_write_adds_no_header_and_comes_back_the_same(
        from_name in odd_text(),
        to_name in odd_text(),
        subject in odd_text(),
        text in odd_text(),
        html in odd_text(),
    ) {
        let mut mail = mail(3);
        mail.letter.from.name = Some(from_name.clone());
        mail.to.name = Some(to_name.clone());
        mail.letter.subject.clone_from(&subject);
        mail.letter.text.clone_from(&text);
        mail.letter.html.clone_from(&html);
        let bytes = built(&mail);
        prop_assert!(bytes.is_ascii() && !bytes.contains(&0));
        let raw_text = std::str::from_utf8(&bytes).unwrap();
        for line in raw_text.split("\r\n") {
            prop_assert!(line.len() <= 998 && !line.contains(['\r', '\n']), "{line:?}");
        }
        let message = parsed(&bytes);
        prop_assert_eq!(
            names(&message),
            [
                "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                "X-Attendee-Sync", "MIME-Version", "Content-Type",
            ]
        );
        let name = |text: &str| Some(shown(text)).filter(|name| !name.trim().is_empty());
        let mailbox = |box_: &Mailbox, text: &str| (name(text), box_.address.to_string());
        prop_assert_eq!(only(message.from()), mailbox(&mail.letter.from, &from_name));
        prop_assert_eq!(only(message.to()), mailbox(&mail.to, &to_name));
        prop_assert_eq!(message.subject().unwrap_or_default(), shown(&subject));
        prop_assert_eq!(lines(&message.body_text(0).unwrap()), lines(&text));
        prop_assert_eq!(lines(&message.body_html(0).unwrap()), lines(&html));
    }
}
