//! Checks an expression before it is compiled. An unknown name is refused when the document is
//! saved, not record by record; and nothing is accepted whose cost the fuel does not count.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Filter, UnaryOpKind};
use minijinja::machinery::parse_expr;

use super::{ExpressionError, pattern};

/// Most references to variables. Each may add a whole record, of up to 1 MiB, to the result.
const MAX_REFERENCES: usize = 50;

/// Deepest nesting of an expression. Each level uses some of the stack here and in the compiler.
const MAX_DEPTH: usize = 100;

/// Deepest nesting of brackets. The engine's parser allows 150, which may use more stack than a
/// thread has.
const MAX_BRACKETS: usize = 32;

/// Additional rules of a language that is built on expressions.
pub(crate) trait Rules {
    /// Examines a part before its own parts; an error refuses the expression.
    fn look_at(&mut self, part: &Expr<'_>) -> Result<(), String>;
}

/// A language without additional rules.
struct NoExtraRules;

impl Rules for NoExtraRules {
    fn look_at(&mut self, _part: &Expr<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// The supported filters: minijinja's filters for values, and our own.
pub(super) const FILTERS: [&str; 45] = [
    "abs",
    "attr",
    "bool",
    "capitalize",
    "chain",
    "count",
    "country",
    "country_code",
    "d",
    "date",
    "default",
    "dictsort",
    "first",
    "float",
    "from_json",
    "groupby",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "match",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unescape",
    "unique",
    "upper",
    "zip",
];

/// The supported tests, all minijinja's.
pub(super) const TESTS: [&str; 40] = [
    "!=",
    "<",
    "<=",
    "==",
    ">",
    ">=",
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
    "filter",
    "test",
];

/// `map` passes its arguments to the filter for every item: a list among them would be in the
/// result once for each item.
const MAP_ARGUMENTS: &str =
    "map takes texts and numbers as they stand, as in map('replace', '-', ' ')";

/// Filters whose result is a number or a failure, as long as their arguments are no lists.
const NUMERIC: [&str; 6] = ["abs", "count", "float", "int", "length", "round"];

/// Refuses an expression that does not parse or uses what the language does not support.
pub(super) fn check(source: &str) -> Result<(), ExpressionError> {
    brackets(source).map_err(ExpressionError::Refused)?;
    let parsed = parse_expr(source).map_err(|error| ExpressionError::of_syntax(&error, source))?;
    check_parsed(&parsed, &mut NoExtraRules).map_err(ExpressionError::Refused)
}

/// Where a text does not parse as an expression, in bytes from its beginning.
pub(super) fn fault_at(source: &str) -> Option<usize> {
    brackets(source).ok()?;
    let error = parse_expr(source).err()?;
    Some(error.range()?.start)
}

/// Checks an expression that another language's parser found, with that language's additional
/// rules.
pub(crate) fn check_parsed(expression: &Expr<'_>, rules: &mut dyn Rules) -> Checked {
    let mut check = Check {
        references: 0,
        depth: 0,
        rules,
    };
    check.expression(expression)
}

/// Checks the nesting of brackets, counting them also in texts: those contain few, and mostly
/// pairs.
pub(crate) fn brackets(source: &str) -> Checked {
    let mut open = 0_usize;
    for c in source.chars() {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MAX_BRACKETS {
            return Err(format!(
                "its brackets are nested more than {MAX_BRACKETS} deep"
            ));
        }
    }
    Ok(())
}

struct Check<'r> {
    references: usize,
    depth: usize,
    rules: &'r mut dyn Rules,
}

type Checked = Result<(), String>;

impl Check<'_> {
    fn expression(&mut self, expression: &Expr<'_>) -> Checked {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("it is more than {MAX_DEPTH} levels deep"));
        }
        self.rules.look_at(expression)?;
        self.part(expression)?;
        self.depth -= 1;
        Ok(())
    }

    fn part(&mut self, expression: &Expr<'_>) -> Checked {
        match expression {
            Expr::Const(_) => Ok(()),
            Expr::Var(_) => self.reference(),
            Expr::GetAttr(get) => self.expression(&get.expr),
            Expr::GetItem(get) => self.all([&get.expr, &get.subscript_expr]),
            Expr::Slice(slice) => {
                self.expression(&slice.expr)?;
                self.all(
                    [&slice.start, &slice.stop, &slice.step]
                        .into_iter()
                        .flatten(),
                )
            }
            Expr::UnaryOp(operation) => self.expression(&operation.expr),
            Expr::BinOp(operation) => {
                if matches!(operation.op, BinOpKind::Mul) && !is_number(expression) {
                    return Err(
                        "* is for numbers alone; say that both sides are, as in (price | float) * 2"
                            .to_owned(),
                    );
                }
                self.all([&operation.left, &operation.right])
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr)?;
                self.all(compare.ops.iter().map(|operation| &operation.expr))
            }
            Expr::IfExpr(choice) => {
                self.all([&choice.test_expr, &choice.true_expr])?;
                self.all(&choice.false_expr)
            }
            Expr::Filter(filter) => self.filter(filter),
            Expr::Test(test) => {
                known(test.name, &TESTS, "test")?;
                self.expression(&test.expr)?;
                self.arguments(&test.args)
            }
            Expr::Call(_) => Err("there are no functions and methods, only filters".to_owned()),
            Expr::List(list) => self.all(&list.items),
            Expr::Tuple(tuple) => self.all(&tuple.items),
            Expr::Map(map) => self.all(map.keys.iter().chain(&map.values)),
        }
    }

    fn all<'a, 's: 'a>(&mut self, all: impl IntoIterator<Item = &'a Expr<'s>>) -> Checked {
        all.into_iter()
            .try_for_each(|expression| self.expression(expression))
    }

    fn reference(&mut self) -> Checked {
        self.references += 1;
        if self.references > MAX_REFERENCES {
            return Err(format!("it refers to more than {MAX_REFERENCES} variables"));
        }
        Ok(())
    }

    fn filter(&mut self, filter: &Filter<'_>) -> Checked {
        known(filter.name, &FILTERS, "filter")?;
        let test = |name| known(name, &TESTS, "test");
        match filter.name {
            "map" => {
                if !constant(&filter.args) {
                    return Err(MAP_ARGUMENTS.to_owned());
                }
                let name = text_at(&filter.args, 0);
                name.map_or(Ok(()), |name| known(name, &FILTERS, "filter"))?;
                regular(text_at(&filter.args, 1).filter(|_| name == Some("match")))?;
            }
            "match" => regular(text_at(&filter.args, 0))?,
            "replace" => {
                let from = text_at(&filter.args, 0);
                regular(from.filter(|from| pattern::is_pattern(from)))?;
            }
            "select" | "reject" => text_at(&filter.args, 0).map_or(Ok(()), test)?,
            "selectattr" | "rejectattr" => text_at(&filter.args, 1).map_or(Ok(()), test)?,
            _ => {}
        }
        self.all(&filter.expr)?;
        self.arguments(&filter.args)
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) -> Checked {
        self.all(arguments.iter().map(argument))
    }
}

/// Refuses a constant that is no regular expression.
fn regular(text: Option<&str>) -> Checked {
    match text.map(pattern::read) {
        Some(Err(refusal)) => Err(refusal.to_string()),
        _ => Ok(()),
    }
}

pub(super) fn argument<'a, 's>(argument: &'a CallArg<'s>) -> &'a Expr<'s> {
    match argument {
        CallArg::Pos(expression)
        | CallArg::Kwarg(_, expression)
        | CallArg::PosSplat(expression)
        | CallArg::KwargSplat(expression) => expression,
    }
}

fn known(name: &str, names: &[&str], kind: &str) -> Checked {
    if names.contains(&name) {
        return Ok(());
    }
    Err(format!("there is no {kind} \"{name}\""))
}

/// The constant text that is an argument.
fn text_at<'a>(arguments: &'a [CallArg<'_>], at: usize) -> Option<&'a str> {
    match arguments.get(at)? {
        CallArg::Pos(Expr::Const(text)) => text.value.as_str(),
        _ => None,
    }
}

fn constant(arguments: &[CallArg<'_>]) -> bool {
    let constant = |argument: &CallArg<'_>| {
        matches!(
            argument,
            CallArg::Pos(Expr::Const(_)) | CallArg::Kwarg(_, Expr::Const(_))
        )
    };
    arguments.iter().all(constant)
}

/// Returns whether the result is a number for every record, or the evaluation fails.
fn is_number(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(constant) => constant.value.is_number(),
        Expr::UnaryOp(operation) => {
            matches!(operation.op, UnaryOpKind::Neg) && is_number(&operation.expr)
        }
        Expr::BinOp(operation) => match operation.op {
            BinOpKind::Sub
            | BinOpKind::Div
            | BinOpKind::FloorDiv
            | BinOpKind::Rem
            | BinOpKind::Pow => true,
            BinOpKind::Add | BinOpKind::Mul => {
                is_number(&operation.left) && is_number(&operation.right)
            }
            _ => false,
        },
        Expr::Filter(filter) => NUMERIC.contains(&filter.name) && constant(&filter.args),
        _ => false,
    }
}
