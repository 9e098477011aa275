//! A letter by any template that is accepted: what is known of somebody never becomes markup, a
//! link or a header line.
//!
//! Input: a line with the subject, then the body, in Markdown.

use std::sync::LazyLock;

use attendee_sync_domain::config::{EventDocument, SourceAddresses, check};
use attendee_sync_domain::mail::{InvitationTemplate, Recipient};
use attendee_sync_domain::profile::ProfileField;

use crate::base::base_document;
use crate::text::{first_line, text};

/// The elements that letters are made of.
const ELEMENTS: [&str; 28] = [
    "!doctype",
    "a",
    "blockquote",
    "body",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "head",
    "hr",
    "html",
    "li",
    "meta",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "style",
    "table",
    "td",
    "title",
    "tr",
    "ul",
];

static DOCUMENT: LazyLock<EventDocument> =
    LazyLock::new(|| check(&base_document(), &SourceAddresses::Public).unwrap());

static HOSTILE: LazyLock<Recipient> = LazyLock::new(|| {
    let mut recipient = Recipient::example();
    for (field, text) in [
        (ProfileField::Title, "\u{e000}{{ event.name }}{% raw %}"),
        (
            ProfileField::FirstName,
            "<script>evil()</script>\r\nBcc: x@evil.example",
        ),
        (
            ProfileField::LastName,
            "[x](https://evil.example/) ![y](https://evil.example/)",
        ),
        (
            ProfileField::JobTitle,
            "<https://evil.example/> https://evil.example \" onclick=\"",
        ),
        (
            ProfileField::Company,
            "\n\n# *a* `b` <b>\n\n[r]: https://evil.example\n",
        ),
        (ProfileField::Country, "&lt;evil&gt;&#60;"),
        (
            ProfileField::AdditionalInfo,
            "\u{2028}\u{202e}\0```\n<img src=x onerror=evil()>\n",
        ),
        (ProfileField::Biography, "](https://evil.example/)\"><evil>"),
    ] {
        recipient.profile.set(field, Some(text.to_owned()));
    }
    recipient.groups = vec!["<i>".to_owned(), "](https://evil.example)".to_owned()];
    recipient
});

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let input = text(input);
    let (subject, body) = first_line(input);
    let mut document = DOCUMENT.clone();
    let Some(template) = &mut document.invitations.template else {
        return;
    };
    subject.clone_into(&mut template.subject);
    body.clone_into(&mut template.body_markdown);
    let Ok(template) = InvitationTemplate::new(&document) else {
        return;
    };
    for recipient in [&*HOSTILE, &Recipient::example()] {
        let letter = template.letter(recipient, "https://app.example.org/u?t=1");
        assert_eq!(
            letter,
            template.letter(recipient, "https://app.example.org/u?t=1")
        );
        let Ok(letter) = letter else {
            continue;
        };
        assert!(!letter.subject.is_empty() && letter.subject.chars().count() <= 200);
        assert!(!letter.subject.contains(char::is_control));
        assert!(letter.html.len().max(letter.text.len()) <= 256 * 1024);
        has_known_elements(&letter.html);
        if !input.contains("evil") {
            has_no_link_to("evil", &letter.html);
        }
    }
}

/// Every `<` begins an element of a letter: all others are text, and written as such.
fn has_known_elements(html: &str) {
    for piece in html.split('<').skip(1) {
        let piece = piece.strip_prefix('/').unwrap_or(piece);
        let end = piece.find([' ', '>', '\n']).unwrap_or(piece.len());
        assert!(ELEMENTS.contains(&&piece[..end]), "there is a <{piece}");
        assert!(piece.contains('>'), "an element without its end");
        let tag = piece.split('>').next().unwrap_or_default();
        assert!(
            !tag.contains("onclick") && !tag.contains("onerror"),
            "{tag}"
        );
    }
}

fn has_no_link_to(word: &str, html: &str) {
    for link in html.split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap_or_default();
        assert!(!link.contains(word), "a link to {link}");
    }
}
