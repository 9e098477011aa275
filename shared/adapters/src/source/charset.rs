//! Decodes a body's bytes to text. A byte-order mark is decisive, and so is UTF-16 text that begins
//! with letters; then `source.charset` decides. Bytes that are UTF-8 are read as UTF-8 whatever
//! their label says, and others as the content type says. Nothing else is guessed, and bytes that
//! do not fit are an error.

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::CharsetLabel;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// The number of bytes that are examined to distinguish UTF-8 from the labelled charset.
const WINDOW: usize = 64 * 1024;
/// The number of bytes that are needed to recognise the beginning of a text.
const BEGINNING: usize = 4;
/// A byte-order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The charset of one body.
pub(super) struct Charset {
    named: CharsetOrigin,
    state: CharsetState,
    /// The text returned last, where it was buffered until the charset was known.
    out: Vec<u8>,
}

/// The origin of the name of a charset.
enum CharsetOrigin {
    Nobody,
    ContentType(&'static Encoding),
    Document(&'static Encoding),
}

enum CharsetState {
    /// The charset is not known yet, and these bytes are buffered; `are_first` says whether they
    /// are the first of the body.
    Unknown { waiting: Vec<u8>, are_first: bool },
    /// Bytes pass unchanged: a record with invalid bytes is rejected when it is parsed, and harms
    /// no other.
    Utf8,
    /// Bytes are decoded and encoded again as UTF-8.
    Other { decoder: Decoder, text: String },
}

/// The error of bytes that do not fit the charset.
pub(super) struct Misfit;

impl Charset {
    /// Returns a decoder for the charset that the document names, or else the content type.
    pub(super) fn of(headers: &HeaderMap, set: Option<&CharsetLabel>) -> Result<Self, SourceError> {
        let named = match (set, label(headers)) {
            (Some(set), _) => CharsetOrigin::Document(set.encoding()),
            (None, None) => CharsetOrigin::Nobody,
            // Some sources that label ASCII send more than that, and then it is UTF-8.
            (None, Some(label)) if label.to_ascii_lowercase().ends_with("ascii") => {
                CharsetOrigin::Nobody
            }
            // There is no decoder for charsets that are known to be unsafe.
            (None, Some(label)) => match Encoding::for_label_no_replacement(label.as_bytes()) {
                Some(encoding) => CharsetOrigin::ContentType(encoding),
                None => {
                    return Err(SourceError::new(
                        "the charset of the answer is not one that is known; set source.charset to \
                         what it is, or have the source send UTF-8",
                    ));
                }
            },
        };
        Ok(Self {
            named,
            state: CharsetState::Unknown {
                waiting: Vec::new(),
                are_first: true,
            },
            out: Vec::new(),
        })
    }

    /// Returns the next bytes as UTF-8, up to the first that do not fit. Some may be buffered until
    /// more follow.
    pub(super) fn text<'c>(&'c mut self, chunk: &'c [u8]) -> (&'c [u8], Result<(), Misfit>) {
        if let CharsetState::Unknown { waiting, .. } = &mut self.state {
            waiting.extend_from_slice(chunk);
            return self.find_out(false);
        }
        match &mut self.state {
            CharsetState::Other { decoder, text } => decode(decoder, text, chunk, false),
            CharsetState::Utf8 | CharsetState::Unknown { .. } => (chunk, Ok(())),
        }
    }

    /// The last text, at the end of the body.
    pub(super) fn end(&mut self) -> (&[u8], Result<(), Misfit>) {
        if matches!(self.state, CharsetState::Unknown { .. }) {
            return self.find_out(true);
        }
        match &mut self.state {
            CharsetState::Other { decoder, text } => decode(decoder, text, &[], true),
            CharsetState::Utf8 | CharsetState::Unknown { .. } => (&[], Ok(())),
        }
    }

    /// Decides the charset by the buffered bytes, if they are enough, and returns their text.
    fn find_out(&mut self, last: bool) -> (&[u8], Result<(), Misfit>) {
        let CharsetState::Unknown { waiting, are_first } = &mut self.state else {
            return (&[], Ok(()));
        };
        self.out.clear();
        let Some(encoding) = encoding_of(waiting, *are_first, &self.named, last) else {
            // ASCII bytes are the same text in any of the charsets.
            if may_go_ahead(waiting, *are_first, &self.named) {
                *are_first = false;
                self.out.append(waiting);
            }
            return (&self.out, Ok(()));
        };
        self.out.append(waiting);
        if encoding == UTF_8 {
            let mark = if *are_first { MARK } else { &[] };
            self.state = CharsetState::Utf8;
            return (self.out.strip_prefix(mark).unwrap_or(&self.out), Ok(()));
        }
        self.state = CharsetState::Other {
            decoder: encoding.new_decoder_with_bom_removal(),
            text: String::new(),
        };
        match &mut self.state {
            CharsetState::Other { decoder, text } => decode(decoder, text, &self.out, last),
            CharsetState::Utf8 | CharsetState::Unknown { .. } => (&[], Ok(())),
        }
    }

    /// Returns the error that the bytes near this record do not fit the charset.
    pub(super) fn misfit(&self, near: u64) -> SourceError {
        let name = match &self.state {
            CharsetState::Utf8 | CharsetState::Unknown { .. } => UTF_8.name(),
            CharsetState::Other { decoder, .. } => decoder.encoding().name(),
        };
        let who = match &self.named {
            CharsetOrigin::Document(_) => "source.charset says so; correct it",
            CharsetOrigin::ContentType(_) | CharsetOrigin::Nobody => {
                "it begins so, or its content type says so; set source.charset to what it is"
            }
        };
        SourceError::new(format!(
            "the answer is not {name} near record {near}, though {who}"
        ))
    }
}

/// Returns the encoding of a text by its bytes so far; `None` where more bytes are needed.
fn encoding_of(
    bytes: &[u8],
    are_first: bool,
    named: &CharsetOrigin,
    last: bool,
) -> Option<&'static Encoding> {
    if are_first {
        if bytes.len() < BEGINNING && !last {
            return None;
        }
        if let Some(encoding) = begins_as(bytes) {
            return Some(encoding);
        }
    }
    let encoding = match named {
        CharsetOrigin::Nobody => return Some(UTF_8),
        CharsetOrigin::Document(encoding) => return Some(encoding),
        CharsetOrigin::ContentType(encoding) => *encoding,
    };
    if encoding == UTF_8 {
        return Some(UTF_8);
    }
    let is_enough = last || bytes.len() >= WINDOW;
    let plain = bytes.is_ascii() && encoding.is_ascii_compatible();
    if plain && last {
        return Some(UTF_8);
    }
    if plain || !is_enough {
        return None;
    }
    Some(if is_utf_8(bytes, encoding, last) {
        UTF_8
    } else {
        encoding
    })
}

/// Returns whether buffered bytes may be returned though the charset is unknown.
fn may_go_ahead(bytes: &[u8], are_first: bool, named: &CharsetOrigin) -> bool {
    let is_begun = !are_first || bytes.len() >= BEGINNING;
    is_begun
        && bytes.is_ascii()
        && matches!(named, CharsetOrigin::ContentType(encoding) if encoding.is_ascii_compatible())
}

/// The encoding that the first bytes of a text show for certain.
fn begins_as(bytes: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Some(encoding);
    }
    match bytes.get(..BEGINNING)? {
        [1..=u8::MAX, 0, 1..=u8::MAX, 0] => Some(UTF_16LE),
        [0, 1..=u8::MAX, 0, 1..=u8::MAX] => Some(UTF_16BE),
        _ => None,
    }
}

/// Returns whether bytes with another label are UTF-8: text in another charset is hardly ever valid
/// UTF-8 by chance.
fn is_utf_8(bytes: &[u8], label: &'static Encoding, last: bool) -> bool {
    let (mut good, mut bad) = (0_u64, 0_u64);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        good += chunk
            .valid()
            .chars()
            .filter(|letter| !letter.is_ascii())
            .count() as u64;
        // The last character may be incomplete.
        let is_cut = !last && chunks.peek().is_none() && chunk.invalid().len() < 4;
        bad += u64::from(!chunk.invalid().is_empty() && !is_cut);
    }
    if label == UTF_16LE || label == UTF_16BE {
        return bad == 0 && !bytes.contains(&0);
    }
    good > 4 * bad
}

fn decode<'c>(
    decoder: &mut Decoder,
    text: &'c mut String,
    chunk: &[u8],
    last: bool,
) -> (&'c [u8], Result<(), Misfit>) {
    text.clear();
    let longest = decoder.max_utf8_buffer_length_without_replacement(chunk.len());
    text.reserve(longest.unwrap_or(chunk.len() * 3));
    let (result, _) = decoder.decode_to_string_without_replacement(chunk, text, last);
    let fits = match result {
        DecoderResult::InputEmpty => Ok(()),
        DecoderResult::Malformed(..) | DecoderResult::OutputFull => Err(Misfit),
    };
    (text.as_bytes(), fits)
}

fn label(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = text.split(';').skip(1);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Some(value.trim().trim_matches('"')).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(content_type: &'static str, body: &[u8], size: usize) -> Option<String> {
        let headers = [(CONTENT_TYPE, content_type.parse().unwrap())];
        let mut charset = Charset::of(&headers.into_iter().collect(), None).ok()?;
        let mut found = Vec::new();
        for chunk in body.chunks(size) {
            let (text, fits) = charset.text(chunk);
            found.extend_from_slice(text);
            fits.ok()?;
        }
        let (text, fits) = charset.end();
        found.extend_from_slice(text);
        fits.ok()?;
        Some(String::from_utf8(found).unwrap())
    }

    #[test]
    fn text_is_the_same_wherever_a_chunk_ends() {
        let utf_16: Vec<u8> = "Zoë €𝄞".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (content_type, body) in [
            ("text/csv", "Zoë €𝄞".as_bytes()),
            ("text/csv; charset=us-ascii", "Zoë €𝄞".as_bytes()),
            (
                "text/csv; header=present; Charset=\"UTF-8\"",
                "Zoë €𝄞".as_bytes(),
            ),
            ("text/csv;charset=utf-16le", &utf_16),
        ] {
            for size in 1..=body.len() {
                let found = decoded(content_type, body, size);
                assert_eq!(found.as_deref(), Some("Zoë €𝄞"), "{content_type} {size}");
            }
        }
        for label in ["iso-8859-1", "windows-1252", "CP1252"] {
            let content_type = format!("application/json; charset={label}").leak();
            let found = decoded(content_type, b"Zo\xEB \x80", 1);
            assert_eq!(found.as_deref(), Some("Zoë €"), "{label}");
        }
    }

    #[test]
    fn bytes_that_do_not_fit_are_told_wherever_a_chunk_ends() {
        for body in [&b"a\x81"[..], b"\x81\xFFx", b"\xA0"] {
            for size in 1..=body.len() {
                let found = decoded("text/csv; charset=shift_jis", body, size);
                assert_eq!(found, None, "{body:?} {size}");
            }
        }
        assert_eq!(decoded("text/csv; charset=klingon", b"a", 1), None);
    }

    #[test]
    fn charset_for_which_there_is_no_decoder_is_not_known() {
        let headers = [(
            CONTENT_TYPE,
            "text/csv; charset=iso-2022-kr".parse().unwrap(),
        )];
        let charset = Charset::of(&headers.into_iter().collect(), None);
        let message = charset.err().map(|error| error.message).unwrap_or_default();
        assert!(message.contains("is not one that is known"), "{message}");
    }
}
