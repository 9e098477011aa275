//! Scans a template's source before it is parsed: finds its tags, checks that the parser does not
//! run out of stack, and finds statements that are alone on their line.

use std::ops::Range;

use minijinja::Error;
use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::{TemplateMistake, TemplateMistakes};
use crate::expression::{MAX_SOURCE, brackets};

/// Deepest nesting of statements; the parser counts an `elif` as one more level.
const MAX_NESTING: usize = 32;

/// The supported statements.
const KEYWORDS: [&str; 9] = [
    "if", "elif", "else", "endif", "for", "endfor", "set", "with", "endwith",
];

/// A `{{ … }}` or `{% … %}`.
struct Tag {
    line: usize,
    /// From its first brace to its last.
    at: Range<usize>,
    /// The position of the closing brace, sign or percent.
    close: usize,
    /// The first word of a statement; absent for an expression.
    keyword: Option<String>,
}

/// Returns the source as it is compiled. A statement that is alone on its line leaves no line in
/// the letter: the line break is moved into the tag, so that line numbers stay the same.
pub(super) fn prepare(source: &str) -> Result<String, Vec<TemplateMistake>> {
    let tags = tags(source).map_err(|error| vec![TemplateMistake::of(&error)])?;
    let faults = faults(source, &tags);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut text = String::with_capacity(source.len() + 1);
    let mut done = 0;
    for group in alone(source, &tags) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        text.push_str(part(source, done..first.at.start));
        text.truncate(text.trim_end_matches([' ', '\t']).len());
        text.push_str(part(source, first.at.start..last.close));
        text.push('\n');
        text.push_str(part(source, last.close..last.at.end));
        // The part that is dropped up to the end of the line is only white space.
        let rest = part(source, last.at.end..source.len());
        done = last.at.end + rest.find('\n').map_or(rest.len(), |at| at + 1);
    }
    text.push_str(part(source, done..source.len()));
    Ok(text)
}

fn part(source: &str, range: Range<usize>) -> &str {
    source.get(range).unwrap_or_default()
}

/// Returns all tags, in order. The parser refuses a tag that is not closed.
fn tags(source: &str) -> Result<Vec<Tag>, Error> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut open: Option<Tag> = None;
    for token in tokenize(source, false, SyntaxConfig::default()) {
        let (token, span) = token?;
        let (start, end) = (span.start_offset as usize, span.end_offset as usize);
        match (token, &mut open) {
            (Token::VariableStart | Token::BlockStart, _) => {
                open = Some(Tag {
                    line: span.start_line.into(),
                    at: start..end,
                    close: end,
                    keyword: None,
                });
            }
            (Token::VariableEnd | Token::BlockEnd, tag) => {
                if let Some(mut tag) = tag.take() {
                    tag.close = start;
                    tag.at.end = end;
                    tags.push(tag);
                }
            }
            (Token::Ident(word), Some(tag))
                if tag.keyword.is_none() && part(source, tag.at.clone()).starts_with("{%") =>
            {
                tag.keyword = Some(word.to_owned());
            }
            _ => {}
        }
    }
    tags.extend(open.map(|tag| Tag {
        close: source.len(),
        at: tag.at.start..source.len(),
        ..tag
    }));
    Ok(tags)
}

/// Returns the mistakes that must not reach the parser.
fn faults(source: &str, tags: &[Tag]) -> Vec<TemplateMistake> {
    let mut faults = TemplateMistakes::default();
    let mut open: Vec<usize> = Vec::new();
    for tag in tags {
        let text = part(source, tag.at.clone());
        if text.len() > MAX_SOURCE {
            faults.add(tag.line, format!("a tag is longer than {MAX_SOURCE} bytes"));
        }
        if let Err(reason) = brackets(text) {
            faults.add(tag.line, reason);
        }
        let Some(keyword) = tag.keyword.as_deref() else {
            continue;
        };
        if !KEYWORDS.contains(&keyword) {
            faults.add(
                tag.line,
                format!("there is no {{% {keyword} %}}; a template has if, for, set and with"),
            );
        }
        match keyword {
            "if" | "for" | "with" => open.push(1),
            "elif" => {
                if let Some(levels) = open.last_mut() {
                    *levels += 1;
                }
            }
            _ if keyword.starts_with("end") => {
                open.pop();
            }
            _ => {}
        }
        if open.iter().sum::<usize>() > MAX_NESTING {
            faults.add(
                tag.line,
                format!("its statements are nested more than {MAX_NESTING} deep"),
            );
            break;
        }
    }
    faults.0
}

/// Returns the statements that are alone on their line; several on the same line form one group.
fn alone<'t>(source: &str, tags: &'t [Tag]) -> Vec<&'t [Tag]> {
    let is_blank = |range: Range<usize>| part(source, range).trim_matches([' ', '\t']).is_empty();
    let together = |one: &Tag, next: &Tag| is_blank(one.at.end..next.at.start);
    let stands_alone = |group: &&[Tag]| {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            return false;
        };
        let before = part(source, 0..first.at.start);
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = part(source, last.at.end..source.len());
        let end = last.at.end + rest.find('\n').unwrap_or(rest.len());
        group.iter().all(|tag| tag.keyword.is_some())
            && is_blank(line..first.at.start)
            && part(source, last.at.end..end).trim().is_empty()
    };
    tags.chunk_by(together).filter(stands_alone).collect()
}
