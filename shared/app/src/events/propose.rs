//! Proposes parts of a document by what its source answered: the path to the list, the pagination,
//! and the mapping of the fields.

use attendee_sync_domain::config::{EventDocument, FeedFormat};
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::propose::{
    ProposeAnswered, ProposedDocument, ProposedReasons, authentication_for, propose, text_answer,
};
use serde_json::Value;

use crate::ports::{RequestMade, ResponseSummary, SourceError};

/// The elements of a list as bytes, or why there are none.
type ElementBytes = Result<Vec<Option<Vec<u8>>>, SourceError>;

/// Returns the proposal for the answer to a request of this document; `None` where there was no
/// answer.
pub(crate) fn proposed_for(
    document: &EventDocument,
    request: &RequestMade,
    answer: Option<&ResponseSummary>,
    units: &ElementBytes,
    lookups: &Lookups,
) -> Option<ProposedDocument> {
    if let Some(answer) = answer
        && let Some(refused) = refused(answer, units)
    {
        return Some(refused);
    }
    let format = document.source.format;
    let text = answer
        .map(|answer| String::from_utf8_lossy(&answer.text))
        .unwrap_or_default();
    let read = text_answer(&text);
    let (body, found, reason) = match (read, rows(document, units)) {
        (Ok(read), None) => (read.body, read.format, Some(read.reason)),
        (Ok(read), Some(_)) if read.format == format && format == FeedFormat::Json => {
            (read.body, format, None)
        }
        (_, Some(rows)) => (rows, format, None),
        (Err(_), None) if text.is_empty() => return None,
        (Err(reason), None) => return Some(nothing(reason)),
    };
    let headers = answer.map_or(&[][..], |answer| &answer.headers);
    let mut proposed = ProposedDocument::from(propose(&ProposeAnswered {
        body: &body,
        headers,
        url: &request.url,
        request_body: document.source.body.as_ref(),
        format: found,
        records: Some(&document.source.records).filter(|_| found == FeedFormat::Json),
        lookups,
    }));
    if found != format {
        proposed.format = Some(found);
        proposed.reasons.format = reason;
    }
    Some(proposed)
}

/// Returns the elements that were read, nested as the document's path to the list says.
fn rows(document: &EventDocument, units: &ElementBytes) -> Option<Value> {
    let units = units.as_ref().ok().filter(|units| !units.is_empty())?;
    let units = units
        .iter()
        .flatten()
        .filter_map(|unit| serde_json::from_slice(unit).ok());
    let list = Value::Array(units.collect());
    if document.source.format != FeedFormat::Json {
        return Some(list);
    }
    let names = document.source.records.list_names().iter().rev();
    Some(names.fold(list, |inner, name| {
        Value::Object([(name.clone(), inner)].into_iter().collect())
    }))
}

/// Returns the authentication that a source asks for that refused the request.
fn refused(answer: &ResponseSummary, units: &ElementBytes) -> Option<ProposedDocument> {
    let challenges = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "www-authenticate");
    let challenges: Vec<&str> = challenges.map(|(_, value)| value.as_str()).collect();
    let said = units
        .as_ref()
        .err()
        .map(|error| error.message.as_str())
        .unwrap_or_default();
    let (authentication, reason) = authentication_for(answer.status, &challenges, said)?;
    Some(ProposedDocument {
        authentication: Some(authentication.to_document(None)),
        reasons: ProposedReasons {
            authentication: Some(reason),
            ..ProposedReasons::default()
        },
        ..ProposedDocument::default()
    })
}

fn nothing(reason: String) -> ProposedDocument {
    ProposedDocument {
        reasons: ProposedReasons {
            format: Some(reason),
            ..ProposedReasons::default()
        },
        ..ProposedDocument::default()
    }
}

/// Returns the document with the proposed mapping; `None` where the proposal is no valid mapping.
pub(crate) fn with_mapping(
    document: &EventDocument,
    proposed: &ProposedDocument,
) -> Option<EventDocument> {
    let mapping = serde_json::to_value(&proposed.mapping).ok()?;
    let mut document = document.clone();
    document.mapping = serde_json::from_value(mapping).ok()?;
    Some(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use attendee_sync_domain::config::{SourceAddresses, check_for_test};
    use serde_json::json;

    fn proposed(
        status: u16,
        text: &str,
        headers: &[(&str, &str)],
        units: &ElementBytes,
    ) -> Option<Value> {
        let document = json!({"community": "acme", "event": "devcon", "name": "DevCon", "source": {"url": "https://registration.example.org/"}});
        let document = check_for_test(&document, &SourceAddresses::Public)
            .unwrap()
            .document;
        let answer = ResponseSummary {
            status,
            content_type: None,
            milliseconds: 1,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            text: text.as_bytes().to_vec(),
        };
        let request = RequestMade {
            url: "https://registration.example.org/".to_owned(),
            ..RequestMade::default()
        };
        let proposed = proposed_for(
            &document,
            &request,
            Some(&answer),
            units,
            &Lookups::default(),
        )?;
        Some(serde_json::to_value(proposed).unwrap())
    }

    fn no_list() -> ElementBytes {
        Err(SourceError::new("there is no list at $"))
    }

    #[test]
    fn list_is_found_where_the_documents_path_finds_nothing() {
        let text = r#"{"data": {"people": [{"id": 1, "email": "a@example.org", "first": "Ada", "last": "Lee"}]}, "next": "/2"}"#;
        let proposed = proposed(200, text, &[], &no_list()).unwrap();
        assert_eq!(proposed["records"], "$.data.people[*]");
        assert_eq!(
            proposed["pagination"],
            json!({"type": "next_link", "path": "next"})
        );
        assert_eq!(proposed["mapping"]["email"], "email");
        assert!(proposed.get("format").is_none());
    }

    #[test]
    fn table_in_place_of_json_is_proposed_as_such() {
        let proposed = proposed(
            200,
            "E-mail;Vorname;Nachname\na@example.org;Ada;Lee\n",
            &[],
            &no_list(),
        )
        .unwrap();
        assert_eq!(
            (&proposed["format"], &proposed["mapping"]["email"]),
            (&json!("csv"), &json!("E-mail"))
        );
        let page = super::tests::proposed(200, "<html>", &[], &no_list()).unwrap();
        assert_eq!(
            page["reasons"]["format"],
            "the answer is a web page, not data; check the address"
        );
    }

    #[test]
    fn refusal_proposes_what_is_asked_for() {
        let headers = [("www-authenticate", "Basic realm=\"x\"")];
        let proposed = proposed(401, "", &headers, &no_list()).unwrap();
        assert_eq!(
            proposed["authentication"],
            json!({"type": "basic", "username": ""})
        );
        assert!(
            proposed["reasons"]["authentication"]
                .as_str()
                .unwrap()
                .contains("401")
        );
    }

    #[test]
    fn page_that_was_not_read_to_its_end_is_proposed_from_its_records() {
        let units = Ok(vec![Some(
            br#"{"id": 1, "email": "a@example.org"}"#.to_vec(),
        )]);
        let proposed = proposed(200, r#"[{"id": 1, "email": "a@exam"#, &[], &units).unwrap();
        assert_eq!(
            (&proposed["records"], &proposed["mapping"]["email"]),
            (&json!("$[*]"), &json!("email"))
        );
    }
}
