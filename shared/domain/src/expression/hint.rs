//! Suggests what to write in place of another language's syntax, where an expression does not
//! parse.

/// Returns a suggestion for a sign or word of another language, if the expression contains one.
pub(super) fn hint(source: &str) -> Option<String> {
    let bare = without_texts(source);
    if source.contains([
        '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}', '\u{bb}',
    ]) {
        return Some("write straight quotes, as in 'text'".to_owned());
    }
    if let Some(hint) = foreign_operator(source) {
        return Some(hint);
    }
    for word in bare.split(|c: char| !c.is_alphanumeric() && c != '_') {
        let lower = word.to_lowercase();
        if ["and", "or", "not", "in", "is", "if", "else"].contains(&&*lower) && word != lower {
            return Some(format!("write {lower} in small letters"));
        }
    }
    if bare.contains('!') && !bare.contains("!=") {
        return Some("write not in place of !".to_owned());
    }
    has_single_equals(&bare).then(|| "use == to compare".to_owned())
}

/// Returns a suggestion for an operator of another language, if the expression contains one.
pub(super) fn foreign_operator(source: &str) -> Option<String> {
    let bare = without_texts(source);
    let operators = [
        ("&&", "and"),
        ("||", "or"),
        ("===", "=="),
        ("!==", "!="),
        ("<>", "!="),
    ];
    let found = operators.into_iter().find(|(sign, _)| bare.contains(sign));
    found.map(|(sign, instead)| format!("write {instead} in place of {sign}"))
}

/// The expression with spaces in place of its texts.
fn without_texts(source: &str) -> String {
    let mut bare = String::with_capacity(source.len());
    let mut quote = None;
    let mut escaped = false;
    for c in source.chars() {
        match quote {
            None if matches!(c, '\'' | '"') => {
                quote = Some(c);
                bare.push(' ');
            }
            None => bare.push(c),
            Some(open) => {
                if c == open && !escaped {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
                bare.push(' ');
            }
        }
    }
    bare
}

/// Returns whether a single `=` occurs that does not name an argument of a filter.
fn has_single_equals(bare: &str) -> bool {
    let signs: Vec<char> = bare.chars().collect();
    let mut depth = 0_usize;
    for (at, c) in signs.iter().enumerate() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '=' => {
                let before = at.checked_sub(1).and_then(|at| signs.get(at));
                let is_alone =
                    !before.is_some_and(|c| "=!<>".contains(*c)) && signs.get(at + 1) != Some(&'=');
                if is_alone && depth == 0 {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
