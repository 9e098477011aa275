//! Decodes HTML's character references: systems that escape their input send `O&#039;Neil`.

use pulldown_cmark::{Event, Parser};

/// Longest name of a reference, in characters: the longest of HTML has 31.
const MAX_NAME: usize = 31;
/// Most times that a text may have been escaped.
const MAX_ROUNDS: usize = 4;

/// The characters that the numbers from 128 to 159 represent in HTML: those of windows-1252 (HTML
/// Standard, section 13.2.5.80).
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// Returns the text with its character references decoded: named, decimal and hexadecimal ones that
/// end in a semicolon. Any other `&` stays. If decoding produces another reference, the text was
/// escaped more than once, and is decoded again.
pub(crate) fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        match decoded(&text) {
            Some(plain) => text = plain,
            None => break,
        }
    }
    text
}

/// Decodes all references once; `None` where there is no reference.
fn decoded(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        rest = if let Some((meant, after)) = reference(from) {
            plain.push_str(&meant);
            found = true;
            after
        } else {
            plain.push('&');
            from.get(1..).unwrap_or_default()
        };
    }
    plain.push_str(rest);
    found.then_some(plain)
}

/// Returns the character or characters of the reference at the beginning of a text, and the text
/// after it.
fn reference(text: &str) -> Option<(String, &str)> {
    let after = text.strip_prefix('&')?;
    let end = after
        .char_indices()
        .take(MAX_NAME + 1)
        .find(|(_, c)| !c.is_ascii_alphanumeric() && *c != '#')
        .filter(|(_, c)| *c == ';')?
        .0;
    let (name, rest) = (after.get(..end)?, after.get(end + 1..)?);
    let meant = match name.strip_prefix('#') {
        Some(number) => numbered(number)?.to_string(),
        None => named(name)?,
    };
    Some((meant, rest))
}

fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    let code = code.ok().filter(|code| *code != 0)?;
    let of_windows = code
        .checked_sub(128)
        .and_then(|at| usize::try_from(at).ok());
    let of_windows = of_windows.and_then(|at| WINDOWS_1252.get(at).copied());
    of_windows.or_else(|| char::from_u32(code))
}

/// Looks the name up in the table of the Markdown parser.
fn named(name: &str) -> Option<String> {
    if name.is_empty() || name.contains('#') {
        return None;
    }
    let written = format!("&{name};");
    let mut meant = String::new();
    for event in Parser::new(&written) {
        if let Event::Text(text) = event {
            meant.push_str(&text);
        }
    }
    (!meant.is_empty() && meant != written).then_some(meant)
}
