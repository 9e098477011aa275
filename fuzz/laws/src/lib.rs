//! Laws that hold for any input: of what reads other people's input, and of nothing else.
//!
//! The fuzz targets look for an input that breaks one, under a sanitizer (`tests/fuzz`); the tests of this
//! crate play every input in `fuzz/corpus` again, without one.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic is how a law is broken"
)]

mod base;
mod charset;
mod csv;
mod delete_flag;
mod document;
mod email;
mod expression;
mod lines;
mod links;
mod paths;
mod reading;
mod record;
mod records;
mod strict;
mod template;
mod text;

pub use charset::hold as charset;
pub use csv::hold as csv;
pub use delete_flag::hold as delete_flag;
pub use document::hold as document;
pub use email::hold as email;
pub use expression::hold as expression;
pub use lines::hold as lines;
pub use links::hold as links;
pub use paths::hold as paths;
pub use record::hold as record;
pub use records::hold as records;
pub use template::hold as template;

/// A law. It panics where an input breaks it.
pub type Law = fn(&[u8]);

/// The laws, each by the name of its fuzz target and of its folder in `fuzz/corpus`.
pub const LAWS: [(&str, Law); 12] = [
    ("charset", charset),
    ("csv", csv),
    ("delete_flag", delete_flag),
    ("document", document),
    ("email", email),
    ("expression", expression),
    ("lines", lines),
    ("links", links),
    ("paths", paths),
    ("record", record),
    ("records", records),
    ("template", template),
];
