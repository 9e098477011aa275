//! Sends lists as files. A file is written while its list is read, so that a long list needs no
//! more memory than a short one.

mod rows;

use std::future::Future;

use attendee_sync_app::{Error, ExportFormat, Exported, Exporter};
use attendee_sync_domain::causes::with_causes;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;

use super::paging::bad_query;
use crate::extract::QueryParameters;
use crate::problem::HttpProblem;
use crate::texts::t;

pub(crate) use rows::{attendees, audience, audit, changes, issues, runs, suppressions, users};

/// The formats of files by their names, with the texts of their links.
pub(super) const FORMATS: [(&str, &str); 3] =
    [("csv", "CSV"), ("json", "JSON"), ("jsonl", "JSON Lines")];

/// The requested format of a file: the ending of the route's path, or the parameter `format`; the
/// default is CSV.
pub(crate) struct FileFormat(pub(crate) ExportFormat);

#[derive(Default, Deserialize)]
#[serde(default)]
struct FileQuery {
    format: String,
}

impl<S: Send + Sync> FromRequestParts<S> for FileFormat {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
        let matched = parts.extensions.get::<MatchedPath>();
        let ending = matched.and_then(|path| path.as_str().rsplit_once('.'));
        let name = if let Some((_, ending)) = ending {
            ending.to_owned()
        } else {
            let asked = QueryParameters::<FileQuery>::from_request_parts(parts, state).await?;
            asked.0.format
        };
        match name.as_str() {
            "" | "csv" => Ok(Self(ExportFormat::Csv)),
            "json" => Ok(Self(ExportFormat::Json)),
            "jsonl" => Ok(Self(ExportFormat::JsonLines)),
            _ => Err(bad_query(t("lists-export-format-is-csv-json"))),
        }
    }
}

/// Reads a list page by page. `read` gets the start of a page, `None` for the first, and returns
/// its rows and the start of the next page.
fn pages<T, C, F, R>(read: F) -> impl Stream<Item = Result<Vec<T>, Error>>
where
    F: Fn(Option<C>) -> R,
    R: Future<Output = Result<(Vec<T>, Option<C>), Error>>,
{
    stream::try_unfold(Some(None), move |from| {
        let reading = from.map(&read);
        async move {
            let Some(reading) = reading else {
                return Ok(None);
            };
            let (rows, next) = reading.await?;
            Ok(Some((rows, next.map(Some))))
        }
    })
}

/// Sends rows as a download of this name. If the first rows cannot be read, no file is sent; a
/// later failure cuts it off.
async fn send<T: Exported + Send + 'static>(
    name: &str,
    format: ExportFormat,
    rows: impl Stream<Item = Result<Vec<T>, Error>> + Send + 'static,
) -> Result<Response, HttpProblem> {
    let mut rows = rows.boxed();
    let first = rows.next().await.transpose()?;
    let rows = stream::iter(first.map(Ok)).chain(rows);
    let (kind, ending) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportFormat::Json => ("application/json", "json"),
        ExportFormat::JsonLines => ("application/jsonl", "jsonl"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{ending}\""),
        ),
    ];
    Ok((headers, Body::from_stream(written(format, rows))).into_response())
}

/// The text of a file, piece by piece.
fn written<T: Exported + Send + 'static>(
    format: ExportFormat,
    rows: impl Stream<Item = Result<Vec<T>, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let state = (rows.boxed(), Some(Exporter::new(format)));
    stream::try_unfold(state, |(mut rows, exporter)| async move {
        let Some(mut exporter) = exporter else {
            return Ok(None);
        };
        let (text, exporter) = match rows.next().await {
            Some(Ok(rows)) => (exporter.write(&rows)?, Some(exporter)),
            Some(Err(error)) => return Err(cut_off(&error)),
            None => (exporter.finish().as_bytes().to_vec(), None),
        };
        Ok(Some((Bytes::from(text), (rows, exporter))))
    })
}

/// Returns the error that ends a file early.
fn cut_off(error: &Error) -> std::io::Error {
    tracing::error!(error = with_causes(error), "an export was cut off");
    std::io::Error::other("the list could not be read")
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::issue::{Issue, Severity};
    use futures_util::TryStreamExt;

    use super::*;

    fn issue(position: usize) -> Issue {
        Issue::new(
            Severity::Notice,
            u32::try_from(position).unwrap(),
            "code",
            "=reason",
        )
    }

    /// Five pages of two rows.
    fn list() -> impl Stream<Item = Result<Vec<Issue>, Error>> + Send + 'static {
        pages(|from: Option<usize>| async move {
            let from = from.unwrap_or(0);
            let next = (from < 8).then_some(from + 2);
            Ok((vec![issue(from), issue(from + 1)], next))
        })
    }

    async fn pieces(format: ExportFormat) -> Vec<String> {
        let written: Vec<Bytes> = written(format, list()).try_collect().await.unwrap();
        let text = |piece: &Bytes| String::from_utf8(piece.to_vec()).unwrap();
        written.iter().map(text).collect()
    }

    #[tokio::test]
    async fn a_file_is_written_page_by_page() {
        let csv = pieces(ExportFormat::Csv).await;
        assert_eq!(csv.iter().filter(|piece| !piece.is_empty()).count(), 5);
        let csv = csv.concat();
        assert_eq!(csv.lines().count(), 11, "{csv}");
        assert!(csv.contains(",'=reason"), "{csv}");

        let lines = pieces(ExportFormat::JsonLines).await.concat();
        assert_eq!(lines.lines().count(), 10);
    }

    #[tokio::test]
    async fn a_json_file_is_one_document() {
        let text = pieces(ExportFormat::Json).await.concat();
        let list: Vec<Issue> = serde_json::from_str(&text).unwrap();
        assert_eq!(list, (0..10).map(issue).collect::<Vec<_>>());
        let none = pages(|_: Option<usize>| async { Ok((Vec::<Issue>::new(), None)) });
        let none: Vec<Bytes> = written(ExportFormat::Json, none)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(
            serde_json::from_slice::<Vec<Issue>>(&none.concat()).unwrap(),
            []
        );
    }
}
