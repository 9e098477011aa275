//! The expression language: minijinja over a record, sandboxed and limited in what it may spend.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Object, ObjectRepr, Serde, Value, ValueKind};
use minijinja::{Environment, Expression as Compiled, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use crate::feed::Record;

/// Instructions one evaluation may spend; an ordinary expression needs a few dozen.
const FUEL: u64 = 20_000;
/// Longest expression accepted, in bytes.
const MAX_SOURCE: usize = 4_096;

/// One environment for every expression: there is nothing in it that one could change for another.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    // A field that a record lacks is blank, and so is a field of a field it lacks.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.add_filter("split", split);
    environment
});

fn split(text: &str, separator: Option<&str>) -> Vec<String> {
    match separator {
        Some(separator) if !separator.is_empty() => text
            .split(separator)
            .map(|part| part.trim().to_owned())
            .collect(),
        _ => text.split_whitespace().map(str::to_owned).collect(),
    }
}

/// Why an expression was refused, or failed on a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It does not compile; the text says where.
    #[error("the expression does not compile: {0}")]
    Syntax(String),
    /// Over 4,096 bytes.
    #[error("the expression is longer than {MAX_SOURCE} bytes")]
    TooLong,
    /// It failed on this record; the text names the kind of failure, never a value.
    #[error("the expression failed: {0}")]
    Failed(String),
}

/// An expression, compiled once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    source: String,
    compiled: Arc<Compiled<'static, 'static>>,
}

impl Expression {
    /// Its source text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its value on a record.
    pub fn evaluate(&self, scope: &Scope) -> Result<serde_json::Value, ExpressionError> {
        serde_json::to_value(self.run(scope)?)
            .map_err(|_| ExpressionError::Failed("its result is not data".to_owned()))
    }

    /// Whether it holds on a record, in the language's sense of truth: not false, zero, blank or
    /// absent.
    pub fn holds(&self, scope: &Scope) -> Result<bool, ExpressionError> {
        Ok(self.run(scope)?.is_true())
    }

    fn run(&self, scope: &Scope) -> Result<Value, ExpressionError> {
        self.compiled
            .eval(scope.0.clone())
            .map_err(|error| ExpressionError::Failed(error.kind().to_string()))
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > MAX_SOURCE {
            return Err(ExpressionError::TooLong);
        }
        let compiled = ENVIRONMENT
            .compile_expression_owned(source.to_owned())
            .map_err(|error| ExpressionError::Syntax(error.to_string()))?;
        Ok(Self {
            source: source.to_owned(),
            compiled: Arc::new(compiled),
        })
    }
}

impl TryFrom<String> for Expression {
    type Error = ExpressionError;

    fn try_from(source: String) -> Result<Self, ExpressionError> {
        source.parse()
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> String {
        expression.source
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.source)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// What an expression sees: the record's fields, and `record` and `parent` beside them. Made once
/// a record, for all its expressions.
#[derive(Debug)]
pub struct Scope(Value);

impl Scope {
    /// The scope of a record.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Self {
        let parent = record
            .parents
            .iter()
            .rev()
            .fold(Value::UNDEFINED, |above, level| {
                Value::from_object(Level {
                    fields: Value::from(Serde(level)),
                    above,
                })
            });
        Self(Value::from_object(Variables {
            record: Value::from(Serde(record.value)),
            parent,
        }))
    }
}

#[derive(Debug)]
struct Variables {
    record: Value,
    parent: Value,
}

impl Object for Variables {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "record" => Some(self.record.clone()),
            "parent" => Some(self.parent.clone()),
            _ => field(&self.record, key),
        }
    }
}

/// A level above the record, with the level above it as `parent`.
#[derive(Debug)]
struct Level {
    fields: Value,
    above: Value,
}

impl Object for Level {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "parent" => Some(self.above.clone()),
            _ => field(&self.fields, key),
        }
    }
}

fn field(of: &Value, key: &Value) -> Option<Value> {
    (of.kind() == ValueKind::Map)
        .then(|| of.get_item(key).ok())
        .flatten()
        .filter(|value| !value.is_undefined())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(source: &str, value: &serde_json::Value, parents: Vec<&serde_json::Value>) -> bool {
        let expression: Expression = source.parse().unwrap();
        expression
            .holds(&Scope::of(&Record { value, parents }))
            .unwrap()
    }

    #[test]
    fn an_expression_sees_fields_and_levels_above() {
        let ticket = json!({"canceled": false, "item": 3, "parent": "own"});
        let order = json!({"status": "c", "x": {"y": 1}});
        let event = json!({"name": "E"});
        let parents = vec![&order, &event];
        for source in [
            "canceled or parent.status in ['c', 'e']",
            "item == 3",
            "record.parent == 'own'",
            "parent.parent.name == 'E'",
            "parent.x.y == 1",
            "not absent.also.absent",
            "('a, b' | split(','))[1] == 'b'",
        ] {
            assert!(holds(source, &ticket, parents.clone()), "{source}");
        }
        assert!(!holds("parent.parent.parent.name", &ticket, parents));
    }

    #[test]
    fn a_broken_expression_is_refused_and_an_endless_one_stops() {
        assert!(matches!(
            "item ==".parse::<Expression>(),
            Err(ExpressionError::Syntax(_))
        ));
        assert!(matches!(
            "x".repeat(5_000).parse::<Expression>(),
            Err(ExpressionError::TooLong)
        ));
        let endless: Expression = "range(10000) | map('upper') | list | length"
            .parse()
            .unwrap();
        let record = json!({});
        let result = endless.evaluate(&Scope::of(&Record {
            value: &record,
            parents: vec![],
        }));
        assert!(
            matches!(result, Err(ExpressionError::Failed(_))),
            "{result:?}"
        );
    }
}
