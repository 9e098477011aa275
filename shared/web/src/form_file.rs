//! Forms with a file: `multipart/form-data` (RFC 7578).

use std::collections::HashMap;

use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};

use crate::problem::HttpProblem;
use crate::texts::text;
use crate::words;

/// What a form takes beside its file, in bytes.
const BESIDE: u64 = 1024 * 1024;

/// A file that was sent with a form.
#[derive(Debug, Clone)]
pub(crate) struct FormFile {
    /// How it is called where it comes from.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Whether a request brings such a form.
pub(crate) fn is_with_file(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// Reads the fields of a form, and its file if one was chosen; a file of at most so many bytes.
pub(crate) async fn read(
    mut request: Request,
    most: u64,
) -> Result<(HashMap<String, String>, Option<FormFile>), HttpProblem> {
    let limit = usize::try_from(most.saturating_add(BESIDE)).unwrap_or(usize::MAX);
    DefaultBodyLimit::max(limit).apply(&mut request);
    let read = Multipart::from_request(request, &()).await;
    let mut form = read.map_err(|rejection: MultipartRejection| {
        HttpProblem::new(rejection.status(), rejection.body_text())
    })?;
    let (mut fields, mut file) = (HashMap::new(), None);
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| unread(&error, most))?
    {
        let Some(name) = field.name().map(str::to_owned) else {
            continue;
        };
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|error| unread(&error, most))?;
        match file_name {
            None => {
                fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
            // A field of a file for which none was chosen.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(file_name) => {
                file = Some(FormFile {
                    name: file_name,
                    bytes: bytes.to_vec(),
                });
            }
        }
    }
    Ok((fields, file))
}

fn unread(error: &MultipartError, most: u64) -> HttpProblem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(most);
    }
    HttpProblem::new(error.status(), error.body_text())
}

/// A file is longer than is taken where the console runs.
pub(crate) fn too_large(most: u64) -> HttpProblem {
    HttpProblem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        text!("form-file-the-file-is-too", most = words::bytes(most)),
    )
}
