//! Hostile data: whatever a person's record says, it is text.

use proptest::prelude::*;

use super::*;

/// Somebody whose every field says this.
fn named(text: &str) -> Recipient {
    let mut recipient = Recipient::example();
    for field in ProfileField::ALL {
        recipient.profile.set(field, Some(text.to_owned()));
    }
    recipient.groups = vec![text.to_owned()];
    recipient.digital_badge = Some(text.to_owned());
    recipient
}

#[test]
fn a_value_is_shown_as_it_is() {
    for (name, expected) in [
        ("[x](http://evil.example)", "[x](http://evil.example)"),
        ("**a** _b_ `c`", "**a** _b_ `c`"),
        (
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        ("# h", "# h"),
        ("- a", "- a"),
        ("a\n\n# h\r\n> b", "a<br><br># h<br>&gt; b"),
        ("{{ 1 }} {% if x %}", "{{ 1 }} {% if x %}"),
        ("&lt;\"'&", "&amp;lt;&quot;&#39;&amp;"),
        ("\u{10F100}\u{10F041}a\u{10F101}", "a"),
        ("a\u{0}\u{1b}b", "a  b"),
        ("\u{202e}a", "a"),
        ("https://evil.example", "https://evil.example"),
    ] {
        let mut recipient = Recipient::example();
        recipient
            .profile
            .set(ProfileField::FirstName, Some(name.to_owned()));
        let letter = letter_to(&recipient, "{{ first_name }}");
        assert_eq!(inner(&letter), format!("<p>{expected}</p>\n"), "{name:?}");
    }
}

#[test]
fn a_value_keeps_to_its_place_in_the_markdown() {
    let recipient = named("**a**](https://evil.example)\n\n<b>");
    let shown = "**a**](https://evil.example)<br><br>&lt;b&gt;";
    for (body, expected) in [
        ("# {{ company }}", format!("<h1>{shown}</h1>\n")),
        ("*{{ company }}*", format!("<p><em>{shown}</em></p>\n")),
        ("- {{ company }}", format!("<ul>\n<li>{shown}</li>\n</ul>\n")),
        ("> {{ company }}", format!("<blockquote>\n<p>{shown}</p>\n</blockquote>\n")),
        (
            "[{{ company }}](https://example.org)",
            format!("<p><a href=\"https://example.org/\">{shown}</a></p>\n"),
        ),
        ("[a]({{ badge_url }})", "<p>a</p>\n".to_owned()),
        ("{{ badge_url }}", format!("<p>{shown}</p>\n")),
        (
            "[a](https://example.org/{{ company }})",
            "<p><a href=\"https://example.org/%2A%2Aa%2A%2A%5D%28https%3A%2F%2Fevil.example%29%0A%0A%3Cb%3E\">a</a></p>\n".to_owned(),
        ),
        ("{% set x = company | upper %}{{ x ~ '' }}", format!("<p>{}</p>\n", shown.replace("a*", "A*").replace("https://evil.example", "HTTPS://EVIL.EXAMPLE").replace(";b", ";B"))),
    ] {
        assert_eq!(inner(&letter_to(&recipient, body)), expected, "{body}");
    }
}

#[test]
fn html_that_a_chance_of_branches_makes_is_text() {
    let body = "{% if first_name %}<{% endif %}{% if not first_name %} {% endif %}{% if email %}script>{% endif %}a";
    let letter = letter(body);
    assert!(
        inner(&letter).contains("&lt;script&gt;a"),
        "{}",
        letter.html
    );
}

#[test]
fn a_letter_from_an_entity_that_is_a_placeholder_is_text() {
    assert_eq!(text("a&#x10F100;&#x10F041;b&#x10F101;c"), "aAbc\n");
    assert_eq!(text("\u{10F100}a\u{10F101}"), "a\n");
}

#[test]
fn an_error_never_repeats_a_value() {
    let recipient = named("canary");
    for body in [
        "{% if first_name == 'canary' %}{{ first_name | date }}{% endif %}",
        "{% if first_name == 'canary' %}{{ first_name + 1 }}{% endif %}",
        "{% if first_name == 'canary' %}{{ first_name | int }}{% endif %}",
        "{% if first_name == 'canary' %}{{ first_name | float }}{% endif %}",
        "{% if first_name == 'canary' %}{{ -first_name }}{% endif %}",
    ] {
        let error = template(body).letter(&recipient, UNSUBSCRIBE).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

/// Every tag of a document, in order, without its attributes.
fn tags(html: &str) -> Vec<&str> {
    let (_, rest) = html.split_once("</style>").unwrap();
    rest.split('<')
        .skip(1)
        .map(|tag| tag.split([' ', '>']).next().unwrap())
        .collect()
}

const ALL: &str = "# {{ title }} {{ first_name }}\n\n{{ last_name }}\n\n- {{ job_title }}\n- *{{ company }}*\n\n> {{ country }}\n\nInfo: `{{ additional_info }}` [{{ biography }}](https://example.org/{{ biography }})\n\n[a]({{ badge_url }})\n\n    {{ biography }}\n\n{% for group in groups %}\n1. {{ group }}\n{% endfor %}\n\n**{{ email }}** {{ badge_url }} \\{{ title }} _{{ title }}_ <{{ title }}> &{{ title }};";

fn hostile() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        Just("<script>"),
        Just("</td>"),
        Just("<a href=\""),
        Just("](http://evil.example)"),
        Just("\""),
        Just("'"),
        Just("&"),
        Just("\n\n"),
        Just("\r\nBcc: a@example.org"),
        Just("# "),
        Just("- "),
        Just("    "),
        Just("{{ 1 }}"),
        Just("`"),
        Just("**"),
        Just("javascript:"),
        Just("https://evil.example"),
        Just("\u{10F100}"),
        Just("\u{10F03C}"),
        Just("\u{2028}"),
        Just("\u{202e}"),
        Just("<!--"),
        Just("]]>"),
        Just("\\"),
        Just("|"),
    ];
    let part = prop_oneof![3 => sign.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn whatever_the_data_say_the_html_has_the_elements_of_the_template(text in hostile()) {
        let template = InvitationTemplate::new(&document("{{ first_name }} {{ company }}", ALL)).unwrap();
        let letter = template.letter(&named(&text), UNSUBSCRIBE).unwrap();
        prop_assert!(!letter.html.contains("<script"));
        let known = |tags: Vec<&str>| -> Vec<String> {
            // A line break is data's own; a link is there or not by what the badge's URL is.
            let own = |tag: &&str| !matches!(*tag, "br" | "a" | "/a" | "p" | "/p" | "h1" | "/h1");
            tags.into_iter().filter(own).map(str::to_owned).collect()
        };
        let plain = template.letter(&named("x"), UNSUBSCRIBE).unwrap();
        prop_assert_eq!(known(tags(&letter.html)), known(tags(&plain.html)));
        for part in letter.html.split("href=\"").skip(1) {
            prop_assert!(part.starts_with("https://") || part.starts_with("http://"));
        }
        let shown = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
        prop_assert!(letter.subject.chars().all(shown));
        prop_assert!(letter.subject.chars().count() <= 200);
        prop_assert!(!letter.text.contains('\r'));
    }
}
