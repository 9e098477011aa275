//! Reads the answers of a source without waiting and without trusting them: finds the list of
//! records in a body, splits a body into records, and finds the fields of a record.

mod element;
mod fields;
mod number;
mod page_signs;
mod path;
mod record;
mod splitter;

pub use element::{UnreadableElement, parse_element, parse_value};
pub(crate) use fields::step as field_step;
pub use fields::{FieldFound, FieldsFound};
pub(crate) use page_signs::folded as folded_name;
pub use page_signs::{PageSays, PageSign, page_signs_beside};
pub use path::{FieldPath, LastRecordPath, NoPlace, PathError, RecordsPath};
pub use record::{FeedRecord, RecordDetails, expand, expand_noting, listed};
pub(crate) use splitter::type_name;
pub use splitter::{
    FeedEnd, FeedError, MAX_ENVELOPE_BYTES, MAX_RECORD_BYTES, RecordSplitter, Unit,
};
