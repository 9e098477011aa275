//! Splits a JSON body into the elements of its list of records while it arrives. Memory contains at
//! most one element and what surrounds the list (the envelope).
//!
//! It finds boundaries and checks only what it needs for that; `serde_json` parses each element
//! that is examined, and the envelope.

mod envelope;

use serde_json::Value;

use super::path::RecordsPath;
use envelope::ListEnvelope;

/// The value of an empty body, which a later page may have.
const NOTHING: &[u8] = b"null";
/// Longest element of the list that is read; a longer one is skipped and reported.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// Most bytes read around the list of records.
pub const MAX_ENVELOPE_BYTES: usize = 1024 * 1024;
/// Deepest nesting followed around the list; `serde_json` stops at the same depth.
const MAX_DEPTH: usize = 128;

/// The reason why a body is not a feed. Every one of these fails the run, and none removes anybody
/// (invariant 7).
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The first character cannot start JSON.
    #[error("the answer is not JSON: it starts with {0:?}")]
    NotJson(char),
    /// The body is nothing but white space.
    #[error("the answer is empty")]
    Empty,
    /// The body ended inside its JSON.
    #[error("the answer was cut off in the middle of its JSON")]
    CutOff,
    /// There are bytes after the end of the JSON.
    #[error("the answer goes on after the end of its JSON")]
    TrailingBytes,
    /// The envelope is not valid JSON.
    #[error("the answer is not valid JSON around its records")]
    Envelope(#[source] serde_json::Error),
    /// Text between two records that is neither comma nor white space.
    #[error("the list of records is not valid JSON near record {near}")]
    Separator {
        /// Elements of this body read before.
        near: usize,
    },
    /// There is no list at the configured path.
    #[error("there is no list at {path}: {found}")]
    NoList {
        /// The configured path, up to its first `[*]`.
        path: String,
        /// The value that is there instead.
        found: String,
    },
    /// Too much JSON around the records.
    #[error("there are more than {MAX_ENVELOPE_BYTES} bytes around the list of records")]
    EnvelopeTooLong,
    /// The JSON around the records is nested too deeply.
    #[error("the answer is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

/// One element of the list.
#[derive(Debug, PartialEq, Eq)]
pub enum Unit<'b> {
    /// Its bytes.
    Bytes(&'b [u8]),
    /// It was longer than [`MAX_RECORD_BYTES`] and was skipped.
    TooLong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SplitterState {
    /// Around the list.
    Envelope,
    /// In the list, between elements.
    Between,
    /// In an element that is an object or a list, at this depth.
    Nested { depth: usize },
    /// In a string inside an element; depth 0 where the element is the string.
    Text { depth: usize, escaped: bool },
    /// In an element that is a number, `true`, `false` or `null`.
    Bare,
}

/// The splitter of one body. Feed it with [`push`](Self::push), end it with
/// [`finish`](Self::finish).
#[derive(Debug)]
pub struct RecordSplitter {
    list: Vec<String>,
    list_text: String,
    state: SplitterState,
    envelope: ListEnvelope,
    /// The beginning of the current element, if it began in an earlier chunk.
    carried: Vec<u8>,
    too_long: bool,
    after_element: bool,
    elements: usize,
}

impl RecordSplitter {
    /// Returns a splitter for bodies with their records at `path`.
    #[must_use]
    pub fn new(path: &RecordsPath) -> Self {
        Self {
            list: path.list.clone(),
            list_text: path.list_text(),
            state: SplitterState::Envelope,
            envelope: ListEnvelope::default(),
            carried: Vec::new(),
            too_long: false,
            after_element: false,
            elements: 0,
        }
    }

    /// Takes the next bytes of the body and hands each element that ends in them to `each`.
    pub fn push(&mut self, chunk: &[u8], each: &mut impl FnMut(Unit<'_>)) -> Result<(), FeedError> {
        let mut at = 0;
        // The start of the current element in this chunk.
        let mut start = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            let (used, ended) = match self.state {
                SplitterState::Envelope => (self.around(rest)?, false),
                SplitterState::Between => {
                    start = at;
                    self.between(rest)?;
                    (1, false)
                }
                SplitterState::Nested { depth } => self.nested(rest, depth),
                SplitterState::Text { depth, escaped } => self.text(rest, depth, escaped),
                SplitterState::Bare => bare(rest),
            };
            at += used;
            if ended {
                self.state = SplitterState::Between;
                self.emit(chunk.get(start..at).unwrap_or_default(), each);
            }
        }
        if !matches!(self.state, SplitterState::Envelope | SplitterState::Between) {
            self.carry(chunk.get(start..).unwrap_or_default());
        }
        Ok(())
    }

    fn around(&mut self, rest: &[u8]) -> Result<usize, FeedError> {
        let (used, in_list) = self.envelope.scan(rest, &self.list)?;
        if in_list {
            self.state = SplitterState::Between;
            self.after_element = false;
        }
        Ok(used)
    }

    /// Processes the first byte of `rest`, between two elements.
    fn between(&mut self, rest: &[u8]) -> Result<(), FeedError> {
        match rest.first().copied().unwrap_or_default() {
            b' ' | b'\t' | b'\r' | b'\n' => return Ok(()),
            b',' if self.after_element => {
                self.after_element = false;
                return Ok(());
            }
            b']' if self.after_element || self.elements == 0 => {
                self.envelope.close_list();
                self.state = SplitterState::Envelope;
                return Ok(());
            }
            _ if self.after_element => {}
            b'{' | b'[' => {
                self.state = SplitterState::Nested { depth: 1 };
                return Ok(());
            }
            b'"' => {
                self.state = SplitterState::Text {
                    depth: 0,
                    escaped: false,
                };
                return Ok(());
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                self.state = SplitterState::Bare;
                return Ok(());
            }
            _ => {}
        }
        Err(FeedError::Separator {
            near: self.elements,
        })
    }

    /// Scans inside an object or list; returns the bytes used, and whether the element ended.
    fn nested(&mut self, rest: &[u8], mut depth: usize) -> (usize, bool) {
        for (used, byte) in rest.iter().enumerate() {
            match byte {
                b'"' => {
                    self.state = SplitterState::Text {
                        depth,
                        escaped: false,
                    };
                    return (used + 1, false);
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return (used + 1, true);
                    }
                }
                _ => {}
            }
        }
        self.state = SplitterState::Nested { depth };
        (rest.len(), false)
    }

    /// Scans inside a string; returns the bytes used, and whether the element ended.
    fn text(&mut self, rest: &[u8], depth: usize, escaped: bool) -> (usize, bool) {
        let mut go_on = |escaped| self.state = SplitterState::Text { depth, escaped };
        if escaped {
            go_on(false);
            return (1, false);
        }
        match memchr::memchr2(b'"', b'\\', rest) {
            None => (rest.len(), false),
            Some(found) if rest.get(found) == Some(&b'\\') => {
                go_on(true);
                (found + 1, false)
            }
            Some(found) => {
                self.state = SplitterState::Nested { depth };
                (found + 1, depth == 0)
            }
        }
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

    fn emit(&mut self, end: &[u8], each: &mut impl FnMut(Unit<'_>)) {
        self.elements += 1;
        self.after_element = true;
        if self.carried.is_empty() && !self.too_long && end.len() <= MAX_RECORD_BYTES {
            each(Unit::Bytes(end));
            return;
        }
        self.carry(end);
        if self.too_long {
            self.too_long = false;
            each(Unit::TooLong);
        } else {
            let element = std::mem::take(&mut self.carried);
            each(Unit::Bytes(&element));
            self.carried = element;
        }
        self.carried.clear();
    }

    /// Returns the value of a finished body whose list is missing or empty: the body is blank, or
    /// at the path of the list or on the way there it has no key, null, false, a blank text, `{}`
    /// or `[]`.
    #[must_use]
    pub fn without_list(&self) -> Option<Value> {
        let text = self.envelope.bytes.trim_ascii();
        if text.is_empty() || text == NOTHING {
            return Some(Value::Null);
        }
        if self.envelope.found_list
            || self.state != SplitterState::Envelope
            || !self.envelope.is_whole()
        {
            return None;
        }
        let value: Value = serde_json::from_slice(&self.envelope.bytes).ok()?;
        let mut at = Some(&value);
        for name in &self.list {
            at = match at {
                Some(Value::Object(fields)) if !fields.is_empty() => fields.get(name),
                other => other,
            };
        }
        at.is_none_or(is_empty).then_some(value)
    }

    /// Ends the body: checks that it is complete, and returns what surrounded the list.
    pub fn finish(self) -> Result<FeedEnd, FeedError> {
        if self.envelope.bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(FeedError::Empty);
        }
        if !self.envelope.started {
            return Err(FeedError::NotJson(self.envelope.first_char()));
        }
        if self.state != SplitterState::Envelope || !self.envelope.is_whole() {
            return Err(FeedError::CutOff);
        }
        let envelope = serde_json::from_slice(&self.envelope.bytes).map_err(FeedError::Envelope)?;
        Ok(FeedEnd {
            envelope,
            has_list: self.envelope.found_list,
            list: self.list,
            list_text: self.list_text,
        })
    }
}

/// Returns whether a value is one that languages write for an empty list.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// The result of a body that was read to its end.
#[derive(Debug)]
pub struct FeedEnd {
    /// The JSON around the list of records, with that list empty.
    pub envelope: Value,
    /// Whether there was a list.
    pub has_list: bool,
    list: Vec<String>,
    list_text: String,
}

impl FeedEnd {
    /// Returns the value at the path of the list; `None` where there is none.
    #[must_use]
    pub fn at_list(&self) -> Option<&Value> {
        let mut names = self.list.iter();
        names.try_fold(&self.envelope, |at, name| at.get(name))
    }

    /// Returns the error that there is no list, and what is there instead.
    #[must_use]
    pub fn no_list(&self) -> FeedError {
        FeedError::NoList {
            path: self.list_text.clone(),
            found: describe(&self.envelope, &self.list),
        }
    }
}

/// Scans a number, `true`, `false` or `null`, up to its end.
fn bare(rest: &[u8]) -> (usize, bool) {
    match rest
        .iter()
        .position(|byte| matches!(byte, b',' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
    {
        Some(end) => (end, true),
        None => (rest.len(), false),
    }
}

/// Describes the value at the path of the list in a message: with names and types, never values.
fn describe(value: &Value, list: &[String]) -> String {
    let mut at = value;
    for name in list {
        match at {
            Value::Object(fields) => {
                let Some(next) = fields.get(name) else {
                    let names: Vec<&str> = fields.keys().take(12).map(String::as_str).collect();
                    return format!("there is no \"{name}\", only {}", names.join(", "));
                };
                at = next;
            }
            other => return format!("\"{name}\" would be in {}", type_name(other)),
        }
    }
    let lists = lists_in(at, list);
    match lists.as_slice() {
        [] => format!("there is {}", type_name(at)),
        [one] => format!("there is an object, with a list at {one}"),
        many => format!("there is an object, with lists at {}", many.join(", ")),
    }
}

/// Returns the paths of the lists in an object.
fn lists_in(value: &Value, above: &[String]) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    let lists = fields.filter(|(_, value)| value.is_array());
    lists
        .take(12)
        .map(|(name, _)| {
            let names = above.iter().chain([name]);
            names.fold("$".to_owned(), |path, name| format!("{path}.{name}"))
        })
        .collect()
}

/// A JSON type in words.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
