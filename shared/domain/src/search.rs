//! Finding people by part of an address or of a name, without regard to case and accents.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest text that is looked for, in characters: that of an address.
const MAX_TEXT: usize = 254;

/// What is looked for: words, each of which must be somewhere in the address or the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text; `None` where there are none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text: String = text.chars().take(MAX_TEXT).collect();
        let folded = fold(&text);
        let words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Whether every word is part of this text, which is folded.
    #[must_use]
    pub fn are_in(&self, folded: &str) -> bool {
        self.0.iter().all(|word| folded.contains(word.as_str()))
    }
}

/// A text as it is compared: lower case, without accents.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        for lower in c.to_lowercase() {
            match plain(lower) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(lower),
            }
        }
    }
    folded
}

/// What people type for a letter that has no decomposition.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{df}' => "ss",
        '\u{e6}' => "ae",
        '\u{f0}' | '\u{111}' => "d",
        '\u{f8}' => "o",
        '\u{fe}' => "th",
        '\u{127}' => "h",
        '\u{131}' => "i",
        '\u{142}' => "l",
        '\u{153}' => "oe",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(words: &str, text: &str) -> bool {
        Words::of(words).unwrap().are_in(&fold(text))
    }

    #[test]
    fn case_accents_and_the_order_of_words_do_not_matter() {
        let zoe = "zoe@example.org Zo\u{eb} \u{c5}str\u{f6}m-M\u{fc}\u{df}ig";
        for words in [
            "ZOE",
            "zo\u{eb}",
            "astrom zoe",
            "m\u{dc}ssig",
            "  example.org  ZO\u{cb} ",
        ] {
            assert!(finds(words, zoe), "{words}");
        }
        assert!(finds("\u{141}ukasz", "Lukasz") && finds("lukasz", "\u{141}ukasz"));
        assert!(!finds("zoe bo", zoe));
        assert_eq!(Words::of(" \t "), None);
    }
}
