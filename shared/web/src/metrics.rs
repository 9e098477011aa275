//! Figures for Prometheus, in its text format (version 0.0.4). They name no person.

use std::fmt::{Display, Write as _};

use attendee_sync_app::{EventGauge, ProcessTallies};
use attendee_sync_domain::hook::HookRefusal;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::console::SharedConsole;
use crate::extract::QueryParameters;
use crate::problem::HttpProblem;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct MetricsQuery {
    /// Whether the events are asked about, too; that reads some items of each.
    events: Option<String>,
}

/// The figures of this process, and of the events where they are asked about.
pub(crate) async fn show(
    State(console): SharedConsole,
    QueryParameters(asked): QueryParameters<MetricsQuery>,
) -> Result<Response, HttpProblem> {
    let mut page = MetricsPage::default();
    page.process(&console.app.tallies());
    if asked.events.is_some() {
        let now = console.app.now();
        page.events(&console.app.event_gauges().await?, now);
    }
    Ok(([(header::CONTENT_TYPE, TEXT)], page.0).into_response())
}

/// Metrics as they are written.
#[derive(Default)]
struct MetricsPage(String);

impl MetricsPage {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text does not fail.
        let _written = writeln!(self.0, "# HELP {name} {help}");
        let _written = writeln!(self.0, "# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, label: Option<(&str, &str)>, value: &dyn Display) {
        let _written = match label {
            None => writeln!(self.0, "{name} {value}"),
            // States, reasons and ids of events have no quotes.
            Some((label, text)) => writeln!(self.0, "{name}{{{label}=\"{text}\"}} {value}"),
        };
    }

    fn process(&mut self, tallies: &ProcessTallies) {
        let runs = "attendee_sync_runs_total";
        self.head(
            runs,
            "counter",
            "Runs that ended in this process, by the state that they ended in.",
        );
        for state in ["succeeded", "failed", "held", "interrupted", "stopped"] {
            let count = tallies.runs.get(state).copied().unwrap_or_default();
            self.value(runs, Some(("state", state)), &count);
        }
        for (name, help, value) in [
            (
                "attendee_sync_records_read_total",
                "Records that these runs read.",
                tallies.records.to_string(),
            ),
            (
                "attendee_sync_run_seconds_total",
                "Seconds that these runs took.",
                tallies.seconds.to_string(),
            ),
            (
                "attendee_sync_mails_sent_total",
                "Invitations that were handed to the mail service.",
                tallies.mails_sent.to_string(),
            ),
            (
                "attendee_sync_mails_failed_total",
                "Invitations that will never be sent.",
                tallies.mails_failed.to_string(),
            ),
            (
                "attendee_sync_hooks_accepted_total",
                "Hooks that were taken.",
                tallies.hooks_taken.to_string(),
            ),
        ] {
            self.head(name, "counter", help);
            self.value(name, None, &value);
        }
        let refused = "attendee_sync_hooks_refused_total";
        self.head(
            refused,
            "counter",
            "Hooks that were refused, by the reason.",
        );
        for reason in HookRefusal::ALL {
            let count = tallies
                .hooks_refused
                .get(&reason)
                .copied()
                .unwrap_or_default();
            self.value(refused, Some(("reason", reason.name())), &count);
        }
    }

    fn events(&mut self, events: &[EventGauge], now: Timestamp) {
        type Since = fn(&EventGauge) -> Option<Timestamp>;
        let ages: [(&str, &str, Since); 3] = [
            (
                "attendee_sync_last_success_age_seconds",
                "Seconds since the last good sync of an event ended.",
                |event| event.last_success,
            ),
            (
                "attendee_sync_hook_queue_age_seconds",
                "Seconds since the oldest hook came that waits to be read.",
                |event| event.hooks_wait_since,
            ),
            (
                "attendee_sync_notice_queue_age_seconds",
                "Seconds since the oldest notice came about that waits to be delivered.",
                |event| event.notices_wait_since,
            ),
        ];
        for (name, help, since) in ages {
            self.head(name, "gauge", help);
            for event in events {
                if let Some(since) = since(event) {
                    let age = now.duration_since(since).as_secs().max(0);
                    self.value(name, Some(("event", event.event.as_str())), &age);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_metric_has_its_words_and_its_kind() {
        let mut page = MetricsPage::default();
        page.process(&ProcessTallies {
            runs: BTreeMap::from([("failed", 2)]),
            records: 1_000,
            seconds: 1.5,
            hooks_taken: 3,
            hooks_refused: BTreeMap::from([(HookRefusal::WrongSignature, 4)]),
            ..ProcessTallies::default()
        });
        let at = |second| Timestamp::from_second(second).unwrap();
        let gauge = EventGauge {
            event: "devcon".parse().unwrap(),
            last_success: Some(at(1_000)),
            hooks_wait_since: None,
            notices_wait_since: Some(at(4_590)),
        };
        page.events(&[gauge], at(4_600));
        for line in [
            "attendee_sync_runs_total{state=\"failed\"} 2",
            "attendee_sync_runs_total{state=\"succeeded\"} 0",
            "attendee_sync_records_read_total 1000",
            "attendee_sync_run_seconds_total 1.5",
            "attendee_sync_hooks_accepted_total 3",
            "attendee_sync_hooks_refused_total{reason=\"wrong_signature\"} 4",
            "attendee_sync_last_success_age_seconds{event=\"devcon\"} 3600",
            "attendee_sync_notice_queue_age_seconds{event=\"devcon\"} 10",
        ] {
            assert!(
                page.0.lines().any(|known| known == line),
                "{line}: {}",
                page.0
            );
        }
        for line in page.0.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap();
            for head in ["HELP", "TYPE"] {
                let head = format!("# {head} {name} ");
                assert_eq!(page.0.matches(&head).count(), 1, "{head}");
            }
        }
    }
}
