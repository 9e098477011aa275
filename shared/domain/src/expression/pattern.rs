//! Regular expressions in filters: compiled for each value, and limited in their cost.

use minijinja::State;
use regex_lite::{Regex, RegexBuilder};

use super::filters::FilterRefusal;

/// Longest regular expression, in bytes.
const MAX_PATTERN: usize = 500;
/// Largest compiled regular expression, in bytes.
const MAX_COMPILED: usize = 64 * 1024;
/// Longest text that a regular expression is applied to, in bytes.
const MAX_TEXT: usize = 16 * 1024;
/// Bytes of text, multiplied by those of the regular expression, for one unit of fuel.
const PRODUCT_PER_FUEL: usize = 512;
/// Fuel for compiling a regular expression.
const READING: u64 = 20;

/// Compiles a regular expression.
pub(super) fn read(pattern: &str) -> Result<Regex, FilterRefusal> {
    if pattern.len() > MAX_PATTERN {
        return Err(FilterRefusal::NoPattern);
    }
    RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|_| FilterRefusal::NoPattern)
}

/// Compiles a regular expression for use on a text, and subtracts the cost from the fuel.
pub(super) fn read_for(
    state: &State,
    pattern: &str,
    text: &str,
) -> Result<Regex, minijinja::Error> {
    if text.len() > MAX_TEXT {
        return Err(FilterRefusal::LongText.into());
    }
    let product = pattern.len().saturating_mul(text.len()) / PRODUCT_PER_FUEL;
    state.consume_fuel(READING.saturating_add(product as u64))?;
    Ok(read(pattern)?)
}

/// Returns whether the text to be replaced is a regular expression: it contains signs that hardly
/// anybody writes in a plain text.
pub(super) fn is_pattern(text: &str) -> bool {
    let is_long = text.len() > 1;
    let has_class = text
        .split_once('[')
        .is_some_and(|(_, rest)| rest.contains(']'));
    has_class
        || text.contains("(?")
        || [".*", ".+", ")*", ")+", ")?"]
            .iter()
            .any(|sign| text.contains(sign))
        || (is_long && (text.contains('\\') || text.starts_with('^') || text.ends_with('$')))
        || (is_long && text.contains('|'))
}

/// Converts a replacement to the engine's form: Python's `\1` becomes `$1`.
pub(super) fn replacement(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        match (c, signs.peek()) {
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                written.push_str("${");
                written.push(*digit);
                written.push('}');
                signs.next();
            }
            _ => written.push(c),
        }
    }
    written
}
