//! What invitations say, and what their templates may not.

mod cost;
mod data;
mod problems;

use serde_json::{Value, json};

use super::*;

const UNSUBSCRIBE: &str = "https://app.example.org/u/1";

fn document(subject: &str, body: &str) -> EventDocument {
    serde_json::from_value(json!({
        "community": "acme", "event": "devcon-2026", "name": "DevCon 2026",
        "time_zone": "Europe/Amsterdam", "starts": "2026-12-01T08:00",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"},
        "invitations": {
            "sign_in_url": "https://app.example.org/devcon",
            "template": {
                "from": "DevCon <noreply@devcon.example>",
                "reply_to": "Help desk <help@devcon.example>",
                "subject": subject,
                "body_markdown": body,
            },
        },
    }))
    .unwrap()
}

fn template(body: &str) -> InvitationTemplate {
    InvitationTemplate::new(&document("Welcome", body)).unwrap()
}

/// The letter of this body to somebody.
fn letter_to(recipient: &Recipient, body: &str) -> Letter {
    template(body).letter(recipient, UNSUBSCRIBE).unwrap()
}

fn letter(body: &str) -> Letter {
    letter_to(&Recipient::example(), body)
}

/// The text part, without the footer.
fn text(body: &str) -> String {
    let text = letter(body).text;
    text.rsplit_once("\n---\n").unwrap().0.to_owned()
}

/// What the card of the HTML part holds, without styles and classes.
fn inner(letter: &Letter) -> String {
    let (_, after) = letter.html.split_once("class=\"card\"").unwrap();
    let (_, after) = after.split_once(">\n").unwrap();
    let (inner, _) = after.split_once("</div>\n<div class=\"quiet\"").unwrap();
    let attributes = regex_lite::Regex::new(" (style|class)=\"[^\"]*\"").unwrap();
    attributes.replace_all(inner, "").into_owned()
}

fn html(body: &str) -> String {
    inner(&letter(body))
}

/// All problems of a subject and a body, one a line.
fn problems(document: &EventDocument) -> String {
    let problems = InvitationTemplate::new(document).expect_err("refused");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_letter_is_a_whole_html_document_and_the_same_as_text() {
    let document = document(
        "Welcome to {{ event.name }}, {{ first_name }}",
        include_str!("tests/letter.md"),
    );
    let template = InvitationTemplate::new(&document).unwrap();
    let letter = template.letter(&Recipient::example(), UNSUBSCRIBE).unwrap();
    assert_eq!(letter.subject, "Welcome to DevCon 2026, Ada");
    assert_eq!(letter.from.to_string(), "DevCon <noreply@devcon.example>");
    assert_eq!(
        letter.reply_to.as_ref().map(ToString::to_string).as_deref(),
        Some("Help desk <help@devcon.example>")
    );
    insta::assert_snapshot!("letter", format!("{}\n{}", letter.html, letter.text));
}

#[test]
fn every_variable_is_there_and_one_without_a_value_is_blank() {
    let all: Vec<String> = VARIABLES
        .iter()
        .filter(|name| **name != "event")
        .map(|name| format!("`{name}={{{{ {name} }}}}`\n"))
        .chain(ExpressionEvent::FIELDS.map(|field| format!("`{field}={{{{ event.{field} }}}}`\n")))
        .collect();
    let body = all.join("\n");
    insta::assert_snapshot!(text(&body).replace("\n\n", "\n"), @r#"
    email=ada@example.org
    title=Dr.
    first_name=Ada
    last_name=Example
    job_title=Engineer
    company=Example Ltd
    country=Netherlands
    additional_info=Vegetarian
    biography=Writes programs for machines.
    groups=Speakers, VIP
    badge_url=https://badges.example.org/ada.png
    sign_in_url=https://app.example.org/devcon
    unsubscribe_url=https://app.example.org/u/1
    id=devcon-2026
    name=DevCon 2026
    community=acme
    time_zone=Europe/Amsterdam
    goes_live=
    starts=2026-12-01T08:00:00
    ends=
    "#);
    let mut nobody = Recipient::example();
    nobody.profile = crate::profile::Profile::default();
    nobody.groups.clear();
    nobody.digital_badge = None;
    let letter = letter_to(
        &nobody,
        "{{ company }}{{ groups }}{{ badge_url }}{{ event.ends }}{{ event.ends | date }}{{ groups | first }}|{{ 'a' ~ company }}|{{ company or 'b' }}",
    );
    assert!(letter.text.starts_with("|a|b\n"), "{}", letter.text);
}

#[test]
fn statements_leave_no_lines_of_their_own() {
    let body = "Dear {{ first_name }}{% if title %} ({{ title }}){% endif %}\n\n\
                Your groups:\n\n\
                {% for group in groups %}\n\
                {% set number = loop.index %}\n\
                - {{ number }}: {{ group }}\n\
                {% else %}\n\
                - none\n\
                {% endfor %}  \n\
                {% if company %}{% if country %}\n  \
                {% endif %}{% endif %}\n\n\
                The end";
    insta::assert_snapshot!(text(body), @r#"
    Dear Ada (Dr.)

    Your groups:

    - 1: Speakers
    - 2: VIP

    The end
    "#);
    insta::assert_snapshot!(html(body), @r#"
    <p>Dear Ada (Dr.)</p>
    <p>Your groups:</p>
    <ul>
    <li>1: Speakers</li>
    <li>2: VIP</li>
    </ul>
    <p>The end</p>
    "#);
}

#[test]
fn a_paragraph_in_which_nothing_is_said_is_left_out() {
    let body = "a\n\n{{ event.ends }} *{{ event.ends }}*\n\n# {{ event.ends }}\n\nb";
    assert_eq!(html(body), "<p>a</p>\n<p>b</p>\n");
    assert_eq!(text(body), "a\n\nb\n");
}

#[test]
fn dates_are_written_as_in_expressions() {
    let body = "{{ event.starts | date('%d.%m.%Y %H:%M') }} {{ 'nl' | country }}";
    assert_eq!(text(body), "01.12.2026 08:00 Netherlands\n");
}

#[test]
fn a_link_alone_in_its_paragraph_is_a_button_and_a_bare_address_is_a_link() {
    for (body, expected) in [
        (
            "[Open the **app**]({{ sign_in_url }})",
            "<p><a href=\"https://app.example.org/devcon\">Open the <strong>app</strong></a></p>\n",
        ),
        (
            "{{ sign_in_url }}",
            "<p><a href=\"https://app.example.org/devcon\">https://app.example.org/devcon</a></p>\n",
        ),
        (
            "See <{{ unsubscribe_url }}>.",
            "<p>See <a href=\"https://app.example.org/u/1\">https://app.example.org/u/1</a>.</p>\n",
        ),
        (
            "`{{ sign_in_url }}`",
            "<p><code>https://app.example.org/devcon</code></p>\n",
        ),
        (
            "[{{ sign_in_url }}](https://example.org) a",
            "<p><a href=\"https://example.org/\">https://app.example.org/devcon</a> a</p>\n",
        ),
        ("[x](ftp://example.org) y", "<p>x y</p>\n"),
        ("[x](javascript:alert) y", "<p>x y</p>\n"),
    ] {
        assert_eq!(html(body), expected, "{body}");
    }
    let is_button = |body: &str| letter(body).html.contains("class=\"button\"");
    for body in [
        "[a](https://example.org)",
        "text\n\n[a]({{ sign_in_url }})\n\ntext",
        "{{ company and '' }}[a](https://example.org)",
    ] {
        assert!(is_button(body), "{body}");
    }
    for body in [
        "[a](https://example.org) b",
        "[a](https://example.org) [b](https://example.org)",
        "[a](ftp://example.org)",
        "<https://example.org>",
        "# [a](https://example.org)",
        "- [a](https://example.org)",
    ] {
        assert!(!is_button(body), "{body}");
    }
}

#[test]
fn text_says_what_the_html_says() {
    for (body, expected) in [
        ("a  \nb\nc & d", "a\nb c & d\n"),
        ("# A\n\nb\n\n## C\nd", "A\n\nb\n\nC\n\nd\n"),
        (
            "a\n- b\n- c\n  - d\n  - e\n\nf",
            "a\n\n- b\n- c\n  - d\n  - e\n\nf\n",
        ),
        ("9. a\n10. b\n\n    c\n\nd", "9. a\n10. b\n\n    c\n\nd\n"),
        ("a\n\n> b\n>\n> c\n\nd", "a\n\n> b\n>\n> c\n\nd\n"),
        ("- a\n\n> b\n>\n> - c\n\nd", "- a\n\n> b\n>\n> - c\n\nd\n"),
        ("a\n\n---\n\nb", "a\n\n---\n\nb\n"),
        ("[a](https://example.org/)", "a (https://example.org/)\n"),
        (
            "[example.org](https://example.org/)",
            "example.org (https://example.org/)\n",
        ),
        ("<https://example.org>", "https://example.org/\n"),
        ("<ada@example.org>", "ada@example.org\n"),
        ("**a** *b* `c`", "a b c\n"),
        ("    a\n    b", "a\nb\n"),
    ] {
        assert_eq!(text(body), expected, "{body:?}");
    }
}

#[test]
fn a_subject_is_one_line_of_200_characters_at_most() {
    let subject = |subject: &str, first_name: &str| {
        let mut recipient = Recipient::example();
        let name = Some(first_name.to_owned());
        recipient.profile.set(ProfileField::FirstName, name);
        let template = InvitationTemplate::new(&document(subject, "b")).unwrap();
        template.letter(&recipient, UNSUBSCRIBE).unwrap().subject
    };
    assert_eq!(
        subject(" Hi\n{{ first_name }} ", "A\r\nBcc: x\u{0}\u{2028}"),
        "Hi A Bcc: x"
    );
    assert_eq!(
        subject("{{ first_name }}", &"é".repeat(300)),
        "é".repeat(200)
    );
    assert_eq!(
        subject("<b> & {{ first_name }}", "**A** <i>"),
        "<b> & **A** <i>"
    );
    assert_eq!(subject("{{ first_name }}", " \n "), "DevCon 2026");
}

#[test]
fn a_link_to_unsubscribe_that_is_none_is_refused() {
    let template = template("a");
    for url in ["", "javascript:alert(1)", "/u", "mailto:a@example.org"] {
        let error = template.letter(&Recipient::example(), url).unwrap_err();
        assert_eq!(error, LetterError::UnsubscribeUrl, "{url}");
    }
}
