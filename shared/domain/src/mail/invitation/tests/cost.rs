//! Hostile templates and heavy data: each ends with an error, at once and without much memory.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Somebody with as many and as long values as may be stored.
fn heavy() -> Recipient {
    let mut recipient = Recipient::example();
    for field in ProfileField::ALL {
        let text = "\u{1F600}".repeat(field.max_chars());
        recipient.profile.set(field, Some(text));
    }
    recipient.groups = (0..2_000).map(|n| format!("{n:0>100}")).collect();
    recipient
}

#[test]
fn heavy_data_make_an_ordinary_letter() {
    let body = "{{ biography }} {{ additional_info }} {{ groups | length }} {{ company }}";
    let letter = letter_to(&heavy(), body);
    assert!(letter.html.len() > 32_000 && letter.html.len() < MAX_TEXT);
}

#[test]
fn a_template_that_does_too_much_stops() {
    let start = Instant::now();
    for (body, expected) in [
        (
            "{% for a in groups %}{% for b in groups %}{% for c in groups %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
            LetterError::TooLong(TemplateText::Body),
        ),
        (
            "{% for a in groups %}{% for b in groups %}{% endfor %}{% endfor %}",
            LetterError::TooMuchWork(TemplateText::Body),
        ),
        (
            "{% for a in groups %}{{ biography[:200] }}{% endfor %}",
            LetterError::TooLong(TemplateText::Body),
        ),
        (
            "{% for a in groups %}a\n\n{% endfor %}{% for a in groups %}a\n\n{% endfor %}{% for a in groups %}a\n\n{% endfor %}{% for a in groups %}a\n\n{% endfor %}{% for a in groups %}a\n\n{% endfor %}",
            LetterError::TooLong(TemplateText::Body),
        ),
        (
            "{{ biography | replace('\u{1F600}', biography[:300]) }}",
            LetterError::TooMuchWork(TemplateText::Body),
        ),
    ] {
        let error = template(body).letter(&heavy(), UNSUBSCRIBE).unwrap_err();
        assert_eq!(error, expected, "{body}");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_value_that_holds_another_many_times_over_cannot_be_made() {
    let double = "{% set x = x ~ x %}".repeat(100);
    for body in [
        "{% set x = [1] %}{% set x = [x, x] %}",
        "{% set x = groups %}",
        "{% for a in [groups, groups] %}{% for b in [a, a] %}{{ b }}{% endfor %}{% endfor %}",
        "{% for a in groups | zip(groups) %}{{ a }}{% endfor %}",
        "{% for a in groups | chain(groups) %}{{ a }}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ groups | map('default', groups) | list }}",
        "{% for a in [[1]] %}{% set b = a %}{% endfor %}",
        "{% for a in [[1]] %}{% set b = a[0:] %}{% endfor %}",
        "{% set x = groups | map('list') | first %}",
        "{% set x = company | default(groups) %}",
        "{% set x = event %}",
        &format!("{{% set x = 'xxxxxxxx' %}}{double}"),
    ] {
        assert!(
            InvitationTemplate::new(&document("a", body)).is_err(),
            "{body}"
        );
    }
}

#[test]
fn deep_and_long_templates_do_not_overflow_the_stack() {
    for (before, middle, after) in [
        ("{% if title %}", "a", "{% endif %}"),
        ("{% for a in groups %}", "a", "{% endfor %}"),
        ("{% with %}", "a", "{% endwith %}"),
        ("{% if title %}{% else %}", "a", "{% endif %}"),
        ("{% if title %}", "{% if title %}", "{% elif title %}"),
        ("", "{% if title %}", "{% elif title %}"),
        ("{{", "a", ""),
        ("{{ (", "a", ""),
        ("{% raw %}", "a", ""),
        ("", "{{ title", "|d"),
        ("", "{{ title", "(a"),
        ("", "{{", " not"),
        ("", "{{", "-"),
        ("", "{{ 1", "+1"),
        ("", "{{ [", "["),
        ("{#", "a", ""),
        ("", "a", "{{ nope }}"),
        ("", "", "{% set a = 1 %}"),
        ("", "{% set a = 1 %}", "{% set a = a %}"),
    ] {
        let times = (MAX_BODY_SOURCE - middle.len()) / (before.len() + after.len());
        let body = format!("{}{middle}{}", before.repeat(times), after.repeat(times));
        let _ = InvitationTemplate::new(&document("a", &body));
    }
    for part in [
        "|d",
        "+1",
        "[0]",
        "(1)",
        "~1",
        " or 1",
        " if 1 else 1",
        ".a",
    ] {
        let tag = part.repeat(2_000 / part.len());
        for body in [
            format!("{{{{ 1{tag} }}}}"),
            format!("{{% set a = 1{tag} %}}"),
        ] {
            let _ = InvitationTemplate::new(&document("a", &body));
        }
    }
}

#[test]
fn markdown_that_is_all_signs_is_read_at_once() {
    for sign in [
        ">",
        "> ",
        "- ",
        "1. ",
        "*a ",
        "*",
        "_a",
        "`",
        "``a",
        "[",
        "[a](",
        "![",
        "]",
        "<",
        "<a",
        "&",
        "\\",
        "#",
        "a\n",
        "a\n\n",
        "- a\n",
        "[a]: b\n",
        "[a][b]",
        "**a *b ",
        "<!--",
        "***\n",
        " >\n",
        "\t- a\n",
        "(",
        "~~~\n",
        "[a](<",
        "{{ title }}",
        "*{{ title }}",
        "[{{ title }}](",
        "<{{ sign_in_url }}>",
    ] {
        let body = sign.repeat(MAX_BODY_SOURCE / sign.len());
        let start = Instant::now();
        let _ = InvitationTemplate::new(&document("a", &body));
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{sign:?} takes {:?}",
            start.elapsed()
        );
    }
}

/// Pieces of the language, in any order.
fn template_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{{ ",
        " }}",
        "{%",
        "%}",
        "{%- ",
        " -%}",
        "{#",
        "#}",
        "{% raw %}",
        "{% endraw %}",
        "{% if title %}",
        "{% elif company %}",
        "{% else %}",
        "{% endif %}",
        "{% for a in groups %}",
        "{% endfor %}",
        "{% set b = 1 %}",
        "{% with c = 2 %}",
        "{% endwith %}",
        "{{ first_name }}",
        "{{ sign_in_url }}",
        "{{ event.name }}",
        "groups",
        "loop.index",
        " | upper",
        "[0]",
        "(",
        ")",
        "'",
        "\"",
        "\\",
        "\n",
        "\r\n",
        "    ",
        "- ",
        "1. ",
        "> ",
        "# ",
        "**",
        "_",
        "`",
        "```\n",
        "[",
        "](",
        ")",
        "<",
        ">",
        "<!--",
        "&#x10F100;",
        "\u{10F041}",
        "\u{0}",
        "![",
        "---\n",
        "\u{e9}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_a_template_says_it_is_refused_or_makes_a_letter(body in template_text()) {
        if let Ok(template) = InvitationTemplate::new(&document("a", &body)) {
            let letter = template.letter(&Recipient::example(), UNSUBSCRIBE).unwrap();
            let (open, close) = (letter.html.matches("<p ").count(), letter.html.matches("</p>").count());
            prop_assert_eq!(open, close);
            prop_assert!(!letter.html.contains("<script"));
        }
    }
}
