//! How hard a token that a person chose is to guess: a small estimate, and an upper bound. It finds
//! what everybody would try first (words, rows of keys, repetitions) and is no dictionary.

use std::collections::BTreeSet;

/// Fewest characters.
const SHORTEST: usize = 16;

/// Fewest bits of the estimate. Sixteen random hexadecimal digits have about 53 by it (and 64 indeed);
/// whoever asks a server to check them needs longer than anybody lives.
const FEWEST_BITS: f64 = 40.0;

/// What a piece that is known adds, wherever it stands: which of the pieces it is.
const BITS_OF_A_PIECE: f64 = 6.0;

/// Words that people take for a token, longest first where one begins with another.
const WORDS: [&str; 48] = [
    "attendeesync",
    "attendees",
    "attendee",
    "administrator",
    "administrate",
    "admin",
    "anything",
    "bearer",
    "changeit",
    "changeme",
    "change",
    "conference",
    "credential",
    "default",
    "demo",
    "development",
    "devcon",
    "dummy",
    "example",
    "event",
    "foobar",
    "hello",
    "hunter",
    "iloveyou",
    "insecure",
    "letmein",
    "localhost",
    "master",
    "nothing",
    "organiser",
    "owner",
    "passphrase",
    "password",
    "passwd",
    "please",
    "private",
    "public",
    "replaceme",
    "replace",
    "sample",
    "secret",
    "secure",
    "something",
    "staging",
    "sync",
    "test",
    "token",
    "welcome",
];

/// Rows of keys; those of digits and letters are found as sequences.
const ROWS: [&str; 4] = ["qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm"];

/// Shortest piece of a row, of a sequence or of a repeated character that counts as one.
const SHORTEST_RUN: usize = 3;

/// Why a token is too easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakToken {
    /// It is short.
    #[error("it has fewer than {SHORTEST} characters")]
    Short,
    /// It repeats itself.
    #[error("it repeats the same few characters")]
    Repetitive,
    /// It is made of what people try first.
    #[error("it is made of well-known words, sequences or rows of keys")]
    WellKnown,
}

/// Says why a token could be found by trying, if it could. One that is made here, or by
/// `openssl rand -hex 32`, never is.
pub fn check_strength(token: &str) -> Result<(), WeakToken> {
    let token: Vec<char> = token.chars().map(plain).collect();
    if token.len() < SHORTEST {
        return Err(WeakToken::Short);
    }
    if bits_of(&token) < FEWEST_BITS || bits_of(repeated_part(&token)) < FEWEST_BITS {
        return Err(WeakToken::Repetitive);
    }
    if bits_beyond_pieces(&token) < FEWEST_BITS {
        return Err(WeakToken::WellKnown);
    }
    Ok(())
}

/// A character as people mean it: without case, and letters that were written as digits or signs.
fn plain(c: char) -> char {
    match c {
        '@' => 'a',
        '$' => 's',
        '!' => 'i',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// The bits of a text in which each of its different characters is as likely as another.
fn bits_of(text: &[char]) -> f64 {
    let different = text.iter().collect::<BTreeSet<_>>().len();
    as_f64(text.len()) * as_f64(different.max(1)).log2()
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What the whole text is a repetition of: itself, where it is none. The last time may be cut short.
fn repeated_part(text: &[char]) -> &[char] {
    let is_period = |period: &usize| text.iter().skip(*period).zip(text).all(|(a, b)| a == b);
    let period = (1..text.len()).find(is_period).unwrap_or(text.len());
    text.get(..period).unwrap_or(text)
}

/// The bits of a text of which well-known pieces say no more than which they are.
fn bits_beyond_pieces(text: &[char]) -> f64 {
    let (mut rest, mut pieces) = (Vec::new(), BTreeSet::new());
    let mut left = text;
    while let Some((first, after)) = left.split_first() {
        match longest_piece(left) {
            0 => {
                rest.push(*first);
                left = after;
            }
            length => {
                let (piece, after) = left.split_at(length);
                pieces.insert(piece);
                left = after;
            }
        }
    }
    bits_of(&rest) + as_f64(pieces.len()) * BITS_OF_A_PIECE
}

/// How many characters the longest well-known piece has that a text begins with.
fn longest_piece(text: &[char]) -> usize {
    let word = WORDS.iter().map(|word| begins_with_word(text, word)).max();
    let row = ROWS.iter().map(|row| begins_in_row(text, row)).max();
    let runs = [-1, 0, 1].map(|step| run(text, step));
    let run = runs.into_iter().max().unwrap_or(0);
    let run = run.max(row.unwrap_or(0));
    let run = if run < SHORTEST_RUN { 0 } else { run };
    word.unwrap_or(0).max(run)
}

fn begins_with_word(text: &[char], word: &str) -> usize {
    let length = word.chars().count();
    let same =
        |(written, meant): (&char, char)| *written == meant || letter_for(*written) == Some(meant);
    if text.len() >= length && text.iter().zip(word.chars()).all(same) {
        length
    } else {
        0
    }
}

/// The letter that a digit stands for in a word.
fn letter_for(digit: char) -> Option<char> {
    match digit {
        '0' => Some('o'),
        '1' => Some('l'),
        '3' => Some('e'),
        '4' => Some('a'),
        '5' => Some('s'),
        '7' => Some('t'),
        _ => None,
    }
}

/// How many characters the text goes along a row of keys, forwards.
fn begins_in_row(text: &[char], row: &str) -> usize {
    let Some(at) = text.first().and_then(|first| row.find(*first)) else {
        return 0;
    };
    let row = row.get(at..).unwrap_or_default();
    text.iter()
        .zip(row.chars())
        .take_while(|(written, key)| **written == *key)
        .count()
}

/// How many characters each follow the one before in the alphabet or among the digits, by this step.
fn run(text: &[char], step: i64) -> usize {
    let follows = |pair: &[char]| match pair {
        [a, b] => i64::from(u32::from(*b)) - i64::from(u32::from(*a)) == step,
        _ => false,
    };
    1 + text.windows(2).take_while(|pair| follows(pair)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_everybody_would_try_is_refused_with_the_reason() {
        for (token, why) in [
            ("", WeakToken::Short),
            ("secret", WeakToken::Short),
            ("h7Zq2LxP9vTk4Rb", WeakToken::Short),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", WeakToken::Repetitive),
            ("abababababababababababababababab", WeakToken::Repetitive),
            ("0011001100110101", WeakToken::Repetitive),
            ("x7#kQx7#kQx7#kQx7#kQx7#", WeakToken::Repetitive),
            ("0123456789abcdef", WeakToken::WellKnown),
            ("fedcba9876543210", WeakToken::WellKnown),
            ("changemechangemechangeme", WeakToken::Repetitive),
            ("changeme-changeme-now", WeakToken::WellKnown),
            ("Ch4ng3M3-P1ease-S3cret", WeakToken::WellKnown),
            ("P@$$w0rd12345678", WeakToken::WellKnown),
            ("qwertyuiopasdfghjkl", WeakToken::WellKnown),
            ("attendee-sync-owner-token", WeakToken::WellKnown),
            ("supersecretpassword", WeakToken::WellKnown),
        ] {
            assert_eq!(check_strength(token), Err(why), "{token}");
        }
    }

    #[test]
    fn what_was_made_by_chance_or_is_a_long_phrase_of_ones_own_is_taken() {
        for token in [
            "9f86d081884c7d65",
            "h7Zq2LxP9vTk4RbW",
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "correct horse battery staple",
            "Zm9vIGJhciBiYXogcXV4IG5vdCByYW5kb20=",
        ] {
            assert_eq!(check_strength(token), Ok(()), "{token}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// As the program makes them.
        #[test]
        fn a_token_that_is_made_here_is_always_taken(high in any::<u128>(), low in any::<u128>()) {
            // Of numbers as even as chance gives them; proptest likes 0 and 1.
            prop_assume!(high.count_ones().abs_diff(64) < 40 && low.count_ones().abs_diff(64) < 40);
            prop_assert_eq!(check_strength(&format!("{high:032x}{low:032x}")), Ok(()));
        }
    }
}
