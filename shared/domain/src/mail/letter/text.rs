//! Writes a letter as plain text: the content of the HTML, in the signs that people use in text.
//! Lines are not wrapped, because mail programs do it.

use super::outline::{Element, LetterPart, Outline};
use super::{Footer, link};

/// Deepest indentation. Deeper elements are written at this depth.
const MAX_INDENT: usize = 8;

/// Writes the text.
pub(in crate::mail) fn write(outline: &Outline, footer: &Footer<'_>) -> String {
    let mut writer = LetterWriter::default();
    for part in &outline.parts {
        writer.part(part);
    }
    writer.end_block(TextGap::Line);
    let body = writer.out;
    format!(
        "{body}\n---\n{}\nUnsubscribe: {}\n",
        footer.reason(),
        footer.unsubscribe_url
    )
}

/// The gap between two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum TextGap {
    /// A line break.
    #[default]
    None,
    /// An empty line.
    Line,
}

#[derive(Default)]
struct LetterWriter<'o> {
    out: String,
    /// The block under construction.
    line: String,
    gap: TextGap,
    /// The number of indents that the previous block had too.
    level: usize,
    /// The open elements, each with the position in the block where it began.
    open: Vec<(&'o Element, usize)>,
    /// The text before every line, one for each open quote or item.
    indents: Vec<String>,
    /// The text before the next line in place of the last indent.
    marker: Option<String>,
    /// The next number of each open list, if the list is ordered.
    numbers: Vec<Option<u64>>,
}

impl<'o> LetterWriter<'o> {
    fn part(&mut self, part: &'o LetterPart) {
        match part {
            LetterPart::Open(element) => self.start(element),
            LetterPart::Close => self.end(),
            LetterPart::Text(text) | LetterPart::Code(text) => self.line.push_str(text),
            LetterPart::Break => self.line.push('\n'),
            LetterPart::Rule => {
                self.end_block(TextGap::Line);
                self.line.push_str("---");
                self.end_block(TextGap::Line);
            }
        }
    }

    fn start(&mut self, element: &'o Element) {
        match element {
            Element::Paragraph | Element::Heading(_) | Element::CodeBlock => {
                self.end_block(self.gap);
            }
            Element::Quote => {
                self.end_block(TextGap::Line);
                self.indents.push("> ".to_owned());
            }
            Element::List(first) => {
                let gap = if self.numbers.is_empty() {
                    TextGap::Line
                } else {
                    TextGap::None
                };
                self.end_block(gap);
                self.gap = gap;
                self.numbers.push(*first);
            }
            Element::Item => {
                let marker = match self.numbers.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "- ".to_owned(),
                };
                self.indents.push(" ".repeat(marker.len()));
                self.marker = Some(marker);
            }
            Element::Emphasis | Element::Strong | Element::Link(_) | Element::Button(_) => {}
        }
        self.open.push((element, self.line.len()));
    }

    fn end(&mut self) {
        let Some((element, start)) = self.open.pop() else {
            return;
        };
        match element {
            Element::Paragraph | Element::Heading(_) | Element::CodeBlock => {
                self.end_block(TextGap::Line);
            }
            Element::Quote => {
                self.end_block(TextGap::Line);
                self.outdent();
            }
            Element::List(_) => {
                self.numbers.pop();
                if self.numbers.is_empty() {
                    self.gap = TextGap::Line;
                }
            }
            Element::Item => {
                self.end_block(TextGap::None);
                self.outdent();
                self.marker = None;
                self.gap = TextGap::None;
            }
            Element::Link(address) | Element::Button(address) => self.address(address, start),
            Element::Emphasis | Element::Strong => {}
        }
    }

    /// Writes the address of a link after its text.
    fn address(&mut self, address: &str, start: usize) {
        let label = self.line.get(start..).unwrap_or_default();
        let address = address.strip_prefix("mailto:").unwrap_or(address);
        if label.trim().is_empty() || link::shows(label, address) {
            self.line.truncate(start);
            self.line.push_str(address);
        } else {
            self.line.push_str(" (");
            self.line.push_str(address);
            self.line.push(')');
        }
    }

    /// Writes the current block, if there is one, and sets the gap after it.
    fn end_block(&mut self, gap: TextGap) {
        let block = std::mem::take(&mut self.line);
        let block = block.trim_end();
        if block.trim_start().is_empty() {
            return;
        }
        if self.gap == TextGap::Line && !self.out.is_empty() {
            let quoted = self.indent(self.indents.len().min(self.level));
            self.out.push_str(quoted.trim_end());
            self.out.push('\n');
        }
        for line in block.split('\n') {
            let marker = self.marker.take();
            let kept = self.indents.len() - usize::from(marker.is_some());
            let before = self.indent(kept) + marker.as_deref().unwrap_or_default();
            self.out.push_str(&before);
            self.out.push_str(line);
            let end = self.out.trim_end_matches(' ').len();
            self.out.truncate(end);
            self.out.push('\n');
        }
        self.gap = gap;
        self.level = self.indents.len();
    }

    fn outdent(&mut self) {
        self.indents.pop();
        self.level = self.level.min(self.indents.len());
    }

    fn indent(&self, count: usize) -> String {
        self.indents
            .iter()
            .take(count.min(MAX_INDENT))
            .map(String::as_str)
            .collect()
    }
}
