//! Checks the names that a template uses, in every branch, including those that no letter takes.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{Expr, Stmt};

use super::kinds::{Kinds, NameKind};
use super::{TemplateMistake, TemplateMistakes};
use crate::expression::{ExpressionEvent, Rules, check_parsed};

/// The variables of a template, in the order people read them.
pub(in crate::mail) const VARIABLES: [&str; 14] = [
    "email",
    "title",
    "first_name",
    "last_name",
    "job_title",
    "company",
    "country",
    "additional_info",
    "biography",
    "groups",
    "event",
    "badge_url",
    "sign_in_url",
    "unsubscribe_url",
];

/// The fields of the `loop` object.
const LOOP: [&str; 11] = [
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
    "depth",
    "depth0",
    "previtem",
    "nextitem",
];

/// Filters that produce lists of lists, which templates may not use.
const NESTING: [&str; 3] = ["chain", "groupby", "zip"];

const SET: &str =
    "a variable is set to one text or number; a list can be joined, as in groups | join(', ')";

/// The facts about the document that the check of a template needs.
#[derive(Debug, Clone, Copy)]
pub(in crate::mail) struct TemplateFacts {
    /// Whether the document has a `sign_in_url`.
    pub(in crate::mail) sign_in_url: bool,
}

/// Returns the mistakes in a template's expressions.
pub(super) fn faults(statements: &[Stmt<'_>], known: TemplateFacts) -> Vec<TemplateMistake> {
    let kind = |name| match name {
        "groups" => NameKind::Texts,
        "event" => NameKind::Event,
        _ => NameKind::Text,
    };
    let variables = VARIABLES.map(|name| (name.to_owned(), kind(name)));
    let mut names = Names {
        scopes: vec![variables.into()],
        known,
        faults: TemplateMistakes::default(),
        is_named: false,
    };
    names.statements(statements);
    names.faults.0
}

struct Names {
    /// The names in scope, from the outermost statement to the innermost.
    scopes: Vec<BTreeMap<String, NameKind>>,
    known: TemplateFacts,
    faults: TemplateMistakes,
    /// Whether the next part is a name whose field was checked already.
    is_named: bool,
}

impl Kinds for Names {
    fn kind(&self, name: &str) -> Option<NameKind> {
        self.scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(name).copied())
    }
}

impl Names {
    fn statements(&mut self, statements: &[Stmt<'_>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::IfCond(choice) => {
                self.expression(&choice.expr);
                self.statements(&choice.true_body);
                self.statements(&choice.false_body);
            }
            Stmt::ForLoop(each) => {
                if each.recursive {
                    self.refuse(&each.iter, "a loop is not recursive");
                }
                self.expression(&each.iter);
                let item = if self.is_texts(&each.iter) {
                    NameKind::Text
                } else {
                    NameKind::Item
                };
                self.scopes.push(BTreeMap::new());
                self.targets(&each.target, item);
                if let Some(filter) = &each.filter_expr {
                    self.expression(filter);
                }
                self.name("loop", NameKind::Loop);
                self.statements(&each.body);
                self.scopes.pop();
                self.statements(&each.else_body);
            }
            Stmt::Set(set) => self.assign(&set.target, &set.expr),
            Stmt::WithBlock(with) => {
                self.scopes.push(BTreeMap::new());
                for (target, value) in &with.assignments {
                    self.assign(target, value);
                }
                self.statements(&with.body);
                self.scopes.pop();
            }
            // The keywords of all other statements were refused before parsing.
            _ => self
                .faults
                .add(1, "a template has if, for, set and with alone"),
        }
    }

    fn assign(&mut self, target: &Expr<'_>, value: &Expr<'_>) {
        self.expression(value);
        if !self.is_text(value) {
            self.refuse(value, SET);
        }
        match target {
            Expr::Var(_) => self.targets(target, NameKind::Text),
            _ => self.refuse(target, "one variable is set at a time, by its name alone"),
        }
    }

    /// Adds the names that a loop or an assignment defines.
    fn targets(&mut self, target: &Expr<'_>, kind: NameKind) {
        match target {
            Expr::Var(var) if VARIABLES.contains(&var.id) => {
                let reason = format!("\"{}\" is a variable already; use another name", var.id);
                self.refuse(target, reason);
            }
            Expr::Var(var) => self.name(var.id, kind),
            Expr::List(list) => list
                .items
                .iter()
                .for_each(|item| self.targets(item, NameKind::Item)),
            _ => self.refuse(target, "expected a name"),
        }
    }

    fn name(&mut self, name: &str, kind: NameKind) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), kind);
        }
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        if let Err(reason) = check_parsed(expression, self) {
            self.refuse(expression, reason);
        }
    }

    fn refuse(&mut self, part: &Expr<'_>, reason: impl Into<String>) {
        self.faults.add(part.span().start_line.into(), reason);
    }

    fn variable(&mut self, part: &Expr<'_>, name: &str) {
        let is_named = std::mem::take(&mut self.is_named);
        match self.kind(name) {
            None => {
                let names = self.scopes.iter().flat_map(BTreeMap::keys);
                let reason = unknown("variable", name, names.map(String::as_str));
                self.refuse(part, reason);
            }
            Some(NameKind::Event) if !is_named => {
                self.refuse(part, "the event is no text; name a field, as in event.name");
            }
            Some(NameKind::Loop) if !is_named => {
                self.refuse(part, "the loop is no text; name a field, as in loop.index");
            }
            Some(_) if name == "sign_in_url" && !self.known.sign_in_url => {
                self.refuse(part, "invitations.sign_in_url is not set");
            }
            Some(_) => {}
        }
    }

    /// Checks a field of a name, if the expression is one.
    fn field(&mut self, part: &Expr<'_>, of: &Expr<'_>, field: &str) {
        let Expr::Var(var) = of else { return };
        let fields: &[&str] = match self.kind(var.id) {
            Some(NameKind::Event) => &ExpressionEvent::FIELDS,
            Some(NameKind::Loop) => &LOOP,
            Some(NameKind::Text | NameKind::Texts) => &[],
            Some(NameKind::Item) | None => return,
        };
        self.is_named = matches!(self.kind(var.id), Some(NameKind::Event | NameKind::Loop));
        if !fields.contains(&field) {
            let whole = format!("{}.{field}", var.id);
            let names: Vec<String> = fields.iter().map(|f| format!("{}.{f}", var.id)).collect();
            let reason = unknown("variable", &whole, names.iter().map(String::as_str));
            self.refuse(part, reason);
        }
    }
}

impl Rules for Names {
    fn look_at(&mut self, part: &Expr<'_>) -> Result<(), String> {
        match part {
            Expr::Var(var) => self.variable(part, var.id),
            Expr::GetAttr(get) => self.field(part, &get.expr, get.name),
            Expr::GetItem(get) => {
                if let Expr::Const(key) = &get.subscript_expr
                    && let Some(field) = key.value.as_str()
                {
                    self.field(part, &get.expr, field);
                }
            }
            Expr::Filter(filter) if NESTING.contains(&filter.name) => {
                return Err(format!("there is no filter \"{}\"", filter.name));
            }
            Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) if part.as_const().is_none() => {
                return Err("a list is written out of texts and numbers alone".to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns the message about an unknown name, with a similar known one.
fn unknown<'n>(kind: &str, name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let text = format!("there is no {kind} \"{name}\"");
    let slips = |other: &str| strsim::damerau_levenshtein(name, other);
    let close = names
        .map(|other| (slips(other), other))
        .filter(|(slips, other)| *slips <= 2 && *slips < other.len().min(name.len()))
        .min();
    match close {
        Some((_, other)) => format!("{text}; did you mean {other}?"),
        None => text,
    }
}
