//! The expression language: minijinja over a record, sandboxed and limited in what it may spend.
//!
//! A record's fields are the variables. Beside them stand a few words, and where the record has a
//! field of that name the word wins; the field is then reached through `record`, as in
//! `record.event`:
//!
//! | word | is |
//! |---|---|
//! | `record` | the record itself |
//! | `parent` | the level the record is nested in; `parent.parent` the one above |
//! | `event` | the event: `id`, `name`, `community`, `time_zone`, and where they are known `goes_live`, `starts`, `ends`, local times as ISO 8601 text |
//! | `details` | what was answered for the record, where `source.details` asks for it |
//! | `lookup` | the side lists: `lookup.items[item].name`; the key may be a number, a boolean or a text |
//!
//! What is not there is blank, and so is a field of it. Filters and tests are minijinja's own, but
//! for those that lay out text; `split`, `date`, `country`, `country_code`, `from_json`, `unescape` and
//! `match` are ours, and `replace` takes a regular expression, too. There are no functions and no
//! methods.
//!
//! What one evaluation may cost is limited when the expression is read and while it runs:
//!
//! | limit | value |
//! |---|---|
//! | length of an expression | 2,048 bytes, 100 levels deep |
//! | references to variables in it | 50 |
//! | work | 20,000 units of fuel: one an instruction, half a one an item visited, one for 64 bytes of text made |
//! | result | 1 MiB of text and lists, 16 levels deep |
//!
//! Fuel does not see what a value costs that holds another one many times over: comparing or
//! writing out `[[[0] * 300] * 300] * 300` would take hours. So nothing may make one: `*` is for
//! numbers alone, and `map` passes constants alone to its filter.

mod country;
mod filters;
mod hint;
mod language;
mod moment;
mod names;
mod pattern;
mod result;
mod scope;
mod sense;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, Expression as Compiled, UndefinedBehavior};
use serde::{Deserialize, Serialize};

pub(crate) use filters::{add_to as add_filters, refusal};
pub(crate) use language::{Rules, brackets, check_parsed};
pub(crate) use names::FieldName;
pub(crate) use scope::ExpressionEvent;
pub use scope::{ExpressionScope, Surroundings};

/// Whether a text is a name or code of a country that the filters `country` and `country_code`
/// know.
#[must_use]
pub fn is_country(text: &str) -> bool {
    country::of_text(text).is_some()
}

/// What one evaluation may spend; an ordinary expression needs a few dozen.
const FUEL: u64 = 20_000;
/// Longest expression accepted, in bytes: the engine's parser takes a level of the stack for every
/// sign in a row of them.
pub(crate) const MAX_SOURCE: usize = 2_048;
/// Longest piece of an expression that a failure repeats, in characters.
const MAX_PLACE: usize = 60;

/// One environment for every expression: there is nothing in it that one could change for another.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_fuel(Some(FUEL));
    // A field that a record lacks is blank, and so is a field of a field it lacks.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    filters::add_to(&mut environment);
    // There are no functions; a field that is called like one of the engine's, and lacks, is blank too.
    let functions: Vec<String> = environment
        .globals()
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in functions {
        environment.remove_global(&name);
    }
    environment
});

/// Why an expression was refused, or failed on a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It does not compile; the text says where.
    #[error("the expression does not compile: {0}")]
    Syntax(String),
    /// It uses what the language does not have; the text says what.
    #[error("the expression cannot be used: {0}")]
    Refused(String),
    /// Over 2,048 bytes.
    #[error("the expression is longer than {MAX_SOURCE} bytes")]
    TooLong,
    /// It failed on this record; the text names the kind of failure and the place in the
    /// expression, never a value.
    #[error("the expression failed: {0}")]
    Failed(String),
}

impl ExpressionError {
    fn of_syntax(error: &Error, source: &str) -> Self {
        let hint = hint::hint(source).map(|hint| format!("; {hint}"));
        Self::Syntax(format!("{error}{}", hint.unwrap_or_default()))
    }
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
    pub fn evaluate(&self, scope: &ExpressionScope) -> Result<serde_json::Value, ExpressionError> {
        result::to_json(&self.run(scope)?)
    }

    /// Whether it holds on a record, in the language's sense of truth: not false, zero, blank or
    /// absent.
    pub fn holds(&self, scope: &ExpressionScope) -> Result<bool, ExpressionError> {
        Ok(self.run(scope)?.is_true())
    }

    /// Where a text stops being an expression, in bytes from its beginning; nothing where it is one, or where the engine
    /// does not say.
    #[must_use]
    pub fn fault_at(source: &str) -> Option<usize> {
        if source.len() > MAX_SOURCE {
            return None;
        }
        let place = language::fault_at(source)?;
        Some(place.min(source.trim_end().len()))
    }

    fn run(&self, scope: &ExpressionScope) -> Result<Value, ExpressionError> {
        self.compiled
            .eval(scope.variables())
            .map_err(|error| self.failure(&error))
    }

    /// The engine's own words for a failure repeat values; its kind and its place do not.
    fn failure(&self, error: &Error) -> ExpressionError {
        let reason = match (filters::refusal(error), error.kind()) {
            (Some(refusal), _) => refusal.to_string(),
            (None, ErrorKind::OutOfFuel) => "it takes too much work for one record".to_owned(),
            (None, kind) => kind.to_string(),
        };
        let place = error
            .range()
            .and_then(|range| self.source.get(range))
            .filter(|place| *place != self.source.trim() && place.chars().count() <= MAX_PLACE);
        ExpressionError::Failed(match place {
            Some(place) => format!("{reason}, at \"{place}\""),
            None => reason,
        })
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > MAX_SOURCE {
            return Err(ExpressionError::TooLong);
        }
        // Before compiling, which works out what is constant and would already spend without limit.
        language::check(source)?;
        // The engine passes over some of them.
        if let Some(hint) = hint::foreign_operator(source) {
            return Err(ExpressionError::Syntax(hint));
        }
        let compiled = ENVIRONMENT
            .compile_expression_owned(source.to_owned())
            .map_err(|error| ExpressionError::of_syntax(&error, source))?;
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

#[cfg(test)]
mod tests;
