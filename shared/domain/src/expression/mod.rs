//! The expression language: minijinja over a record, sandboxed and limited in what it may spend.
//!
//! The fields of a record are its variables. Some words are reserved: where the record has a field
//! of the same name, the word has its reserved meaning, and the field is reached through `record`,
//! as in `record.event`:
//!
//! | word | is |
//! |---|---|
//! | `record` | the record itself |
//! | `parent` | the level the record is nested in; `parent.parent` the one above |
//! | `event` | the event: `id`, `name`, `community`, `time_zone`, and where they are known `goes_live`, `starts`, `ends`, local times as ISO 8601 text |
//! | `details` | the answer to the request for the record's details, where the document has
//! `source.details` |
//! | `lookup` | the side lists: `lookup.items[item].name`; the key may be a number, a boolean or a text |
//!
//! A missing value is blank, and so is a field of it. Filters and tests are minijinja's, except for
//! those that lay out text. `split`, `date`, `country`, `country_code`, `from_json`, `unescape` and
//! `match` are our own, and `replace` also accepts a regular expression. There are no functions and
//! no methods.
//!
//! What one evaluation may cost is limited when the expression is read and while it runs:
//!
//! | limit | value |
//! |---|---|
//! | length of an expression | 2,048 bytes, 100 levels deep |
//! | references to variables in it | 50 |
//! | work | 20,000 units of fuel: 1 per instruction, 1/2 per item visited, 1 per 64 bytes of text |
//! | result | 1 MiB of text and lists, 16 levels deep |
//!
//! Fuel does not count the cost of a value that contains another one many times: comparing or
//! writing out `[[[0] * 300] * 300] * 300` would take hours. So no expression may create one: `*`
//! works only on numbers, and `map` passes only constants to its filter.

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

pub use country::country_name;
pub(crate) use filters::{add_to as add_filters, refusal};
pub(crate) use language::{Rules, brackets, check_parsed};
pub(crate) use names::FieldName;
pub(crate) use scope::ExpressionEvent;
pub use scope::{ExpressionScope, Surroundings};

/// Returns whether the filters `country` and `country_code` know a text as the name or code of a
/// country.
#[must_use]
pub fn is_country(text: &str) -> bool {
    country::of_text(text).is_some()
}

/// Fuel for one evaluation; an ordinary expression needs a few dozen units.
const FUEL: u64 = 20_000;
/// Longest accepted expression, in bytes: the engine's parser uses a level of the stack for each
/// sign in a sequence of signs.
pub(crate) const MAX_SOURCE: usize = 2_048;
/// Longest piece of an expression that a failure repeats, in characters.
const MAX_PLACE: usize = 60;

/// One environment for all expressions, because no expression can change it.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_fuel(Some(FUEL));
    // A field that a record lacks is blank, and so is a field of a field it lacks.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    filters::add_to(&mut environment);
    // There are no functions. A record's field with the name of one of the engine's functions is
    // blank too where the record lacks it.
    let functions: Vec<String> = environment
        .globals()
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in functions {
        environment.remove_global(&name);
    }
    environment
});

/// The reason why an expression was refused, or failed on a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// The expression does not compile; the text says where.
    #[error("the expression does not compile: {0}")]
    Syntax(String),
    /// The expression uses what the language does not support; the text says what.
    #[error("the expression cannot be used: {0}")]
    Refused(String),
    /// The expression is longer than 2,048 bytes.
    #[error("the expression is longer than {MAX_SOURCE} bytes")]
    TooLong,
    /// The expression failed on this record. The text names the kind of failure and the place in
    /// the expression, never a value.
    #[error("the expression failed: {0}")]
    Failed(String),
}

impl ExpressionError {
    fn of_syntax(error: &Error, source: &str) -> Self {
        let hint = hint::hint(source).map(|hint| format!("; {hint}"));
        Self::Syntax(format!("{error}{}", hint.unwrap_or_default()))
    }
}

/// A compiled expression.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    source: String,
    compiled: Arc<Compiled<'static, 'static>>,
}

impl Expression {
    /// Returns the source text of the expression.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its value on a record.
    pub fn evaluate(&self, scope: &ExpressionScope) -> Result<serde_json::Value, ExpressionError> {
        result::to_json(&self.run(scope)?)
    }

    /// Returns whether the expression is true for a record: true is what is not false, zero, blank
    /// or absent.
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

    /// Returns the kind and the place of a failure, without the engine's message, which repeats
    /// values.
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
        // The check comes before compiling, which evaluates constants without any limit.
        language::check(source)?;
        // The engine ignores some operators of other languages.
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
