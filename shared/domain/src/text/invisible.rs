//! Invisible characters, and the few places where one of them changes how a name is written.

/// Returns whether a character is invisible: the property `Default_Ignorable_Code_Point` of Unicode
/// 17 (`DerivedCoreProperties.txt`), and the marks of annotations.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns the text without invisible characters.
pub(crate) fn without_invisible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

/// Returns the text without the invisible characters that have no meaning at their place. The
/// others are needed to write a name correctly: a joiner within a word of a script that uses it,
/// and the marks that select the form of an ideograph or combine several pictures into one.
pub(super) fn without_meaningless(text: &str) -> String {
    if text.is_ascii() || !text.contains(is_invisible) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut last = None;
    for (at, c) in text.char_indices() {
        if is_invisible(c) {
            let rest = text.get(at..).unwrap_or_default();
            let next = rest.chars().find(|c| !is_invisible(*c));
            if !has_meaning(last, c, next) {
                continue;
            }
        }
        kept.push(c);
        last = Some(c);
    }
    kept
}

fn has_meaning(last: Option<char>, c: char, next: Option<char>) -> bool {
    let Some(last) = last else { return false };
    match c {
        '\u{200c}' => is_joined(last) && next.is_some_and(is_joined),
        // A virama with a joiner at the end of a word is an older spelling of a final consonant.
        '\u{200d}' if is_virama(last) => next.is_none_or(|next| is_joined(next) || is_end(next)),
        '\u{200d}' => {
            (is_joined(last) && next.is_some_and(is_joined))
                || (is_picture(last) && next.is_some_and(is_picture))
        }
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(last, '\u{1820}'..='\u{18aa}'),
        '\u{fe0e}' | '\u{fe0f}' if is_picture(last) || next == Some('\u{20e3}') => {
            !is_selector(last)
        }
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            is_ideograph(last) || matches!(last, '\u{1000}'..='\u{109f}')
        }
        // The letters of a regional flag.
        '\u{e0020}'..='\u{e007f}' => matches!(last, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation()
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

/// Returns whether the character is a letter or mark of a script in which joiners change the
/// writing: Arabic, Syriac, N'Ko, those of India and Sri Lanka, Tibetan, Burmese, Khmer and
/// Mongolian.
fn is_joined(c: char) -> bool {
    let script = matches!(
        c,
        '\u{620}'..='\u{6ff}'
            | '\u{700}'..='\u{7ff}'
            | '\u{840}'..='\u{dff}'
            | '\u{f00}'..='\u{109f}'
            | '\u{1780}'..='\u{17d3}'
            | '\u{1807}'..='\u{18af}'
            | '\u{a8e0}'..='\u{a8ff}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}'
            | '\u{11000}'..='\u{11fff}'
    );
    script && !is_invisible(c) && (c.is_alphabetic() || is_mark(c))
}

/// Returns whether the character is a mark on a letter, including viramas.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn is_virama(c: char) -> bool {
    unicode_normalization::char::canonical_combining_class(c) == 9
}

/// Returns whether the character is a picture, a modifier of its colour, or the mark that turns a
/// character into a picture.
fn is_picture(c: char) -> bool {
    matches!(
        c,
        '\u{a9}' | '\u{ae}'
            | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
            | '\u{2190}'..='\u{23ff}'
            | '\u{2460}'..='\u{2bff}'
            | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
            | '\u{fe0f}'
            | '\u{1f000}'..='\u{1faff}'
    )
}

fn is_ideograph(c: char) -> bool {
    matches!(
        c,
        '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}
