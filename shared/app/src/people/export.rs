//! Lists as files: CSV, JSON or JSON Lines.

mod rows;

use serde_json::Value;

pub use rows::ChangeLine;

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values (RFC 4180) with a header line, in UTF-8.
    Csv,
    /// One JSON document, an array.
    Json,
    /// A JSON document a line.
    JsonLines,
}

/// Writes the rows of a list, some at a time.
#[derive(Debug)]
pub struct Exporter {
    format: ExportFormat,
    is_first: bool,
    has_rows: bool,
}

impl Exporter {
    /// Returns an exporter that has written nothing yet.
    #[must_use]
    pub fn new(format: ExportFormat) -> Self {
        Self {
            format,
            is_first: true,
            has_rows: false,
        }
    }

    /// Returns the text of some more rows; the first call also returns the header.
    ///
    /// # Errors
    /// Fails where a value cannot be written, which none of this program's values causes.
    pub fn write<T: Exported>(&mut self, items: &[T]) -> std::io::Result<Vec<u8>> {
        let is_first = std::mem::take(&mut self.is_first);
        let has_rows = self.has_rows;
        self.has_rows |= !items.is_empty();
        match self.format {
            ExportFormat::Csv => csv(items, is_first),
            ExportFormat::Json => json(items, has_rows),
            ExportFormat::JsonLines => json_lines(items),
        }
    }

    /// Returns the text after the last row.
    #[must_use]
    pub fn finish(self) -> &'static str {
        match (self.format, self.has_rows) {
            (ExportFormat::Json, true) => "\n]\n",
            (ExportFormat::Json, false) => "[]\n",
            (ExportFormat::Csv | ExportFormat::JsonLines, _) => "",
        }
    }
}

/// A value that can be a row of an export: a JSON document, or cells under headings.
pub trait Exported: serde::Serialize {
    /// The headings.
    fn columns() -> Vec<&'static str>;

    /// Returns as many cells as there are headings: the members of the JSON document with these
    /// names.
    ///
    /// # Errors
    /// Fails where a value cannot be written, which none of this program's values causes.
    fn cells(&self) -> serde_json::Result<Vec<String>> {
        let row = serde_json::to_value(self)?;
        let cell = |name| row.get(name).map(cell).unwrap_or_default();
        Ok(Self::columns().into_iter().map(cell).collect())
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn json(items: &[impl Exported], has_rows: bool) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut before = if has_rows { ",\n" } else { "[\n" };
    for item in items {
        out.extend_from_slice(before.as_bytes());
        serde_json::to_writer(&mut out, item)?;
        before = ",\n";
    }
    Ok(out)
}

fn json_lines(items: &[impl Exported]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for item in items {
        serde_json::to_writer(&mut out, item)?;
        out.push(b'\n');
    }
    Ok(out)
}

fn csv<T: Exported>(items: &[T], with_header: bool) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(T::columns())?;
    }
    for item in items {
        writer.write_record(item.cells()?.iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// The characters that begin a formula, and their full-width forms, which some spreadsheets treat
/// alike.
const SIGNS: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];
/// Characters that end a cell for a spreadsheet whose separator is not the comma.
const ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// Returns a cell that a spreadsheet does not take for a formula (OWASP, "CSV Injection"), even if
/// it ignores leading white space or begins a new cell in the middle of this one.
fn harmless(cell: &str) -> String {
    let seen = cell.trim_start_matches(is_unseen);
    let (unseen, _) = cell.split_at(cell.len() - seen.len());
    let mut text = String::with_capacity(cell.len() + 1);
    if seen.starts_with(SIGNS) {
        text.push('\'');
    }
    text.push_str(unseen);
    for (number, part) in seen.split_inclusive(ENDS).enumerate() {
        if number > 0 && part.trim_start_matches(is_unseen).starts_with(SIGNS) {
            text.push('\'');
        }
        text.push_str(part);
    }
    text
}

/// Returns whether a character is white space, a control character, or of zero width.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_made_text() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@cmd"), "'@cmd");
        assert_eq!(harmless("Ada"), "Ada");
    }

    /// White space and what is not seen before it, and the wide signs that are taken for the others.
    #[test]
    fn what_stands_before_a_formula_does_not_hide_it() {
        for before in [
            "", " ", "  ", "\t", "\r", "\n", "\r\n", "\u{a0}", "\u{3000}", "\u{feff}", "\u{200b}",
            "\u{202e}", "\u{2028}", "\0",
        ] {
            for sign in [
                "=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
            ] {
                let cell = format!("{before}{sign}cmd|' /C calc'!A0");
                assert_eq!(harmless(&cell), format!("'{cell}"), "{cell:?}");
            }
        }
    }

    /// Where lists are written with semicolons or tabs, a spreadsheet begins a new cell within ours.
    #[test]
    fn no_formula_begins_in_the_middle_of_a_cell() {
        assert_eq!(harmless("VIP; =1+1"), "VIP;' =1+1");
        assert_eq!(harmless("VIP;=1+1;=2"), "VIP;'=1+1;'=2");
        assert_eq!(harmless("a\t@b"), "a\t'@b");
        assert_eq!(harmless("a\n=b"), "a\n'=b");
        for ordinary in [
            "VIP; Crew",
            "a-b; c=d",
            "x, -y",
            "1 + 1 = 2",
            "ada@example.org",
        ] {
            assert_eq!(harmless(ordinary), ordinary);
        }
    }
}
