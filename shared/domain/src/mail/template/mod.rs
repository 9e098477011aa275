//! The template language of invitations: texts with the expressions of [`crate::expression`] in
//! `{{ }}`, and `{% if %}`, `{% for %}`, `{% set %}` and `{% with %}`. It is checked whole when it
//! is saved, and limited in what it may cost, as expressions are.
//!
//! | limit | value |
//! |---|---|
//! | length | of a subject 1,000 bytes, of a body 64,000, of a tag 2,048 bytes |
//! | nesting of statements | 32 levels |
//! | work | 50,000 units of fuel |
//! | what comes of it | 256 KiB |
//!
//! A variable that is set may hold a text or a number, and a list is written out of constants
//! alone: what fuel does not see is a list of lists that hold one another many times over.

mod kinds;
mod markup;
mod names;
pub(super) mod placeholder;
mod source;

use std::io;
use std::sync::LazyLock;

use minijinja::machinery::ast::Stmt;
use minijinja::machinery::parse;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use minijinja::syntax::SyntaxConfig;

use super::invitation::{LetterError, TemplateText};
use crate::expression;
pub(super) use names::{TemplateFacts, VARIABLES};

/// Fuel for writing one text of a letter; an ordinary one needs a few hundred units.
const FUEL: u64 = 50_000;
/// Longest text that a template may produce, in bytes.
pub(super) const MAX_TEXT: usize = 256 * 1024;
/// A placeholder uses four bytes for one byte of its value.
const MAX_RENDERED: usize = 4 * MAX_TEXT;
/// Most mistakes reported for one text.
const MAX_FAULTS: usize = 20;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_formatter(write_value);
    expression::add_filters(&mut environment);
    environment
});

/// A mistake in a template, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TemplateMistake {
    pub(super) line: usize,
    pub(super) reason: String,
}

impl TemplateMistake {
    fn of(error: &Error) -> Self {
        let what = error.detail().unwrap_or("it does not parse");
        Self {
            line: error.line().unwrap_or(1),
            reason: format!("the template does not compile: {what}"),
        }
    }
}

/// The first mistakes, without repetitions.
#[derive(Debug, Default)]
struct TemplateMistakes(Vec<TemplateMistake>);

impl TemplateMistakes {
    fn add(&mut self, line: usize, reason: impl Into<String>) {
        let reason = reason.into();
        let fault = TemplateMistake { line, reason };
        if self.0.len() < MAX_FAULTS && self.0.last() != Some(&fault) {
            self.0.push(fault);
        }
    }
}

/// The format of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateForm {
    /// Plain text.
    Plain,
    /// Markdown, without HTML and pictures.
    Markdown,
}

/// The checked templates.
pub(super) struct Templates(Environment<'static>);

impl Templates {
    pub(super) fn new() -> Self {
        Self(ENVIRONMENT.clone())
    }

    /// Checks a text and compiles it. Fails with the mistakes, ordered by line.
    pub(super) fn add(
        &mut self,
        place: TemplateText,
        source: &str,
        form: TemplateForm,
        known: TemplateFacts,
    ) -> Result<(), Vec<TemplateMistake>> {
        let source = source::prepare(&placeholder::without(source))?;
        let refused = |error: Error| vec![TemplateMistake::of(&error)];
        let parsed = parse(&source, "template", SyntaxConfig::default()).map_err(refused)?;
        let statements = match &parsed {
            Stmt::Template(template) => template.children.as_slice(),
            other => std::slice::from_ref(other),
        };
        let mut faults = names::faults(statements, known);
        if form == TemplateForm::Markdown {
            faults.extend(markup::faults(statements));
        }
        if !faults.is_empty() {
            faults.sort_by_key(|fault| fault.line);
            return Err(faults);
        }
        drop(parsed);
        self.0
            .add_template_owned(place.name(), source)
            .map_err(refused)
    }

    /// Renders a text, with the values in it as placeholders.
    pub(super) fn render(
        &self,
        place: TemplateText,
        variables: Value,
    ) -> Result<String, LetterError> {
        let mut text = Limited(Vec::new());
        self.0
            .get_template(place.name())
            .and_then(|template| {
                template
                    .render_captured_to(variables, &mut text)
                    .map(|_| ())
            })
            .map_err(|error| failure(place, &error))?;
        String::from_utf8(text.0).map_err(|_| LetterError::TooLong(place))
    }
}

/// Returns the kind and the line of a failure, without the engine's message, which repeats values.
fn failure(place: TemplateText, error: &Error) -> LetterError {
    let reason = match (expression::refusal(error), error.kind()) {
        (Some(refusal), _) => refusal.to_string(),
        (None, ErrorKind::OutOfFuel) => return LetterError::TooMuchWork(place),
        (None, ErrorKind::WriteFailure) => return LetterError::TooLong(place),
        (None, kind) => kind.to_string(),
    };
    LetterError::Failed {
        place,
        line: error.line().unwrap_or(1),
        reason,
    }
}

/// Writes a value as a placeholder; an undefined value is blank, and the items of a list are joined
/// with commas.
fn write_value(
    out: &mut Output<'_>,
    _state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => String::new(),
        ValueKind::Invalid => return Err(Error::from(ErrorKind::InvalidOperation)),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<String> = value.try_iter()?.map(|item| item.to_string()).collect();
            items.join(", ")
        }
        _ => value.to_string(),
    };
    placeholder::write(out, &text).map_err(Error::from)
}

/// A buffer that fails when it grows beyond [`MAX_RENDERED`].
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RENDERED {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
