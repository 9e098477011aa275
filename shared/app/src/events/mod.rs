//! Events: their configuration, trying it out, their schedules, and what administers an installation.

pub(crate) mod bring_over;
pub(crate) mod cloud_schedules;
pub(crate) mod configuration_history;
pub(crate) mod configure;
pub(crate) mod count_records;
pub(crate) mod dashboard;
pub(crate) mod dead_letters;
pub(crate) mod delete;
pub(crate) mod diagnose;
pub(crate) mod drafts;
pub(crate) mod hooks;
pub(crate) mod move_secrets;
pub(crate) mod named_secrets;
pub(crate) mod notices;
pub(crate) mod overview;
pub(crate) mod preview;
pub(crate) mod propose;
pub(crate) mod purge;
pub(crate) mod query_source;
pub(crate) mod reconcile_schedules;
pub(crate) mod schedule;
pub(crate) mod test_mapping;
pub(crate) mod tokens;
pub(crate) mod upkeep;
pub(crate) mod upload;
