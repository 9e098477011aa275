//! Traces and figures to a collector, by OTLP over HTTP (OpenTelemetry).
//!
//! The variables of OpenTelemetry say where and how: `OTEL_EXPORTER_OTLP_ENDPOINT`, `…_HEADERS`, `…_TIMEOUT`,
//! `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`. Without an address nothing is sent. What
//! is sent has ids of requests, events and runs, and the templates of addresses; it names no person.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use attendee_sync_app::{App, ProcessTallies};
use attendee_sync_domain::causes::with_causes;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use reqwest::blocking::Client;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::source::certificates;

/// The variables, one of which has to be set for anything to be sent.
const ADDRESSES: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
];
/// The prefix of the names of this project's crates.
const OURS: &str = "attendee_sync";
/// Longest wait for a collector.
const PATIENCE: Duration = Duration::from_secs(5);

/// The collector of this process: spans are handed to it by whatever the process does.
static CURRENT: OnceLock<OtlpCollector> = OnceLock::new();

/// A collector could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("traces and figures cannot be sent to the collector of OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
pub struct NoCollector(String);

/// What sends traces and figures.
#[derive(Debug)]
pub struct OtlpCollector {
    traces: SdkTracerProvider,
    figures: SdkMeterProvider,
}

/// Begins to send to the collector that the environment names; `None` where it names none. The process must have
/// installed a TLS provider. Not for a thread that serves an asynchronous runtime.
pub fn begin(service: &'static str) -> Result<Option<&'static OtlpCollector>, NoCollector> {
    let is_named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !ADDRESSES.into_iter().any(is_named) {
        return Ok(None);
    }
    let collector = OtlpCollector::new(service)?;
    Ok(Some(CURRENT.get_or_init(|| collector)))
}

/// Returns the collector of this process, if it has one.
#[must_use]
pub fn current() -> Option<&'static OtlpCollector> {
    CURRENT.get()
}

impl OtlpCollector {
    fn new(service: &'static str) -> Result<Self, NoCollector> {
        let client = client()?;
        let spans = SpanExporter::builder()
            .with_http()
            .with_http_client(client.clone());
        let spans = spans.build().map_err(|error| NoCollector::of(&error))?;
        let figures = MetricExporter::builder()
            .with_http()
            .with_http_client(client);
        let figures = figures.build().map_err(|error| NoCollector::of(&error))?;
        let resource = resource(service);
        Ok(Self {
            traces: SdkTracerProvider::builder()
                .with_batch_exporter(spans)
                .with_resource(resource.clone())
                .build(),
            figures: SdkMeterProvider::builder()
                .with_periodic_exporter(figures)
                .with_resource(resource)
                .build(),
        })
    }

    /// Returns what hands the spans of this project's crates, and what is logged in them, to the collector.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.traces.tracer("attendee-sync"))
            .with_location(false)
            .with_threads(false)
            .with_filter(filter_fn(is_ours))
    }

    /// Has the figures of an application's process sent from now on.
    pub fn watch(&self, app: &Arc<App>) {
        let meter = self.figures.meter("attendee-sync");
        let tally = |name, help, read: fn(&ProcessTallies) -> u64| {
            let app = Arc::downgrade(app);
            count(&meter, name, help, move |observe| {
                if let Some(app) = app.upgrade() {
                    observe(read(&app.tallies()), None);
                }
            });
        };
        tally(
            "attendee_sync_records_read",
            "Records that the runs of this process read.",
            |tallies| tallies.records,
        );
        tally(
            "attendee_sync_mails_sent",
            "Invitations that were handed over.",
            |tallies| tallies.mails_sent,
        );
        tally(
            "attendee_sync_mails_failed",
            "Invitations that were not sent, for good.",
            |tallies| tallies.mails_failed,
        );
        tally(
            "attendee_sync_hooks_taken",
            "Hooks that were taken.",
            |tallies| tallies.hooks_taken,
        );
        let watched = Arc::downgrade(app);
        count(
            &meter,
            "attendee_sync_runs",
            "Runs that ended in this process, by the state that they ended in.",
            move |observe| {
                let Some(app) = watched.upgrade() else {
                    return;
                };
                for (state, count) in app.tallies().runs {
                    observe(count, Some(KeyValue::new("state", state)));
                }
            },
        );
    }

    /// Sends what waits, for as long as a collector may take. It blocks the thread.
    pub fn flush(&self) {
        for sent in [self.traces.force_flush(), self.figures.force_flush()] {
            if let Err(error) = sent {
                let error = with_causes(&error);
                tracing::warn!(error, "the collector did not take traces or figures");
            }
        }
    }
}

impl NoCollector {
    fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        Self(with_causes(error))
    }
}

/// A counter that is asked for its values whenever they are sent.
fn count(
    meter: &Meter,
    name: &'static str,
    help: &'static str,
    ask: impl Fn(&mut dyn FnMut(u64, Option<KeyValue>)) + Send + Sync + 'static,
) {
    // The meter asks for as long as it lives.
    let _asked = meter
        .u64_observable_counter(name)
        .with_description(help)
        .with_callback(move |observer| {
            ask(&mut |value, label| observer.observe(value, label.as_slice()));
        })
        .build();
}

fn resource(service: &'static str) -> Resource {
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    if named {
        builder.build()
    } else {
        builder.with_service_name(service).build()
    }
}

fn client() -> Result<Client, NoCollector> {
    let config = certificates::checking().map_err(|error| NoCollector::of(&error))?;
    let builder = Client::builder()
        .timeout(PATIENCE)
        .user_agent(concat!("attendee-sync/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(config);
    builder.build().map_err(|error| NoCollector::of(&error))
}

/// Whether a span or an event is handed on: those of libraries have whole requests in them.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO && metadata.target().starts_with(OURS)
}
