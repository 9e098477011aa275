//! Runs: reading a source, finding what changed, and applying it.

pub(crate) mod approval;
pub(crate) mod batch_limits;
pub(crate) mod batch_sender;
pub(crate) mod checkpoint;
pub(crate) mod commands;
pub(crate) mod current;
pub(crate) mod details;
pub(crate) mod drain;
pub(crate) mod engine;
pub(crate) mod fetch;
pub(crate) mod guards;
pub(crate) mod in_process;
pub(crate) mod lease;
pub(crate) mod messages;
pub(crate) mod moves;
pub(crate) mod new_groups;
pub(crate) mod pieces;
pub(crate) mod progress;
pub(crate) mod read_mode;
pub(crate) mod reader;
pub(crate) mod reconcile;
pub(crate) mod sight;
pub(crate) mod source_keys;
pub(crate) mod start;
pub(crate) mod stop;
pub(crate) mod too_many_records;
