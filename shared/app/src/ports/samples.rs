//! The beginning of a feed, for a person to look at.

use super::{Remark, SourceError};

/// The beginning of a feed, with what was asked for it. Holds no credential.
#[derive(Debug)]
pub struct FeedSample {
    /// The request that was made, or would have been.
    pub request: RequestMade,
    /// What was answered, if anything was.
    pub answer: Option<ResponseSummary>,
    /// Elements of the list as bytes; `None` for one that was too long.
    pub units: Result<Vec<Option<Vec<u8>>>, SourceError>,
    /// Whether there are more, on this page or on others.
    pub more: bool,
    /// What the answer held that was not read as a record.
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

/// An answer in short.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schemas", schema(as = SourceAnswer))]
pub struct ResponseSummary {
    /// Its status code.
    pub status: u16,
    /// Its content type, if it named one.
    pub content_type: Option<String>,
    /// Milliseconds until its headers were there.
    pub milliseconds: u64,
    /// Its headers that tell of paging and authentication.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
    /// The text of its body as far as it was seen; personal data.
    #[serde(skip)]
    pub text: Vec<u8>,
}
