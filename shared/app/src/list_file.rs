//! A list of people in a file: a table of CSV or of a spreadsheet (XLSX), as rows of texts under headings.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

/// Most rows of a list, the headings not counted.
pub const MOST_ROWS: usize = 5_000;
/// Most bytes of a file.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Most columns.
const MOST_COLUMNS: usize = 200;
/// Most characters of a cell that are kept.
const MOST_CHARS: usize = 20_000;
/// What a spreadsheet begins with: it is a ZIP file.
const ZIP: &[u8] = b"PK\x03\x04";
/// What an entry of a ZIP file's directory begins with, and where it says how large its part is unpacked.
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const UNPACKED_SIZE: usize = 24;
/// Most bytes of a spreadsheet, unpacked: a small file may stand for a very large one.
const MOST_UNPACKED_BYTES: u64 = 100 * 1024 * 1024;
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
    /// The spreadsheet is broken, or another kind.
    #[error("the spreadsheet cannot be read ({0}); save it as XLSX once more, or as CSV")]
    Spreadsheet(String),
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
    let rows = if bytes.starts_with(ZIP) {
        rows_of_spreadsheet(bytes)?
    } else {
        rows_of_text(bytes)?
    };
    table_of(rows)
}

/// The bytes that the parts of a ZIP file have unpacked, as its directory says (APPNOTE.TXT 6.3, section 4.3.12).
fn unpacked_bytes(bytes: &[u8]) -> u64 {
    let entry = |at: usize| -> Option<u64> {
        let size = bytes.get(at + UNPACKED_SIZE..at + UNPACKED_SIZE + 4)?;
        Some(u32::from_le_bytes(size.try_into().ok()?).into())
    };
    let places = bytes.windows(DIRECTORY_ENTRY.len()).enumerate();
    let entries = places.filter(|(_, window)| *window == DIRECTORY_ENTRY);
    entries.filter_map(|(at, _)| entry(at)).sum()
}

fn rows_of_spreadsheet(bytes: &[u8]) -> Result<Vec<Vec<String>>, ListFileError> {
    if unpacked_bytes(bytes) > MOST_UNPACKED_BYTES {
        return Err(ListFileError::TooLarge);
    }
    let failed = |error: calamine::XlsxError| ListFileError::Spreadsheet(error.to_string());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(failed)?;
    for name in book.sheet_names() {
        let sheet = book.worksheet_range(&name).map_err(failed)?;
        let (height, width) = sheet.get_size();
        if height > MOST_ROWS + 100 {
            return Err(ListFileError::TooManyRows);
        }
        if width > MOST_COLUMNS {
            return Err(too_many_columns());
        }
        let rows: Vec<Vec<String>> = sheet
            .rows()
            .map(|row| row.iter().map(cell_text).collect())
            .collect();
        if rows.iter().flatten().any(|cell| !cell.is_empty()) {
            return Ok(rows);
        }
    }
    Err(ListFileError::Empty)
}

/// A cell as people see it, as far as that is the same in every program.
fn cell_text(cell: &Data) -> String {
    let text = match cell {
        Data::Empty | Data::Error(_) => String::new(),
        // A number that is whole is an id or a phone number: not 42.0.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) | Data::String(text) => text.clone(),
        other => other.to_string(),
    };
    short(&text)
}

fn short(text: &str) -> String {
    text.trim().chars().take(MOST_CHARS).collect()
}

fn rows_of_text(bytes: &[u8]) -> Result<Vec<Vec<String>>, ListFileError> {
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
        if rows.len() > MOST_ROWS + 100 {
            return Err(ListFileError::TooManyRows);
        }
        let line = row.position().map_or(1, |position| line_of(text, position));
        while rows.len() + 1 < line && rows.len() <= MOST_ROWS {
            rows.push(Vec::new());
        }
        rows.push(row.iter().map(short).collect());
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

fn table_of(rows: Vec<Vec<String>>) -> Result<ListTable, ListFileError> {
    let is_blank = |row: &Vec<String>| row.iter().all(String::is_empty);
    let numbered = rows.into_iter().enumerate();
    let mut numbered = numbered
        .map(|(at, row)| (at + 1, row))
        .filter(|(_, row)| !is_blank(row));
    let (_, mut headings) = numbered.next().ok_or(ListFileError::Empty)?;
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
    let rows: Vec<(usize, Vec<String>)> = numbered
        .map(|(number, mut row)| {
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
        assert!((1_000..20_000).contains(&unpacked_bytes(file)));
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
