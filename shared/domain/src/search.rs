//! Searches people by part of an address or of a name, without regard to case and accents. If
//! nobody is found, one typing error is allowed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest search text, in characters: the length of an address.
const MAX_TEXT: usize = 254;
/// Shortest word in which a typing error is allowed: too many names differ from a shorter word by
/// one letter.
const FEWEST_LETTERS: usize = 4;

/// The searched words, each of which must occur in the address or the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<SearchedWord>);

/// A word as it is compared, and with its umlauts spelled out, if it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SearchedWord {
    folded: String,
    spelled_out: Option<String>,
}

/// How well the words match; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordMatch {
    /// All words are beginnings of words in the text.
    Beginnings,
    /// All words occur somewhere in the text.
    Parts,
    /// One word has a typing error.
    WithOneError,
}

impl Words {
    /// The words of a text; `None` where there are none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text: String = text.chars().take(MAX_TEXT).collect();
        let words: Vec<SearchedWord> = text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '(' | ')'))
            .filter(|word| !word.is_empty())
            .map(SearchedWord::of)
            .collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Returns whether every word occurs in this text, which must come from [`searchable`].
    #[must_use]
    pub fn are_in(&self, searchable: &str) -> bool {
        self.0.iter().all(|word| word.is_in(searchable))
    }

    /// Returns how well the words match this text, which must come from [`searchable`]. One word
    /// may have one letter too many, too few or wrong, or two letters exchanged. `None` where they
    /// do not match.
    #[must_use]
    pub fn matching(&self, searchable: &str) -> Option<WordMatch> {
        let mut others = self.0.iter().filter(|word| !word.is_in(searchable));
        match (others.next(), others.next()) {
            (None, _) if self.0.iter().all(|word| word.begins_in(searchable)) => {
                Some(WordMatch::Beginnings)
            }
            (None, _) => Some(WordMatch::Parts),
            (Some(wrong), None) => wrong
                .is_nearly_in(searchable)
                .then_some(WordMatch::WithOneError),
            (Some(_), Some(_)) => None,
        }
    }
}

impl SearchedWord {
    fn of(word: &str) -> Self {
        let folded = fold(word);
        let spelled_out = Some(spell_out(word)).filter(|other| *other != folded);
        Self {
            folded,
            spelled_out,
        }
    }

    fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.folded.as_str()).chain(self.spelled_out.as_deref())
    }

    fn is_in(&self, text: &str) -> bool {
        self.spellings().any(|word| text.contains(word))
    }

    fn begins_in(&self, text: &str) -> bool {
        let begins = |at: usize| {
            let before = text.get(..at).unwrap_or_default().chars().next_back();
            !before.is_some_and(char::is_alphanumeric)
        };
        self.spellings()
            .any(|word| text.match_indices(word).any(|(at, _)| begins(at)))
    }

    /// Compares a typed address with whole addresses, and any other word with the words of
    /// addresses and names.
    fn is_nearly_in(&self, text: &str) -> bool {
        if self.folded.chars().nth(FEWEST_LETTERS - 1).is_none() {
            return false;
        }
        let is_nearly = |word| self.spellings().any(|typed| is_one_error_away(typed, word));
        if self.folded.contains('@') {
            return text.split(' ').any(is_nearly);
        }
        if text.is_ascii() {
            // This does the same as the code below, several times as fast: a large event has a
            // million words.
            let bytes = text.as_bytes();
            return bytes
                .split(|byte| !byte.is_ascii_alphanumeric())
                .any(|word| {
                    self.spellings()
                        .any(|typed| differ_once(typed.as_bytes(), word))
                });
        }
        text.split(|c: char| !c.is_alphanumeric()).any(is_nearly)
    }
}

/// Returns whether one word becomes the other by one letter more, less or different, or by
/// exchanging two letters.
fn is_one_error_away(typed: &str, word: &str) -> bool {
    if typed.is_ascii() && word.is_ascii() {
        return differ_once(typed.as_bytes(), word.as_bytes());
    }
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    differ_once(&letters(typed), &letters(word))
}

fn differ_once<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let alike = |(a, b): &(&T, &T)| a == b;
    let start = one.iter().zip(other).take_while(alike).count();
    let (one, other) = (past(one, start), past(other, start));
    let ends = one.iter().rev().zip(other.iter().rev());
    let end = ends.take_while(alike).count();
    match (without(one, end), without(other, end)) {
        ([] | [_], [] | [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

fn past<T>(letters: &[T], start: usize) -> &[T] {
    letters.get(start..).unwrap_or_default()
}

fn without<T>(letters: &[T], end: usize) -> &[T] {
    letters
        .get(..letters.len().saturating_sub(end))
        .unwrap_or_default()
}

/// Returns a text in the form that is searched: folded, and once more with its umlauts spelled out,
/// if it has any.
#[must_use]
pub fn searchable(text: &str) -> String {
    let folded = fold(text);
    let spelled_out = spell_out(text);
    if folded == spelled_out {
        return folded;
    }
    format!("{folded} {spelled_out}")
}

/// Returns the text folded, with its umlauts spelled out as people without these keys write them.
fn spell_out(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut spelled = String::with_capacity(text.len() + 2);
    for c in text.nfc().flat_map(char::to_lowercase) {
        match c {
            '\u{e4}' => spelled.push_str("ae"),
            '\u{f6}' | '\u{f8}' => spelled.push_str("oe"),
            '\u{fc}' => spelled.push_str("ue"),
            '\u{e5}' => spelled.push_str("aa"),
            other => spelled.push(other),
        }
    }
    fold(&spelled)
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

/// Returns what people type for a letter that has no decomposition.
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

/// A record's number or id that a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedId(String);

impl SearchedId {
    /// Returns the typed text without the sign that people write before numbers; `None` where
    /// nothing is left.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('#').trim();
        (!text.is_empty() && text.len() <= MAX_TEXT).then(|| Self(fold(text)))
    }

    /// Returns whether the ids of a person's records, as [`searchable_ids`] writes them, contain
    /// this one. An order `ABC12` may have the records `ABC12-1` and `ABC12-2`: an id that
    /// continues after a sign that is neither letter nor digit matches, too.
    #[must_use]
    pub fn is_one_of(&self, ids: &str) -> bool {
        ids.split('\n').any(|id| {
            let rest = id.strip_prefix(self.0.as_str());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    }
}

/// Returns the ids of a person's records in the form that is searched; `None` where there are none.
#[must_use]
pub fn searchable_ids<'i>(ids: impl Iterator<Item = &'i str>) -> Option<Box<str>> {
    let mut folded: Vec<String> = ids.map(fold).collect();
    folded.sort_unstable();
    folded.dedup();
    (!folded.is_empty()).then(|| folded.join("\n").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(words: &str, text: &str) -> bool {
        Words::of(words).unwrap().are_in(&searchable(text))
    }

    fn matches(words: &str, text: &str) -> Option<WordMatch> {
        Words::of(words).unwrap().matching(&searchable(text))
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
        assert_eq!(Words::of(" \t , "), None);
    }

    #[test]
    fn the_family_name_may_come_first_and_umlauts_may_be_spelled_out() {
        let anke = "as@example.org Anke Sch\u{e4}fer";
        for words in [
            "Sch\u{e4}fer, Anke",
            "anke sch\u{e4}fer",
            "schaefer",
            "schafer",
            "Scha\u{308}fer;Anke",
        ] {
            assert_eq!(matches(words, anke), Some(WordMatch::Beginnings), "{words}");
        }
        assert!(finds("Sch\u{e4}fer", "Schaefer") && finds("s\u{f8}rensen", "Soerensen"));
        // A name without an umlaut is not found by a spelled-out umlaut.
        assert!(!finds("joe", "jo@example.org Jo Stone"));
    }

    #[test]
    fn one_word_may_have_one_typing_error() {
        let anke = "as@example.org Anke Sch\u{e4}fer";
        for words in [
            "Sch\u{e4}ffer",
            "Sch\u{e4}fr anke",
            "schaefre",
            "Schaeter",
            "anke shafer",
            "akne",
            "as@exmaple.org",
        ] {
            assert_eq!(
                matches(words, anke),
                Some(WordMatch::WithOneError),
                "{words}"
            );
        }
        for words in [
            "anek shafer",
            "Scheffler",
            "ake",
            "bnke q",
            "Sch\u{e4}ferin Anke Maria",
        ] {
            assert_eq!(matches(words, anke), None, "{words}");
        }
        assert_eq!(matches("nke", anke), Some(WordMatch::Parts));
        assert_eq!(
            matches(
                "\u{738b}\u{5c0f}\u{660e}\u{660e}",
                "\u{738b}\u{5c0f}\u{660e}"
            ),
            Some(WordMatch::WithOneError)
        );
    }

    #[test]
    fn an_order_number_finds_its_records_and_no_longer_number() {
        let ids = searchable_ids(["ABC12-1", "abc12-2", "77"].into_iter()).unwrap();
        let found = |text| SearchedId::of(text).unwrap().is_one_of(&ids);
        for own in [" #abc12-1 ", "abc12", "ABC12-2", "77"] {
            assert!(found(own), "{own}");
        }
        for other in ["abc1", "7", "bc12", "12"] {
            assert!(!found(other), "{other}");
        }
        assert_eq!(
            (SearchedId::of(" # "), searchable_ids(std::iter::empty())),
            (None, None)
        );
    }
}
