//! Spreadsheets as rows of texts, and as tables in CSV. A sheet is read cell by cell: what it claims to be as large as is not believed.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use zip::ZipArchive;

/// What may be read of a list that is uploaded.
const UPLOADED: SheetLimits = SheetLimits {
    bytes: 400_000_000,
    columns: 1_000,
    rows: 2_000_000,
};

/// What an archive begins with, as a spreadsheet is one (APPNOTE.TXT 6.3, section 4.3.7).
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// What may be read of a spreadsheet: a small file may stand for a very large one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SheetLimits {
    /// Most bytes of the file, unpacked, and most bytes of what is kept of a sheet.
    pub(crate) bytes: u64,
    /// Most columns of a sheet.
    pub(crate) columns: usize,
    /// Most rows of a sheet that have anything.
    pub(crate) rows: usize,
}

/// Why a spreadsheet is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SpreadsheetError {
    /// It is broken, or another kind of file.
    #[error("the spreadsheet cannot be read ({0}); save it again as XLSX or CSV")]
    Unreadable(String),
    /// It is larger than it may be, once it is unpacked.
    #[error(
        "the spreadsheet has more than {} MB once it is unpacked; divide it, or leave out columns that are not needed",
        .0 / 1_000_000
    )]
    TooLarge(u64),
    /// A row goes farther to the right than is read.
    #[error("the spreadsheet has more than {0} columns; leave out what is not needed")]
    TooManyColumns(usize),
    /// It has more rows than are read.
    #[error("the spreadsheet has more than {0} rows; divide it")]
    TooManyRows(usize),
    /// No sheet has anything.
    #[error("the spreadsheet is empty; give one with a line for each person")]
    Empty,
}

/// A row that has anything: its number in the sheet, counting from 1, and its cells up to the last that is not empty.
pub(crate) type SheetRow = (usize, Vec<String>);

/// Whether some bytes are an archive, as spreadsheets are.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(ARCHIVE)
}

/// Whether some bytes are a file in the format of Excel since 2007: an archive that names its parts so.
pub(crate) fn is_spreadsheet(bytes: &[u8]) -> bool {
    let named = |name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    is_archive(bytes) && named(b"xl/workbook")
}

/// Reads the rows of the first sheet that has anything.
///
/// # Errors
///
/// Fails where it cannot be read, is larger than the limits, or has nothing.
pub(crate) fn first_sheet(
    bytes: &[u8],
    limits: SheetLimits,
) -> Result<Vec<SheetRow>, SpreadsheetError> {
    let unreadable =
        |error: &dyn std::fmt::Display| SpreadsheetError::Unreadable(error.to_string());
    refuse_large(bytes, limits.bytes)?;
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error: calamine::XlsxError| unreadable(&error))?;
    for name in book.sheet_names() {
        // A sheet that is a chart has no cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        let mut rows = SheetRows::within(limits);
        while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
            let (row, column) = cell.get_position();
            let text = text_of(cell.get_value());
            if !text.is_empty() {
                rows.put(row, column, text)?;
            }
        }
        if !rows.all.is_empty() {
            return Ok(rows.all);
        }
    }
    Err(SpreadsheetError::Empty)
}

/// Unpacks an archive into nothing, to see that it is not too large: what it says of its size is not believed.
fn refuse_large(bytes: &[u8], most: u64) -> Result<(), SpreadsheetError> {
    let unreadable =
        |error: &dyn std::fmt::Display| SpreadsheetError::Unreadable(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut left = most;
    for place in 0..archive.len() {
        let part = archive
            .by_index(place)
            .map_err(|error| unreadable(&error))?;
        let mut part = part.take(left.saturating_add(1));
        let unpacked =
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|error| unreadable(&error))?;
        left = left
            .checked_sub(unpacked)
            .ok_or(SpreadsheetError::TooLarge(most))?;
    }
    Ok(())
}

/// Writes the first sheet that has anything as CSV.
///
/// # Errors
///
/// Fails where it cannot be read, in words for people.
pub(crate) fn to_csv(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let rows = first_sheet(bytes, UPLOADED).map_err(|error| error.to_string())?;
    let columns = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    // One long row gives all others as many cells.
    if (rows.len() as u64).saturating_mul(columns as u64) > UPLOADED.bytes {
        return Err(SpreadsheetError::TooLarge(UPLOADED.bytes).to_string());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (_, mut row) in rows {
        row.resize(columns, String::new());
        let written = writer.write_record(&row);
        written.map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

/// The rows while they are read. They come in order.
struct SheetRows {
    limits: SheetLimits,
    /// Bytes that are left for the cells.
    left: u64,
    all: Vec<SheetRow>,
}

impl SheetRows {
    fn within(limits: SheetLimits) -> Self {
        Self {
            limits,
            left: limits.bytes,
            all: Vec::new(),
        }
    }

    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), SpreadsheetError> {
        let place = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let (number, column) = (place(row).saturating_add(1), place(column));
        if column >= self.limits.columns {
            return Err(SpreadsheetError::TooManyColumns(self.limits.columns));
        }
        if self.all.last().is_none_or(|(last, _)| *last != number) {
            if self.all.len() >= self.limits.rows {
                return Err(SpreadsheetError::TooManyRows(self.limits.rows));
            }
            self.all.push((number, Vec::new()));
        }
        let Some((_, cells)) = self.all.last_mut() else {
            return Ok(());
        };
        // A text that many cells share stands in the file once, and a cell far to the right makes many empty ones.
        let skipped = column.saturating_sub(cells.len()) * size_of::<String>();
        self.left = self
            .left
            .checked_sub((text.len() + skipped) as u64)
            .ok_or(SpreadsheetError::TooLarge(self.limits.bytes))?;
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(cell) = cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
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
mod tests;
