//! The parts of the source reader that fuzz targets call with bytes in place of answers. Nothing
//! else uses this module.

use attendee_sync_app::ports::{FeedBlock, SourceError};
use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::feed::RecordsPath;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LINK};
use serde_json::Value;
use url::Url;

use super::charset::Charset;
use super::links::{self, ServerOrigin};
use super::splitter::{BodyShape, Splitter};
use super::web_links::next_in_header;

/// Splits a body that arrives in `chunks` into records, including those before an error. `false`
/// stands for the rest of a body that was not certainly read.
pub fn split<'c>(
    format: FeedFormat,
    records: &RecordsPath,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> (FeedBlock, Result<Value, SourceError>) {
    let mut splitter = Splitter::new(&BodyShape {
        format,
        records: records.clone(),
        ..BodyShape::default()
    });
    let mut block = FeedBlock::default();
    let read = chunks
        .into_iter()
        .try_for_each(|chunk| splitter.push(chunk, &mut block));
    let split = read.and_then(|()| splitter.finish(&mut block));
    let surroundings = split.and_then(|split| match split.no_list {
        Some(error) => Err(error),
        None if split.remarks.iter().all(|remark| !remark.incomplete) => Ok(split.envelope),
        None => Ok(Value::Bool(false)),
    });
    (block, surroundings)
}

/// The text of a body that arrives in `chunks`. `None` where no header can have this value.
pub fn decode<'c>(
    content_type: &[u8],
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Option<Result<Vec<u8>, SourceError>> {
    let headers = headers(&CONTENT_TYPE, &[content_type])?;
    Some(Charset::of(&headers, None).and_then(|charset| text(charset, chunks)))
}

fn text<'c>(
    mut charset: Charset,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Vec<u8>, SourceError> {
    let mut found = Vec::new();
    for chunk in chunks {
        let (text, fits) = charset.text(chunk);
        found.extend_from_slice(text);
        fits.map_err(|_| charset.misfit(0))?;
    }
    let (text, fits) = charset.end();
    found.extend_from_slice(text);
    fits.map_err(|_| charset.misfit(0))?;
    Ok(found)
}

/// The target of the next link in these `Link` headers. `None` where no header can have such a
/// value.
#[must_use]
pub fn next_link(values: &[&[u8]]) -> Option<Result<Option<String>, SourceError>> {
    Some(next_in_header(&headers(&LINK, values)?))
}

/// Returns where `link`, on the page at `page`, leads in a feed that began at `first`.
pub fn follow(first: &Url, page: &Url, link: &str) -> Result<Url, SourceError> {
    ServerOrigin::of(first).page_link(page, link)
}

/// Returns `url` with a parameter.
#[must_use]
pub fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    links::with_parameter(url, name, value)
}

fn headers(name: &HeaderName, values: &[&[u8]]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(headers)
}
