//! Keeps numbers that a 64-bit number cannot represent exactly.

use std::borrow::Cow;

/// From here on a double cannot represent every whole number: 2⁵³.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Any two decimal numbers with at most this many digits are different doubles.
const EXACT_DIGITS: usize = 15;
/// This many digits distinguish any two doubles.
const MOST_DIGITS: usize = 17;

/// Returns the JSON in which numbers that would lose digits are texts of the same characters: whole
/// numbers beyond 64 bits, and numbers with a fraction or an exponent that are as large or as long.
/// Everything else stays the same, and invalid JSON stays invalid.
pub(super) fn with_long_numbers_as_text(json: &[u8]) -> Cow<'_, [u8]> {
    let mut written: Vec<u8> = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at = end_of_text(json, at + 1),
            b'-' | b'0'..=b'9' => {
                let length = json.get(at..).unwrap_or_default();
                let length = length.iter().take_while(|byte| is_in_number(**byte));
                let end = at + length.count();
                let number = json.get(at..end).unwrap_or_default();
                if is_long(number) {
                    written.extend_from_slice(json.get(copied..at).unwrap_or_default());
                    written.push(b'"');
                    written.extend_from_slice(number);
                    written.push(b'"');
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    written.extend_from_slice(json.get(copied..).unwrap_or_default());
    Cow::Owned(written)
}

/// Returns the position after the closing quote of the text that begins at `start`.
fn end_of_text(json: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = memchr::memchr2(b'"', b'\\', json.get(at..).unwrap_or_default()) {
        at += found;
        match json.get(at) {
            Some(b'\\') => at += 2,
            _ => return at + 1,
        }
    }
    json.len()
}

fn is_in_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

fn is_long(number: &[u8]) -> bool {
    let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
    let has_exponent = number.contains(&b'e') || number.contains(&b'E');
    if digits <= EXACT_DIGITS && !has_exponent {
        return false;
    }
    let Ok(text) = std::str::from_utf8(number) else {
        return false;
    };
    // The parser refuses later what is not a number.
    let Ok(serde_json::Value::Number(read)) = serde_json::from_str(text) else {
        return is_valid(number);
    };
    if read.is_i64() || read.is_u64() {
        return false;
    }
    let is_large = read.as_f64().is_none_or(|value| value.abs() >= EXACT);
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let mantissa = mantissa.trim_start_matches(['-', '0', '.']);
    let significant = mantissa.bytes().filter(u8::is_ascii_digit).count();
    (is_large || significant > MOST_DIGITS) && read.to_string() != text
}

/// Returns whether the text is a number by the grammar of JSON (RFC 8259, section 6) that does not
/// fit into a double.
fn is_valid(number: &[u8]) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Ok(text) = std::str::from_utf8(number) else {
        return false;
    };
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.trim_start_matches(['+', '-'])))
}

#[cfg(test)]
mod tests {
    use crate::feed::parse_value;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn a_number_that_a_double_cannot_hold_stays_what_it_was() {
        for (text, value) in [
            ("12345678901234567890123", json!("12345678901234567890123")),
            (
                "-12345678901234567890123",
                json!("-12345678901234567890123"),
            ),
            ("10000000000000000000001", json!("10000000000000000000001")),
            ("18446744073709551615", json!(u64::MAX)),
            ("18446744073709551616", json!("18446744073709551616")),
            ("-9223372036854775808", json!(i64::MIN)),
            ("-9223372036854775809", json!("-9223372036854775809")),
            ("9007199254740993", json!(9_007_199_254_740_993_u64)),
            ("9007199254740993.0", json!("9007199254740993.0")),
            ("1e22", json!("1e22")),
            ("1E400", json!("1E400")),
            ("1.5e3", json!(1500.0)),
            ("0.30000000000000004", json!(0.300_000_000_000_000_04)),
            ("0.12345678901234567890", json!("0.12345678901234567890")),
            ("1.0", json!(1.0)),
            ("1", json!(1)),
            ("1.10", json!(1.1)),
            ("0", json!(0)),
        ] {
            assert_eq!(parse_value(text.as_bytes()).unwrap(), value, "{text}");
            let nested = format!("{{\"a\":[{text},\"{text}\"]}}");
            let expected = json!({"a": [value, text]});
            assert_eq!(parse_value(nested.as_bytes()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in [
            "1e",
            "01",
            "1.",
            "-",
            "1e400.5",
            "123456789012345678901234e",
            "1-2",
            "\"\\",
            "\"1",
        ] {
            assert!(parse_value(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_is_told_from_every_other(digits in "[1-9][0-9]{15,30}", other in "[1-9][0-9]{15,30}") {
            let text = |digits: &str| match parse_value(digits.as_bytes()).unwrap() {
                Value::String(text) => text,
                number => number.to_string(),
            };
            prop_assert_eq!(text(&digits), digits.clone());
            prop_assert_eq!(text(&digits) == text(&other), digits == other);
        }

        #[test]
        fn other_json_is_read_as_it_was(value in "[\\PC]{0,20}", number in any::<i64>(), float in -1.0e12_f64..1.0e12) {
            let json = json!({"text": value, "list": [number, float, null, true]}).to_string();
            prop_assert_eq!(parse_value(json.as_bytes()).unwrap(), serde_json::from_str::<Value>(&json).unwrap());
        }
    }
}
