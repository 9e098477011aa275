//! Parses a letter's Markdown into a flat list of parts. Only this module replaces placeholders by
//! values; afterwards the values are plain text.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::link::destination;
use crate::mail::template::placeholder::{TemplatePiece, pieces, plain};

/// An element that contains other parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    Paragraph,
    /// The level of the heading, from 1 to 3.
    Heading(u8),
    Quote,
    CodeBlock,
    /// The first number of the list, if it is ordered.
    List(Option<u64>),
    Item,
    Emphasis,
    Strong,
    Link(String),
    /// A link that is the only content of its paragraph.
    Button(String),
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LetterPart {
    Open(Element),
    /// The end of the element that was opened last.
    Close,
    Text(String),
    Code(String),
    Break,
    Rule,
}

/// The parts of a letter's body, correctly nested.
#[derive(Debug, Default)]
pub(in crate::mail) struct Outline {
    pub(super) parts: Vec<LetterPart>,
    /// The index of the open paragraph's or heading's first part.
    block: Option<usize>,
    /// For each open link, whether its target is allowed.
    links: Vec<bool>,
    in_code: bool,
}

impl Outline {
    /// Parses the text that a template produced. A value that is one of `urls` becomes a link.
    pub(in crate::mail) fn of(markdown: &str, urls: &[&str]) -> Self {
        let mut outline = Self::default();
        for event in TextMergeStream::new(Parser::new_ext(markdown, Options::empty())) {
            outline.event(event, urls);
        }
        outline
    }

    fn event(&mut self, event: Event<'_>, urls: &[&str]) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, urls),
            // HTML was refused when the template was saved. Where a combination of branches creates
            // some, it is text.
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text, &[]),
            Event::Code(text) => self.parts.push(LetterPart::Code(plain(&text))),
            Event::SoftBreak => self.parts.push(LetterPart::Text(" ".to_owned())),
            Event::HardBreak => self.parts.push(LetterPart::Break),
            Event::Rule => self.parts.push(LetterPart::Rule),
            // These events belong to extensions that are switched off.
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let element = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Element::Paragraph,
            Tag::Heading { level, .. } => Element::Heading((level as u8).min(3)),
            Tag::BlockQuote(_) => Element::Quote,
            Tag::CodeBlock(_) => Element::CodeBlock,
            Tag::List(first) => Element::List(first),
            Tag::Item => Element::Item,
            Tag::Emphasis => Element::Emphasis,
            Tag::Strong => Element::Strong,
            Tag::Link {
                dest_url,
                link_type,
                ..
            } => return self.link(&dest_url, link_type),
            // A picture is its description.
            _ => return,
        };
        match element {
            Element::Paragraph | Element::Heading(_) => self.block = Some(self.parts.len()),
            Element::CodeBlock => self.in_code = true,
            _ => {}
        }
        self.parts.push(LetterPart::Open(element));
    }

    fn link(&mut self, address: &str, link_type: LinkType) {
        let address = match link_type {
            LinkType::Email => destination(&format!("mailto:{address}")),
            _ => destination(address),
        };
        self.links.push(address.is_some());
        self.parts
            .extend(address.map(|address| LetterPart::Open(Element::Link(address))));
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::Heading(_) => self.end_block(),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.parts.push(LetterPart::Close);
            }
            TagEnd::Link => {
                let leads_somewhere = self.links.pop() == Some(true);
                self.parts
                    .extend(leads_somewhere.then_some(LetterPart::Close));
            }
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Emphasis
            | TagEnd::Strong => self.parts.push(LetterPart::Close),
            _ => {}
        }
    }

    /// Closes a paragraph or heading, or removes it where it is empty.
    fn end_block(&mut self) {
        let start = self.block.take().unwrap_or(self.parts.len());
        let is_blank = |part: &LetterPart| match part {
            LetterPart::Text(text) | LetterPart::Code(text) => text.trim().is_empty(),
            _ => true,
        };
        let within = self.parts.get_mut(start..).unwrap_or_default();
        if within.iter().all(is_blank) {
            self.parts.truncate(start);
            return;
        }
        make_button(within);
        self.parts.push(LetterPart::Close);
    }

    fn text(&mut self, text: &str, urls: &[&str]) {
        for piece in unbracketed(pieces(text), urls) {
            match piece {
                TemplatePiece::Text(text) => self.parts.push(LetterPart::Text(text)),
                TemplatePiece::Value(value) if self.in_code => {
                    self.parts.push(LetterPart::Text(value));
                }
                TemplatePiece::Value(value) => self.value(&value, urls),
            }
        }
    }

    fn value(&mut self, value: &str, urls: &[&str]) {
        if self.links.is_empty()
            && urls.contains(&value)
            && let Some(address) = destination(value)
        {
            self.parts.push(LetterPart::Open(Element::Link(address)));
            self.parts.push(LetterPart::Text(value.to_owned()));
            self.parts.push(LetterPart::Close);
            return;
        }
        for (at, line) in value.split('\n').enumerate() {
            if at > 0 {
                self.parts.push(LetterPart::Break);
            }
            if !line.is_empty() {
                self.parts.push(LetterPart::Text(line.to_owned()));
            }
        }
    }
}

/// Removes the `<>` that Markdown requires around an address.
fn unbracketed(mut pieces: Vec<TemplatePiece>, urls: &[&str]) -> Vec<TemplatePiece> {
    for at in 1..pieces.len() {
        if let Some(
            [
                TemplatePiece::Text(before),
                TemplatePiece::Value(value),
                TemplatePiece::Text(after),
            ],
        ) = pieces.get_mut(at - 1..at + 2)
            && urls.contains(&value.as_str())
            && before.ends_with('<')
            && after.starts_with('>')
        {
            before.pop();
            after.remove(0);
        }
    }
    pieces
}

/// Turns a link that is the only content of its paragraph into a button, unless its text is its own
/// address.
fn make_button(block: &mut [LetterPart]) {
    let [LetterPart::Open(Element::Paragraph), within @ ..] = block else {
        return;
    };
    let is_space =
        |part: &LetterPart| matches!(part, LetterPart::Text(text) if text.trim().is_empty());
    let start = within.iter().take_while(|part| is_space(part)).count();
    let end = within
        .iter()
        .rev()
        .take_while(|part| is_space(part))
        .count();
    let count = within.len();
    let Some([LetterPart::Open(element), label @ .., LetterPart::Close]) =
        within.get_mut(start..count.saturating_sub(end).max(start))
    else {
        return;
    };
    let mut depth = 1_usize;
    let is_one = label.iter().all(|part| {
        match part {
            LetterPart::Open(_) => depth += 1,
            LetterPart::Close => depth -= 1,
            _ => {}
        }
        depth > 0
    });
    let text: String = label.iter().filter_map(text_of).collect();
    if let Element::Link(address) = element
        && is_one
        && !text.trim().is_empty()
        && !super::link::shows(&text, address)
    {
        *element = Element::Button(std::mem::take(address));
    }
}

fn text_of(part: &LetterPart) -> Option<&str> {
    match part {
        LetterPart::Text(text) | LetterPart::Code(text) => Some(text),
        _ => None,
    }
}
