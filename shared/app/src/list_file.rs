//! A list of people in a file: a table of CSV or of a spreadsheet (XLSX), as rows of texts under headings.

use std::collections::BTreeSet;

use crate::spreadsheet::{SheetLimits, SheetRow, SpreadsheetError, first_sheet, is_archive};

/// Most rows of a list, the headings not counted.
pub const MOST_ROWS: usize = 5_000;
/// Most bytes of a file.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Most columns.
const MOST_COLUMNS: usize = 200;
/// Most characters of a cell that are kept.
const MOST_CHARS: usize = 20_000;
/// What may be read of a spreadsheet. Rows are counted once more, without the headings.
const SHEET: SheetLimits = SheetLimits {
    bytes: 100_000_000,
    columns: MOST_COLUMNS,
    rows: MOST_ROWS + 1,
};
/// What may stand between the cells of a row.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A table as it was read. Every row has as many cells as there are headings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTable {
    /// The names of the columns; no two are the same.
    pub headings: Vec<String>,
    /// The rows that are not blank, each with its number in the file, counting from 1.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Why a file is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFileError {
    /// It is too large.
    #[error("the file is larger than 5 MiB; divide it")]
    TooLarge,
    /// It has too many rows.
    #[error("the list has more than 5,000 rows; divide it")]
    TooManyRows,
    /// It has no heading, or no row.
    #[error(
        "the list is empty: its first row names the columns, and each row after it is a person"
    )]
    Empty,
    /// Its headings cannot be used.
    #[error("{0}")]
    Headings(String),
    /// It is no text that can be read.
    #[error("the file is neither CSV in UTF-8 nor a spreadsheet (XLSX); save it as one of these")]
    Unreadable,
    /// The spreadsheet cannot be read: the text is for people.
    #[error("{0}")]
    Spreadsheet(String),
}

impl From<SpreadsheetError> for ListFileError {
    fn from(error: SpreadsheetError) -> Self {
        match error {
            SpreadsheetError::Empty => Self::Empty,
            SpreadsheetError::TooManyRows(_) => Self::TooManyRows,
            SpreadsheetError::TooManyColumns(_) => too_many_columns(),
            SpreadsheetError::Unreadable(_) | SpreadsheetError::TooLarge(_) => {
                Self::Spreadsheet(error.to_string())
            }
        }
    }
}

/// Reads a list. Whether it is CSV or a spreadsheet is told by the file itself; of a spreadsheet the first sheet that
/// is not blank counts.
///
/// # Errors
/// Where it is too large, or no list.
pub fn read_list_file(bytes: &[u8]) -> Result<ListTable, ListFileError> {
    if bytes.len() > MOST_BYTES {
        return Err(ListFileError::TooLarge);
    }
    let rows = if is_archive(bytes) {
        first_sheet(bytes, SHEET)?
    } else {
        rows_of_text(bytes)?
    };
    table_of(rows)
}

fn short(text: &str) -> String {
    text.trim().chars().take(MOST_CHARS).collect()
}

fn rows_of_text(bytes: &[u8]) -> Result<Vec<SheetRow>, ListFileError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| ListFileError::Unreadable)?;
    if text.contains('\0') {
        return Err(ListFileError::Unreadable);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|_| ListFileError::Unreadable)?;
        if row.len() > MOST_COLUMNS {
            return Err(too_many_columns());
        }
        if rows.len() > MOST_ROWS {
            return Err(ListFileError::TooManyRows);
        }
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = row.position().map_or(1, |position| line_of(text, position));
        rows.push((line, row.iter().map(str::to_owned).collect()));
    }
    Ok(rows)
}

/// The line of a row, counting from 1. The reader passes over blank lines, and its position is before them.
fn line_of(text: &str, position: &csv::Position) -> usize {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(number(position.byte())..);
    let blank = rest.unwrap_or_default().iter();
    let blank = blank.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    number(position.line()) + blank.filter(|byte| **byte == b'\n').count()
}

/// What stands between the cells: what occurs most in the first line, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or_default().as_bytes();
    let count = |delimiter: &u8| {
        let mut is_quoted = false;
        let mut count = 0_usize;
        for byte in first {
            match byte {
                b'"' => is_quoted = !is_quoted,
                byte if byte == delimiter && !is_quoted => count += 1,
                _ => {}
            }
        }
        count
    };
    // Of several that occur as often, the first one.
    let most = DELIMITERS.into_iter().rev().max_by_key(count);
    most.unwrap_or(b',')
}

fn too_many_columns() -> ListFileError {
    ListFileError::Headings(format!(
        "the list has more than {MOST_COLUMNS} columns; leave some out"
    ))
}

fn table_of(rows: Vec<SheetRow>) -> Result<ListTable, ListFileError> {
    let mut rows = rows.into_iter();
    let (_, headings) = rows.next().ok_or(ListFileError::Empty)?;
    let mut headings: Vec<String> = headings.iter().map(|cell| short(cell)).collect();
    while headings.last().is_some_and(String::is_empty) {
        headings.pop();
    }
    let mut seen = BTreeSet::new();
    for heading in &headings {
        if !heading.is_empty() && !seen.insert(heading.to_lowercase()) {
            return Err(ListFileError::Headings(format!(
                "two columns are called \"{heading}\"; give each a name of its own"
            )));
        }
    }
    let width = headings.len();
    let rows: Vec<SheetRow> = rows
        .map(|(number, row)| {
            let mut row: Vec<String> = row.iter().map(|cell| short(cell)).collect();
            row.resize(width, String::new());
            (number, row)
        })
        .collect();
    match rows.len() {
        0 => Err(ListFileError::Empty),
        count if count > MOST_ROWS => Err(ListFileError::TooManyRows),
        _ => Ok(ListTable { headings, rows }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ListTable {
        read_list_file(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_table_of_text_is_read_by_what_stands_between_its_cells() {
        for text in [
            "\u{feff}E-mail,Name\nada@example.org,\"Ada, L\"\n",
            "E-mail;Name\r\nada@example.org;\"Ada, L\"\r\n",
            "E-mail\tName\n\nada@example.org\tAda, L\n",
        ] {
            let table = read(text);
            assert_eq!(table.headings, ["E-mail", "Name"], "{text}");
            let (_, row) = &table.rows[0];
            assert_eq!(row, &["ada@example.org", "Ada, L"], "{text}");
        }
        let rows = read("a,b\n1\n\n,\n2,3,4\n").rows;
        let first = |row: &[&str]| {
            row.iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(rows, [(2, first(&["1", ""])), (5, first(&["2", "3"]))]);
    }

    #[test]
    fn of_a_spreadsheet_the_first_sheet_that_is_not_blank_counts() {
        let file = include_bytes!("../../../tests/fixtures/lists/people.xlsx");
        let table = read_list_file(file).unwrap();
        let headings = ["E-mail", "First name", "Last name", "Groups", "Ticket"];
        assert_eq!(table.headings, headings);
        let rows: Vec<String> = table.rows.iter().map(|(_, row)| row.join("|")).collect();
        assert_eq!(
            rows,
            [
                "ada@example.org|Ada|Lovelace|VIP; Speaker|42",
                "bo@example.org|Bo|Brown||7.5"
            ]
        );
    }

    #[test]
    fn what_is_no_list_is_refused_with_what_to_do() {
        assert_eq!(read_list_file(b""), Err(ListFileError::Empty));
        assert_eq!(read_list_file(b"email\n"), Err(ListFileError::Empty));
        assert_eq!(
            read_list_file(b"\xff\xfe\x00a"),
            Err(ListFileError::Unreadable)
        );
        assert!(matches!(
            read_list_file(b"a,A\n1,2"),
            Err(ListFileError::Headings(_))
        ));
        assert!(matches!(
            read_list_file(b"PK\x03\x04 no book"),
            Err(ListFileError::Spreadsheet(_))
        ));
        let long = "a\n".repeat(MOST_ROWS + 2);
        assert_eq!(
            read_list_file(long.as_bytes()),
            Err(ListFileError::TooManyRows)
        );
        let large = vec![b'a'; MOST_BYTES + 1];
        assert_eq!(read_list_file(&large), Err(ListFileError::TooLarge));
    }
}
