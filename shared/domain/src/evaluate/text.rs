//! Converts values to text, and cleans them.

use serde_json::Value;

use crate::expression::ExpressionError;
use crate::text;

/// The result of reading a value as text.
#[derive(Debug)]
pub(super) enum TextValue {
    Value(String),
    /// Null, absent, or without a visible character.
    Blank,
    /// A list or an object.
    Unusable,
    /// Its expression failed.
    Failed(ExpressionError),
}

/// Returns a value as text, before it is cleaned. A number or boolean is read as the source wrote
/// it: `1.0` stays `1.0`, and a number keeps its digits.
pub(super) fn as_text(value: &Value) -> TextValue {
    let text = match value {
        Value::Null => return TextValue::Blank,
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(_) | Value::Object(_) => return TextValue::Unusable,
    };
    TextValue::Value(text)
}

/// A text, number or boolean as text; nothing where the value is anything else.
pub(crate) fn as_plain_text(value: &Value) -> Option<String> {
    match as_text(value) {
        TextValue::Value(text) => Some(text),
        TextValue::Blank | TextValue::Unusable | TextValue::Failed(_) => None,
    }
}

/// Cleans the text of a name, which may be used in a mail header: one line, its character
/// references decoded.
pub(super) fn name(text: &str) -> String {
    if text.contains('&') {
        text::line(&text::unescape(text))
    } else {
        text::line(text)
    }
}

/// Returns the first `max_chars` characters; `None` where the text is not longer than that.
pub(super) fn cut(value: &str, max_chars: usize) -> Option<String> {
    let (end, _) = value.char_indices().nth(max_chars)?;
    Some(value.get(..end)?.trim_end().to_owned())
}
