//! Several places of a record as lines: a path, or `= expression`, followed by ` | ` and the
//! separator of the texts there.

use std::str::FromStr;

use crate::texts::t;
use attendee_sync_domain::expression::Expression;
use attendee_sync_domain::feed::FieldPath;
use serde_json::{Map, Value, json};

/// The text before a place's separator.
const BEFORE_SEPARATOR: &str = " | ";

/// Returns the lines that represent places.
pub(super) fn text_of(places: &[Value]) -> String {
    let line = |place: &Value| {
        let text = |key: &str| place.get(key).and_then(Value::as_str);
        let from = match (place.as_str(), text("expression")) {
            (Some(path), _) => path.to_owned(),
            (None, Some(expression)) => format!("= {}", expression.replace(['\r', '\n'], " ")),
            (None, None) => text("path").unwrap_or_default().to_owned(),
        };
        match text("separator") {
            Some(separator) => format!("{from}{BEFORE_SEPARATOR}{separator}"),
            None => from,
        }
    };
    places.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the places in lines.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(place).collect()
}

fn place(line: &str) -> Result<Value, String> {
    let mut place = Map::new();
    if let Some(expression) = line.strip_prefix('=') {
        // An expression has filters, which look like separators.
        let expression = expression.trim();
        Expression::from_str(expression).map_err(|error| error.to_string())?;
        place.insert("expression".to_owned(), json!(expression));
        return Ok(place.into());
    }
    let (path, separator) = match line.split_once('|') {
        Some((path, separator)) => (path.trim(), Some(separator.trim())),
        None => (line, None),
    };
    FieldPath::from_str(path).map_err(|error| error.to_string())?;
    match separator {
        None => Ok(json!(path)),
        Some("") => Err(t("configurator-places-enter-the-separator-of").to_owned()),
        Some(separator) => Ok(json!({"path": path, "separator": separator})),
    }
}
