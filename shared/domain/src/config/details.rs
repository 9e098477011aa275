//! Requests for the details of one record, whose address is built from the record's own fields.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::feed::{FeedRecord, FieldPath, PathError};

/// Longest value that is put into an address, in bytes.
const MAX_VALUE: usize = 500;
/// Longest link that is followed, in bytes.
const MAX_LINK: usize = 2_000;

/// One more request for each new or changed record. Mapping and rules read its answer as `details`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// The address of the details, such as `https://registration.example/api/attendees/{id}`. `{…}`
    /// is replaced by a field of the record, `{source_id}` by the value that the mapping uses as
    /// its id. An address that is only `{…}` is a link which the record itself contains.
    #[cfg_attr(feature = "schemas", schema(value_type = String))]
    pub url: DetailsUrl,
}

#[derive(Debug, Clone, PartialEq)]
enum UrlPart {
    Text(String),
    Field(FieldPath),
}

/// An address with placeholders for fields of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DetailsUrl {
    text: String,
    parts: Vec<UrlPart>,
}

/// The reason why an address with placeholders is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetailsUrlError {
    /// A brace has no partner.
    #[error("a {{ or }} has no partner; a field stands in braces, as in {{id}}")]
    Unpaired,
    /// The text in braces is not a path.
    #[error("{{{0}}}: {1}")]
    NoPath(String, PathError),
    /// The address has no placeholder, so that it would be the same for every record.
    #[error(
        "name a field of the record in braces, as in https://registration.example/api/attendees/{{id}}"
    )]
    NoField,
}

/// The reason, for people, why the address of a record's details cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record has {0} at {1}, which source.details.url takes")]
pub struct NoDetailsUrl(&'static str, String);

impl DetailsUrl {
    /// Returns the address of a record's details. `source_id` fills the field of that name where
    /// the record has none.
    ///
    /// # Errors
    ///
    /// Fails where a field is blank, too long, or neither text nor a number.
    pub fn of(
        &self,
        record: &FeedRecord<'_>,
        source_id: Option<&str>,
    ) -> Result<String, NoDetailsUrl> {
        if let [UrlPart::Field(path)] = self.parts.as_slice() {
            let link = value_of(path, record, None)?;
            return usable(link, path, MAX_LINK);
        }
        let mut url = String::new();
        for part in &self.parts {
            match part {
                UrlPart::Text(text) => url.push_str(text),
                UrlPart::Field(path) => {
                    let value = usable(value_of(path, record, source_id)?, path, MAX_VALUE)?;
                    push_encoded(&mut url, &value);
                }
            }
        }
        Ok(url)
    }

    /// Returns an example of the addresses; `None` where each record contains its own link.
    pub(crate) fn example(&self) -> Option<String> {
        if let [UrlPart::Field(_)] = self.parts.as_slice() {
            return None;
        }
        let text = |part: &UrlPart| match part {
            UrlPart::Text(text) => text.clone(),
            UrlPart::Field(_) => "1".to_owned(),
        };
        Some(self.parts.iter().map(text).collect())
    }

    /// Returns whether scheme, host and port are fixed text, so that no record can change them;
    /// true also where each record contains its own link.
    pub(crate) fn has_fixed_server(&self) -> bool {
        match self.parts.as_slice() {
            [UrlPart::Text(text), ..] => text
                .split_once("://")
                .is_some_and(|(_, rest)| rest.contains(['/', '?'])),
            _ => self.parts.len() == 1,
        }
    }

    /// Returns whether the address is on the server of `source`, the only server that gets the
    /// credential.
    pub(crate) fn is_on_server_of(&self, source: &str) -> bool {
        let Some(example) = self.example() else {
            return true;
        };
        match (Url::parse(&example), Url::parse(source)) {
            (Ok(details), Ok(source)) => {
                let both_usual = details.port().is_none() && source.port().is_none();
                details.host() == source.host()
                    && (details.origin() == source.origin() || both_usual)
            }
            // Another check reports this.
            _ => true,
        }
    }
}

fn value_of(
    path: &FieldPath,
    record: &FeedRecord<'_>,
    source_id: Option<&str>,
) -> Result<String, NoDetailsUrl> {
    match (record.find(path), source_id) {
        (Some(Value::String(text)), _) => Ok(text.trim().to_owned()),
        (Some(value @ (Value::Number(_) | Value::Bool(_))), _) => Ok(value.to_string()),
        (None | Some(Value::Null), Some(id)) if path.to_string() == "source_id" => {
            Ok(id.to_owned())
        }
        (None | Some(Value::Null), _) => Ok(String::new()),
        (Some(Value::Array(_) | Value::Object(_)), _) => {
            Err(NoDetailsUrl("a list or an object", path.to_string()))
        }
    }
}

fn usable(value: String, path: &FieldPath, longest: usize) -> Result<String, NoDetailsUrl> {
    let wrong = match value.as_str() {
        "" => "nothing",
        // Even encoded dots would lead out of the folder.
        "." | ".." => "dots alone",
        _ if value.len() > longest => "a text that is too long",
        _ => return Ok(value),
    };
    Err(NoDetailsUrl(wrong, path.to_string()))
}

/// Appends a text, percent-encoded as one part of a path or of a query (RFC 3986, section 2.3).
fn push_encoded(url: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(byte.into());
            }
            _ => {
                let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
                url.push('%');
                url.push(digit(byte >> 4).to_ascii_uppercase());
                url.push(digit(byte & 15).to_ascii_uppercase());
            }
        }
    }
}

impl FromStr for DetailsUrl {
    type Err = DetailsUrlError;

    fn from_str(text: &str) -> Result<Self, DetailsUrlError> {
        let text = text.trim();
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(DetailsUrlError::Unpaired)?;
            if before.contains('}') || name.contains('{') {
                return Err(DetailsUrlError::Unpaired);
            }
            if !before.is_empty() {
                parts.push(UrlPart::Text(before.to_owned()));
            }
            let path = name
                .parse()
                .map_err(|error| DetailsUrlError::NoPath(name.to_owned(), error))?;
            parts.push(UrlPart::Field(path));
            rest = after;
        }
        if rest.contains('}') {
            return Err(DetailsUrlError::Unpaired);
        }
        if parts.is_empty() {
            return Err(DetailsUrlError::NoField);
        }
        if !rest.is_empty() {
            parts.push(UrlPart::Text(rest.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }
}

impl TryFrom<String> for DetailsUrl {
    type Error = DetailsUrlError;

    fn try_from(text: String) -> Result<Self, DetailsUrlError> {
        text.parse()
    }
}

impl From<DetailsUrl> for String {
    fn from(url: DetailsUrl) -> Self {
        url.text
    }
}

impl fmt::Display for DetailsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn url_of(template: &str, record: &Value) -> Result<String, String> {
        let template: DetailsUrl = template.parse().unwrap();
        let parent = json!({"code": "A/1"});
        let record = FeedRecord::within(record, vec![&parent]);
        let url = template.of(&record, Some("S 9"));
        url.map_err(|error| error.to_string())
    }

    #[test]
    fn fields_are_put_into_the_address_as_one_part_of_it() {
        let record = json!({"id": 7, "ticket": {"id": "a b/ü?"}, "link": "/x/7?y=1&z", "big": 12_345_678_901_234_567_890_u64});
        for (template, url) in [
            ("https://r.example/p/{id}", "https://r.example/p/7"),
            (
                "https://r.example/p?t={ticket.id}&i={id}",
                "https://r.example/p?t=a%20b%2F%C3%BC%3F&i=7",
            ),
            (
                "https://r.example/{parent.code}/{id}/all",
                "https://r.example/A%2F1/7/all",
            ),
            (
                "https://r.example/p/{source_id}",
                "https://r.example/p/S%209",
            ),
            (
                "https://r.example/p/{big}",
                "https://r.example/p/12345678901234567890",
            ),
            ("{link}", "/x/7?y=1&z"),
        ] {
            assert_eq!(url_of(template, &record).unwrap(), url, "{template}");
        }
        assert_eq!(
            url_of("https://r.example/{source_id}", &json!({"source_id": 3})).unwrap(),
            "https://r.example/3"
        );
    }

    #[test]
    fn record_that_lacks_a_field_has_no_address() {
        for (record, why) in [
            (json!({}), "nothing at id"),
            (json!({"id": null}), "nothing at id"),
            (json!({"id": " "}), "nothing at id"),
            (json!({"id": ".."}), "dots alone at id"),
            (json!({"id": [1]}), "a list or an object at id"),
            (json!({"id": "x".repeat(501)}), "too long at id"),
        ] {
            let error = url_of("https://r.example/p/{id}", &record).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn address_that_cannot_be_filled_in_is_refused() {
        for template in [
            "https://r.example/p",
            "https://r.example/{id",
            "https://r.example/id}",
            "https://r.example/{{id}}",
            "https://r.example/{}",
            "https://r.example/{a b[}",
        ] {
            assert!(template.parse::<DetailsUrl>().is_err(), "{template}");
        }
        for (template, fixed, same) in [
            ("https://r.example/{id}", true, true),
            ("https://r.example?id={id}", true, true),
            ("http://r.example/{id}", true, true),
            ("https://other.example/{id}", true, false),
            ("https://r.example:8443/{id}", true, false),
            ("https://{id}.example/", false, false),
            ("https://r.example{id}/", false, false),
            ("{id}/x", false, true),
            ("{link}", true, true),
        ] {
            let template: DetailsUrl = template.parse().unwrap();
            assert_eq!(template.has_fixed_server(), fixed, "{template}");
            let is_same = template.is_on_server_of("https://r.example/people");
            assert_eq!(is_same, same, "{template}");
        }
    }
}
