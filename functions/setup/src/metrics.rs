//! Metrics in the embedded metric format: lines on standard output from which `CloudWatch` creates
//! metrics. They name no event and no person, as each combination of dimensions is a metric of its
//! own and costs money.
//!
//! Amazon `CloudWatch` User Guide, "Specification: Embedded metric format".

use std::collections::BTreeMap;
use std::io::Write;

use attendee_sync_app::{DispatchResult, PauseScope};
use attendee_sync_domain::run::{Counts, Run, RunState};
use jiff::Timestamp;
use serde_json::{Value, json};

const NAMESPACE: &str = "AttendeeSync";

/// Metrics of one invocation.
#[derive(Debug)]
pub struct Metrics {
    service: String,
    values: BTreeMap<&'static str, (&'static str, f64)>,
}

impl Metrics {
    /// Returns metrics of this installation, without any value.
    #[must_use]
    pub fn of(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            values: BTreeMap::new(),
        }
    }

    /// Adds a count.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn count(self, name: &'static str, count: u64) -> Self {
        self.value(name, "Count", count as f64)
    }

    /// Adds a duration, or the time since something happened.
    #[must_use]
    pub fn seconds(self, name: &'static str, seconds: f64) -> Self {
        self.value(name, "Seconds", seconds)
    }

    fn value(mut self, name: &'static str, unit: &'static str, value: f64) -> Self {
        self.values.insert(name, (unit, value));
        self
    }

    /// Adds the metrics of a finished run.
    #[must_use]
    pub fn run(self, run: &Run, last_success: Option<Timestamp>, now: Timestamp) -> Self {
        let is = |state| u64::from(run.state == state);
        let Counts {
            records_read,
            added,
            updated,
            removed,
            missing_removed,
            moved,
            rejected,
            ..
        } = run.counts;
        let age = |since: Timestamp| now.duration_since(since).as_secs_f64().max(0.0);
        let metrics = self
            .count("RunsSucceeded", is(RunState::Succeeded))
            .count(
                "RunsFailed",
                is(RunState::Failed) + is(RunState::Interrupted),
            )
            .count("RunsHeld", is(RunState::Held))
            .seconds("RunSeconds", run.summary().seconds)
            .count("RecordsRead", records_read)
            .count("PeopleAdded", added)
            .count("PeopleUpdated", updated)
            .count("PeopleRemoved", removed + missing_removed + moved)
            .count("RecordsRejected", rejected);
        match last_success {
            Some(since) => metrics.seconds("LastSuccessAgeSeconds", age(since)),
            None => metrics,
        }
    }

    /// Adds the numbers of invitations by outcome.
    #[must_use]
    pub fn posted(self, posted: &DispatchResult) -> Self {
        // What keeps the mail of one event alone is that event's matter.
        let is_paused = posted
            .trouble
            .as_ref()
            .is_some_and(|trouble| trouble.keeps == PauseScope::All);
        self.count("InvitationsSent", posted.sent)
            .count("InvitationsFailed", posted.failed)
            .count("InvitationsInDoubt", posted.in_doubt)
            .count("DispatchesPaused", u64::from(is_paused))
    }

    /// Returns the line, if there is any value.
    fn line(&self, now: Timestamp) -> Option<Value> {
        if self.values.is_empty() {
            return None;
        }
        let metrics: Vec<Value> = self
            .values
            .iter()
            .map(|(name, (unit, _))| json!({"Name": name, "Unit": unit}))
            .collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Service"]],
                    "Metrics": metrics,
                }],
            },
            "Service": self.service,
        });
        if let Some(members) = line.as_object_mut() {
            for (name, (_, value)) in &self.values {
                members.insert((*name).to_owned(), json!(value));
            }
        }
        Some(line)
    }

    /// Writes the line to standard output.
    pub fn emit(&self, now: Timestamp) {
        if let Some(line) = self.line(now) {
            // Without standard output, nobody could read it.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::run::RunMode;

    use super::*;

    #[test]
    fn a_run_is_said_in_one_line_that_names_no_event() {
        let started = Timestamp::UNIX_EPOCH;
        let mut run = Run::begin("devcon.7".parse().unwrap(), RunMode::Sync, started);
        run.state = RunState::Failed;
        run.reason = Some("canary@example.org".to_owned());
        run.counts.added = 3;
        run.milliseconds = 1_500;
        let now = "1970-01-01T01:00:00Z".parse().unwrap();
        let metrics = Metrics::of("acme").run(&run, Some(started), now);
        let line = metrics.line(now).unwrap();
        assert_eq!(line["RunsFailed"], 1.0);
        assert_eq!(line["RunsSucceeded"], 0.0);
        assert_eq!(line["PeopleAdded"], 3.0);
        assert_eq!(line["RunSeconds"], 1.5);
        assert_eq!(line["LastSuccessAgeSeconds"], 3_600.0);
        assert_eq!(line["_aws"]["Timestamp"], 3_600_000);
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Dimensions"], json!([["Service"]]));
        for metric in declared["Metrics"].as_array().unwrap() {
            assert!(
                line[metric["Name"].as_str().unwrap()].is_number(),
                "{metric}"
            );
        }
        assert!(!line.to_string().contains("devcon"));
        assert!(!line.to_string().contains("canary"));
    }

    #[test]
    fn nothing_to_say_is_not_said() {
        assert_eq!(Metrics::of("acme").line(Timestamp::UNIX_EPOCH), None);
    }
}
