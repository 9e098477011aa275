//! Logs as lines of JSON on standard output, which Lambda hands to `CloudWatch`. They hold ids of
//! requests, events and runs, and no personal data: that is the use cases' care.

use tracing_subscriber::EnvFilter;

/// Begins to log, by `RUST_LOG`, or what is at least `info`.
pub(crate) fn begin() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        // `CloudWatch` has its own.
        .without_time()
        .init();
}
