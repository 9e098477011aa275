//! Determines from the form of an expression which kinds of values it can produce in a template.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};

/// The kind of value that a name has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    /// A text or a number.
    Text,
    /// A list of texts.
    Texts,
    /// The event.
    Event,
    /// The `loop` object inside a loop.
    Loop,
    /// An item of a list of unknown kind.
    Item,
}

/// Filters that produce one text or number for any input.
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

/// Filters that produce a list of some of their input's items.
const TO_SOME: [&str; 6] = ["list", "reject", "reverse", "select", "sort", "unique"];

/// Filters that produce a list of new texts.
const TO_TEXTS: [&str; 2] = ["lines", "split"];

/// The kinds of names in scope.
pub(super) trait Kinds {
    fn kind(&self, name: &str) -> Option<NameKind>;

    /// Returns whether the expression produces one text or number, or fails.
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

    /// Returns whether the expression produces a list of texts, or fails.
    fn is_texts(&self, expression: &Expr<'_>) -> bool {
        match expression {
            Expr::Var(var) => self.kind(var.id) == Some(NameKind::Texts),
            // A list that contains more than constants was refused already.
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

    /// Returns the kind of an expression that is only a name.
    fn kind_of(&self, expression: &Expr<'_>) -> Option<NameKind> {
        match expression {
            Expr::Var(var) => self.kind(var.id),
            _ => None,
        }
    }
}
