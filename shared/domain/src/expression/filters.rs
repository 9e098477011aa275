//! Our own filters: `split`, `date`, `country`, `country_code`, `from_json`, `unescape`, `match`,
//! and `replace` with a regular expression.

use jiff::tz::TimeZone;
use minijinja::value::{Serde, StringInput, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use super::country::{self, Country};
use super::moment::Moment;
use super::pattern;
use super::scope::ExpressionEvent;
use crate::feed::parse_value;
use crate::text;

/// The reason why one of our filters refused its value, in words that may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterRefusal {
    #[error("the value is not a date")]
    NoDate,
    #[error("the date cannot be written in that form")]
    NoForm,
    #[error("there is no data of the event's time zone")]
    UnknownZone,
    #[error("the text is not JSON")]
    NoJson,
    #[error("that is no regular expression, or one that is too long")]
    NoPattern,
    #[error("the text is too long for a regular expression")]
    LongText,
}

impl From<FilterRefusal> for Error {
    fn from(refusal: FilterRefusal) -> Self {
        Error::new(ErrorKind::InvalidOperation, refusal.to_string()).with_source(refusal)
    }
}

/// Returns the refusal that caused an error, if one of our filters caused it.
pub(crate) fn refusal(error: &Error) -> Option<FilterRefusal> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<FilterRefusal>() {
            return Some(*refusal);
        }
        cause = error.source();
    }
    None
}

pub(crate) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("split", split);
    environment.add_filter("date", date);
    environment.add_filter("country", country);
    environment.add_filter("country_code", country_code);
    environment.add_filter("from_json", from_json);
    environment.add_filter("unescape", unescape);
    environment.add_filter("match", matched);
    environment.add_filter("replace", replace);
}

/// `text | from_json`: the value of the JSON in a text. A blank stays blank, and a value that is no
/// text is returned unchanged.
fn from_json(value: &Value) -> Result<Value, Error> {
    let Some(json) = value.as_str().filter(|_| !is_blank(value)) else {
        return Ok(value.clone());
    };
    let parsed = parse_value(json.as_bytes()).map_err(|_| FilterRefusal::NoJson)?;
    Ok(Value::from(Serde(&parsed)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]
/// `text | unescape`: the text with its HTML character references decoded.
fn unescape(text: StringInput<'_>) -> Value {
    Value::from(text::unescape(text.as_str()))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]
/// `text | match('Room ([0-9]+)')`: the first match of the regular expression. It is the match's
/// first group where there is one, and blank where nothing matches.
fn matched(state: &State, text: StringInput<'_>, pattern: &str) -> Result<Value, Error> {
    let found = pattern::read_for(state, pattern, text.as_str())?;
    let found = found
        .captures(text.as_str())
        .and_then(|found| found.get(1).or_else(|| found.get(0)));
    Ok(Value::from(found.map_or("", |found| found.as_str())))
}

/// `text | replace('old', 'new')`. If the first argument looks like a regular expression and is not
/// literally in the text, all its matches are replaced.
fn replace(
    state: &mut State,
    text: StringInput<'_>,
    from: StringInput<'_>,
    to: StringInput<'_>,
) -> Result<Value, Error> {
    let is_plain = !pattern::is_pattern(from.as_str()) || text.as_str().contains(from.as_str());
    if is_plain {
        return minijinja::filters::replace(state, text, from, to);
    }
    let regex = pattern::read_for(state, from.as_str(), text.as_str())?;
    let to = pattern::replacement(to.as_str());
    // Each character may be replaced, and once more the place after the last.
    let most = (text.as_str().len() + 1).saturating_mul(to.len().max(1));
    state.consume_fuel((most / 4_096) as u64)?;
    let replaced = regex.replace_all(text.as_str(), to.as_str());
    Ok(Value::from(replaced.into_owned()))
}

/// `text | split(';')`: the parts without surrounding white space; without a separator, the words.
/// The result is a list of the engine's own type, because its fuel does not count values in other
/// types.
fn split(text: &str, separator: Option<&str>) -> Vec<Value> {
    match separator {
        Some(separator) if !separator.is_empty() => text
            .split(separator)
            .map(|part| Value::from(part.trim()))
            .collect(),
        _ => text.split_whitespace().map(Value::from).collect(),
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_undefined()
        || value.is_none()
        || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// `value | date`, `value | date('%d.%m.%Y')`: a date in a strftime format, by default ISO 8601. An
/// instant is written in the event's time zone. A blank stays blank.
fn date(state: &State, value: &Value, form: Option<&str>) -> Result<Value, Error> {
    if is_blank(value) {
        return Ok(value.clone());
    }
    let moment = match value.as_str() {
        Some(text) => Moment::of_text(text),
        None if value.kind() == ValueKind::Number => {
            f64::try_from(value.clone()).ok().and_then(Moment::of_unix)
        }
        None => None,
    };
    let event = state.lookup("event");
    let event = event
        .as_ref()
        .and_then(|event| event.downcast_object_ref::<ExpressionEvent>());
    let zone = match event {
        Some(event) => event.zone().ok_or(FilterRefusal::UnknownZone)?.clone(),
        None => TimeZone::UTC,
    };
    let text = moment.ok_or(FilterRefusal::NoDate)?.write(form, &zone);
    Ok(Value::from(text.ok_or(FilterRefusal::NoForm)?))
}

/// `value | country`: the common English name of the country with this code or name; any other
/// value is returned unchanged.
fn country(value: &Value) -> Value {
    find(value).map_or_else(|| value.clone(), |country| Value::from(country.name))
}

/// `value | country_code`: the two-letter code of the country with this code or name; any other
/// value becomes blank.
fn country_code(value: &Value) -> &'static str {
    find(value).map_or("", |country| country.alpha2)
}

fn find(value: &Value) -> Option<&'static Country> {
    match value.as_str() {
        Some(text) => country::of_text(text),
        None => country::of_number(value.as_i64()?.try_into().ok()?),
    }
}
