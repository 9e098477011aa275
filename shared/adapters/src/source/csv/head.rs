//! Finds the header of a table by the columns that the mapping names: it may follow a line that
//! names the delimiter, and lines with a title.

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{CsvLayout, FeedFormat};

use super::CUT_OFF;
use super::names::{Columns, fold, shown, unique};
use super::row::{CsvFields, Scanner};
use crate::source::came;
use crate::source::splitter::BodyShape;

/// The maximum size of the text that is searched for a header.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The maximum number of rows that are searched for it.
const MAX_TITLES: usize = 100;
/// Possible delimiters; where two fit equally well, the first wins.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A byte-order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The text of a table up to its header.
pub(super) struct CsvPreamble {
    text: Vec<u8>,
    layout: CsvLayout,
    columns: Columns,
}

/// A header that was found.
pub(super) struct CsvHeader {
    pub(super) delimiter: u8,
    pub(super) fields: CsvFields,
    /// The names of the columns, each as the mapping writes it.
    pub(super) names: Vec<String>,
    /// The bytes after the header.
    pub(super) rest: Vec<u8>,
}

/// A row that may be the header.
struct Candidate {
    delimiter: u8,
    fields: CsvFields,
    names: Vec<String>,
    ends: usize,
    matches: usize,
    /// How often it has the delimiter outside of quotes.
    separators: usize,
    is_complete: bool,
    /// The text ends inside of quotes.
    is_open: bool,
}

impl CsvPreamble {
    pub(super) fn new(shape: &BodyShape) -> Self {
        Self {
            text: Vec::new(),
            layout: shape.csv.clone(),
            columns: Columns::of(&shape.taken),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Takes the next bytes. Returns the header once it can be recognised.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<Option<CsvHeader>, SourceError> {
        self.text.extend_from_slice(chunk);
        let has_line = memchr::memchr2(b'\n', b'\r', chunk).is_some();
        let is_long = self.text.len() >= MAX_HEAD_BYTES;
        if has_line || is_long {
            return self.find(is_long);
        }
        Ok(None)
    }

    /// Ends the text. Returns `None` where it is blank.
    pub(super) fn finish(&mut self) -> Result<Option<CsvHeader>, SourceError> {
        if self.text.trim_ascii().is_empty() {
            return Ok(None);
        }
        self.find(true)
    }

    /// Returns the header, where a row certainly is one, or no more bytes will come.
    fn find(&mut self, is_all: bool) -> Result<Option<CsvHeader>, SourceError> {
        if self.text.starts_with(MARK) {
            self.text.drain(..MARK.len());
        }
        let Some(mut begin) = after_lines(&self.text, self.layout.skip_lines) else {
            if !is_all {
                return Ok(None);
            }
            return Err(SourceError::new(format!(
                "the table ends within its first {} lines, which source.csv.skip_lines passes over",
                self.layout.skip_lines
            )));
        };
        let text = self.text.get(begin..).unwrap_or_default();
        let first = text.trim_ascii_start().first();
        let is_other = matches!(first, Some(b'<' | b'{' | b'[')) || came::is_file(text);
        if self.layout.skip_lines == 0 && is_other {
            // An error message, most likely: it must not pass for an empty table.
            if is_all || text.len() >= came::ENOUGH {
                return Err(came::not(FeedFormat::Csv, text));
            }
            return Ok(None);
        }
        let mut delimiters = match self.layout.delimiter {
            Some(delimiter) => vec![delimiter.byte()],
            None => DELIMITERS.to_vec(),
        };
        if let Some((delimiter, length)) = separator_line(text) {
            begin += length;
            if self.layout.delimiter.is_none() {
                delimiters.insert(0, delimiter);
            }
        }
        let text = self.text.get(begin..).unwrap_or_default();
        let found = self.look(text, &delimiters, is_all);
        let Some(found) = found else {
            if !is_all {
                return Ok(None);
            }
            return Err(SourceError::new(
                "the first row is too long to be the header of a table; check source.format",
            ));
        };
        if !found.is_complete {
            if !is_all && self.columns.are_named() {
                return Ok(None);
            }
            self.refuse_incomplete(&found, text)?;
        }
        if found.is_open {
            return Err(SourceError::new(CUT_OFF));
        }
        Ok(Some(CsvHeader {
            delimiter: found.delimiter,
            names: found.names,
            fields: found.fields,
            rest: text.get(found.ends..).unwrap_or_default().to_vec(),
        }))
    }

    /// Returns the row that most resembles the header.
    fn look(&self, text: &[u8], delimiters: &[u8], is_all: bool) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        for delimiter in delimiters {
            let candidates = self.candidates(text, *delimiter, is_all);
            if candidates.is_empty() && !is_all && !self.columns.are_named() {
                // The first row is not complete yet.
                return None;
            }
            for candidate in candidates {
                let is_better = match &best {
                    None => true,
                    Some(best) => candidate.beats(best, self.columns.are_named()),
                };
                if is_better {
                    best = Some(candidate);
                }
            }
        }
        best
    }

    /// The rows of a text that are whole and not blank.
    fn candidates(&self, text: &[u8], delimiter: u8, is_all: bool) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let mut scanner = Scanner::new(delimiter);
        let mut at = 0;
        while candidates.len() < MAX_TITLES {
            let rest = text.get(at..).unwrap_or_default();
            let end = scanner.row_end(rest);
            let length = match end {
                Some(length) => length,
                None if is_all && !rest.is_empty() => rest.len(),
                None => break,
            };
            at += length;
            let row = rest.get(..length).unwrap_or_default();
            let mut fields = CsvFields::default();
            if !fields.cut(row, delimiter) || fields.is_blank() {
                continue;
            }
            let mut names = unique(&fields);
            let matched = self.columns.match_names(&mut names);
            let is_complete = matched.missing.is_empty() && matched.count > 0;
            candidates.push(Candidate {
                delimiter,
                fields,
                names,
                ends: at,
                matches: matched.count,
                separators: separators(row, delimiter),
                is_complete,
                is_open: end.is_none() && scanner.is_quoted(),
            });
            if is_complete || !self.columns.are_named() {
                break;
            }
        }
        candidates
    }

    /// Fails where a row lacks columns that the mapping needs.
    fn refuse_incomplete(&self, found: &Candidate, text: &[u8]) -> Result<(), SourceError> {
        if !self.columns.are_named() {
            return Ok(());
        }
        let matched = self.columns.match_names(&mut found.names.clone());
        if matched.count == 0 && found.fields.len() == 1 {
            return Err(came::not(FeedFormat::Csv, text));
        }
        let lacks = match matched.missing.as_slice() {
            [] => "any column that the mapping names".to_owned(),
            missing => missing.join(", nor "),
        };
        Err(SourceError::new(format!(
            "the table has no {lacks}; it has: {}. Correct the mapping, or have the source send what it sent before",
            shown(&found.fields)
        )))
    }
}

impl Candidate {
    /// Returns whether this row is more likely the header than one that was found before.
    fn beats(&self, other: &Self, by_names: bool) -> bool {
        if by_names && (self.matches > 0 || other.matches > 0) {
            return (self.is_complete, self.matches) > (other.is_complete, other.matches);
        }
        // Nothing else distinguishes them, so the one with more delimiters wins.
        self.separators > other.separators
    }
}

/// Returns how often a row has the delimiter outside of quotes, wherever quotes are.
fn separators(row: &[u8], delimiter: u8) -> usize {
    let mut quoted = false;
    let is_one = |byte: &&u8| {
        quoted ^= **byte == b'"';
        !quoted && **byte == delimiter
    };
    row.iter().filter(is_one).count()
}

/// Returns where the text continues after so many lines; `None` where it has fewer.
fn after_lines(text: &[u8], lines: u32) -> Option<usize> {
    let mut at = 0;
    for _ in 0..lines {
        let rest = text.get(at..)?;
        let end = memchr::memchr2(b'\n', b'\r', rest)?;
        let both = rest.get(end..)?.starts_with(b"\r\n");
        // The line end may be split between two chunks.
        if rest.get(end) == Some(&b'\r') && rest.len() == end + 1 {
            return None;
        }
        at += end + 1 + usize::from(both);
    }
    Some(at)
}

/// Returns the delimiter of a line such as `sep=;`, which is written for Excel, and where the text
/// continues.
fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let blank = text.len() - text.trim_ascii_start().len();
    let text = text.get(blank..)?;
    let end = memchr::memchr2(b'\n', b'\r', text)?;
    let line = text.get(..end)?;
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (word, rest) = line.split_at_checked(4)?;
    if !fold(&String::from_utf8_lossy(word)).eq("sep=") {
        return None;
    }
    let rest = match rest {
        [delimiter, b'"'] | [delimiter] => *delimiter,
        // Programs pad lines to the width of the table.
        [delimiter, fill @ ..] if fill.iter().all(|byte| byte == delimiter || *byte == b'"') => {
            *delimiter
        }
        _ => return None,
    };
    Some((rest, blank + end))
}
