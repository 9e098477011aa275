//! Reads TOML into the value that JSON would give, and finds the line of a part of it.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The reason why a text is not TOML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not valid TOML near line {line}, column {column}")]
pub struct NotToml {
    /// The line, counting from 1.
    pub line: usize,
    /// The position of the character in the line, counting from 1.
    pub column: usize,
    /// What is wrong there. It may repeat a part of the text, which may contain a credential.
    pub message: String,
}

/// Reads a text; dates and times become text.
pub fn parse(text: &str) -> Result<Value, NotToml> {
    let table: toml::Table = text.parse().map_err(|error| not_toml(&error, text))?;
    Ok(json(toml::Value::Table(table)))
}

fn not_toml(error: &toml::de::Error, text: &str) -> NotToml {
    let offset = error.span().map_or(0, |span| span.start);
    NotToml {
        line: line_at(text, offset),
        column: column_at(text, offset),
        message: error.message().to_owned(),
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    before.matches('\n').count() + 1
}

fn column_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().count() + 1
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(values) => values.into_iter().map(json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| (key, json(value)))
            .collect(),
    }
}

/// Returns the line of `path`, such as `rules[0].then`, in a text; if the path is missing, the line
/// of its nearest existing parent.
#[must_use]
pub fn line_of(text: &str, path: &str) -> usize {
    let Ok(root) = DeTable::parse(text) else {
        return 1;
    };
    let steps: Vec<&str> = path
        .split(['.', '[', ']'])
        .filter(|step| !step.is_empty())
        .collect();
    let mut found = 0;
    let mut place = in_table(root.get_ref(), &steps);
    while let Some((offset, value, rest)) = place {
        found = offset;
        place = match value.get_ref() {
            DeValue::Table(table) => in_table(table, rest),
            DeValue::Array(items) => rest.split_first().and_then(|(index, rest)| {
                let item = items.get(index.parse::<usize>().ok()?)?;
                Some((item.span().start, item, rest))
            }),
            _ => None,
        };
    }
    line_at(text, found)
}

/// Returns the position of the key that the first steps name, its value, and the remaining steps. A
/// key may contain dots itself.
fn in_table<'t, 's>(
    table: &'t DeTable<'t>,
    steps: &'s [&'s str],
) -> Option<(usize, &'t Spanned<DeValue<'t>>, &'s [&'s str])> {
    (1..=steps.len()).find_map(|taken| {
        let (name, rest) = steps.split_at_checked(taken)?;
        let name = name.join(".");
        let (key, value) = table.iter().find(|(key, _)| *key.get_ref() == name)?;
        Some((key.span().start, value, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_on_its_line() {
        let text =
            "a = 1\n\n[b]\nc = { d = 2 }\n\n[[e]]\nf = 1\n[[e]]\nf = 2\n[b.x]\n\"k.l\" = 3\n";
        for (path, line) in [
            ("a", 1),
            ("b.c.d", 4),
            ("b.c.absent", 4),
            ("e[1].f", 9),
            ("b.x.k.l", 11),
            ("absent", 1),
        ] {
            assert_eq!(line_of(text, path), line, "{path}");
        }
    }

    #[test]
    fn what_is_no_toml_is_named_by_its_line() {
        let error = parse("a = 1\ntoken = \"canary\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "is not valid TOML near line 2, column 16"
        );
    }
}
