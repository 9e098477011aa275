//! Makes texts of mail systems fit to show: mail servers repeat addresses, and some repeat
//! credentials.

/// Longest text kept, in characters.
const MAX: usize = 300;
/// Replaces a removed part of a text.
const GONE: &str = "…";

/// What must not appear in a text.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Hidden<'a> {
    /// Texts that are removed wherever they appear.
    pub(super) secrets: &'a [&'a str],
    /// Texts that are removed where they appear as a word: the recipient's name before the `@`.
    pub(super) words: &'a [&'a str],
}

/// The text on one line, without secrets and without anything that looks like an address.
pub(super) fn scrubbed(text: &str, hidden: Hidden<'_>) -> String {
    let mut text = text.to_owned();
    let mut secrets = hidden.secrets.to_vec();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, GONE);
    }
    let mut text = without_addresses(&text);
    for word in hidden.words.iter().filter(|word| !word.is_empty()) {
        text = without_word(&text, word);
    }
    let printable = text.replace(|c: char| c.is_control(), " ");
    let words: Vec<&str> = printable.split_whitespace().collect();
    words.join(" ").chars().take(MAX).collect()
}

/// Returns whether a character cannot be part of an unquoted address.
fn ends_address(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"(),:;<>[]\\".contains(c)
}

fn without_addresses(text: &str) -> String {
    let text = text.replace("%40", "@").replace('\u{ff20}', "@");
    let mut clean = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('@') {
        let kept = match before.strip_suffix('"') {
            Some(quoted) => quoted.rsplit_once('"').map_or("", |(kept, _)| kept),
            None => before.trim_end_matches(|c| !ends_address(c)),
        };
        clean.push_str(kept);
        clean.push_str(GONE);
        // The domain may be an address in brackets (RFC 5321, section 4.1.3).
        rest = match after.strip_prefix('[') {
            Some(literal) => literal.split_once(']').map_or("", |(_, rest)| rest),
            None => after.trim_start_matches(|c| !ends_address(c)),
        };
    }
    clean + rest
}

fn without_word(text: &str, word: &str) -> String {
    let mut clean = String::new();
    let mut before = ' ';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = !before.is_alphanumeric()
            && rest
                .get(..word.len())
                .is_some_and(|start| start.to_lowercase() == *word || start == word);
        let after = rest.get(word.len()..).unwrap_or_default();
        if found && !after.chars().next().is_some_and(char::is_alphanumeric) {
            clean.push_str(GONE);
            rest = after;
            before = ' ';
        } else {
            clean.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            before = c;
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        scrubbed(
            text,
            Hidden {
                secrets: &["s3cret", "AGRlbW8AczNjcmV0"],
                words: &["jo.smith", "info"],
            },
        )
    }

    #[test]
    fn addresses_and_secrets_are_taken_out_and_the_reason_stays() {
        for (text, shown) in [
            (
                "550 5.1.1 <Jo.Smith@Example.org>: unknown",
                "550 5.1.1 <…>: unknown",
            ),
            ("no jo.smith here, JO.SMITH!", "no … here, …!"),
            ("more information from info", "more information from …"),
            ("rfc822;jo@example.org is full", "rfc822;… is full"),
            ("\"jo smith\"@example.org is full", "… is full"),
            ("jo@[192.0.2.1] is full", "… is full"),
            (
                "see https://mail.example/?to=jo%40example.org for more",
                "see https:… for more",
            ),
            ("bad login AGRlbW8AczNjcmV0 (xs3cretx)", "bad login … (x…x)"),
            ("two\r\nlines\0", "two lines"),
            ("ж@пример.example weg", "… weg"),
            ("a@b@example.org", "…"),
            ("@", "…"),
        ] {
            assert_eq!(clean(text), shown, "{text:?}");
        }
    }

    #[test]
    fn a_novel_is_cut() {
        assert_eq!(clean(&"no ".repeat(1000)).chars().count(), MAX);
    }

    proptest! {
        #[test]
        fn nothing_that_is_left_holds_an_at_sign(text in "\\PC{0,40}@\\PC{0,40}") {
            prop_assert!(!clean(&text).contains('@'));
        }
    }
}
