//! Finds mistakes in an expression: comparisons that are never true, whatever a record contains,
//! and conditions that are always true.

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr, UnaryOpKind};
use minijinja::machinery::parse_expr;
use minijinja::value::{Value, ValueKind};

use super::Expression;

/// Names of values in other languages that this language writes differently.
const FOREIGN: [(&str, &str); 9] = [
    ("null", "none"),
    ("NULL", "none"),
    ("Null", "none"),
    ("nil", "none"),
    ("undefined", "none"),
    ("NONE", "none"),
    ("TRUE", "true"),
    ("FALSE", "false"),
    ("NaN", "none"),
];

impl Expression {
    /// Returns the mistakes in the expression, each with what to write.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        self.look(values)
    }

    /// Returns the mistakes in the expression, if it is a condition.
    #[must_use]
    pub fn mistakes_of_condition(&self) -> Vec<String> {
        self.look(|expression, mistakes| {
            always(expression, false, mistakes);
            values(expression, mistakes);
        })
    }

    fn look(&self, look: impl Fn(&Expr<'_>, &mut Vec<String>)) -> Vec<String> {
        let mut mistakes = Vec::new();
        if let Ok(expression) = parse_expr(&self.source) {
            look(&expression, &mut mistakes);
        }
        mistakes
    }
}

/// Finds texts that are used as a condition and so are always true: `status == 'a' or 'b'`.
fn always(expression: &Expr<'_>, within: bool, mistakes: &mut Vec<String>) {
    match expression {
        Expr::BinOp(operation) if matches!(operation.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
            always(&operation.left, true, mistakes);
            always(&operation.right, true, mistakes);
        }
        Expr::UnaryOp(operation) if matches!(operation.op, UnaryOpKind::Not) => {
            always(&operation.expr, true, mistakes);
        }
        Expr::Const(constant) if constant.value.kind() == ValueKind::String => {
            let text = constant.value.as_str().unwrap_or_default();
            mistakes.push(if within {
                format!("'{text}' alone is always true; to compare with several texts write field in ['one', 'two']")
            } else {
                format!("'{text}' is a text, which is always true; name the field it is compared with")
            });
        }
        _ => {}
    }
}

fn values(expression: &Expr<'_>, mistakes: &mut Vec<String>) {
    if let Expr::Var(name) = expression
        && let Some((_, instead)) = FOREIGN.iter().find(|(foreign, _)| *foreign == name.id)
    {
        mistakes.push(format!(
            "{} is no value here; write {instead}, or record.{} for a field of that name",
            name.id, name.id
        ));
    }
    for (comparison, left, right) in comparisons(expression) {
        mistakes.extend(compared(comparison, left, right));
        mistakes.extend(compared(comparison, right, left).filter(|_| comparison != Comparison::In));
    }
    for part in parts(expression) {
        values(part, mistakes);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    In,
}

/// Returns the equality comparisons at the top of an expression.
fn comparisons<'e, 's>(expression: &'e Expr<'s>) -> Vec<(Comparison, &'e Expr<'s>, &'e Expr<'s>)> {
    match expression {
        Expr::BinOp(operation) => {
            let comparison = match operation.op {
                BinOpKind::Eq | BinOpKind::Ne => Comparison::Equal,
                BinOpKind::In => Comparison::In,
                _ => return Vec::new(),
            };
            vec![(comparison, &operation.left, &operation.right)]
        }
        Expr::Compare(compare) => {
            let mut left = &compare.expr;
            let mut found = Vec::new();
            for operation in &compare.ops {
                let comparison = match operation.op {
                    CompareOpKind::Eq | CompareOpKind::Ne => Some(Comparison::Equal),
                    CompareOpKind::In | CompareOpKind::NotIn => Some(Comparison::In),
                    _ => None,
                };
                found.extend(comparison.map(|comparison| (comparison, left, &operation.expr)));
                left = &operation.expr;
            }
            found
        }
        _ => Vec::new(),
    }
}

/// Returns why the value of `left` never equals `right`.
fn compared(comparison: Comparison, left: &Expr<'_>, right: &Expr<'_>) -> Option<String> {
    match (comparison, right) {
        (Comparison::In, Expr::List(list)) => {
            list.items.iter().find_map(|item| never_equal(left, item))
        }
        (Comparison::In, Expr::Tuple(tuple)) => {
            tuple.items.iter().find_map(|item| never_equal(left, item))
        }
        (Comparison::In, _) => None,
        (Comparison::Equal, right) => never_equal(left, right),
    }
}

fn never_equal(left: &Expr<'_>, right: &Expr<'_>) -> Option<String> {
    let Expr::Const(constant) = right else {
        return None;
    };
    let value = &constant.value;
    let written = written(value);
    if let Expr::Const(other) = left {
        return (other.value != *value).then(|| {
            format!(
                "{} is never {written}; a field is named without quotes",
                self::written(&other.value)
            )
        });
    }
    let Expr::Filter(filter) = left else {
        return None;
    };
    let name = filter.name;
    let gives_text = [
        "lower",
        "upper",
        "trim",
        "title",
        "capitalize",
        "replace",
        "string",
        "join",
        "match",
        "unescape",
        "country_code",
    ]
    .contains(&name);
    let gives_number = ["int", "float", "length", "count", "abs", "round"].contains(&name);
    let text = value.as_str();
    match text {
        None if gives_text && matches!(value.kind(), ValueKind::Number | ValueKind::Bool) => Some(
            format!("what {name} gives is text and never {written}; write '{written}'"),
        ),
        Some(text) if gives_number => Some(format!(
            "what {name} gives is a number and never '{text}'; write the number without quotes"
        )),
        Some(text) if name == "lower" && text != text.to_lowercase() => Some(format!(
            "what lower gives is never '{text}'; write '{}'",
            text.to_lowercase()
        )),
        Some(text) if name == "upper" && text != text.to_uppercase() => Some(format!(
            "what upper gives is never '{text}'; write '{}'",
            text.to_uppercase()
        )),
        Some(text) if name == "trim" && filter.args.is_empty() && text != text.trim() => Some(
            format!("what trim gives is never '{text}'; write '{}'", text.trim()),
        ),
        _ => None,
    }
}

fn written(value: &Value) -> String {
    match value.as_str() {
        Some(text) => format!("'{text}'"),
        None => value.to_string(),
    }
}

/// Returns the direct parts of an expression.
pub(super) fn parts<'e, 's>(expression: &'e Expr<'s>) -> Vec<&'e Expr<'s>> {
    let argument = super::language::argument;
    match expression {
        Expr::Const(_) | Expr::Var(_) => Vec::new(),
        Expr::GetAttr(get) => vec![&get.expr],
        Expr::GetItem(get) => vec![&get.expr, &get.subscript_expr],
        Expr::Slice(slice) => {
            let ends = [&slice.start, &slice.stop, &slice.step];
            let ends = ends.into_iter().flatten();
            std::iter::once(&slice.expr).chain(ends).collect()
        }
        Expr::UnaryOp(operation) => vec![&operation.expr],
        Expr::BinOp(operation) => vec![&operation.left, &operation.right],
        Expr::Compare(compare) => {
            let others = compare.ops.iter().map(|operation| &operation.expr);
            std::iter::once(&compare.expr).chain(others).collect()
        }
        Expr::IfExpr(choice) => {
            let both = [&choice.test_expr, &choice.true_expr].into_iter();
            both.chain(&choice.false_expr).collect()
        }
        Expr::Filter(filter) => filter
            .expr
            .iter()
            .chain(filter.args.iter().map(argument))
            .collect(),
        Expr::Test(test) => std::iter::once(&test.expr)
            .chain(test.args.iter().map(argument))
            .collect(),
        Expr::Call(call) => std::iter::once(&call.expr)
            .chain(call.args.iter().map(argument))
            .collect(),
        Expr::List(list) => list.items.iter().collect(),
        Expr::Tuple(tuple) => tuple.items.iter().collect(),
        Expr::Map(map) => map.keys.iter().chain(&map.values).collect(),
    }
}
