//! One field of the form: how a value of the document becomes text, and how a text becomes a value.

use std::str::FromStr;

use attendee_sync_domain::config::SecretName;
use attendee_sync_domain::expression::Expression;
use attendee_sync_domain::feed::{FieldPath, RecordsPath};
use jiff::civil::{DateTime, Time};
use serde_json::{Value, json};

use super::places;
use crate::texts::{TextId, t, text};

/// The text that represents a blank value in a list of lines.
pub(super) const BLANK: &str = "(blank)";

/// The choices of a field: the document's word, and the label.
pub(crate) type Options = &'static [(&'static str, TextId)];

/// The kind of text that a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// A text that is used unchanged, including white space.
    Text,
    /// A word or URL, without surrounding white space.
    Word,
    /// The path of a field of the record.
    Path,
    /// The path of a field in the answer that is about its pages.
    AnswerPath,
    /// The path of the records.
    Records,
    Expression,
    /// An expression in one line.
    Condition,
    /// A whole number up to this limit.
    Whole(u64),
    /// A local time.
    Moment,
    /// A time of day.
    Clock,
    /// One of these.
    Choice(Options),
    /// Yes or no, with these labels.
    Flag(Options),
    /// Texts, one per line.
    Lines,
    /// Texts, one per line, or this word alone.
    LinesOr(&'static str),
    /// Places of a record, one per line, each with the separator of its texts.
    Places,
    /// The name of a secret.
    Secret,
}

/// One field of the form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    /// The path in the document, relative to the field's section or choice.
    pub(crate) key: &'static str,
    pub(crate) label: TextId,
    pub(crate) help: TextId,
    pub(crate) kind: LeafKind,
    pub(crate) required: bool,
    /// The text of the value that applies where the document has none.
    pub(crate) default: &'static str,
}

impl Leaf {
    pub(super) const fn new(
        kind: LeafKind,
        key: &'static str,
        label: TextId,
        help: TextId,
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

    /// Returns the text that represents a value.
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

    /// Returns the value of a text; `None` where the document needs none. The text that represents
    /// `stored` gives `stored` itself, even if a browser cannot keep all of it.
    pub(super) fn value_of(
        &self,
        text: &str,
        stored: Option<&Value>,
    ) -> Result<Option<Value>, String> {
        let text = self.clean(text);
        if text.is_empty() && self.required {
            return Err(t("leaf-required").to_owned());
        }
        if self.shows(&text, stored) {
            return Ok(stored.cloned());
        }
        if text.is_empty() {
            return Ok(None);
        }
        self.parse(&text).map(Some)
    }

    /// Returns whether a text is the one that represents a value.
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
                Err(t("configurator-leaf-choose-one-of-the").to_owned())
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
                .map_err(|_| t("configurator-leaf-enter-a-date-and").to_owned()),
            LeafKind::Clock => {
                checked::<Time>(text).map_err(|_| t("configurator-leaf-enter-a-time-of").to_owned())
            }
            LeafKind::Whole(most) => match text.parse::<u64>() {
                Ok(number) if number <= most => Ok(json!(number)),
                _ => Err(text!("configurator-leaf-enter-a-whole-number", most = most)),
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

    /// Returns a text as browsers send it back.
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

/// Joins lines, because line ends are ordinary white space in expressions.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\r', '\n'], " ")
}

/// Returns a local time as a browser's field expects it; any other text stays unchanged.
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
