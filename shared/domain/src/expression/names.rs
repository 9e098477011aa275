//! The fields of a record that an expression names.

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr};
use minijinja::machinery::parse_expr;

use super::Expression;
use super::sense::parts;

/// A field that an expression names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldName {
    /// The number of levels above the record.
    pub(crate) level: usize,
    /// Its name and the names of fields within it.
    pub(crate) steps: Vec<String>,
    /// Whether the author may have meant a text: the name is alone on one side of a comparison.
    pub(crate) may_be_text: bool,
    /// Whether the field is part of a comparison. A field that is only tested for truth may be one
    /// that a source leaves out while it is false.
    pub(crate) is_compared: bool,
    /// Whether the expression itself handles a missing field.
    pub(crate) may_lack: bool,
}

impl Expression {
    /// Returns the fields that the expression names, in order. Fields that are looked up by another
    /// field's value are left out.
    pub(crate) fn field_names(&self) -> Vec<FieldName> {
        let mut names = Vec::new();
        if let Ok(expression) = parse_expr(&self.source) {
            collect(&expression, ExpressionPlace::default(), &mut names);
        }
        names
    }
}

/// The context of a part of an expression.
#[derive(Clone, Copy, Default)]
struct ExpressionPlace {
    /// Whether the part is one side of a comparison.
    is_side: bool,
    /// Whether the part is inside a comparison.
    is_compared: bool,
    may_lack: bool,
}

fn collect(expression: &Expr<'_>, place: ExpressionPlace, names: &mut Vec<FieldName>) {
    if let Some((root, steps)) = chain(expression) {
        names.extend(field(root, steps, place));
        return;
    }
    let may_lack = place.may_lack
        || match expression {
            Expr::Test(test) => matches!(test.name, "defined" | "undefined" | "none"),
            Expr::Filter(filter) => matches!(filter.name, "default" | "d"),
            _ => false,
        };
    let is_list = matches!(expression, Expr::List(_) | Expr::Tuple(_));
    let compares = is_comparison(expression);
    let inner = ExpressionPlace {
        is_side: compares || (is_list && place.is_side),
        is_compared: compares || place.is_compared,
        may_lack,
    };
    for part in parts(expression) {
        collect(part, inner, names);
    }
}

fn is_comparison(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::BinOp(operation) => {
            matches!(operation.op, BinOpKind::Eq | BinOpKind::Ne | BinOpKind::In)
        }
        Expr::Compare(compare) => compare.ops.iter().all(|operation| {
            use CompareOpKind::{Eq, In, Ne, NotIn};
            matches!(operation.op, Eq | Ne | In | NotIn)
        }),
        _ => false,
    }
}

/// A variable with the names after it, as in `a.b.c`.
fn chain<'e>(expression: &'e Expr<'_>) -> Option<(&'e str, Vec<String>)> {
    match expression {
        Expr::Var(name) => Some((name.id, Vec::new())),
        Expr::GetAttr(get) => {
            let (root, mut steps) = chain(&get.expr)?;
            steps.push(get.name.to_owned());
            Some((root, steps))
        }
        _ => None,
    }
}

fn field(root: &str, steps: Vec<String>, place: ExpressionPlace) -> Option<FieldName> {
    let mut steps: std::collections::VecDeque<String> = steps.into();
    let mut level = 0;
    match root {
        "event" | "lookup" => return None,
        "record" => {}
        "parent" => {
            level = 1;
            while steps.front().is_some_and(|step| step == "parent") {
                steps.pop_front();
                level += 1;
            }
        }
        name => steps.push_front(name.to_owned()),
    }
    let is_alone = level == 0 && steps.len() == 1 && root != "record";
    (!steps.is_empty()).then(|| FieldName {
        level,
        steps: steps.into(),
        may_be_text: is_alone && place.is_side,
        is_compared: place.is_compared,
        may_lack: place.may_lack,
    })
}
