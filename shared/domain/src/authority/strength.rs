//! Estimates how hard it is to guess a token that a person chose. The estimate is an upper bound:
//! it recognises what everybody would try first (words, rows of keys, repetitions), but it is no
//! dictionary.

use std::collections::BTreeSet;

/// Fewest characters of an accepted token.
const SHORTEST: usize = 16;

/// Fewest bits of the estimate. Sixteen random hexadecimal digits get about 53 by this estimate
/// (they have 64). Trying 40 bits against a server takes longer than a human life.
const FEWEST_BITS: f64 = 40.0;

/// Bits that a well-known piece adds: they say which of the known pieces it is.
const BITS_OF_A_PIECE: f64 = 6.0;

/// Words that people use as tokens. Where one begins with another, the longest comes first.
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

/// Shortest length at which a piece of a row, a sequence or a repeated character counts as a
/// well-known piece.
const SHORTEST_RUN: usize = 3;

/// The reason why a token is too easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakToken {
    /// The token is too short.
    #[error("it has fewer than {SHORTEST} characters")]
    Short,
    /// The token repeats itself.
    #[error("it repeats the same few characters")]
    Repetitive,
    /// The token consists of what people try first.
    #[error("it is made of well-known words, sequences or rows of keys")]
    WellKnown,
}

/// Checks a token that a person chose. Fails with the reason where it is too easy to guess. A token
/// that this program or `openssl rand -hex 32` makes always passes.
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

/// Returns a character in its compared form: in lower case, and as a letter where a digit or a sign
/// is used for one.
fn plain(c: char) -> char {
    match c {
        '@' => 'a',
        '$' => 's',
        '!' => 'i',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Returns the bits of a text in which each of its different characters is equally likely.
fn bits_of(text: &[char]) -> f64 {
    let different = text.iter().collect::<BTreeSet<_>>().len();
    as_f64(text.len()) * as_f64(different.max(1)).log2()
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns the part that the whole text repeats; the text itself where it repeats nothing. The last
/// repetition may be cut short.
fn repeated_part(text: &[char]) -> &[char] {
    let is_period = |period: &usize| text.iter().skip(*period).zip(text).all(|(a, b)| a == b);
    let period = (1..text.len()).find(is_period).unwrap_or(text.len());
    text.get(..period).unwrap_or(text)
}

/// Returns the bits of a text in which each different well-known piece adds only `BITS_OF_A_PIECE`.
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

/// Returns the length of the longest well-known piece at the beginning of a text, in characters.
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

/// Returns the letter that people replace by this digit in a word.
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

/// Returns for how many characters the text follows a row of keys forwards.
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

/// Returns how many characters follow each other in the alphabet or among the digits, at distance
/// `step`.
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

        /// Formats two random numbers as the program formats its tokens.
        #[test]
        fn a_token_that_is_made_here_is_always_taken(high in any::<u128>(), low in any::<u128>()) {
            // Random numbers have about as many ones as zeros; proptest prefers extreme values.
            prop_assume!(high.count_ones().abs_diff(64) < 40 && low.count_ones().abs_diff(64) < 40);
            prop_assert_eq!(check_strength(&format!("{high:032x}{low:032x}")), Ok(()));
        }
    }
}
