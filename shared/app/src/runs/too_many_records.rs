//! The limit on the records of a feed.

use attendee_sync_domain::config::EventDocument;

use crate::ports::SourceError;

/// Returns the error for a feed that has too many records.
pub(crate) fn too_many(document: &EventDocument) -> SourceError {
    let limit = document.source.limits.max_records;
    SourceError::new(format!(
        "the feed has more than {limit} records; source.limits.max_records says how many it may have"
    ))
}
