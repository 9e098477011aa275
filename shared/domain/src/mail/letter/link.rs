//! Checks the target of a link: only web addresses and mail addresses are allowed.

use std::fmt::Write as _;

use url::Url;

use crate::mail::template::placeholder::{TemplatePiece, pieces};

/// Returns the address of a link, if a letter may contain it. A placeholder's value at the
/// beginning is used unchanged, so that it may be a whole URL; any other value is encoded as one
/// part of a URL.
pub(super) fn destination(markdown: &str) -> Option<String> {
    let mut address = String::new();
    for (at, piece) in pieces(markdown).into_iter().enumerate() {
        match piece {
            TemplatePiece::Text(text) => address.push_str(&text),
            TemplatePiece::Value(value) if at == 0 => address.push_str(&value),
            TemplatePiece::Value(value) => {
                let is_mail = address.starts_with("mailto:");
                push_encoded(&mut address, &value, is_mail);
            }
        }
    }
    let url = Url::parse(&address).ok()?;
    let is_shown = match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" => !url.path().is_empty(),
        _ => false,
    };
    is_shown.then(|| url.into())
}

/// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3).
fn push_encoded(address: &mut String, value: &str, is_mail: bool) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                address.push(byte.into());
            }
            b'@' if is_mail => address.push('@'),
            _ => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
}

/// Returns whether the text of a link is its own address.
pub(super) fn shows(label: &str, address: &str) -> bool {
    let label = label.trim();
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    label == address || Some(label) == address.strip_suffix('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::template::placeholder;

    /// `{…}` is a value.
    fn read(text: &str) -> Option<String> {
        let mut markdown = String::new();
        for part in text.split_inclusive('}') {
            let (before, value) = part.split_once('{').unwrap_or((part, ""));
            markdown.push_str(before);
            if let Some(value) = value.strip_suffix('}') {
                placeholder::write(&mut markdown, value).unwrap();
            }
        }
        destination(&markdown)
    }

    #[test]
    fn links_lead_to_the_web_and_to_mail() {
        for (text, expected) in [
            ("https://example.org/a?b=c", "https://example.org/a?b=c"),
            ("{https://example.org/a?b=c}", "https://example.org/a?b=c"),
            ("{https://example.org}/{a/b}", "https://example.org/a%2Fb"),
            (
                "https://example.org/?m={ada+x@example.org}",
                "https://example.org/?m=ada%2Bx%40example.org",
            ),
            ("mailto:{ada@example.org}", "mailto:ada@example.org"),
            (
                "HTTPS://b\u{fc}cher.example",
                "https://xn--bcher-kva.example/",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_link_to_anything_else_is_none() {
        for text in [
            "",
            "javascript:alert(1)",
            "{javascript:alert(1)}",
            "java{script}:alert(1)",
            "{java\nscript:alert(1)}",
            "data:text/html,x",
            "ftp://example.org/",
            "/path",
            "example.org",
            "#part",
            "mailto:",
            "https://",
            "{}",
            "https://{evil.example/}.example.org",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_within_an_address_does_not_change_its_host() {
        for value in [
            "@evil.example",
            "/@evil.example",
            "\\@evil.example",
            "?",
            "#",
        ] {
            let url = read(&format!("https://example.org/{{{value}}}")).unwrap();
            assert_eq!(Url::parse(&url).unwrap().host_str(), Some("example.org"));
            let joined = read(&format!("https://example.org{{{value}}}"));
            assert!(joined.is_none_or(|url| !url.contains("@evil")), "{value}");
        }
    }
}
