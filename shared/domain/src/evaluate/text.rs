//! Values as text: what is taken for text, and what goes from it.

use serde_json::Value;

use crate::expression::ExpressionError;
use crate::text::{is_bidi_control, without_bidi_controls};

/// A value where text is expected.
#[derive(Debug)]
pub(super) enum Text {
    Value(String),
    /// Null, absent, or nothing but white space.
    Blank,
    /// A list or an object.
    Unusable,
    /// Its expression failed.
    Failed(ExpressionError),
}

/// Numbers and booleans where text is expected are taken as text, as the source wrote them: `1.0`
/// stays `1.0`, and an integer of up to 64 bits keeps its digits. White space around text goes,
/// and so do control characters, but for line breaks and tabs inside.
pub(super) fn as_text(value: &Value) -> Text {
    let text = match value {
        Value::Null => return Text::Blank,
        Value::String(text) => clean(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(_) | Value::Object(_) => return Text::Unusable,
    };
    if text.is_empty() {
        Text::Blank
    } else {
        Text::Value(text)
    }
}

pub(super) fn clean(text: &str) -> String {
    let text = text.trim();
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A text as it may be shown beside others: without the characters that change the direction of text
/// and are not seen. `None` where nothing else is in it.
pub(super) fn of_fixed_direction(text: String) -> Option<String> {
    if text.is_ascii() || !text.contains(is_bidi_control) {
        return Some(text);
    }
    let text = without_bidi_controls(&text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A value that names something and may come to stand in a mail's header; `None` where nothing
/// but breaks is left.
pub(super) fn on_one_line(value: &str) -> Option<String> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !value.contains(breaks) {
        return Some(value.to_owned());
    }
    let parts: Vec<&str> = value
        .split(breaks)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The first `max_chars` characters; `None` where there are no more.
pub(super) fn cut(value: &str, max_chars: usize) -> Option<String> {
    let (end, _) = value.char_indices().nth(max_chars)?;
    Some(value.get(..end)?.trim_end().to_owned())
}
