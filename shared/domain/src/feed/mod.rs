//! Reading what a source sends, without waiting and without trusting it: where records lie in a
//! body, how one body is cut into records, and what a record's fields are.

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
