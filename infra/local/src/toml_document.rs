//! Configuration documents from files: JSON, or TOML read as the same document.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

/// Largest document read.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a document; `.toml` files are TOML, all others JSON.
pub(crate) fn read(path: &Path) -> anyhow::Result<Value> {
    let size = std::fs::metadata(path).context("cannot be read")?.len();
    if size > MAX_BYTES {
        bail!("is larger than {MAX_BYTES} bytes");
    }
    let text = std::fs::read_to_string(path).context("cannot be read")?;
    let text = text.trim_start_matches('\u{feff}');
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
    {
        let table: toml::Table = text.parse().map_err(|error| not_toml(&error, text))?;
        return Ok(json(toml::Value::Table(table)));
    }
    serde_json::from_str(text).context("is not valid JSON")
}

/// What is wrong with the text, without a line of it: it may hold a credential.
fn not_toml(error: &toml::de::Error, text: &str) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    anyhow::anyhow!("is not valid TOML near line {line}")
}

/// The same value in JSON; dates and times become text.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_make_the_same_document() {
        let dir = tempfile::tempdir().unwrap();
        let toml = dir.path().join("event.toml");
        std::fs::write(
            &toml,
            "event = \"x\"\ngoes_live = 2026-11-01T09:00:00\n[source]\nurl = \"u\"\n",
        )
        .unwrap();
        let json = dir.path().join("event.json");
        std::fs::write(&json, "\u{feff}{\"event\":\"x\",\"goes_live\":\"2026-11-01T09:00:00\",\"source\":{\"url\":\"u\"}}").unwrap();
        assert_eq!(read(&toml).unwrap(), read(&json).unwrap());
        std::fs::write(&toml, "a = 1\ntoken = \"canary\n").unwrap();
        let error = format!("{:#}", read(&toml).unwrap_err());
        assert_eq!(error, "is not valid TOML near line 2");
        std::fs::write(&json, "{").unwrap();
        assert!(format!("{:#}", read(&json).unwrap_err()).contains("not valid JSON"));
    }
}
