//! Lists: what is asked of them, their pages, the links between these, and the same rows as files.
//!
//! The API, the pages and the files share it, so that a parameter means the same wherever it stands. Which rows there are is for the
//! use cases to say.

pub(crate) mod choices;
pub(crate) mod export;
pub(crate) mod filters;
pub(crate) mod kept_words;
pub(crate) mod links;
pub(crate) mod paging;
