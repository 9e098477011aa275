//! One field of the form: how a value of the document is shown as text, and what a text becomes.

use std::str::FromStr;

use attendee_sync_domain::config::SecretName;
use attendee_sync_domain::expression::Expression;
use attendee_sync_domain::feed::{FieldPath, RecordsPath};
use jiff::civil::{DateTime, Time};
use serde_json::{Value, json};

use super::places;

/// What a line says for a value of the source that is blank.
pub(super) const BLANK: &str = "(blank)";

/// The choices of a field: the document's word, and ours.
pub(crate) type Options = &'static [(&'static str, &'static str)];

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// A text as it is, white space included.
    Text,
    /// A word or URL: white space around it is a slip.
    Word,
    /// A field of the record.
    Path,
    /// Where the answer says something about its pages.
    AnswerPath,
    /// Where the records are.
    Records,
    /// An expression.
    Expression,
    /// An expression in one line.
    Condition,
    /// A whole number up to this.
    Whole(u64),
    /// A local time.
    Moment,
    /// A time of day.
    Clock,
    /// One of these.
    Choice(Options),
    /// Yes or no, in these words.
    Flag(Options),
    /// Texts, one a line.
    Lines,
    /// The same, or this word alone.
    LinesOr(&'static str),
    /// Places of a record, one a line, each with what separates its texts.
    Places,
    /// The name of a secret.
    Secret,
}

/// One field of the form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    /// Where the document has it, from where the field stands.
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: LeafKind,
    pub(crate) required: bool,
    /// What it means where the document does not say.
    pub(crate) default: &'static str,
}

impl Leaf {
    pub(super) const fn new(
        kind: LeafKind,
        key: &'static str,
        label: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            key,
            label,
            help,
            kind,
            required: false,
            default: "",
        }
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn or(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    /// The text that shows a value.
    pub(super) fn text_of(&self, value: Option<&Value>) -> String {
        match (value, self.kind) {
            (None | Some(Value::Null), _) => self.default.to_owned(),
            (Some(Value::String(text)), LeafKind::Moment) => moment(text),
            (Some(Value::String(text)), LeafKind::Clock) => clock(text),
            (Some(Value::String(text)), LeafKind::Condition) => one_line(text),
            (Some(Value::String(text)), _) => text.clone(),
            (Some(Value::Array(all)), LeafKind::Places) => places::text_of(all),
            (Some(Value::Array(all)), LeafKind::Lines | LeafKind::LinesOr(_)) => {
                let lines = all.iter().filter_map(Value::as_str);
                let lines: Vec<&str> = lines
                    .map(|line| if line.is_empty() { BLANK } else { line })
                    .collect();
                lines.join("\n")
            }
            (Some(Value::Object(named)), LeafKind::Secret) => {
                let name = named.get("secret").and_then(Value::as_str);
                name.unwrap_or_default().to_owned()
            }
            (Some(value @ (Value::Number(_) | Value::Bool(_))), _) => value.to_string(),
            (Some(_), _) => String::new(),
        }
    }

    /// The value that a text means, nothing where the document need not say it. What is shown of
    /// `stored` means `stored`, whatever a browser cannot keep of it.
    pub(super) fn value_of(
        &self,
        text: &str,
        stored: Option<&Value>,
    ) -> Result<Option<Value>, String> {
        let text = self.clean(text);
        if text.is_empty() && self.required {
            return Err("required".to_owned());
        }
        if self.shows(&text, stored) {
            return Ok(stored.cloned());
        }
        if text.is_empty() {
            return Ok(None);
        }
        self.parse(&text).map(Some)
    }

    /// Whether a text is what is shown of a value.
    pub(super) fn shows(&self, text: &str, value: Option<&Value>) -> bool {
        self.clean(&self.text_of(value)) == self.clean(text)
    }

    pub(super) fn is_choice(&self) -> bool {
        matches!(self.kind, LeafKind::Choice(_) | LeafKind::Flag(_))
    }

    fn parse(&self, text: &str) -> Result<Value, String> {
        match self.kind {
            LeafKind::Choice(options) | LeafKind::Flag(options)
                if !options.iter().any(|(word, _)| *word == text) =>
            {
                Err("choose one of the options".to_owned())
            }
            LeafKind::Text | LeafKind::Word | LeafKind::Choice(_) => Ok(json!(text)),
            LeafKind::Path | LeafKind::AnswerPath => checked::<FieldPath>(text),
            LeafKind::Records => checked::<RecordsPath>(text),
            LeafKind::Expression | LeafKind::Condition => {
                match Expression::try_from(text.to_owned()) {
                    Ok(_) => Ok(json!(text)),
                    Err(error) => Err(error.to_string()),
                }
            }
            LeafKind::Moment => checked::<DateTime>(text)
                .map_err(|_| "enter a date and time, such as 2026-12-01T08:00".to_owned()),
            LeafKind::Clock => {
                checked::<Time>(text).map_err(|_| "enter a time of day, such as 06:00".to_owned())
            }
            LeafKind::Whole(most) => match text.parse::<u64>() {
                Ok(number) if number <= most => Ok(json!(number)),
                _ => Err(format!("enter a whole number from 0 to {most}")),
            },
            LeafKind::Flag(_) => Ok(json!(text == "true")),
            LeafKind::LinesOr(word) if text == word => Ok(json!(word)),
            LeafKind::Places => places::parse(text),
            LeafKind::Lines | LeafKind::LinesOr(_) => Ok(text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(|line| if line == BLANK { "" } else { line })
                .collect()),
            LeafKind::Secret => {
                SecretName::from_str(text)?;
                Ok(json!({"secret": text}))
            }
        }
    }

    /// A text as browsers give it back.
    fn clean(&self, text: &str) -> String {
        match self.kind {
            LeafKind::Text => text.replace(['\r', '\n'], ""),
            LeafKind::Expression | LeafKind::Lines | LeafKind::LinesOr(_) | LeafKind::Places => {
                text.replace("\r\n", "\n").replace('\r', "\n").trim().into()
            }
            LeafKind::Moment => moment(text.trim()),
            LeafKind::Clock => clock(text.trim()),
            _ => text.replace(['\r', '\n'], "").trim().to_owned(),
        }
    }
}

fn checked<T: FromStr>(text: &str) -> Result<Value, String>
where
    T::Err: ToString,
{
    match text.parse::<T>() {
        Ok(_) => Ok(json!(text)),
        Err(error) => Err(error.to_string()),
    }
}

/// The ends of lines are white space as any other to expressions.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\r', '\n'], " ")
}

/// A local time as a browser's field takes it; what is none stays as it is.
fn moment(text: &str) -> String {
    match text.parse::<DateTime>() {
        Ok(moment) if moment.second() == 0 && moment.subsec_nanosecond() == 0 => {
            moment.strftime("%Y-%m-%dT%H:%M").to_string()
        }
        Ok(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        Err(_) => text.to_owned(),
    }
}

fn clock(text: &str) -> String {
    match text.parse::<Time>() {
        Ok(time) if time.second() == 0 && time.subsec_nanosecond() == 0 => {
            time.strftime("%H:%M").to_string()
        }
        Ok(time) => time.strftime("%H:%M:%S").to_string(),
        Err(_) => text.to_owned(),
    }
}
