//! Lists: their filters, their pages, the links between these, and the same rows as files.
//!
//! The API, the pages and the files share this module, so that a parameter has the same meaning
//! everywhere. The use cases decide which rows there are.

pub(crate) mod choices;
pub(crate) mod export;
pub(crate) mod filters;
pub(crate) mod kept_words;
pub(crate) mod links;
pub(crate) mod paging;
