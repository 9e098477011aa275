//! Finds HTML and pictures in a template's Markdown, where they are not allowed. The check takes
//! every branch once. HTML that only some combination of branches creates is shown as plain text.

use minijinja::machinery::ast::Stmt;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{TemplateMistake, TemplateMistakes, placeholder};

pub(super) fn faults(statements: &[Stmt<'_>]) -> Vec<TemplateMistake> {
    let mut flat = Flat::default();
    flat.statements(statements);
    let mut faults = TemplateMistakes::default();
    for (event, range) in Parser::new_ext(&flat.text, Options::empty()).into_offset_iter() {
        let reason = match event {
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                "HTML is not shown; a letter is written in Markdown alone"
            }
            Event::Start(Tag::Image { .. }) => {
                "pictures are not shown; make it a link, without the !"
            }
            _ => continue,
        };
        faults.add(flat.line(range.start), reason);
    }
    faults.0
}

/// The text of a template with every branch taken, and without values.
#[derive(Default)]
struct Flat {
    text: String,
    /// The start of each part, and its line in the template.
    parts: Vec<(usize, usize)>,
}

impl Flat {
    fn statements(&mut self, statements: &[Stmt<'_>]) {
        for statement in statements {
            match statement {
                Stmt::EmitRaw(raw) => {
                    let line = raw.span().start_line.into();
                    self.parts.push((self.text.len(), line));
                    self.text.push_str(raw.raw);
                }
                Stmt::EmitExpr(emit) => {
                    let line = emit.span().start_line.into();
                    self.parts.push((self.text.len(), line));
                    // Writing to a `String` never fails.
                    let _ = placeholder::write(&mut self.text, "x");
                }
                Stmt::ForLoop(each) => {
                    self.statements(&each.body);
                    self.statements(&each.else_body);
                }
                Stmt::IfCond(choice) => {
                    self.statements(&choice.true_body);
                    self.statements(&choice.false_body);
                }
                Stmt::WithBlock(with) => self.statements(&with.body),
                _ => {}
            }
        }
    }

    fn line(&self, offset: usize) -> usize {
        let after = self.parts.partition_point(|(start, _)| *start <= offset);
        let Some((start, line)) = self.parts.get(after.saturating_sub(1)) else {
            return 1;
        };
        let before = self.text.get(*start..offset).unwrap_or_default();
        line + before.matches('\n').count()
    }
}
