//! Logs as lines of JSON on standard output, which Lambda sends to `CloudWatch`. They contain ids
//! of requests, events and runs, and no personal data, which the use cases ensure. Traces of
//! libraries are left out at every level: the runtime's traces contain whole events, with the
//! tokens and cookies of requests, and those of the AWS clients contain items and secrets. A
//! release build has nothing below `info` at all.

use attendee_sync_adapters::collector::{self, OtlpCollector};
use attendee_sync_domain::causes::with_causes;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// The prefix of the names of this project's crates.
const OURS: &str = "attendee_sync";

/// Starts logging by `RUST_LOG` (`warn`, or `warn,attendee_sync=info`), or from the level `info`
/// on. A collector gets what was done, too, where one is configured.
pub(crate) fn begin() {
    let wanted = std::env::var("RUST_LOG").ok();
    let filter = wanted.and_then(|wanted| wanted.parse().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    // A client that blocks cannot be made where an asynchronous runtime is at work.
    let begun = std::thread::spawn(|| collector::begin("attendee-sync")).join();
    let collector = begun.unwrap_or(Ok(None));
    let found = collector.as_ref().ok().copied().flatten();
    lines(filter, std::io::stdout)
        .with(found.map(OtlpCollector::layer))
        .init();
    if let Err(error) = collector {
        tracing::error!(error = with_causes(&error), "no traces are sent");
    }
}

/// Does the work of an invocation, and has the collector told of it before the process is put to sleep.
pub async fn reported<T>(work: impl Future<Output = T>) -> T {
    let done = work.await;
    if let Some(collector) = collector::current() {
        // What fails is logged there.
        let _sent = tokio::task::spawn_blocking(|| collector.flush()).await;
    }
    done
}

fn lines<W>(filter: Targets, writer: W) -> impl Subscriber + for<'s> LookupSpan<'s> + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(writer)
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        // `CloudWatch` adds the time itself.
        .without_time();
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .with(filter_fn(is_told))
}

/// Returns whether something is logged: from other crates, only what is at least `info`.
fn is_told(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || metadata.target().starts_with(OURS)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct LogLines(Arc<Mutex<Vec<u8>>>);

    impl Write for LogLines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn told(level: &str) -> String {
        let lines_told = LogLines::default();
        let writer = lines_told.clone();
        let subscriber = lines(level.parse().unwrap(), move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "lambda_runtime::layers", body = "canary", "raw JSON event");
            tracing::debug!(target: "aws_smithy_runtime::client", request = "canary", "transmitting");
            tracing::info!(target: "lambda_runtime", "of theirs");
            let span = tracing::trace_span!("ours", event = "devcon");
            let _entered = span.enter();
            tracing::trace!("traced of ours");
        });
        let bytes = lines_told.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn no_level_has_libraries_tell_what_passes_through_them() {
        for level in ["trace", "debug", "trace,lambda_runtime=trace"] {
            let told = told(level);
            assert!(!told.contains("canary"), "{level}: {told}");
            assert!(told.contains("of theirs"), "{level}: {told}");
        }
        assert!(told("trace").contains("traced of ours"));
        assert!(!told("info").contains("traced of ours"));
    }
}
