//! Imports lists of people, for pages and API alike: as much as a request may do.

use std::time::Duration;

use attendee_sync_app::ImportPart;
use attendee_sync_domain::hand::ImportId;
use tokio::time::Instant;

/// How long a request begins to write people: API Gateway gives up after 30 seconds (Amazon API Gateway, "Quotas for
/// HTTP APIs"), and the last of them have to be done by then.
const IMPORT_TIME: Duration = Duration::from_secs(15);

/// As much of an import as a request may do, which begins now.
pub(crate) fn in_time(import: Option<ImportId>) -> ImportPart {
    ImportPart {
        until: Some(Instant::now() + IMPORT_TIME),
        import,
    }
}
