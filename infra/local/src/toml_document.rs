//! Configuration documents from files: JSON, or TOML read as the same document.

use std::path::Path;

use anyhow::{Context, bail};
use attendee_sync_domain::toml_text;
use serde_json::Value;

/// The maximum size of a document, in bytes.
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
        // The error quotes no line of the file, which may contain a credential.
        return Ok(toml_text::parse(text)?);
    }
    serde_json::from_str(text).context("is not valid JSON")
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
        assert_eq!(error, "is not valid TOML near line 2, column 16");
        std::fs::write(&json, "{").unwrap();
        assert!(format!("{:#}", read(&json).unwrap_err()).contains("not valid JSON"));
    }
}
