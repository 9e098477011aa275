//! Countries as people call them. What is stored, and what programs get, is what the source writes.

use crate::texts::find;

/// The country that this text is the code of; any other text as it is.
pub(crate) fn country(text: &str) -> &str {
    let code = text.trim();
    if code.len() != 2 || !code.is_ascii() {
        return text;
    }
    find(&format!("country-{}", code.to_ascii_uppercase())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_as_the_country_and_any_other_text_as_it_is() {
        for (text, shown) in [
            ("NL", "Netherlands"),
            ("de", "Germany"),
            (" tr ", "T\u{fc}rkiye"),
            ("XK", "Kosovo"),
            ("ZW", "Zimbabwe"),
            ("AD", "Andorra"),
            ("XX", "XX"),
            ("UK", "UK"),
            ("Holland", "Holland"),
            ("NLD", "NLD"),
            ("\u{e9}", "\u{e9}"),
            ("", ""),
        ] {
            assert_eq!(country(text), shown, "{text}");
        }
    }
}
