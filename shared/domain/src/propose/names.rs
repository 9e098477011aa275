//! Finds the meaning of field names in English, German, French, Dutch, Spanish, Italian and
//! Portuguese.
//!
//! A name is split into words without case and accents; neighbouring words are looked up joined, so
//! `first_name`, `FirstName`, `First name` and `firstname` are the same.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::words::{MEANINGS, OTHER_PEOPLE, OTHER_THINGS, PERSON, QUALIFIERS, SMALL};

/// Most words of a name that are examined: longer names are sentences.
const MAX_WORDS: usize = 16;
/// Most words that have a meaning together.
const MAX_WINDOW: usize = 4;
/// Words that need their context: `name` in `company.name`.
const GENERIC: [&str; 22] = [
    "name",
    "title",
    "label",
    "value",
    "text",
    "display",
    "displayname",
    "en",
    "de",
    "code",
    "caption",
    "titel",
    "titre",
    "titolo",
    "titulo",
    "nom",
    "nome",
    "nombre",
    "naam",
    "answer",
    "shortname",
    "fullname",
];

/// The meaning of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ProposedMeaning {
    SourceId,
    Email,
    FirstName,
    LastName,
    FullName,
    Title,
    JobTitle,
    Company,
    Country,
    AdditionalInfo,
    Biography,
    Groups,
    Badge,
}

use ProposedMeaning as M;

static WORDS: LazyLock<HashMap<&'static str, Vec<(M, u32)>>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Vec<(M, u32)>> = HashMap::new();
    for (meaning, weight, list) in MEANINGS {
        for word in list.split_whitespace() {
            words.entry(word).or_default().push((*meaning, *weight));
        }
    }
    words
});

/// Returns the words of a name: split where case, signs and digits change, without accents, small
/// words and numbers.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().take(400).collect();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if (starts || !(letter.is_alphabetic() || is_combining_mark(letter))) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() || is_combining_mark(letter) {
            word.push(letter);
        }
    }
    words.push(word);
    words
        .into_iter()
        .map(|word| plain(&word))
        .filter(|word| !word.is_empty() && !SMALL.contains(&word.as_str()))
        .take(MAX_WORDS)
        .collect()
}

/// A text without case and accents.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let letters = text.nfkd().filter(|letter| !is_combining_mark(*letter));
    for letter in letters.flat_map(char::to_lowercase) {
        match letter {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            letter => plain.push(letter),
        }
    }
    plain
}

/// Returns the possible meanings of a field by its names, from the outermost step to its own. Each
/// has a confidence from 0 to 100; the most likely comes first.
pub(super) fn meanings(steps: &[&str]) -> Vec<(ProposedMeaning, u32)> {
    let steps: Vec<Vec<String>> = steps.iter().map(|step| words_of(step)).collect();
    let Some((own, above)) = steps.split_last() else {
        return Vec::new();
    };
    let mut found = Found::default();
    let container = above.iter().rev().find(|words| !words.is_empty());
    let is_generic = GENERIC.contains(&own.concat().as_str()) || own.is_empty();
    if let Some(container) = container.filter(|words| is_generic && !is_of_a_person(words)) {
        found.add(container, 95);
        found.add(&[container.as_slice(), own].concat(), 97);
        // The name of a place or thing is not the name of a person.
        found.drop_names();
    } else {
        found.add(own, 100);
        if let Some(container) = container {
            found.add_joint(container, own);
        }
    }
    found.weigh(&steps.concat());
    let mut all: Vec<_> = found
        .0
        .into_iter()
        .filter(|(_, score)| *score > 0)
        .collect();
    all.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    all
}

/// Returns whether names refer to a person or thing other than the attendee.
pub(super) fn speaks_of_others(steps: &[&str]) -> bool {
    let words = steps.iter().flat_map(|step| words_of(step));
    words
        .into_iter()
        .any(|word| OTHER_PEOPLE.contains(&word.as_str()) || OTHER_THINGS.contains(&word.as_str()))
}

/// Returns whether words name an object that contains a person's fields, such as `attendee`,
/// `profile` or `name_parts`.
fn is_of_a_person(words: &[String]) -> bool {
    words
        .iter()
        .all(|word| PERSON.contains(&word.as_str()) || word == "name")
}

#[derive(Default)]
struct Found(Vec<(M, u32)>);

impl Found {
    fn put(&mut self, meaning: M, score: u32) {
        match self.0.iter_mut().find(|(known, _)| *known == meaning) {
            Some((_, known)) => *known = (*known).max(score),
            None => self.0.push((meaning, score)),
        }
    }

    /// Looks up all groups of neighbouring words, and once more without the words for a person.
    fn add(&mut self, words: &[String], percent: u32) {
        self.windows(words, percent);
        let other: Vec<String> = words
            .iter()
            .filter(|word| !PERSON.contains(&word.as_str()))
            .cloned()
            .collect();
        if other.len() < words.len() && !other.is_empty() {
            self.windows(&other, percent);
        }
    }

    fn windows(&mut self, words: &[String], percent: u32) {
        let mut hits: Vec<(M, u32, bool)> = Vec::new();
        for length in 1..=MAX_WINDOW.min(words.len()) {
            for (at, window) in words.windows(length).enumerate() {
                let Some(meanings) = WORDS.get(window.concat().as_str()) else {
                    continue;
                };
                let is_whole = length == words.len();
                let mut rest = words.iter().take(at).chain(words.iter().skip(at + length));
                if !is_whole && rest.any(|word| QUALIFIERS.contains(&word.as_str())) {
                    continue;
                }
                let is_generic = length == 1 && GENERIC.contains(&window.concat().as_str());
                let covered = u32::try_from(100 * length / words.len()).unwrap_or(100);
                for (meaning, weight) in meanings {
                    // A record's id must be the whole name: otherwise it is the id of something
                    // else.
                    if *meaning == M::SourceId && !is_whole {
                        continue;
                    }
                    let score = weight * (60 + covered * 40 / 100) / 100 * percent / 100;
                    hits.push((*meaning, score, is_generic && !is_whole));
                }
            }
        }
        // In "name of the company", the company is meant.
        let has_plain = hits.iter().any(|(_, _, is_generic)| !is_generic);
        for (meaning, score, is_generic) in hits {
            if !(is_generic && has_plain) {
                self.put(meaning, score);
            }
        }
    }

    /// Looks up meanings that the words of two steps have only together.
    fn add_joint(&mut self, above: &[String], own: &[String]) {
        for back in 1..=above.len().min(MAX_WINDOW) {
            let tail = above.get(above.len() - back..).unwrap_or_default();
            let joined = tail.concat() + &own.concat();
            for (meaning, weight) in WORDS.get(joined.as_str()).into_iter().flatten() {
                self.put(*meaning, weight * 97 / 100);
            }
        }
    }

    fn drop_names(&mut self) {
        let is_name =
            |meaning: &M| matches!(meaning, M::FirstName | M::LastName | M::FullName | M::Title);
        self.0.retain(|(meaning, _)| !is_name(meaning));
    }

    /// Lowers the scores of names that refer to other people or to things.
    fn weigh(&mut self, words: &[String]) {
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let (of_others, of_things) = (has(OTHER_PEOPLE), has(OTHER_THINGS));
        for (meaning, score) in &mut self.0 {
            let lower = match meaning {
                M::Company | M::Country if of_others && !of_things => 25,
                M::Groups if of_others => 40,
                M::Groups => 0,
                _ if of_things => 80,
                _ if of_others => 60,
                _ => 0,
            };
            *score = score.saturating_sub(lower);
        }
    }
}
