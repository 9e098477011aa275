//! Spreadsheets as tables in CSV. A sheet is read cell by cell: what it claims to be as large as is not believed.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

/// Most columns, and most bytes of the table.
const MAX_COLUMNS: usize = 1_000;
const MAX_BYTES: usize = 400_000_000;

/// Whether some bytes are a file in the format of Excel since 2007: an archive that names its parts so.
pub(crate) fn is_spreadsheet(bytes: &[u8]) -> bool {
    let named = |name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    bytes.starts_with(b"PK\x03\x04") && named(b"xl/workbook")
}

/// Writes the first sheet that has anything as CSV.
///
/// # Errors
///
/// Fails where it cannot be read, in words for people.
pub(crate) fn to_csv(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        format!("the spreadsheet cannot be read ({error}); save it again as XLSX or CSV")
    };
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error: calamine::XlsxError| unreadable(&error))?;
    for name in book.sheet_names() {
        // A sheet that is a chart has no cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        let mut table = SheetTable::default();
        while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
            let (row, column) = cell.get_position();
            let text = text_of(cell.get_value());
            if !text.is_empty() {
                table.put(row, column, text)?;
            }
        }
        let written = table.finish()?;
        if !written.is_empty() {
            return Ok(written);
        }
    }
    Err("the spreadsheet is empty; give one with a line for each person".to_owned())
}

/// The table while it is written. Rows come in order.
#[derive(Default)]
struct SheetTable {
    number: u32,
    row: Vec<String>,
    /// Columns of the first row, its header.
    columns: usize,
    rows: Vec<Vec<String>>,
    bytes: usize,
}

impl SheetTable {
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), String> {
        if row != self.number {
            self.end_row();
            self.number = row;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(format!(
                "the spreadsheet has more than {MAX_COLUMNS} columns; leave out what is not needed"
            ));
        }
        self.bytes += text.len() + 1;
        if self.bytes > MAX_BYTES {
            return Err(format!(
                "the spreadsheet has more than {MAX_BYTES} bytes of text; leave out columns that are not needed"
            ));
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        if let Some(field) = self.row.get_mut(column) {
            *field = text;
        }
        Ok(())
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if !row.is_empty() {
            self.columns = self.columns.max(row.len());
            self.rows.push(row);
        }
    }

    fn finish(mut self) -> Result<Vec<u8>, String> {
        self.end_row();
        let mut writer = csv::Writer::from_writer(Vec::new());
        for mut row in self.rows {
            row.resize(self.columns, String::new());
            let written = writer.write_record(&row);
            written.map_err(|error| error.to_string())?;
        }
        writer.into_inner().map_err(|error| error.to_string())
    }
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        // A whole number has no point: numbers of orders are kept as such.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.trim().to_owned()
        }
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(is_true) => is_true.to_string(),
        DataRef::DateTime(time) => time_of(time),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn time_of(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: &[u8] = include_bytes!("../../../../tests/fixtures/spreadsheets/people.xlsx");

    #[test]
    fn the_first_sheet_that_has_anything_becomes_a_table() {
        assert!(is_spreadsheet(PEOPLE));
        let table = String::from_utf8(to_csv(PEOPLE.to_vec()).unwrap()).unwrap();
        assert_eq!(
            table,
            "Nr,E-Mail,Vorname,Nachname,Angemeldet\n\
             1001,ada@example.org,Ada,Schäfer,2025-11-01\n\
             1002,bo@example.org,Bo,\"Ek; \"\"B\"\"\",2025-11-01T12:00:00\n"
        );
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let cut = PEOPLE[..PEOPLE.len() / 2].to_vec();
        assert!(is_spreadsheet(&cut));
        assert!(to_csv(cut).unwrap_err().contains("cannot be read"));
        assert!(!is_spreadsheet(b"PK\x03\x04 an archive"));
    }
}
