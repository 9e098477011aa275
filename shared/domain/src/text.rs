//! What no name may hold, wherever it came from.

/// Whether a character changes the direction of the text around it and is itself not seen: the
/// property `Bidi_Control` of Unicode (UAX #9, section 2). A name with one of them can look like
/// another name, and turns round what a list shows beside it.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// The text without the characters that change its direction. Arabic and Hebrew letters keep
/// theirs: each letter has its own.
pub(crate) fn without_bidi_controls(text: &str) -> String {
    text.chars().filter(|c| !is_bidi_control(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_turns_text_round_goes() {
        let all: String = ('\0'..=char::MAX).filter(|c| is_bidi_control(*c)).collect();
        let expected = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                        \u{2066}\u{2067}\u{2068}\u{2069}";
        assert_eq!(all, expected);
        // Letters that are written from right to left, a joiner that Persian needs, an emoji.
        for name in [
            "\u{5d0}\u{5d1}",
            "\u{645}\u{6cc}\u{200c}\u{631}",
            "\u{1f468}\u{200d}\u{1f4bb}",
        ] {
            assert_eq!(without_bidi_controls(name), name);
        }
        assert_eq!(without_bidi_controls("Ada\u{202e}eod\u{2066}"), "Adaeod");
    }
}
