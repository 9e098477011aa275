//! Logs as lines of JSON on standard output, which Lambda hands to `CloudWatch`. They hold ids of
//! requests, events and runs, and no personal data: that is the use cases' care.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log, by `RUST_LOG` (`warn`, or `warn,attendee_sync=info`), or what is at least `info`.
pub(crate) fn begin() {
    let wanted = std::env::var("RUST_LOG").ok();
    let filter = wanted.and_then(|wanted| wanted.parse().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        // `CloudWatch` has its own.
        .without_time();
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .init();
}
