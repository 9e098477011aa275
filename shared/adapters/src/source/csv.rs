//! Turns comma or semicolon separated values into JSON records: the header row has the names, each
//! further row becomes an object of texts.
//!
//! A row that does not fit the header is not guessed at: fields left out at its end are absent,
//! and one with more fields becomes a list, which is no record and is reported as such.

use std::collections::{HashMap, HashSet};

use attendee_sync_app::ports::{Block, SourceError};
use attendee_sync_domain::feed::{FeedError, MAX_RECORD_BYTES, Unit};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::splitter::add;

/// Longest header row.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Most columns.
const MAX_COLUMNS: usize = 4_096;

/// The rows of one body.
#[derive(Default)]
pub(super) struct Rows {
    /// The body up to the end of its first line, until the delimiter is known.
    head: Vec<u8>,
    head_quoted: bool,
    /// Whether there is anything but white space in `head`.
    head_begun: bool,
    reader: Option<Reader>,
    /// The names, each ready to stand before its value.
    names: Vec<Vec<u8>>,
    row: Row,
}

/// The row under way.
#[derive(Default)]
struct Row {
    text: Vec<u8>,
    text_len: usize,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
    fields: usize,
    too_long: bool,
}

impl Rows {
    /// Takes the next bytes of the body.
    pub(super) fn push(&mut self, chunk: &[u8], block: &mut Block) -> Result<(), SourceError> {
        if chunk.is_empty() {
            return Ok(());
        }
        if self.reader.is_some() {
            return self.read(chunk, block);
        }
        let first_line_ends = chunk.iter().any(|byte| {
            self.head_quoted ^= *byte == b'"';
            // Blank lines before the header are none, and neither is a byte order mark.
            let is_blank = byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF);
            self.head_begun |= !is_blank;
            matches!(byte, b'\n' | b'\r') && self.head_begun && !self.head_quoted
        });
        self.head.extend_from_slice(chunk);
        if first_line_ends || self.head.len() > MAX_HEADER_BYTES {
            self.start(block)?;
        }
        Ok(())
    }

    /// Returns whether nothing but white space has come.
    pub(super) fn is_blank(&self) -> bool {
        self.reader.is_none() && !self.head_begun
    }

    /// Ends the body; its last row needs no newline, but has to be whole.
    pub(super) fn finish(mut self, block: &mut Block) -> Result<(), SourceError> {
        if self.reader.is_none() {
            self.start(block)?;
        }
        // The field under way is not among those that have ended.
        let is_whole = !self.row.too_long && self.row.fields + 1 >= self.names.len();
        let before = block.units.len();
        self.read(b"\n", block)?;
        let had_no_newline = block.units.len() > before;
        // Only inside quotes is a newline not the end of the row.
        let before = (block.units.len(), self.names.len());
        self.read(b"", block)?;
        let is_quoted = before != (block.units.len(), self.names.len());
        if is_quoted || (had_no_newline && !is_whole) {
            return Err(SourceError::new(
                "the answer was cut off in the middle of a row, or a quote in it is never closed",
            ));
        }
        if self.names.is_empty() {
            return Err(SourceError::new(FeedError::Empty.to_string()));
        }
        Ok(())
    }

    /// Begins to read, the first line being known.
    fn start(&mut self, block: &mut Block) -> Result<(), SourceError> {
        let head = std::mem::take(&mut self.head);
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
        let hint = match text.trim_ascii_start().first() {
            Some(b'<') => Some("'<', like a web page"),
            // An error message, most likely: without this it would pass for an empty table.
            Some(b'{' | b'[') => Some("a bracket, like JSON"),
            _ => None,
        };
        if let Some(hint) = hint {
            let message = format!("the answer is not CSV: it starts with {hint}");
            return Err(SourceError::new(message));
        }
        let reader = ReaderBuilder::new().delimiter(delimiter(text)).build();
        self.reader = Some(reader);
        if text.is_empty() {
            return Ok(());
        }
        self.read(text, block)
    }

    /// Reads what is in `input`; nothing in it stands for the end of the body, as it does to the
    /// reader: it must not be asked once more when it has read everything.
    fn read(&mut self, mut input: &[u8], block: &mut Block) -> Result<(), SourceError> {
        let Some(reader) = &mut self.reader else {
            return Ok(());
        };
        let is_end = input.is_empty();
        while is_end || !input.is_empty() {
            let (result, read) = self.row.read(reader, input);
            input = input.get(read..).unwrap_or_default();
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull => self.row.more_text(),
                ReadRecordResult::OutputEndsFull => self.row.more_ends(),
                ReadRecordResult::Record if self.names.is_empty() => {
                    self.names = names(&self.row)?;
                    self.row.clear();
                }
                ReadRecordResult::Record => {
                    self.row.write(&self.names, block);
                    self.row.clear();
                }
            }
        }
        Ok(())
    }
}

impl Row {
    fn read(&mut self, reader: &mut Reader, input: &[u8]) -> (ReadRecordResult, usize) {
        let text = self.text.get_mut(self.text_len..).unwrap_or_default();
        let ends = self.ends.get_mut(self.fields..).unwrap_or_default();
        let (result, read, written, ended) = reader.read_record(input, text, ends);
        self.text_len += written;
        self.fields += ended;
        (result, read)
    }

    fn more_text(&mut self) {
        if self.too_long || self.text.len() >= MAX_RECORD_BYTES {
            // What is left of the row is read over what was there.
            self.too_long = true;
            self.text_len = 0;
        } else {
            let longer = (self.text.len() * 2).max(1024);
            self.text.resize(longer, 0);
        }
    }

    fn more_ends(&mut self) {
        if self.too_long || self.ends.len() >= MAX_COLUMNS {
            self.too_long = true;
            self.fields = 0;
        } else {
            let more = (self.ends.len() * 2).max(64);
            self.ends.resize(more, 0);
        }
    }

    fn clear(&mut self) {
        self.text_len = 0;
        self.fields = 0;
        self.too_long = false;
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.get(..self.fields).unwrap_or_default();
        let starts = std::iter::once(&0).chain(ends);
        starts
            .zip(ends)
            .map(|(start, end)| self.text.get(*start..*end).unwrap_or_default())
    }

    /// Puts the row into `block`, as JSON.
    fn write(&self, names: &[Vec<u8>], block: &mut Block) {
        if self.too_long {
            return add(block, &Unit::TooLong);
        }
        let fits = self.fields().skip(names.len()).all(<[u8]>::is_empty);
        let start = block.bytes.len();
        block.bytes.push(if fits { b'{' } else { b'[' });
        let shown = if fits { names.len() } else { self.fields };
        for (index, field) in self.fields().take(shown).enumerate() {
            if index > 0 {
                block.bytes.push(b',');
            }
            if let Some(name) = names.get(index).filter(|_| fits) {
                block.bytes.extend_from_slice(name);
            }
            write_text(field, &mut block.bytes);
        }
        block.bytes.push(if fits { b'}' } else { b']' });
        block.units.push(Some(start..block.bytes.len()));
    }
}

/// Writes a text as JSON. One that is not UTF-8 makes its row a record that cannot be parsed.
fn write_text(field: &[u8], bytes: &mut Vec<u8>) {
    // Most texts need no escape.
    let plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    match std::str::from_utf8(field) {
        Ok(text) if !field.iter().all(plain) => {
            // Nothing can fail between a text and a vector.
            let _ = serde_json::to_writer(bytes, text);
        }
        _ => {
            bytes.push(b'"');
            bytes.extend_from_slice(field);
            bytes.push(b'"');
        }
    }
}

/// The names in the header row: one without a name is called after its place, a second of the same
/// name is numbered.
fn names(row: &Row) -> Result<Vec<Vec<u8>>, SourceError> {
    if row.too_long {
        return Err(SourceError::new(
            "the first row is too long to be the header of a table; check source.format",
        ));
    }
    let mut taken = HashSet::new();
    // How often each name was given so far: the next of that name goes on counting there.
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut unique = |(index, field): (usize, &[u8])| {
        let name = String::from_utf8_lossy(field.trim_ascii()).into_owned();
        let name = if name.is_empty() {
            format!("column {}", index + 1)
        } else {
            name
        };
        let number = times.entry(name.clone()).or_insert(0);
        loop {
            *number += 1;
            let unique = match *number {
                1 => name.clone(),
                _ => format!("{name} {number}"),
            };
            if taken.insert(unique.clone()) {
                return unique;
            }
        }
    };
    let ready = |name: String| {
        let mut bytes = Vec::new();
        write_text(name.as_bytes(), &mut bytes);
        bytes.push(b':');
        bytes
    };
    let fields = row.fields().enumerate();
    Ok(fields.map(|field| ready(unique(field))).collect())
}

/// `;` where the first line that is not empty has more of them than commas, outside quotes.
fn delimiter(head: &[u8]) -> u8 {
    let (mut commas, mut semicolons, mut quoted) = (0, 0, false);
    let empty = head.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    for byte in head.iter().skip(empty.count()) {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'\n' | b'\r' => break,
            b',' => commas += 1,
            b';' => semicolons += 1,
            _ => {}
        }
    }
    if semicolons > commas { b';' } else { b',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(body: &[u8], chunk: usize) -> Result<Vec<String>, String> {
        let mut rows = Rows::default();
        let mut block = Block::default();
        let read = body
            .chunks(chunk)
            .try_for_each(|chunk| rows.push(chunk, &mut block))
            .and_then(|()| rows.finish(&mut block));
        read.map_err(|error| error.message)?;
        Ok(super::super::tests::units(&block))
    }

    #[test]
    fn rows_are_the_same_wherever_a_chunk_ends() {
        let body =
            "\u{feff}uid,\"full, name\"\r\np1,\"Two\r\nlines, \"\"so\"\"\"\r\n\r\np2,Zoë\np3,";
        for chunk in 1..body.len() {
            let found = rows(body.as_bytes(), chunk).unwrap();
            let expected = [
                "{\"uid\":\"p1\",\"full, name\":\"Two\\r\\nlines, \\\"so\\\"\"}",
                "{\"uid\":\"p2\",\"full, name\":\"Zoë\"}",
                "{\"uid\":\"p3\",\"full, name\":\"\"}",
            ];
            assert_eq!(found, expected, "{chunk}");
        }
    }

    #[test]
    fn a_chunk_without_a_byte_ends_no_row() {
        let mut rows = Rows::default();
        let mut block = Block::default();
        for chunk in [&b""[..], b"a,b\n1", b"", b",\"x", b"", b"y\"\n", b""] {
            rows.push(chunk, &mut block).unwrap();
        }
        rows.finish(&mut block).unwrap();
        let found = super::super::tests::units(&block);
        assert_eq!(found, ["{\"a\":\"1\",\"b\":\"xy\"}"]);
    }

    #[test]
    fn semicolons_are_recognised_in_the_header() {
        for body in [
            "uid;\"a,b,c\"\n1;x,y\n",
            "\u{feff}\r\n\nuid;\"a,b,c\"\n1;x,y\n",
        ] {
            for chunk in 1..body.len() {
                let found = rows(body.as_bytes(), chunk).unwrap();
                assert_eq!(found, ["{\"uid\":\"1\",\"a,b,c\":\"x,y\"}"], "{chunk}");
            }
        }
    }

    #[test]
    fn columns_without_a_name_or_with_the_same_keep_apart() {
        let found = rows(b"a, a ,,a\n1,2,3,4\n", 100).unwrap();
        assert_eq!(
            found,
            ["{\"a\":\"1\",\"a 2\":\"2\",\"column 3\":\"3\",\"a 3\":\"4\"}"]
        );
    }

    #[test]
    fn header_of_one_name_many_times_takes_no_longer_than_any_other() {
        let header = vec!["a"; MAX_COLUMNS].join(",");
        let body = format!("{header}\n{}1\n", ",".repeat(MAX_COLUMNS - 1));
        let found = rows(body.as_bytes(), body.len()).unwrap();
        let last = format!("\"a {MAX_COLUMNS}\":\"1\"}}");
        assert!(found[0].ends_with(&last));
    }

    #[test]
    fn row_with_more_fields_than_the_header_is_no_record() {
        let found = rows(b"a,b\n1\n1,2,,\n1,2,3\n", 100).unwrap();
        assert_eq!(
            found,
            [
                "{\"a\":\"1\"}",
                "{\"a\":\"1\",\"b\":\"2\"}",
                "[\"1\",\"2\",\"3\"]"
            ]
        );
    }

    #[test]
    fn row_too_long_is_skipped_and_reported() {
        let long = "x".repeat(MAX_RECORD_BYTES + 1);
        let body = format!("a,b\n{long},1\n2,3\n{}\n4,5\n", ",".repeat(MAX_COLUMNS + 1));
        for chunk in [1000, body.len()] {
            let found = rows(body.as_bytes(), chunk).unwrap();
            let expected = [
                "too long",
                "{\"a\":\"2\",\"b\":\"3\"}",
                "too long",
                "{\"a\":\"4\",\"b\":\"5\"}",
            ];
            assert_eq!(found, expected, "{chunk}");
        }
    }

    #[test]
    fn body_without_a_header_is_refused_and_one_without_rows_is_not() {
        assert_eq!(rows(b"", 1).unwrap_err(), "the answer is empty");
        assert_eq!(rows(b"\r\n\n", 1).unwrap_err(), "the answer is empty");
        assert!(rows(b"uid,mail", 3).unwrap().is_empty());
    }

    #[test]
    fn last_row_that_is_cut_off_is_refused() {
        for body in [
            "a,b,c\n1,2,3\n4,",
            "a,b\n1",
            "a,b\n1,\"x\n",
            "a,b\n1,\"x",
            "a,\"b",
        ] {
            let message = rows(body.as_bytes(), 2).unwrap_err();
            assert!(
                message.contains("cut off in the middle of a row"),
                "{body}: {message}"
            );
        }
        assert_eq!(rows(b"a,b,c\n1,2,3\n4\n", 2).unwrap().len(), 2);
        assert_eq!(rows(b"a,b\n1,\"x\"", 2).unwrap().len(), 1);
    }

    #[test]
    fn web_page_or_json_is_refused() {
        for (body, part) in [
            ("<!doctype html>\n<p>", "like a web page"),
            ("{\"error\":\"no\"}", "like JSON"),
            ("\r\n \n[]\n", "like JSON"),
        ] {
            for chunk in 1..=body.len() {
                let message = rows(body.as_bytes(), chunk).unwrap_err();
                assert!(message.contains(part), "{message}");
            }
        }
    }
}
