//! What a body's bytes mean as text. It is UTF-8, unless the content type names another charset;
//! nothing is guessed, and what does not fit that charset is an error.

use attendee_sync_app::ports::SourceError;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// The charset of one body.
pub(super) enum Charset {
    /// Bytes go through as they are: a record whose bytes are none is rejected when it is parsed,
    /// and harms no other.
    Utf8,
    /// Bytes are written anew.
    Other { decoder: Decoder, text: String },
}

/// Bytes that are not what they should be.
pub(super) struct Misfit;

impl Charset {
    /// The charset that the content type names.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, SourceError> {
        let Some(label) = label(headers) else {
            return Ok(Self::Utf8);
        };
        // For some that are known as unsafe there is no decoder.
        let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
            SourceError::new(
                "the charset of the answer is not one that is known; have the source send UTF-8",
            )
        })?;
        // Some that say ASCII send more than that, and then it is UTF-8.
        let is_ascii = label.to_ascii_lowercase().ends_with("ascii");
        if encoding == UTF_8 || is_ascii {
            return Ok(Self::Utf8);
        }
        Ok(Self::Other {
            decoder: encoding.new_decoder(),
            text: String::new(),
        })
    }

    /// The next bytes as UTF-8, up to the first that do not fit.
    pub(super) fn text<'c>(&'c mut self, chunk: &'c [u8]) -> (&'c [u8], Result<(), Misfit>) {
        match self {
            Self::Utf8 => (chunk, Ok(())),
            Self::Other { decoder, text } => decode(decoder, text, chunk, false),
        }
    }

    /// The last text, at the end of the body.
    pub(super) fn end(&mut self) -> (&[u8], Result<(), Misfit>) {
        match self {
            Self::Utf8 => (&[], Ok(())),
            Self::Other { decoder, text } => decode(decoder, text, &[], true),
        }
    }

    /// That the bytes near this record do not fit.
    pub(super) fn misfit(&self, near: u64) -> SourceError {
        let name = match self {
            Self::Utf8 => UTF_8.name(),
            Self::Other { decoder, .. } => decoder.encoding().name(),
        };
        SourceError::new(format!(
            "the answer is not {name} near record {near}, though its content type says so; have \
             the source send UTF-8"
        ))
    }
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
        let mut charset = Charset::of(&headers.into_iter().collect()).ok()?;
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
        let charset = Charset::of(&headers.into_iter().collect());
        let message = charset.err().map(|error| error.message).unwrap_or_default();
        assert!(message.contains("is not one that is known"), "{message}");
    }
}
