use super::*;
use proptest::prelude::*;

fn normal(text: &str) -> String {
    text.parse::<EmailAddress>()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
        .as_str()
        .to_owned()
}

#[test]
fn case_spaces_and_domain_spelling_do_not_make_another_person() {
    for text in [
        "Jo@B\u{fc}cher.example",
        "  jo@xn--bcher-kva.example\n",
        "JO@BU\u{308}CHER.EXAMPLE.",
        "\u{feff}jo@b\u{fc}cher.example",
        "jo@b\u{fc}cher\u{3002}example",
    ] {
        assert_eq!(normal(text), "jo@xn--bcher-kva.example", "{text}");
    }
}

#[test]
fn marks_that_are_not_seen_do_not_make_another_person() {
    for text in [
        "\u{202a}jim@example.org\u{202c}",
        "jim\u{200b}@example.org",
        "j\u{ad}im@example.org",
        "\u{2066}jim@example.org\u{2069}",
        "jim@exam\u{2060}ple.org",
        "jim@example\u{feff}.org",
        "\u{a0}jim@example.org\u{202f}",
        "\u{200e}jim@example.org\u{200f}",
        "j\u{200c}i\u{200d}m@example.org",
        "jim@example.org\u{fe0f}",
        "j\u{61c}im@example.org",
        "\u{ff4a}\u{ff49}\u{ff4d}\u{ff20}\u{ff45}xample.org",
        "J\u{130}M@EXAMPLE.ORG",
        "jI\u{307}m@example.org",
        "ji\u{307}m@example.org",
    ] {
        assert_eq!(normal(text), "jim@example.org", "{text:?}");
    }
    assert_eq!(normal("ann@F\u{130}NANS.example"), "ann@finans.example");
}

#[test]
fn the_address_is_taken_out_of_what_stands_around_it() {
    for text in [
        "<jo@example.org>",
        "Jo <jo@example.org>",
        "\"Moor, Jo\" <jo@example.org>",
        "jo@example.org <jo@example.org>",
        "'jo@example.org' <jo@example.org>",
        "Jo (Ops) <jo@example.org>",
        "Jo Moor<JO@EXAMPLE.ORG>;",
        "jo@example.org (Jo Moor)",
        "mailto:jo@example.org",
        "MAILTO:jo@example.org?subject=Hello%20you&cc=x@y.org",
        "<mailto:jo@example.org>",
        "Jo <mailto:jo@example.org?subject=x>",
        "mailto:jo%40example.org",
        "jo@example.org,",
        "jo@example.org;",
        "jo@example.org; ",
        "'jo@example.org'",
        "\"jo@example.org\"",
        "\u{201c}jo@example.org\u{201d}",
        "\u{ab}jo@example.org\u{bb}",
        "'jo@example.org",
        "jo@example.org\",",
        "Jo <jo@example.org>.",
        "jo@example.org (Jo).",
        "JO&COMMAT;EXAMPLE.ORG",
        "jo&#64;example.org",
        "&lt;jo@example.org&gt;",
    ] {
        assert_eq!(normal(text), "jo@example.org", "{text}");
    }
    assert_eq!(normal("o'neil@example.org"), "o'neil@example.org");
    assert_eq!(normal("jo+b@example.org"), "jo+b@example.org");
    assert_eq!(normal("mailto:jo%2Bb@example.org"), "jo+b@example.org");
}

#[test]
fn what_is_not_an_address_is_refused_with_the_reason() {
    for (text, reason) in [
        (" ", EmailError::Empty),
        ("\u{200b}", EmailError::Empty),
        ("<>", EmailError::Empty),
        ("jo", EmailError::NoAt),
        ("Jo <jo>", EmailError::NoAt),
        ("@example.org", EmailError::LocalPart),
        ("jo@localhost", EmailError::Domain),
        ("jo@exa mple.org", EmailError::Character(' ')),
        ("jo@example..org", EmailError::Domain),
        ("jo smith@example.org", EmailError::Character(' ')),
        ("jo@x@example.org", EmailError::Several),
        ("jo@example.org, ann@example.org", EmailError::Several),
        ("jo@example.org ann@example.org", EmailError::Several),
        (
            "Jo <jo@example.org>, Ann <ann@example.org>",
            EmailError::Several,
        ),
        ("<jo@example.org> <ann@example.org>", EmailError::Several),
        ("jo\r\nBcc: a", EmailError::NoAt),
        (
            "jo\r\nbcc: a.example.org@x.org",
            EmailError::Character('\r'),
        ),
        ("jo<x@example.org", EmailError::Character('<')),
        // GREEK QUESTION MARK, whose normal form is a semicolon.
        ("jo\u{37e}x@example.org", EmailError::Character(';')),
        ("jo..x@example.org", EmailError::LocalPart),
    ] {
        assert_eq!(
            text.parse::<EmailAddress>().unwrap_err(),
            reason,
            "{text:?}"
        );
    }
    let long = format!("{}@example.org", "x".repeat(65));
    assert_eq!(
        long.parse::<EmailAddress>().unwrap_err(),
        EmailError::Length
    );
    assert_eq!(
        EmailError::Character('\u{2028}').to_string(),
        "the e-mail address contains the character U+2028, which is not allowed"
    );
}

#[test]
fn what_an_earlier_version_stored_stays_what_it_was() {
    for text in [
        "jo\u{202e}x@example.org",
        "i\u{307}x@example.org",
        "\u{ff4a}o@example.org",
    ] {
        let stored: EmailAddress = serde_json::from_value(text.into()).unwrap();
        assert_eq!(stored.as_str(), text);
    }
}

proptest! {
    #[test]
    fn an_address_is_read_again_as_itself(text in "\\PC{0,12}@\\PC{0,12}") {
        if let Ok(address) = text.parse::<EmailAddress>() {
            prop_assert_eq!(&address.as_str().parse::<EmailAddress>().unwrap(), &address);
            let stored: EmailAddress = serde_json::from_value(address.as_str().into()).unwrap();
            prop_assert_eq!(stored, address);
        }
    }

    #[test]
    fn a_mark_in_it_makes_no_other_person(local in "[a-z][a-z0-9.+']{0,6}[a-z]", at in 0_usize..20, mark in prop::sample::select(vec!['\u{200b}', '\u{ad}', '\u{202a}', '\u{feff}', '\u{200d}'])) {
        let text = format!("{local}@example.org");
        let Ok(address) = text.parse::<EmailAddress>() else { return Ok(()) };
        let (before, after) = text.split_at(at.min(text.len()));
        let marked = format!("{before}{mark}{after}");
        prop_assert_eq!(marked.parse::<EmailAddress>().unwrap(), address);
    }
}
