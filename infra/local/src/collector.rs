//! Traces and figures to a collector, where the program was built with the feature `otlp`. It is no part of the usual
//! program, which a newcomer waits for.

#[cfg(feature = "otlp")]
pub(crate) use attendee_sync_adapters::collector::{OtlpCollector, begin, current};

#[cfg(not(feature = "otlp"))]
pub(crate) use absent::{Absent as OtlpCollector, begin, current};

#[cfg(not(feature = "otlp"))]
mod absent {
    use std::sync::Arc;

    use attendee_sync_app::App;
    use tracing_subscriber::layer::Identity;

    /// What a program without the feature would send with.
    pub(crate) enum Absent {}

    impl Absent {
        pub(crate) fn layer(&self) -> Identity {
            match *self {}
        }

        pub(crate) fn watch(&self, _app: &Arc<App>) {
            match *self {}
        }

        pub(crate) fn flush(&self) {
            match *self {}
        }
    }

    /// Refuses an address of a collector.
    pub(crate) fn begin(_service: &str) -> Result<Option<&'static Absent>, &'static str> {
        match std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT") {
            Some(address) if !address.is_empty() => Err(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this program was built without it: build it with `cargo build \
                 --release --features otlp`. Nothing is sent",
            ),
            _ => Ok(None),
        }
    }

    pub(crate) fn current() -> Option<&'static Absent> {
        None
    }
}
