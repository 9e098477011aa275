//! Answers that are larger than Lambda takes.
//!
//! A function's answer has at most 6 MB (Lambda quotas, "Invocation payload"), as JSON: text with its quotes and line ends
//! escaped, anything else in base64. A larger one is put into a bucket, and whoever asked is led there.

use attendee_sync_functions::AnswerBucket;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lambda_http::Error;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

/// Most bytes that a body takes in an answer; the rest is for headers and what is around them.
const LARGEST: usize = 6_000_000;
/// Most bytes of an answer that is collected at all: a function has so much memory, and a half of it for lists.
const COLLECTED: usize = 200 * 1024 * 1024;

/// Makes an answer one that the function may give. What cannot be collected by then is refused, while there is time to say so.
pub(crate) async fn fit(
    response: Response,
    bucket: Option<&AnswerBucket>,
    until: Instant,
) -> Result<Response, Error> {
    let (parts, body) = response.into_parts();
    let bytes = match timeout_at(until, to_bytes(body, COLLECTED)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Ok(too_large()),
        Err(_) => return Ok(too_slow()),
    };
    if size_in_answer(&parts.headers, &bytes) <= LARGEST {
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    }
    let Some(bucket) = bucket.filter(|_| parts.status == StatusCode::OK) else {
        return Ok(too_large());
    };
    let length = bytes.len();
    let url = match bucket.put(&parts.headers, bytes).await {
        Ok(url) => url,
        Err(error) => {
            tracing::error!(%error, "an answer that is too large for the function could not be given otherwise");
            return Ok(too_large());
        }
    };
    tracing::info!(bytes = length, "a large answer was put into the bucket");
    let mut led = (
        StatusCode::SEE_OTHER,
        [(header::LOCATION, HeaderValue::try_from(url.as_str())?)],
    )
        .into_response();
    // What else the answer said of itself, such as that nobody may store it.
    for name in [header::CACHE_CONTROL, header::REFERRER_POLICY] {
        if let Some(value) = parts.headers.get(&name) {
            led.headers_mut().insert(name, value.clone());
        }
    }
    Ok(led)
}

/// How many bytes a body takes in the answer.
fn size_in_answer(headers: &HeaderMap, bytes: &Bytes) -> usize {
    // Less than that is never too large: at most six bytes stand for one.
    if bytes.len() <= LARGEST / 6 {
        return bytes.len();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text(headers) => text.chars().map(escaped_size).sum(),
        _ => bytes.len().div_ceil(3) * 4,
    }
}

/// As `lambda_http` takes a body for text.
fn is_text(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default();
    kind.starts_with("text") || kind.starts_with("application/json") || kind.contains("+json")
}

fn escaped_size(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\u{0}'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}

/// Said where there is no other way.
fn too_large() -> Response {
    problem(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The answer is too large",
        "this answer has more than 6 MB, which is more than can be given at once; take the list in pages (limit and cursor), \
         filter it, or ask with \"Accept-Encoding: gzip\"",
    )
}

fn too_slow() -> Response {
    problem(
        StatusCode::GATEWAY_TIMEOUT,
        "too-slow",
        "The request takes too long",
        "this answer takes longer than a request may; take the list in pages (limit and cursor), or filter it",
    )
}

/// An error as the API says it (RFC 9457).
fn problem(status: StatusCode, kind: &str, title: &str, detail: &str) -> Response {
    let problem = json!({
        "type": format!("urn:attendee-sync:problem:{kind}"),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, problem.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(kind: &'static str, body: Vec<u8>) -> Response {
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    }

    #[tokio::test]
    async fn what_fits_is_given_as_it_is_and_what_does_not_is_refused_with_words() {
        let csv = "text/csv; charset=utf-8";
        for (kind, body, fits) in [
            (csv, vec![b'a'; 5_900_000], true),
            (csv, vec![b'a'; 6_100_000], false),
            // Each takes two bytes in the answer.
            (csv, vec![b'"'; 3_100_000], false),
            ("application/json", vec![b'"'; 2_900_000], true),
            ("application/jsonl", vec![b'a'; 5_900_000], true),
            // In base64, four bytes for three.
            ("image/png", vec![0xff; 4_400_000], true),
            ("image/png", vec![0xff; 4_600_000], false),
        ] {
            let length = body.len();
            let soon = Instant::now() + Duration::from_mins(1);
            let fitted = fit(answer(kind, body), None, soon).await.unwrap();
            let expected = if fits {
                StatusCode::OK
            } else {
                StatusCode::PAYLOAD_TOO_LARGE
            };
            assert_eq!(fitted.status(), expected, "{kind} {length}");
            if !fits {
                let body = to_bytes(fitted.into_body(), COLLECTED).await.unwrap();
                let text = String::from_utf8(body.to_vec()).unwrap();
                assert!(text.contains("more than 6 MB"), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn what_takes_too_long_is_refused_while_there_is_time() {
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let response = Response::new(Body::from_stream(endless));
        let fitted = fit(response, None, Instant::now()).await.unwrap();
        assert_eq!(fitted.status(), StatusCode::GATEWAY_TIMEOUT);
    }

    #[test]
    fn a_compressed_body_is_no_text() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"));
        let body = Bytes::from(vec![b'a'; 4_600_000]);
        assert_eq!(size_in_answer(&headers, &body), 4_600_000);
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(size_in_answer(&headers, &body), 6_133_336);
    }

    #[test]
    fn a_size_is_that_of_the_json() {
        let text = "a\"b\\c\n\r\t\u{8}\u{c}\u{1}é€😀\u{7f}";
        let json = serde_json::to_string(text).unwrap();
        let size: usize = text.chars().map(escaped_size).sum();
        assert_eq!(size + 2, json.len());
    }
}
