//! Converts a table in CSV into JSON records: the header has the names, and each further row
//! becomes an object of texts.
//!
//! A row that does not fit the header is not repaired: fields left out at its end are absent, and a
//! row with more fields becomes a list, which is no record and is reported as such. Where a quote
//! makes it doubtful where a row ends, its lines are taken as rows if each fits the header;
//! otherwise none of it is used.

mod head;
mod names;
mod row;
mod sums;

use attendee_sync_app::ports::{FeedBlock, Remark, SourceError};
use attendee_sync_domain::feed::{FeedError, MAX_RECORD_BYTES, Unit};
use attendee_sync_domain::profile::AttendeeField;

use super::splitter::{BodyShape, add};
use head::{CsvHeader, CsvPreamble};
use row::{CsvFields, RowDoubts, Scanner};
use sums::is_sum;

const CUT_OFF: &str =
    "the answer was cut off in the middle of a row, or a quote in it is never closed";

/// The rows of one body.
pub(super) struct CsvRows {
    head: CsvPreamble,
    /// The table, once its header is known.
    table: Option<CsvTable>,
}

/// A table below its header.
struct CsvTable {
    scanner: Scanner,
    header: CsvFields,
    /// The names as JSON, each ready to be written before its value.
    names: Vec<Vec<u8>>,
    /// The columns of the address and of the record's id, where the mapping takes them from
    /// columns.
    email: Option<usize>,
    id: Option<usize>,
    /// The row under way, where it began in an earlier chunk.
    carried: Vec<u8>,
    too_long: bool,
    /// The fields of the last row.
    fields: CsvFields,
    rows: u64,
    doubtful: RowCount,
    short: RowCount,
    sums: RowCount,
}

/// The number of rows of a kind, and the first of them.
#[derive(Default)]
struct RowCount {
    first: u64,
    count: u64,
}

impl CsvRows {
    pub(super) fn new(shape: &BodyShape) -> Self {
        Self {
            head: CsvPreamble::new(shape),
            table: None,
        }
    }

    /// Returns whether nothing but white space has come.
    pub(super) fn is_blank(&self) -> bool {
        self.table.is_none() && self.head.is_blank()
    }

    /// Takes the next bytes of the body.
    pub(super) fn push(&mut self, chunk: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        if let Some(table) = &mut self.table {
            table.push(chunk, block);
        } else if let Some(header) = self.head.push(chunk)? {
            self.begin(header, block);
        }
        Ok(())
    }

    /// Ends the body. Its last row needs no line end, but must be complete. Returns remarks on the
    /// table.
    pub(super) fn finish(mut self, block: &mut FeedBlock) -> Result<Vec<Remark>, SourceError> {
        if self.table.is_none()
            && let Some(header) = self.head.finish()?
        {
            self.begin(header, block);
        }
        match self.table {
            Some(table) => table.finish(block),
            None => Err(SourceError::new(FeedError::Empty.to_string())),
        }
    }

    fn begin(&mut self, header: CsvHeader, block: &mut FeedBlock) {
        let columns = self.head.columns();
        let mut table = CsvTable {
            scanner: Scanner::new(header.delimiter),
            header: header.fields,
            email: columns.place_of(AttendeeField::Email, &header.names),
            id: columns.place_of(AttendeeField::SourceId, &header.names),
            names: header.names.iter().map(|name| ready(name)).collect(),
            carried: Vec::new(),
            too_long: false,
            fields: CsvFields::default(),
            rows: 0,
            doubtful: RowCount::default(),
            short: RowCount::default(),
            sums: RowCount::default(),
        };
        table.push(&header.rest, block);
        self.table = Some(table);
    }
}

impl CsvTable {
    fn push(&mut self, chunk: &[u8], block: &mut FeedBlock) {
        let mut rest = chunk;
        while let Some(end) = self.scanner.row_end(rest) {
            let (row, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after;
            let seen = std::mem::take(&mut self.scanner.seen);
            if self.carried.is_empty() && !self.too_long && row.len() <= MAX_RECORD_BYTES {
                self.row(row, seen, block);
                continue;
            }
            self.carry(row);
            let mut row = std::mem::take(&mut self.carried);
            if std::mem::take(&mut self.too_long) {
                self.rows += 1;
                add(block, &Unit::TooLong);
            } else {
                self.row(&row, seen, block);
            }
            row.clear();
            self.carried = row;
        }
        self.carry(rest);
    }

    fn carry(&mut self, bytes: &[u8]) {
        if self.carried.len() + bytes.len() > MAX_RECORD_BYTES {
            self.too_long = true;
            self.carried = Vec::new();
        }
        if !self.too_long {
            self.carried.extend_from_slice(bytes);
        }
    }

    fn finish(mut self, block: &mut FeedBlock) -> Result<Vec<Remark>, SourceError> {
        if self.scanner.is_quoted() {
            return Err(SourceError::new(CUT_OFF));
        }
        let row = std::mem::take(&mut self.carried);
        let delimiter = self.scanner.delimiter();
        let is_whole = self.fields.cut(&row, delimiter)
            && (self.fields.len() >= self.names.len() || self.is_no_record());
        if self.too_long || (!is_whole && !self.fields.is_blank()) {
            return Err(SourceError::new(CUT_OFF));
        }
        let seen = self.scanner.seen;
        self.row(&row, seen, block);
        Ok(self.remarks())
    }

    /// Handles a complete row.
    fn row(&mut self, row: &[u8], seen: RowDoubts, block: &mut FeedBlock) {
        let delimiter = self.scanner.delimiter();
        if !self.fields.cut(row, delimiter) {
            self.rows += 1;
            return add(block, &Unit::TooLong);
        }
        // Files that were joined have their header more than once.
        if self.fields.is_blank() || self.fields == self.header {
            return;
        }
        let swallows = seen.spans_lines && (seen.goes_on_after_quote || self.has_rows_within(row));
        if swallows {
            self.doubtful.note(self.rows + 1);
            return self.apart(row, block);
        }
        if self.is_no_record() {
            return self.sums.note(self.rows + 1);
        }
        if seen.goes_on_after_quote {
            self.doubtful.note(self.rows + 1);
        }
        self.write(block);
    }

    /// Returns whether the current row is a sum, or a line about the table.
    fn is_no_record(&self) -> bool {
        self.email.is_some() && is_sum(&self.fields, self.id)
    }

    /// Returns whether the lines of a row look like rows of their own, with an address in its
    /// column.
    fn has_rows_within(&self, row: &[u8]) -> bool {
        let Some(email) = self.email else {
            return false;
        };
        let delimiter = self.scanner.delimiter();
        let mut fields = CsvFields::default();
        self.fit_apart(row)
            && lines(row).skip(1).any(|line| {
                fields.cut(line, delimiter);
                let address = fields.iter().nth(email).unwrap_or_default().trim_ascii();
                address.contains(&b'@') && !address.iter().any(u8::is_ascii_whitespace)
            })
    }

    /// Returns whether each line of a row has as many fields as the header.
    fn fit_apart(&self, row: &[u8]) -> bool {
        let delimiter = self.scanner.delimiter();
        let mut line = CsvFields::default();
        lines(row).all(|text| line.cut(text, delimiter) && line.len() == self.names.len())
    }

    /// Takes the lines of a row, a quote of which is never closed, as the rows that they are; where one of them does
    /// not fit the header, none is a record.
    fn apart(&mut self, row: &[u8], block: &mut FeedBlock) {
        let delimiter = self.scanner.delimiter();
        if !self.fit_apart(row) {
            self.rows += 1;
            return write_list(&self.fields, block);
        }
        for text in lines(row) {
            self.fields.cut(text, delimiter);
            self.write(block);
        }
    }

    /// Writes the fields as JSON to `block`.
    fn write(&mut self, block: &mut FeedBlock) {
        self.rows += 1;
        let further = self.fields.iter().skip(self.names.len());
        if !further.into_iter().all(<[u8]>::is_empty) {
            return write_list(&self.fields, block);
        }
        if self.fields.len() < self.names.len() {
            self.short.note(self.rows);
        }
        let start = block.bytes.len();
        block.bytes.push(b'{');
        for (index, (name, field)) in self.names.iter().zip(self.fields.iter()).enumerate() {
            if index > 0 {
                block.bytes.push(b',');
            }
            block.bytes.extend_from_slice(name);
            write_text(field, &mut block.bytes);
        }
        block.bytes.push(b'}');
        block.units.push(Some(start..block.bytes.len()));
    }

    fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let Some(rows) = self.doubtful.in_words() {
            let reason = format!(
                "a quote in {rows} is not closed where its field ends, so that nobody can tell for certain which rows \
                 are part of a field; have the source write each quote within a field twice"
            );
            remarks.push(Remark::incomplete("stray_quote", "source.csv", reason));
        }
        if let Some(rows) = self.short.in_words() {
            let reason = format!(
                "there are fewer fields than the header has in {rows}; what is missing counts as blank"
            );
            remarks.push(Remark::notice("short_row", "source.csv", reason));
        }
        if let Some(rows) = self.sums.in_words() {
            let reason =
                format!("{rows} has no address and looks like a sum or a note; it is no record");
            remarks.push(Remark::notice("sum_row", "source.csv", reason));
        }
        remarks
    }
}

impl RowCount {
    fn note(&mut self, row: u64) {
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
    }

    /// Returns text such as "row 3, and 2 others"; `None` where there is no such row.
    fn in_words(&self) -> Option<String> {
        match self.count {
            0 => None,
            1 => Some(format!("row {}", self.first)),
            2 => Some(format!("row {}, and in one other", self.first)),
            _ => Some(format!(
                "row {}, and in {} others",
                self.first,
                self.count - 1
            )),
        }
    }
}

/// The lines of a text that are not blank.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.filter(|line| !line.trim_ascii().is_empty())
}

/// Returns a name as JSON, with the punctuation before and after it.
fn ready(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_text(name.as_bytes(), &mut bytes);
    bytes.push(b':');
    bytes
}

/// Writes fields that are no record to `block`, as a list.
fn write_list(fields: &CsvFields, block: &mut FeedBlock) {
    let start = block.bytes.len();
    block.bytes.push(b'[');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            block.bytes.push(b',');
        }
        write_text(field, &mut block.bytes);
    }
    block.bytes.push(b']');
    block.units.push(Some(start..block.bytes.len()));
}

/// Writes a text as JSON. One that is not UTF-8 makes its row a record that cannot be parsed.
fn write_text(field: &[u8], bytes: &mut Vec<u8>) {
    // Most texts need no escape.
    let plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    match std::str::from_utf8(field) {
        Ok(text) if !field.iter().all(plain) => {
            // Writing a text to a vector cannot fail.
            let _ = serde_json::to_writer(bytes, text);
        }
        _ => {
            bytes.push(b'"');
            bytes.extend_from_slice(field);
            bytes.push(b'"');
        }
    }
}

#[cfg(test)]
mod tests;
