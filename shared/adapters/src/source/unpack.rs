//! Decompresses a body that is a gzip file (RFC 1952), recognised by its first bytes: a file that
//! is sent as it is stored may be compressed without a header that says so, and compressed twice if
//! the server compresses it once more.

use std::collections::VecDeque;
use std::io::{self, Write};

use attendee_sync_app::ports::SourceError;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;

use super::failure;

/// The beginning of a gzip file: its magic number, and the only method there is.
const GZIP: &[u8] = b"\x1F\x8B\x08";
/// How often a body may be compressed.
const MOST: u8 = 2;
/// The compressed bytes that are decompressed at a time: they become at most a thousand times as
/// many.
const PIECE: usize = 1_024;

/// Decompresses a body while it arrives, where it is compressed.
pub(super) struct Unpacking {
    /// The bytes as they were received.
    waiting: VecDeque<Bytes>,
    has_ended: bool,
    state: UnpackState,
    /// How often it may still be compressed.
    most: u8,
}

enum UnpackState {
    /// Too few bytes were received to recognise a gzip file.
    Begun(Vec<u8>),
    Plain,
    Packed(Box<Packed>),
}

struct Packed {
    decoder: MultiGzDecoder<Vec<u8>>,
    within: Unpacking,
    is_over: bool,
}

impl Default for Unpacking {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl Unpacking {
    fn of(most: u8) -> Self {
        Self {
            waiting: VecDeque::new(),
            has_ended: false,
            state: UnpackState::Begun(Vec::new()),
            most,
        }
    }

    /// Takes the next bytes as they were received.
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.waiting.push_back(chunk);
    }

    /// Marks the body as received completely.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    /// Returns whether the body was received completely.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Returns the next decompressed bytes of what was received; `None` where more bytes are needed
    /// first, or the body has ended.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        if let UnpackState::Begun(_) = self.state
            && !self.decide()
        {
            return Ok(None);
        }
        match &mut self.state {
            UnpackState::Begun(_) | UnpackState::Plain => Ok(self.waiting.pop_front()),
            UnpackState::Packed(packed) => packed.next(&mut self.waiting, self.has_ended),
        }
    }

    /// Decides whether the body is compressed. Returns false where more bytes are needed for that.
    fn decide(&mut self) -> bool {
        let UnpackState::Begun(head) = &mut self.state else {
            return true;
        };
        while head.len() < GZIP.len() {
            match self.waiting.pop_front() {
                Some(chunk) => head.extend_from_slice(&chunk),
                None if self.has_ended => break,
                None => return false,
            }
        }
        let is_packed = self.most > 0 && head.starts_with(GZIP);
        let head = Bytes::from(std::mem::take(head));
        if !head.is_empty() {
            self.waiting.push_front(head);
        }
        self.state = if is_packed {
            UnpackState::Packed(Box::new(Packed {
                decoder: MultiGzDecoder::new(Vec::new()),
                within: Self::of(self.most - 1),
                is_over: false,
            }))
        } else {
            UnpackState::Plain
        };
        true
    }
}

impl Packed {
    fn next(
        &mut self,
        waiting: &mut VecDeque<Bytes>,
        has_ended: bool,
    ) -> Result<Option<Bytes>, SourceError> {
        loop {
            if let Some(bytes) = self.within.next()? {
                return Ok(Some(bytes));
            }
            if self.is_over {
                return Ok(None);
            }
            match waiting.front_mut() {
                Some(chunk) => {
                    let piece = chunk.split_to(chunk.len().min(PIECE));
                    if chunk.is_empty() {
                        waiting.pop_front();
                    }
                    self.decoder.write_all(&piece).map_err(broken)?;
                }
                None if has_ended => {
                    self.decoder.try_finish().map_err(broken)?;
                    self.is_over = true;
                    self.within.end();
                }
                None => return Ok(None),
            }
            let unpacked = std::mem::take(self.decoder.get_mut());
            if !unpacked.is_empty() {
                self.within.push(unpacked.into());
            }
        }
    }
}

fn broken(error: io::Error) -> SourceError {
    failure(
        "the answer is packed with gzip and cannot be unpacked to its end: it was cut off, or it is damaged",
        error,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn packed(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(body: &[u8], size: usize) -> Result<Vec<u8>, String> {
        let mut unpacking = Unpacking::default();
        let mut found = Vec::new();
        let mut chunks = body.chunks(size);
        loop {
            while let Some(bytes) = unpacking.next().map_err(|error| error.message)? {
                found.extend_from_slice(&bytes);
            }
            match chunks.next() {
                Some(chunk) => unpacking.push(Bytes::copy_from_slice(chunk)),
                None if unpacking.has_ended() => return Ok(found),
                None => unpacking.end(),
            }
        }
    }

    #[test]
    fn body_is_unpacked_as_often_as_it_was_packed() {
        let body = "id,name\n1,Zo\u{eb}\n".repeat(500).into_bytes();
        let joined = [packed(&body), packed(b"2,x\n")].concat();
        for size in [1, 2, 3, 100, 100_000] {
            assert_eq!(unpacked(&body, size).unwrap(), body);
            assert_eq!(unpacked(&packed(&body), size).unwrap(), body);
            assert_eq!(unpacked(&packed(&packed(&body)), size).unwrap(), body);
            let both = [&body[..], b"2,x\n"].concat();
            assert_eq!(unpacked(&joined, size).unwrap(), both);
            for short in [&b""[..], b"\x1F", b"\x1F\x8B", b"ab"] {
                assert_eq!(unpacked(short, size).unwrap(), short);
            }
        }
        let thrice = packed(&packed(&packed(&body)));
        assert!(unpacked(&thrice, 100).unwrap().starts_with(GZIP));
    }

    #[test]
    fn packed_body_that_is_cut_off_is_refused() {
        let body = packed(b"id,name\n1,Ann\n");
        for cut in 4..body.len() {
            let message = unpacked(&body[..cut], 5).unwrap_err();
            assert!(message.contains("cannot be unpacked"), "{cut}: {message}");
        }
    }
}
