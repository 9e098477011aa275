//! Cuts newline-delimited JSON into its lines. A line that is too long is skipped and reported; a
//! blank one is no record.

use attendee_sync_app::ports::{FeedBlock, SourceError};
use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::feed::{MAX_RECORD_BYTES, Unit};
use serde::de::IgnoredAny;

use super::came;
use super::splitter::add;

/// The lines of one body.
#[derive(Default)]
pub(super) struct BodyLines {
    /// The line under way, where it began in an earlier chunk.
    carried: Vec<u8>,
    too_long: bool,
    /// Whether a line that is not blank was seen.
    started: bool,
}

impl BodyLines {
    /// Takes the next bytes of the body.
    pub(super) fn push(&mut self, chunk: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            self.end_line(line, block)?;
            rest = after.get(1..).unwrap_or_default();
        }
        self.carry(rest);
        Ok(())
    }

    /// Ends the body; its last line needs no newline, but has to be whole.
    pub(super) fn finish(mut self, block: &mut FeedBlock) -> Result<(), SourceError> {
        let ends_early = serde_json::from_slice::<IgnoredAny>(&self.carried)
            .is_err_and(|error| error.is_eof())
            && !self.carried.trim_ascii().is_empty();
        if self.too_long || ends_early {
            return Err(SourceError::new(
                "the answer was cut off in the middle of a line",
            ));
        }
        self.end_line(b"", block)
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

    fn end_line(&mut self, end: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        if self.carried.is_empty() && !self.too_long && end.len() <= MAX_RECORD_BYTES {
            return self.emit(end, block);
        }
        self.carry(end);
        if std::mem::take(&mut self.too_long) {
            self.started = true;
            add(block, &Unit::TooLong);
            return Ok(());
        }
        let mut line = std::mem::take(&mut self.carried);
        let emitted = self.emit(&line, block);
        line.clear();
        self.carried = line;
        emitted
    }

    fn emit(&mut self, line: &[u8], block: &mut FeedBlock) -> Result<(), SourceError> {
        let mut line = line;
        if !self.started {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        line = line.trim_ascii();
        let Some(first) = line.first() else {
            return Ok(());
        };
        if !self.started && (*first != b'{' || line == b"{") {
            return Err(not_lines(line));
        }
        self.started = true;
        add(block, &Unit::Bytes(line));
        Ok(())
    }
}

fn not_lines(line: &[u8]) -> SourceError {
    if line == b"{" {
        return SourceError::new(
            "the answer is one JSON object over several lines; set source.format to json, and \
             source.records to where its list is",
        );
    }
    came::not(FeedFormat::Ndjson, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(body: &[u8], chunk: usize) -> Result<Vec<String>, String> {
        let mut lines = BodyLines::default();
        let mut block = FeedBlock::default();
        let read = body
            .chunks(chunk)
            .try_for_each(|chunk| lines.push(chunk, &mut block))
            .and_then(|()| lines.finish(&mut block));
        read.map_err(|error| error.message)?;
        Ok(super::super::tests::units(&block))
    }

    #[test]
    fn lines_are_the_same_wherever_a_chunk_ends() {
        let body = b"\xEF\xBB\xBF\n{\"a\": 1}\r\n\n  \n{\"b\": \"\\n\"}\nno\n{\"c\":2}";
        for chunk in 1..body.len() {
            let found = lines(body, chunk).unwrap();
            assert_eq!(
                found,
                ["{\"a\": 1}", "{\"b\": \"\\n\"}", "no", "{\"c\":2}"],
                "{chunk}"
            );
        }
    }

    #[test]
    fn empty_body_has_no_line() {
        assert!(lines(b"", 1).unwrap().is_empty());
        assert!(lines(b"\r\n \n", 1).unwrap().is_empty());
    }

    #[test]
    fn line_too_long_is_skipped_and_reported() {
        let long = [
            b"{\"a\":\"",
            vec![b'x'; MAX_RECORD_BYTES].as_slice(),
            b"\"}\n{}\n",
        ]
        .concat();
        for chunk in [1000, long.len()] {
            assert_eq!(lines(&long, chunk).unwrap(), ["too long", "{}"]);
        }
    }

    #[test]
    fn last_line_that_is_cut_off_is_refused() {
        for body in ["{\"a\":1}\n{\"b\"", "{", "{\"a\":1}\n{\"b\":\"x"] {
            let message = lines(body.as_bytes(), 3).unwrap_err();
            assert_eq!(
                message, "the answer was cut off in the middle of a line",
                "{body}"
            );
        }
    }

    #[test]
    fn body_that_is_something_else_is_refused() {
        for (body, part) in [
            ("<html>", "like a web page"),
            ("[{\"a\":1}]", "source.format to json"),
            ("{\n \"a\": 1\n}", "source.format to json"),
            ("uid,mail\n", "not one JSON object a line"),
            ("uid,mail,name\n1,2,3", "is not one JSON object a line"),
        ] {
            let message = lines(body.as_bytes(), 100).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
