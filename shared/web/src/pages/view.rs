//! Parts that several pages show: runs, their progress, their changes and issues.

use attendee_sync_app::{App, Error, Progress};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::profile::AttendeeField;
use attendee_sync_domain::run::{Action, Change, FieldChange, HoldDecision, Run, RunState};

use super::chart;
use crate::texts::{t, text};
use crate::words::{self, Clockwork, ShownTime};

/// A run in a line.
pub(super) struct RunLine {
    pub(super) number: u32,
    /// The class for style sheets.
    pub(super) state: &'static str,
    pub(super) state_words: &'static str,
    pub(super) over: bool,
    /// Whether what it held was approved.
    pub(super) approved: bool,
    pub(super) started: ShownTime,
    pub(super) result: String,
    pub(super) remarks: Vec<String>,
    /// The reason of a failure, or the decision about what it held.
    pub(super) reason: Option<String>,
    /// The class for style sheets, by how good or bad that is.
    pub(super) tone: &'static str,
    pub(super) issues: u64,
    pub(super) records: String,
    /// People changed.
    pub(super) changes: String,
    pub(super) seconds: String,
}

impl RunLine {
    pub(super) fn new(run: &Run, clock: &Clockwork) -> Self {
        Self {
            number: run.id.number.0,
            state: run.state.name(),
            state_words: words::state(run.state),
            over: run.state.is_over(),
            approved: run
                .hold
                .as_ref()
                .is_some_and(|hold| hold.decision == Some(HoldDecision::Approved)),
            started: clock.show(run.started),
            result: words::result(run),
            remarks: words::remarks(run),
            reason: match run.state {
                RunState::Failed | RunState::Interrupted | RunState::Stopped => {
                    let said: Vec<String> = [words::failure(run), words::hold(run)]
                        .into_iter()
                        .flatten()
                        .collect();
                    (!said.is_empty()).then(|| said.join(" "))
                }
                _ => words::hold(run).or_else(|| run.reason.as_deref().map(words::sentence)),
            },
            tone: match run.state {
                RunState::Failed | RunState::Interrupted => "bad",
                RunState::Held => "wait",
                _ => "plain",
            },
            issues: run.counts.issues,
            records: words::number(run.counts.records_read),
            changes: words::number(chart::changes(run)),
            seconds: words::seconds(run.milliseconds),
        }
    }

    pub(super) fn issues_counted(&self) -> String {
        words::counted(self.issues, "count-issues")
    }
}

/// The figures of a run under way: the element's name, the label, and the value.
pub(super) struct Figures {
    pub(super) rows: [(&'static str, &'static str, String); 6],
    /// The progress, in percent of the records that the last complete read found; absent where that
    /// number does not apply to this run.
    pub(super) percent: Option<u64>,
}

impl Figures {
    /// Returns the figures of a run: exact if this process executes it, otherwise as far as they
    /// were stored.
    pub(super) async fn read(app: &App, run: &Run) -> Result<Self, Error> {
        let progress = app.progress(&run.id.event);
        let known = progress.map(|reader| reader.borrow().clone());
        let known = known.unwrap_or_else(|| stored(run));
        let expected = app.expected_records(run).await?.filter(|all| *all > 0);
        // The source may have more records by now, so 100 percent is shown only once the run is
        // over.
        let percent = expected.map(|all| (known.records.saturating_mul(100) / all).min(99));
        Ok(Self {
            rows: rows(&known),
            percent,
        })
    }
}

fn rows(progress: &Progress) -> [(&'static str, &'static str, String); 6] {
    [
        (
            "records",
            t("view-records-read"),
            words::number(progress.records),
        ),
        ("pages", t("view-pages"), words::number(progress.pages)),
        ("bytes", t("view-received"), words::bytes(progress.bytes)),
        (
            "sent",
            t("view-people-to-change"),
            words::number(progress.sent),
        ),
        (
            "applied",
            t("view-people-changed"),
            words::number(progress.applied),
        ),
        ("waits", t("view-waiting-on-request-of"), waiting(progress)),
    ]
}

/// Returns the time until which a run waits, if it waits.
fn waiting(progress: &Progress) -> String {
    match progress.waits_until {
        Some(until) => text!("view-until", time = until.strftime("%H:%M:%S")),
        None => t("view-does-not-wait").to_owned(),
    }
}

/// Returns the progress that another process stored.
fn stored(run: &Run) -> Progress {
    let counts = &run.counts;
    let applied = counts.added + counts.updated + counts.removed + counts.erased;
    Progress {
        pages: run.pages,
        bytes: run.bytes,
        records: counts.records_read,
        sent: applied,
        applied,
        waits_until: None,
    }
}

/// A row of a changed field: its label, and its value before and after.
pub(super) struct FieldChangeRow {
    pub(super) field: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// What a run changed of one person.
pub(super) struct ChangeRow {
    pub(super) who: Option<String>,
    /// The name of whoever was added, as their fields say it; empty of all others.
    pub(super) name: String,
    /// From whom a ticket moved, and to whom.
    pub(super) moved: Option<(String, String)>,
    pub(super) action: &'static str,
    pub(super) action_words: &'static str,
    pub(super) fields: Vec<FieldChangeRow>,
    pub(super) reason: Option<String>,
    /// Describes what happens to the person, where the fields do not show it.
    pub(super) plainly: &'static str,
    /// The text for a field without a value.
    pub(super) blank: &'static str,
    /// Whether it is only planned.
    pub(super) is_to_come: bool,
}

/// The name of whoever is added.
fn name_of(action: Action, fields: &[FieldChange]) -> String {
    if action != Action::Added {
        return String::new();
    }
    let of = |wanted| {
        let mut fields = fields.iter();
        let field = fields.find(|field| field.field == wanted);
        field.and_then(|field| field.after.as_deref())
    };
    let names = [AttendeeField::FirstName, AttendeeField::LastName].map(of);
    let names: Vec<&str> = names.into_iter().flatten().collect();
    names.join(" ")
}

impl ChangeRow {
    /// Whether the fields are folded: of whoever is added every one of them is new.
    pub(super) fn is_folded(&self) -> bool {
        self.action == Action::Added.name()
    }

    /// "7 fields".
    pub(super) fn fields_counted(&self) -> String {
        words::counted(self.fields.len() as u64, "count-fields")
    }

    /// Returns the row of a change that was made.
    pub(super) fn done(change: Change) -> Self {
        Self {
            who: change.email.map(|email| email.to_string()),
            ..Self::past(change.action, change.fields, change.reason.as_deref())
        }
    }

    /// Returns the row of a change on a page that already says who the person is.
    pub(super) fn past(action: Action, fields: Vec<FieldChange>, reason: Option<&str>) -> Self {
        let (words, plainly) = match action {
            Action::Added => (t("view-added"), ""),
            Action::Updated => (t("view-updated"), ""),
            Action::Removed => (t("view-removed"), t("view-removed-from-the-event")),
            Action::Moved => (t("view-moved"), t("view-removed-from-the-event-the")),
            Action::Erased => (t("view-erased"), t("view-erased-permanently")),
        };
        Self {
            plainly,
            blank: t("view-now-empty"),
            ..Self::new(action, words, fields, reason)
        }
    }

    /// Returns the row of a change that is only planned.
    pub(super) fn planned(change: Change) -> Self {
        let (words, plainly) = match change.action {
            Action::Added => (t("view-add"), ""),
            Action::Updated => (t("view-update"), ""),
            Action::Removed => (t("view-remove"), t("view-would-be-removed-from")),
            Action::Moved => (t("view-move"), t("view-would-be-removed-from-the")),
            Action::Erased => (t("view-erase"), t("view-would-be-erased-permanently")),
        };
        Self {
            who: change.email.map(|email| email.to_string()),
            plainly,
            blank: t("view-would-be-empty"),
            is_to_come: true,
            ..Self::new(
                change.action,
                words,
                change.fields,
                change.reason.as_deref(),
            )
        }
    }

    fn new(
        action: Action,
        action_words: &'static str,
        fields: Vec<FieldChange>,
        reason: Option<&str>,
    ) -> Self {
        Self {
            who: None,
            name: name_of(action, &fields),
            moved: None,
            action: action.name(),
            action_words,
            fields: fields
                .into_iter()
                .map(|field| FieldChangeRow {
                    field: words::field_name(field.field.name()),
                    before: field.before,
                    after: field.after,
                })
                .collect(),
            reason: reason.map(words::sentence),
            plainly: "",
            blank: "",
            is_to_come: false,
        }
    }
}

/// A row of a run's issue.
pub(super) struct IssueRow {
    pub(super) severity: &'static str,
    pub(super) kind: String,
    pub(super) position: String,
    pub(super) source_id: String,
    pub(super) field: String,
    pub(super) reason: String,
}

impl From<Issue> for IssueRow {
    fn from(issue: Issue) -> Self {
        Self {
            severity: match issue.severity {
                Severity::Notice => t("view-notice"),
                Severity::Warning => t("view-warning"),
                Severity::Error => t("view-error"),
            },
            kind: words::capitalised(&words::field_name(&issue.code)),
            position: words::number(u64::from(issue.position)),
            source_id: issue.source_id.unwrap_or_default(),
            field: issue
                .field
                .as_deref()
                .map(words::setting_or_field)
                .unwrap_or_default(),
            reason: words::sentence(&issue.reason),
        }
    }
}
