//! The shape of one registration, as the sample's API sends it.

use jiff::Timestamp;
use serde::Serialize;

/// One registration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SampleRecord {
    pub(crate) id: String,
    pub(crate) status: SampleStatus,
    pub(crate) ticket: &'static str,
    pub(crate) person: SamplePerson,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) badge_url: Option<String>,
    pub(crate) erased: bool,
    pub(crate) updated_at: Timestamp,
}

/// Whether the registration is still valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SampleStatus {
    Confirmed,
    Cancelled,
}

/// The person who registered. An optional answer that was not given is sent as `null` or as an
/// empty text, as real forms do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SamplePerson {
    pub(crate) title: &'static str,
    pub(crate) given_name: &'static str,
    pub(crate) family_name: Option<&'static str>,
    pub(crate) email: Option<String>,
    pub(crate) job_title: &'static str,
    pub(crate) organisation: &'static str,
    pub(crate) country: &'static str,
    pub(crate) bio: Option<String>,
}
