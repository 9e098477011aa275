//! Inputs that are text.

/// The input as text: it ends where it stops being UTF-8, as it does for libFuzzer's targets of text.
pub(crate) fn text(input: &[u8]) -> &str {
    match std::str::from_utf8(input) {
        Ok(text) => text,
        Err(error) => {
            let (valid, _) = input.split_at(error.valid_up_to());
            std::str::from_utf8(valid).unwrap_or_default()
        }
    }
}

/// The first line, and what follows it.
pub(crate) fn first_line(input: &str) -> (&str, &str) {
    input.split_once('\n').unwrap_or((input, ""))
}
