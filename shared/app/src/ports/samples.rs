//! The beginning of a feed, for a person to look at.

use super::{Remark, SourceError};

/// The beginning of a feed, with the request for it. It contains no credential.
#[derive(Debug)]
pub struct FeedSample {
    /// The request that was made, or would have been.
    pub request: RequestMade,
    /// The answer, if there was one.
    pub answer: Option<ResponseSummary>,
    /// Elements of the list as bytes; `None` for one that was too long.
    pub units: Result<Vec<Option<Vec<u8>>>, SourceError>,
    /// Whether there are more, on this page or on others.
    pub more: bool,
    /// Parts of the answer that were not read as records.
    pub remarks: Vec<Remark>,
}

/// A request as people may see it: every credential is a `…`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RequestMade {
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
}

/// A summary of an answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schemas", schema(as = SourceAnswer))]
pub struct ResponseSummary {
    /// Its status code.
    pub status: u16,
    /// Its content type, if it named one.
    pub content_type: Option<String>,
    /// Milliseconds until its headers arrived.
    pub milliseconds: u64,
    /// The headers about pagination and authentication.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
    /// The text of the body as far as it was read; personal data.
    #[serde(skip)]
    pub text: Vec<u8>,
}
