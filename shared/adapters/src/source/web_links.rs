//! The `Link` header (RFC 8288). One that cannot be read is an error: it must not pass for the last
//! page.

use attendee_sync_app::ports::SourceError;
use reqwest::header::{HeaderMap, LINK};

/// The target of the first link with the relation `next`.
pub(super) fn next_in_header(headers: &HeaderMap) -> Result<Option<String>, SourceError> {
    for value in headers.get_all(LINK) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let next = next_in(&text).map_err(|Malformed| {
            SourceError::new(
                "the Link header of the answer cannot be read, so it is not clear whether there \
                 are more pages; contact your registration provider",
            )
        })?;
        if next.is_some() {
            return Ok(next);
        }
    }
    Ok(None)
}

#[derive(Debug, PartialEq)]
struct Malformed;

fn next_in(mut rest: &str) -> Result<Option<String>, Malformed> {
    loop {
        // A list may have empty elements (RFC 9110, section 5.6.1).
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(None);
        }
        let link = rest.strip_prefix('<').ok_or(Malformed)?;
        let (target, after) = link.split_once('>').ok_or(Malformed)?;
        let (parameters, after) = split_link(after)?;
        if is_next(&parameters)? {
            return Ok(Some(target.trim().to_owned()));
        }
        rest = after;
    }
}

/// Returns the parameters of a link, and the text after the comma that ends it; neither `;` nor `,`
/// counts inside quotes.
fn split_link(text: &str) -> Result<(Vec<&str>, &str), Malformed> {
    let mut parts = Vec::new();
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    let mut rest = "";
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' | ',' if !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
                if letter == ',' {
                    rest = text.get(start..).unwrap_or_default();
                    start = text.len();
                    break;
                }
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    // The text before the first `;` is no parameter.
    let first = parts.remove(0);
    if quoted || !first.trim().is_empty() {
        return Err(Malformed);
    }
    Ok((parts, rest))
}

/// Returns whether the relations of a link, all in one parameter, include `next`.
fn is_next(parameters: &[&str]) -> Result<bool, Malformed> {
    let mut relations = None;
    for parameter in parameters.iter().map(|text| text.trim()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let (name, value) = (name.trim_end(), value.trim_start());
        let is_quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        if !is_word(name) || !(is_quoted || is_word(value)) {
            return Err(Malformed);
        }
        if name.eq_ignore_ascii_case("rel") && relations.is_none() {
            relations = Some(value.trim_matches('"'));
        }
    }
    let mut relations = relations.unwrap_or_default().split_ascii_whitespace();
    Ok(relations.any(|relation| relation.eq_ignore_ascii_case("next")))
}

/// Returns whether a text needs no quotes, by the usual reading of the grammar.
fn is_word(text: &str) -> bool {
    !text.contains(|letter: char| letter.is_whitespace() || "<>\"".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_link_is_found_among_others() {
        for (header, target) in [
            (
                "<https://r.example/?page=2>; rel=\"next\"",
                Some("https://r.example/?page=2"),
            ),
            (
                "<?page=1>; rel=prev, <?page=3>; title=\"a, b; rel=last\"; REL=\"last Next\"",
                Some("?page=3"),
            ),
            ("<?a=1,2>;rel=last,<?a=3,4>;rel=next", Some("?a=3,4")),
            (" , <?page=2> ; rel = next;", Some("?page=2")),
            ("<?page=1>; rel=prev; rel=next", None),
            ("<?page=1>; rel=\"prev\"", None),
            ("<?page=1>", None),
            ("", None),
            (" , ", None),
        ] {
            assert_eq!(next_in(header), Ok(target.map(str::to_owned)), "{header}");
        }
    }

    #[test]
    fn what_is_no_list_of_links_is_an_error() {
        for header in [
            "<?page=2; rel=next",
            "?page=2; rel=next",
            "<?page=2> rel=next",
            "<?page=2>; rel=\"next",
            "<?page=1>; rel=prev, ?page=2; rel=next",
            "<?page=1>; rel=prev <?page=2>; rel=next",
            "<?page=1>; title=a b; <?page=2>; rel=next",
        ] {
            assert_eq!(next_in(header), Err(Malformed), "{header}");
        }
    }
}
