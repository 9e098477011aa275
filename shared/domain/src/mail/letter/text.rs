//! A letter as plain text: what the HTML says, in the signs that people use in text. Lines are as
//! long as they are; mail programs wrap them.

use super::outline::{Element, LetterPart, Outline};
use super::{Footer, link};

/// Deepest indentation. What is nested deeper stands below it.
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

/// What stands between two blocks.
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
    /// The block that is being written.
    line: String,
    gap: TextGap,
    /// How many of the indents the block before had too.
    level: usize,
    /// What is open, and where in the block it began.
    open: Vec<(&'o Element, usize)>,
    /// What stands before every line, one for each quote or item that is open.
    indents: Vec<String>,
    /// What stands before the next line in place of the last indent.
    marker: Option<String>,
    /// The next number of each list that is open, where it is ordered.
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

    /// Says where a link leads, after its label.
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

    /// Writes the block, if there is one, and what is to stand after it.
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
