//! Finds where a row of CSV ends, and splits it into fields (RFC 4180 and common deviations from
//! it).

/// The maximum number of fields of one row.
pub(super) const MAX_FIELDS: usize = 4_096;

/// The position of the last byte within its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowPosition {
    /// Before a field, or in the spaces before it.
    Before,
    /// In a field without quotes, or after one with quotes.
    Plain,
    Quoted,
    /// Right after a quote that closes the field, or is the first of two.
    Closing,
    /// In the spaces after the quote that closed the field.
    Closed,
}

/// Finds the ends of rows in bytes as they arrive.
#[derive(Debug)]
pub(super) struct Scanner {
    delimiter: u8,
    place: RowPosition,
    /// The doubts about the current row.
    pub(super) seen: RowDoubts,
}

/// Signs in a row that make it doubtful where the row ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RowDoubts {
    /// A line ends inside of quotes.
    pub(super) spans_lines: bool,
    /// Whether text follows a quote that closed a field.
    pub(super) goes_on_after_quote: bool,
}

impl Scanner {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            place: RowPosition::Before,
            seen: RowDoubts::default(),
        }
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Returns whether the last byte was inside of quotes.
    pub(super) fn is_quoted(&self) -> bool {
        self.place == RowPosition::Quoted
    }

    /// Follows `bytes` to the end of the current row. Returns how many bytes belong to it, its line
    /// end included; `None` where the row continues. At an end, the caller takes [`Self::seen`].
    pub(super) fn row_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.place == RowPosition::Quoted {
                let quote = memchr::memchr(b'"', rest);
                let text = rest.get(..quote.unwrap_or(rest.len())).unwrap_or_default();
                self.seen.spans_lines |= memchr::memchr2(b'\n', b'\r', text).is_some();
                let quote = quote?;
                self.place = RowPosition::Closing;
                at += quote + 1;
                continue;
            }
            if self.place == RowPosition::Plain {
                at += memchr::memchr3(self.delimiter, b'\n', b'\r', rest)?;
            }
            let byte = bytes.get(at).copied().unwrap_or_default();
            at += 1;
            if matches!(byte, b'\n' | b'\r') {
                self.place = RowPosition::Before;
                return Some(at);
            }
            self.place = self.after(byte);
        }
        None
    }

    fn after(&mut self, byte: u8) -> RowPosition {
        match (self.place, byte) {
            (_, byte) if byte == self.delimiter => RowPosition::Before,
            (RowPosition::Before | RowPosition::Closing, b'"') => RowPosition::Quoted,
            (RowPosition::Before, b' ') => RowPosition::Before,
            (RowPosition::Closing | RowPosition::Closed, b' ') => RowPosition::Closed,
            (RowPosition::Closing | RowPosition::Closed, _) => {
                self.seen.goes_on_after_quote = true;
                RowPosition::Plain
            }
            _ => RowPosition::Plain,
        }
    }
}

/// The fields of one row, without their quotes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct CsvFields {
    text: Vec<u8>,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
}

impl CsvFields {
    /// Cuts a row; false where it has more than [`MAX_FIELDS`].
    pub(super) fn cut(&mut self, row: &[u8], delimiter: u8) -> bool {
        self.text.clear();
        self.ends.clear();
        let mut rest = trim_line_end(row);
        loop {
            if self.ends.len() >= MAX_FIELDS {
                return false;
            }
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            let quoted = rest.get(spaces..).and_then(|text| text.strip_prefix(b"\""));
            let after = match quoted {
                Some(text) => self.unquote(text),
                None => rest,
            };
            let end = memchr::memchr(delimiter, after).unwrap_or(after.len());
            let (plain, further) = after.split_at(end);
            // Spaces after a closing quote do not belong to the field.
            if quoted.is_none() || plain.iter().any(|byte| *byte != b' ') {
                self.text.extend_from_slice(plain);
            }
            self.ends.push(self.text.len());
            match further.get(1..) {
                Some(next) => rest = next,
                None => return true,
            }
        }
    }

    /// Appends the text up to the closing quote, and returns what follows it.
    fn unquote<'r>(&mut self, text: &'r [u8]) -> &'r [u8] {
        let mut rest = text;
        while let Some(quote) = memchr::memchr(b'"', rest) {
            let (inside, after) = rest.split_at(quote);
            self.text.extend_from_slice(inside);
            rest = after.get(1..).unwrap_or_default();
            match rest.strip_prefix(b"\"") {
                Some(more) => {
                    self.text.push(b'"');
                    rest = more;
                }
                None => return rest,
            }
        }
        self.text.extend_from_slice(rest);
        &[]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.text.get(*start..*end).unwrap_or_default())
    }

    /// Returns whether the row has nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }
}

/// A row without its line end.
fn trim_line_end(row: &[u8]) -> &[u8] {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    row.strip_suffix(b"\r").unwrap_or(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(row: &str) -> Vec<String> {
        let mut fields = CsvFields::default();
        assert!(fields.cut(row.as_bytes(), b','));
        let text = |field: &[u8]| String::from_utf8(field.to_vec()).unwrap();
        fields.iter().map(text).collect()
    }

    #[test]
    fn fields_lose_their_quotes_and_nothing_else() {
        for (row, fields) in [
            ("a,b\r\n", &["a", "b"][..]),
            ("a,,\n", &["a", "", ""]),
            ("\"a,b\",\"c\"\"d\"", &["a,b", "c\"d"]),
            ("a, \"b, c\" ,d", &["a", "b, c", "d"]),
            (" a ,\t\"b\"", &[" a ", "\t\"b\""]),
            ("5\" pipe,x", &["5\" pipe", "x"]),
            ("\"Mole\" Ltd,x", &["Mole Ltd", "x"]),
            ("\"Mole \"the\" Co\",x", &["Mole the\" Co\"", "x"]),
            ("a,\"never closed", &["a", "never closed"]),
            ("\"\",\"\"\"\"", &["", "\""]),
        ] {
            assert_eq!(cut(row), fields, "{row}");
        }
    }

    #[test]
    fn rows_end_where_lines_do_but_for_those_in_quotes() {
        for (text, ends, doubt) in [
            ("a,b\nc", Some(4), (false, false)),
            ("a\r\nb", Some(2), (false, false)),
            ("\"a\nb\"\nc", Some(6), (true, false)),
            ("\"a\"\"\nb\"\nc", Some(8), (true, false)),
            ("a, \"b\nc\" \nd", Some(10), (true, false)),
            ("x,5\" pipe\ny", Some(10), (false, false)),
            ("\"a\" b\nc", Some(6), (false, true)),
            ("\"a\" \"b\nc", Some(7), (false, true)),
            ("\"a\nb", None, (true, false)),
        ] {
            let mut scanner = Scanner::new(b',');
            assert_eq!(scanner.row_end(text.as_bytes()), ends, "{text}");
            let seen = scanner.seen;
            assert_eq!(
                (seen.spans_lines, seen.goes_on_after_quote),
                doubt,
                "{text}"
            );
            for cut in 0..text.len() {
                let (start, rest) = text.as_bytes().split_at(cut);
                let mut scanner = Scanner::new(b',');
                let end = match scanner.row_end(start) {
                    None => scanner.row_end(rest).map(|end| cut + end),
                    end => end,
                };
                assert_eq!(end, ends, "{text} {cut}");
            }
        }
    }

    #[test]
    fn row_of_too_many_fields_is_told() {
        let row = ",".repeat(MAX_FIELDS);
        assert!(!CsvFields::default().cut(row.as_bytes(), b','));
        assert!(CsvFields::default().cut(&row.as_bytes()[1..], b','));
    }
}
