use super::invisible::is_invisible;
use super::*;
use proptest::prelude::*;

#[test]
fn only_what_turns_text_round_is_a_bidi_control() {
    let all: String = ('\0'..=char::MAX).filter(|c| is_bidi_control(*c)).collect();
    let expected = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                    \u{2066}\u{2067}\u{2068}\u{2069}";
    assert_eq!(all, expected);
    assert!(all.chars().all(is_invisible));
}

/// The figure of `DerivedCoreProperties.txt`, with the three marks of annotations.
#[test]
fn what_is_ignorable_by_default_is_invisible() {
    let count = ('\0'..=char::MAX).filter(|c| is_invisible(*c)).count();
    assert_eq!(count, 4_174 + 3);
}

#[test]
fn a_line_has_nothing_in_it_that_is_not_seen() {
    for (text, clean) in [
        ("Ada\u{202e}eod\u{2066}", "Adaeod"),
        ("\u{feff}Ann\u{200b} \u{ad}Moor\u{2060}", "Ann Moor"),
        ("An\u{ad}n", "Ann"),
        ("Ann\u{200d}", "Ann"),
        ("A\u{200c}nn", "Ann"),
        ("\u{200d}Ann", "Ann"),
        ("Ann\u{a0}\u{a0}Moor\u{202f}", "Ann Moor"),
        ("\u{3000}Ann\u{2003}Moor", "Ann Moor"),
        ("Ann\t\r\n Moor\u{2028}", "Ann Moor"),
        ("Ann\u{fe0f}", "Ann"),
        ("Ann\u{e0001}\u{e0041}", "Ann"),
        ("\u{3164}", ""),
        ("\u{200b}\u{a0}\u{2066}", ""),
        ("U\u{308}ber", "\u{dc}ber"),
        ("M\u{fc}ller", "M\u{fc}ller"),
    ] {
        assert_eq!(line(text), clean, "{text:?}");
    }
}

/// What stays: each would be another word, or another picture, without it.
#[test]
fn joiners_and_selectors_stay_where_they_mean_something() {
    for name in [
        // Letters that are written from right to left.
        "\u{5d0}\u{5d1}",
        // Persian: a joiner that keeps two letters apart.
        "\u{645}\u{6cc}\u{200c}\u{631}",
        // Sinhala sri, and a Bengali name, with a joiner after the virama.
        "\u{dc1}\u{dca}\u{200d}\u{dbb}\u{dd3}",
        "\u{9b0}\u{9cd}\u{200d}\u{9af}",
        // Malayalam, a final consonant as it was written before it had a letter of its own.
        "\u{d05}\u{d35}\u{d28}\u{d4d}\u{200d}",
        // A woman at a computer, a rainbow flag, the flag of Wales, a heart, a key with a number.
        "\u{1f469}\u{200d}\u{1f4bb}",
        "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        "\u{2764}\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        // A Japanese name with a chosen form of its ideograph.
        "\u{845b}\u{e0100}\u{57ce}",
    ] {
        assert_eq!(line(name), name);
        assert_eq!(identity(name).chars().find(|c| is_invisible(*c)), None);
    }
    assert_eq!(
        folded("\u{645}\u{6cc}\u{200c}\u{631}"),
        folded("\u{645}\u{6cc}\u{631}"),
        "compared without it"
    );
}

#[test]
fn long_texts_keep_their_lines() {
    assert_eq!(
        lines("\u{feff} One\u{a0}two\r\n\tthree\u{0}\u{200b}\n"),
        "One two\n\tthree"
    );
}

#[test]
fn ids_in_other_characters_are_one_and_keep_their_case() {
    for text in [
        "T-12",
        " T-12\u{a0}",
        "T\u{200b}-12",
        "\u{ff34}-\u{ff11}\u{ff12}",
        "T-1\u{ad}2",
        "\u{feff}T-12",
    ] {
        assert_eq!(identity(text), "T-12", "{text:?}");
    }
    assert_ne!(identity("t-12"), identity("T-12"));
}

#[test]
fn names_that_are_compared_are_folded() {
    for (one, other) in [
        ("VIP  Lounge", " vip lounge\t"),
        ("V\u{200b}IP", "vip"),
        ("\u{ff36}\u{ff29}\u{ff30}", "vip"),
        ("\u{130}STANBUL", "istanbul"),
        ("O\u{fb03}ce", "office"),
        ("\u{c9}quipe", "e\u{301}quipe"),
    ] {
        assert_eq!(folded(one), folded(other), "{one:?}");
    }
}

#[test]
fn references_are_decoded_and_a_lone_ampersand_stays() {
    for (text, plain) in [
        ("O&#039;Neil", "O'Neil"),
        ("O&#x27;Neil", "O'Neil"),
        ("O&#X2019;Neil", "O\u{2019}Neil"),
        ("O&apos;Neil", "O'Neil"),
        ("O&#146;Neil", "O\u{2019}Neil"),
        ("M&uuml;ller", "M\u{fc}ller"),
        ("&#77;&#252;ller", "M\u{fc}ller"),
        ("Mole &amp; Pier", "Mole & Pier"),
        ("Mole &amp;amp; Pier", "Mole & Pier"),
        ("O&amp;#039;Neil", "O'Neil"),
        ("&quot;Ann&quot; &lt;VIP&gt;", "\"Ann\" <VIP>"),
        ("&Zcaron;i&ccaron;", "\u{17d}i\u{10d}"),
        ("A&nbsp;B", "A\u{a0}B"),
        ("AT&T", "AT&T"),
        ("A & B; C", "A & B; C"),
        ("A &B; C", "A &B; C"),
        ("R&D;", "R&D;"),
        ("&amp", "&amp"),
        ("&;", "&;"),
        ("&#;", "&#;"),
        ("&#x;", "&#x;"),
        ("&#0;", "&#0;"),
        ("&#xd800;", "&#xd800;"),
        ("&#99999999999;", "&#99999999999;"),
        ("&nosuchname;", "&nosuchname;"),
        ("&&amp;", "&&"),
        ("", ""),
    ] {
        assert_eq!(unescape(text), plain, "{text}");
    }
}

/// Texts of the characters that this is about, and any others.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[ a-zA-Z;#&]{0,4}",
        prop::sample::select(vec![
            "\u{200d}",
            "\u{200c}",
            "\u{200b}",
            "\u{fe0f}",
            "\u{ad}",
            "\u{a0}",
            "\u{130}",
            "\u{307}",
            "\u{645}",
            "\u{dca}",
            "\u{1f3f4}",
            "\u{e0067}",
            "\u{1f469}",
            "\u{2764}",
            "\u{845b}",
            "\u{e0100}",
            "\u{ff36}",
            "&amp;",
            "&#39;",
            "&uuml;",
            "\u{34f}",
            "\u{301}",
            "I",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn each_form_applied_twice_is_the_same_as_once(text in texts()) {
        for form in [line, lines, identity, folded, unescape] {
            let once = form(&text);
            prop_assert_eq!(form(&once), once, "{:?}", text);
        }
    }

    #[test]
    fn what_is_not_seen_tells_nothing_apart(text in texts(), at in 0_usize..20, c in prop::sample::select(vec!['\u{200b}', '\u{ad}', '\u{feff}', '\u{2066}', '\u{200e}'])) {
        let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
        // Between a letter and its accent it may keep them apart; they are one in a normal form.
        let (before, after) = text.split_at(at);
        let marked = format!("{before}{c}{after}");
        prop_assert_eq!(folded(&marked), folded(&text));
        prop_assert_eq!(identity(&marked), identity(&text));
    }
}
