//! What is stored once all is calm: attendees, users, groups and memberships, field by field, in
//! lines; what should be gone by then; and what the runs say they did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attendee_sync_adapters::table::TableItem;
use attendee_sync_app::App;
use attendee_sync_domain::run::{Action, Run, RunState};
use serde_json::{Value, json};

use super::scene::event;
use super::watch::{Items, document};

/// Most runs and changes there are.
const MOST: usize = 100;

/// Everything that is stored of people but times, run numbers and where invitations stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// A line for each of these.
    pub(super) lines: BTreeSet<String>,
    /// What should be gone: erasures to finish, mails that wait.
    pub(super) left: Vec<String>,
    /// Where the invitations of the event stand, by address.
    pub(super) invitations: BTreeMap<String, Option<String>>,
}

impl Picture {
    pub(super) fn of(items: &Items) -> Self {
        let mut picture = Self::default();
        for (key, item) in items {
            picture.look(&key.pk, &key.sk, item);
        }
        picture
    }

    fn look(&mut self, pk: &str, sk: &str, item: &TableItem) {
        let parts: Vec<&str> = pk.split('#').collect();
        let document = || document(item);
        let line = match parts.as_slice() {
            ["E", event, "A", _] => {
                let attendee = document();
                if *event == "devcon" {
                    self.invited(&attendee);
                }
                format!("attendee of {event}: {}", attendee_line(attendee))
            }
            ["C", _, "U", _] => user_line(sk, &document()),
            ["C", _, "G", _, group] => format!("member of {group}: {sk}"),
            ["C", _, "GROUPS"] => format!("group: {}", document()),
            ["E", _, "O" | "WAVES", ..] | ["C", _, "ERASE"] => {
                return self.left.push(format!("{pk}/{sk}"));
            }
            // What a batch parked whose run was over by then goes by itself, as what was put down does.
            ["E", _, "LOG"] if sk.starts_with("H#") && !sk.contains("#b") => {
                return self.left.push(format!("{pk}/{sk}"));
            }
            _ => return,
        };
        self.lines.insert(line);
    }

    fn invited(&mut self, attendee: &Value) {
        let steps = attendee["invitation"]["steps"].as_array();
        let newest = steps.and_then(|steps| steps.last());
        let state = newest.map(|step| step["state"].as_str().unwrap().to_owned());
        let address = attendee["email"].as_str().unwrap().to_owned();
        self.invitations.insert(address, state);
    }

    /// What one has and the other has not.
    pub(super) fn differences(&self, wanted: &Self) -> Vec<String> {
        let short = |line: &String| line.chars().take(600).collect::<String>();
        let more = self.lines.difference(&wanted.lines);
        let less = wanted.lines.difference(&self.lines);
        more.map(|line| format!("C1: there is {}", short(line)))
            .chain(less.map(|line| format!("C1: there should be {}", short(line))))
            .chain(
                self.left
                    .iter()
                    .map(|key| format!("C1: there still is {key}")),
            )
            .collect()
    }
}

fn attendee_line(attendee: Value) -> String {
    let left_out = ["added", "updated", "run", "log", "invitation"];
    let mut attendee = without(attendee, &left_out);
    if !attendee["barred"].is_null() {
        attendee["barred"] = json!(true);
    }
    for record in attendee["records"].as_array_mut().into_iter().flatten() {
        // Who only moved in the feed is not written.
        record["position"] = Value::Null;
    }
    attendee.to_string()
}

fn user_line(person: &str, state: &Value) -> String {
    match state.get("user") {
        Some(user) => format!(
            "user: {}",
            without(user.clone(), &["created", "updated", "changed_by"])
        ),
        None => format!("tombstone: {person}"),
    }
}

fn without(mut value: Value, left_out: &[&str]) -> Value {
    for name in left_out {
        value.as_object_mut().unwrap().remove(*name);
    }
    value
}

/// What the runs since the base say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RunsTold {
    /// Of whom the logs say what, how often. Nobody is named who was erased.
    pub(super) changes: BTreeMap<(String, &'static str), usize>,
    /// What the counts come to: added, updated, removed, erased, missing, invitations queued.
    pub(super) sums: [u64; 6],
    /// The most issues that one of them has.
    pub(super) most_issues: u64,
    /// Whether one of them failed.
    pub(super) failed: bool,
    /// What is wrong with a run by itself.
    pub(super) wrong: Vec<String>,
}

impl RunsTold {
    pub(super) async fn of(app: &Arc<App>, since: u32) -> Self {
        let mut told = Self::default();
        let runs = app.runs(&event(), None, MOST).await.unwrap_or_default();
        for run in runs.iter().filter(|run| run.id.number.0 > since) {
            told.look_at(run);
            let (changes, _) = app.changes(&run.id, None).await.unwrap();
            for change in changes {
                let who = change.email.map(|email| email.to_string());
                let what = match change.action {
                    Action::Added => "added",
                    Action::Updated => "updated",
                    Action::Removed => "removed",
                    Action::Moved => "moved",
                    Action::Erased => "erased",
                };
                *told
                    .changes
                    .entry((who.unwrap_or_default(), what))
                    .or_default() += 1;
            }
        }
        told
    }

    fn look_at(&mut self, run: &Run) {
        let counts = &run.counts;
        let own = [
            counts.added,
            counts.updated,
            counts.removed,
            counts.erased,
            counts.missing_removed,
            counts.invitations_queued,
        ];
        for (sum, own) in self.sums.iter_mut().zip(own) {
            *sum += own;
        }
        self.most_issues = self.most_issues.max(counts.issues);
        if !counts.add_up() {
            self.wrong
                .push(format!("the counts do not add up: {run:?}"));
        }
        if !run.state.is_over() {
            self.wrong.push(format!("a run is not over: {run:?}"));
        }
        let failed = run.state == RunState::Failed;
        self.failed |= failed;
        if failed && run.reason.as_deref().is_none_or(str::is_empty) {
            self.wrong
                .push(format!("a run failed for no reason: {run:?}"));
        }
    }
}
