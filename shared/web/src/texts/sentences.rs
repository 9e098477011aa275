//! Sentences that contain elements: a message names them as tags, such as
//! `See <a>the runs</a> of { $count } people`, and the template holds the elements themselves:
//!
//! ```html
//! {% filter crate::sentence("runs-see") %}<a href="/runs"></a><arg count>{{ count }}</arg>{% endfilter %}
//! ```
//!
//! Elements of one name are `a`, `a2`, `a3` by their order in the template; a message may use them
//! in any order. Whatever else a message contains is text: only the template can bring in markup.

#![expect(
    clippy::inline_always,
    clippy::unnecessary_wraps,
    unreachable_pub,
    reason = "this is what the attribute makes of a filter"
)]

use std::fmt;

use askama::filters::Safe;

use super::Language;
use super::catalogue::{Arguments, TextPiece};

/// Fills a message with the elements and values of a `filter` block.
#[askama::filter_fn]
pub(crate) fn sentence(
    elements: &dyn fmt::Display,
    _: &dyn askama::Values,
    id: &'static str,
) -> askama::Result<Safe<String>> {
    let elements = elements.to_string();
    let (tags, values) = read(&elements);
    let mut html = String::new();
    Language::current()
        .catalogue()
        .write(id, &values, &mut |piece| match piece {
            TextPiece::Text(text) => write_text(text, &tags, &mut html),
            TextPiece::Value(value) => html.push_str(value),
        });
    Ok(Safe(html))
}

/// An element of a template: its name in messages, the name of its tag, and its start tag.
#[derive(Debug)]
struct FilledElement<'e> {
    name: String,
    tag: &'e str,
    start: &'e str,
}

/// Reads the elements and the values, which are HTML, of a block.
fn read(block: &str) -> (Vec<FilledElement<'_>>, Arguments) {
    let (mut elements, mut values) = (Vec::<FilledElement<'_>>::new(), Arguments::new());
    let mut rest = block;
    while let Some((_, tag)) = rest.split_once('<') {
        let Some((inside, after)) = tag.split_once('>') else {
            break;
        };
        rest = after;
        if let Some(name) = inside.strip_prefix("arg ") {
            let (value, after) = after.split_once("</arg>").unwrap_or((after, ""));
            values.push((name.to_owned().into(), value.to_owned()));
            rest = after;
        } else if !inside.starts_with('/') {
            let name = inside.split_ascii_whitespace().next().unwrap_or_default();
            let before = elements.iter().filter(|one| one.tag == name).count();
            elements.push(FilledElement {
                name: match before {
                    0 => name.to_owned(),
                    more => format!("{name}{}", more + 1),
                },
                tag: name,
                start: inside,
            });
        }
    }
    (elements, values)
}

/// Writes a text of the catalogue: known tags as the elements of the template, all else escaped.
fn write_text(text: &str, elements: &[FilledElement<'_>], html: &mut String) {
    for part in parts(text) {
        let known = match part {
            TextPart::Tag(tag) => {
                let name = tag.trim_start_matches('/');
                elements.iter().find(|one| one.name == name)
            }
            TextPart::Text(_) => None,
        };
        match (part, known) {
            (TextPart::Tag(tag), Some(element)) if tag.starts_with('/') => {
                html.extend(["</", element.tag, ">"]);
            }
            (TextPart::Tag(_), Some(element)) => html.extend(["<", element.start, ">"]),
            (TextPart::Tag(tag), None) => html.extend(["&lt;", tag, "&gt;"]),
            (TextPart::Text(text), _) => {
                for c in text.chars() {
                    match c {
                        '&' => html.push_str("&amp;"),
                        '<' => html.push_str("&lt;"),
                        '>' => html.push_str("&gt;"),
                        c => html.push(c),
                    }
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum TextPart<'t> {
    Text(&'t str),
    /// What is between `<` and `>`: `a`, `/a`, `a2`.
    Tag(&'t str),
}

/// Splits a text at its tags.
fn parts(text: &str) -> Vec<TextPart<'_>> {
    let is_tag = |inside: &str| {
        let name = inside.strip_prefix('/').unwrap_or(inside);
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + start;
        at = start + 1;
        let inside = text.get(at..).and_then(|rest| rest.split_once('>'));
        if let Some((inside, _)) = inside.filter(|(inside, _)| is_tag(inside)) {
            parts.push(TextPart::Text(text.get(from..start).unwrap_or_default()));
            parts.push(TextPart::Tag(inside));
            at += inside.len() + 1;
            from = at;
        }
    }
    parts.push(TextPart::Text(text.get(from..).unwrap_or_default()));
    parts
}

/// Changes a text of the catalogue outside of its tags.
#[cfg(test)]
pub(super) fn outside_of_tags(text: &str, change: fn(&str) -> String) -> String {
    let changed = parts(text).into_iter().map(|part| match part {
        TextPart::Text(text) => change(text),
        TextPart::Tag(tag) => format!("<{tag}>"),
    });
    changed.collect()
}

/// Returns the names of the elements of a text.
#[cfg(test)]
pub(super) fn elements_of(text: &str) -> Vec<String> {
    let tags = parts(text).into_iter().filter_map(|part| match part {
        TextPart::Tag(tag) => Some(tag.trim_start_matches('/').to_owned()),
        TextPart::Text(_) => None,
    });
    tags.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(message: &str, block: &str) -> String {
        let (elements, _) = read(block);
        let mut html = String::new();
        write_text(message, &elements, &mut html);
        html
    }

    #[test]
    fn a_message_takes_elements_from_the_template_alone() {
        let block = r#"<a href="/runs"></a> <a href="/x" class="y"></a><strong></strong>"#;
        assert_eq!(
            filled(
                "See <a2>this</a2> & <strong>that</strong>: 1 < 2 <b>no</b> <a>",
                block
            ),
            r#"See <a href="/x" class="y">this</a> &amp; <strong>that</strong>: 1 &lt; 2 &lt;b&gt;no&lt;/b&gt; <a href="/runs">"#
        );
    }

    #[test]
    fn a_value_is_the_html_of_the_template() {
        let (elements, values) = read("<arg count>12</arg><arg when><time>now</time></arg>");
        assert!(elements.is_empty(), "{elements:?}");
        assert_eq!(
            values,
            [
                ("count".into(), "12".to_owned()),
                ("when".into(), "<time>now</time>".to_owned())
            ]
        );
    }
}
