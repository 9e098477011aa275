//! The JSON around the list of records.

use super::{FeedError, MAX_DEPTH, MAX_ENVELOPE_BYTES, NOTHING};

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The JSON around the list of records. It is followed byte by byte, because it is short.
#[derive(Debug, Default)]
pub(super) struct ListEnvelope {
    pub(super) bytes: Vec<u8>,
    /// Number of bytes of a byte order mark seen so far.
    mark: usize,
    /// Open objects and lists, as their opening byte.
    open: Vec<u8>,
    /// Number of names of the path that the open objects match.
    matched: usize,
    string: Option<EnvelopeText>,
    /// The last string read, where it may be a name.
    last_string: Option<(usize, usize)>,
    /// Whether the next value is the list, or on the path to it.
    next_matches: bool,
    pub(super) started: bool,
    pub(super) found_list: bool,
}

#[derive(Debug)]
struct EnvelopeText {
    start: usize,
    escaped: bool,
}

impl ListEnvelope {
    /// Follows `rest`; returns the bytes used, and whether the list starts there.
    pub(super) fn scan(
        &mut self,
        rest: &[u8],
        list: &[String],
    ) -> Result<(usize, bool), FeedError> {
        for (used, &byte) in rest.iter().enumerate() {
            if self.bytes.len() >= MAX_ENVELOPE_BYTES {
                return Err(FeedError::EnvelopeTooLong);
            }
            if !self.started && self.passes_over(byte)? {
                continue;
            }
            self.bytes.push(byte);
            if self.step(byte, list)? {
                return Ok((used + 1, true));
            }
        }
        Ok((rest.len(), false))
    }

    /// Returns whether a byte before the JSON belongs to a byte order mark, which is skipped like
    /// white space.
    fn passes_over(&mut self, byte: u8) -> Result<bool, FeedError> {
        if MARK.get(self.mark) == Some(&byte) {
            self.mark += 1;
            return Ok(true);
        }
        if self.mark == 0 || self.mark == MARK.len() {
            return Ok(false);
        }
        Err(FeedError::NotJson(char::REPLACEMENT_CHARACTER))
    }

    /// Processes one byte; returns true where it opens the list of records.
    fn step(&mut self, byte: u8, list: &[String]) -> Result<bool, FeedError> {
        if let Some(text) = &mut self.string {
            match byte {
                _ if text.escaped => text.escaped = false,
                b'\\' => text.escaped = true,
                b'"' => {
                    self.last_string = Some((text.start, self.bytes.len()));
                    self.string = None;
                }
                _ => {}
            }
            return Ok(false);
        }
        if byte.is_ascii_whitespace() {
            return Ok(false);
        }
        if self.started && self.open.is_empty() {
            return Err(FeedError::TrailingBytes);
        }
        if !self.started {
            let so_far = self.bytes.trim_ascii();
            if NOTHING.starts_with(so_far) {
                return Ok(false);
            }
            if so_far.len() > 1 || !matches!(byte, b'{' | b'[') {
                return Err(FeedError::NotJson(self.first_char()));
            }
            self.started = true;
            self.next_matches = true;
        }
        match byte {
            b'"' => {
                self.string = Some(EnvelopeText {
                    start: self.bytes.len() - 1,
                    escaped: false,
                });
            }
            b':' => self.next_matches = self.name_matches(list),
            b'{' | b'[' => return self.open(byte, list),
            b'}' | b']' => {
                self.open.pop();
                self.matched = self.matched.min(self.open.len().saturating_sub(1));
                self.next_matches = false;
            }
            b',' => self.next_matches = false,
            _ => {}
        }
        Ok(false)
    }

    fn open(&mut self, byte: u8, list: &[String]) -> Result<bool, FeedError> {
        let on_the_way = std::mem::take(&mut self.next_matches);
        if on_the_way && !self.open.is_empty() {
            self.matched = self.open.len();
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(FeedError::TooDeep);
        }
        let is_list = on_the_way && byte == b'[' && self.open.len() == list.len();
        self.open.push(byte);
        self.found_list |= is_list;
        Ok(is_list)
    }

    /// Whether the name just read continues the path.
    fn name_matches(&self, list: &[String]) -> bool {
        let level = self.open.len().saturating_sub(1);
        let (Some((start, end)), Some(wanted)) = (self.last_string, list.get(level)) else {
            return false;
        };
        self.matched == level
            && self.open.last() == Some(&b'{')
            && self
                .bytes
                .get(start..end)
                .and_then(|raw| serde_json::from_slice::<String>(raw).ok())
                .is_some_and(|name| name == *wanted)
    }

    pub(super) fn close_list(&mut self) {
        self.bytes.push(b']');
        self.open.pop();
        self.matched = self.matched.min(self.open.len().saturating_sub(1));
    }

    pub(super) fn is_whole(&self) -> bool {
        self.started && self.open.is_empty() && self.string.is_none()
    }

    pub(super) fn first_char(&self) -> char {
        let text = self.bytes.trim_ascii();
        let byte = text.first().copied().unwrap_or_default();
        if byte.is_ascii_graphic() {
            char::from(byte)
        } else {
            char::REPLACEMENT_CHARACTER
        }
    }
}
