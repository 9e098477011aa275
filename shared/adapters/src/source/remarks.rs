//! Remarks on answers that contain more than was read, or something else.

use attendee_sync_app::ports::Remark;
use attendee_sync_domain::config::Pagination;
use serde_json::Value;

use super::offers::{Offer, ReadAmount, Says};
use super::told;

/// The code of the remark that there was no list.
pub(super) const NO_LIST: &str = "no_list";

/// Adds the number of the page to remarks, where it is not the first.
pub(super) fn on_page(page: u64, remarks: Vec<Remark>) -> impl Iterator<Item = Remark> {
    remarks.into_iter().map(move |mut remark| {
        if page > 1 {
            remark.reason = format!("page {page}: {}", remark.reason);
        }
        remark
    })
}

/// Returns the remark that an answer has records and also reports an error.
pub(super) fn error_beside_records(error: &str) -> Remark {
    Remark::incomplete(
        "error_told",
        "source",
        format!(
            "the source tells an error beside its records, so that some may be missing: {error}"
        ),
    )
}

/// Returns whether an answer without its list cannot stand for an empty feed: it has another list,
/// or a message.
pub(super) fn is_no_empty_feed(envelope: &Value) -> bool {
    let Value::Object(fields) = envelope else {
        return true;
    };
    let has_list = |value: &Value| match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(inner) => inner.values().any(Value::is_array),
        _ => false,
    };
    told::says_something(envelope) || fields.values().any(has_list)
}

/// Returns the remark that there is no list; `None` where the answer itself says that nobody is
/// listed.
pub(super) fn no_list(message: &str, envelope: &Value) -> Option<Remark> {
    let fields = envelope.as_object()?;
    let says_none = fields.iter().any(|(name, value)| {
        let is_total = matches!(
            told::plain(name).as_str(),
            "total" | "count" | "totalcount" | "totalresults"
        );
        is_total && value.as_u64() == Some(0)
    });
    (!says_none).then(|| {
        Remark::incomplete(
            NO_LIST,
            "source.records",
            format!("{message}; it counts as empty as long as nobody came from this source, but check source.records"),
        )
    })
}

/// Returns the places that a pagination uses, as the document writes them.
pub(super) fn known_places(pagination: &Pagination) -> Vec<String> {
    let paths = match pagination {
        Pagination::None => vec![],
        Pagination::LinkHeader => return vec!["the Link header".to_owned()],
        Pagination::NextLink { path } => vec![Some(path)],
        Pagination::Page {
            total_pages_path,
            next_path,
            ..
        } => vec![total_pages_path.as_ref(), next_path.as_ref()],
        Pagination::Offset { total_path, .. } => vec![total_path.as_ref()],
        Pagination::Cursor {
            path, more_path, ..
        } => vec![Some(path), more_path.as_ref()],
    };
    paths
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect()
}

/// Returns how many records a total may include that are not sent: fewer than a page has, where the
/// source itself marks the last page, and otherwise none. Many sources count deleted records; where
/// a whole page is missing, records were lost.
pub(super) fn slack(pagination: &Pagination, pages: u64, records: u64) -> u64 {
    let says_its_end = match pagination {
        Pagination::None | Pagination::Offset { .. } => false,
        Pagination::NextLink { .. } | Pagination::LinkHeader | Pagination::Cursor { .. } => true,
        Pagination::Page {
            total_pages_path,
            next_path,
            ..
        } => total_pages_path.is_some() || next_path.is_some(),
    };
    if !says_its_end || pages == 0 {
        return 0;
    }
    records.div_ceil(pages).saturating_sub(1)
}

/// Returns the remark that an answer shows more than was read.
pub(super) fn more(offer: &Offer, read: &ReadAmount, pagination: &Pagination) -> Remark {
    let Offer { place, says } = offer;
    let what = match says {
        Says::Link | Says::Mark | Says::More => "that there is another page".to_owned(),
        Says::Pages(pages) => format!("that there are {pages} pages"),
        Says::Records(records) => format!("that there are {records} records"),
    };
    let records = match read.records {
        1 => "1 record was".to_owned(),
        records => format!("{records} records were"),
    };
    let reason = if *pagination == Pagination::None {
        let how = match says {
            Says::Link if place == "the Link header" => {
                ", here to {\"type\": \"link_header\"}".to_owned()
            }
            Says::Link => format!(
                ", here to {{\"type\": \"next_link\", \"path\": \"{}\"}}",
                place.replace('"', "\\\"")
            ),
            Says::Mark | Says::More | Says::Pages(_) | Says::Records(_) => {
                ", by the documentation of the source".to_owned()
            }
        };
        format!(
            "the answer says at {place} {what}, and {records} read: source.pagination says that there is one page. \
             Set source.pagination{how}"
        )
    } else {
        format!(
            "the answer says at {place} {what}, and the paging ended when {records} read; check \
             source.pagination"
        )
    };
    Remark::incomplete("more_than_read", "source.pagination", reason)
}
