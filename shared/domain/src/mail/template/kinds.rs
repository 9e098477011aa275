//! What an expression of a template may come to, as far as its form tells.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    /// A text or a number.
    Text,
    /// A list of texts.
    Texts,
    /// The event.
    Event,
    /// Where a loop stands.
    Loop,
    /// An item of some list.
    Item,
}

/// Filters that come to one text or number, whatever they are given.
const TO_TEXT: [&str; 16] = [
    "abs",
    "bool",
    "capitalize",
    "count",
    "country",
    "country_code",
    "date",
    "float",
    "int",
    "join",
    "length",
    "lower",
    "replace",
    "string",
    "trim",
    "upper",
];

/// Filters that choose one item of a list.
const TO_ITEM: [&str; 4] = ["first", "last", "max", "min"];

/// Filters that come to a list of some of the items they are given.
const TO_SOME: [&str; 6] = ["list", "reject", "reverse", "select", "sort", "unique"];

/// Filters that come to new texts.
const TO_TEXTS: [&str; 2] = ["lines", "split"];

/// Names by their kinds.
pub(super) trait Kinds {
    fn kind(&self, name: &str) -> Option<NameKind>;

    /// Whether it comes to one text or number, or fails.
    fn is_text(&self, expression: &Expr<'_>) -> bool {
        match expression {
            Expr::Const(_) | Expr::UnaryOp(_) | Expr::Compare(_) | Expr::Test(_) => true,
            Expr::Var(var) => self.kind(var.id) == Some(NameKind::Text),
            Expr::Slice(slice) => self.is_text(&slice.expr),
            Expr::BinOp(operation) => match operation.op {
                BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::Add => {
                    self.is_text(&operation.left) && self.is_text(&operation.right)
                }
                _ => true,
            },
            Expr::IfExpr(choice) => {
                let other = choice.false_expr.as_ref();
                self.is_text(&choice.true_expr) && other.is_none_or(|other| self.is_text(other))
            }
            Expr::GetAttr(get) => match self.kind_of(&get.expr) {
                Some(NameKind::Event) => true,
                Some(NameKind::Loop) => !matches!(get.name, "previtem" | "nextitem"),
                _ => false,
            },
            Expr::GetItem(get) => self.is_texts(&get.expr) || self.is_event(&get.expr),
            Expr::Filter(filter) => match (filter.name, &filter.expr) {
                (name, _) if TO_TEXT.contains(&name) => true,
                (name, Some(of)) if TO_ITEM.contains(&name) => self.is_texts(of),
                ("default" | "d", Some(of)) => {
                    let is_text = |argument: &CallArg<'_>| match argument {
                        CallArg::Pos(other) => self.is_text(other),
                        _ => false,
                    };
                    self.is_text(of) && filter.args.iter().all(is_text)
                }
                _ => false,
            },
            Expr::Call(_) | Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => false,
        }
    }

    /// Whether it comes to a list of texts, or fails.
    fn is_texts(&self, expression: &Expr<'_>) -> bool {
        match expression {
            Expr::Var(var) => self.kind(var.id) == Some(NameKind::Texts),
            // One that holds more than constants was refused.
            Expr::List(_) | Expr::Tuple(_) => true,
            Expr::Slice(slice) => self.is_texts(&slice.expr),
            Expr::Filter(filter) => match (filter.name, &filter.expr) {
                (name, _) if TO_TEXTS.contains(&name) => true,
                (name, Some(of)) if TO_SOME.contains(&name) => self.is_texts(of),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_event(&self, expression: &Expr<'_>) -> bool {
        self.kind_of(expression) == Some(NameKind::Event)
    }

    /// The kind, where it is a name.
    fn kind_of(&self, expression: &Expr<'_>) -> Option<NameKind> {
        match expression {
            Expr::Var(var) => self.kind(var.id),
            _ => None,
        }
    }
}
