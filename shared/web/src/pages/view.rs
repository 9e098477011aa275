//! What several pages show: runs, their progress, their changes and issues.

use attendee_sync_app::{App, Progress};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::run::{Action, Change, FieldChange, Run};

use crate::words::{self, Clockwork, When};

/// A run in a line.
pub(super) struct RunLine {
    pub(super) number: u32,
    /// For style sheets.
    pub(super) state: &'static str,
    pub(super) state_words: &'static str,
    pub(super) over: bool,
    pub(super) started: When,
    pub(super) result: String,
    pub(super) remarks: Vec<String>,
    pub(super) reason: Option<String>,
    pub(super) issues: u64,
}

impl RunLine {
    pub(super) fn new(run: &Run, clock: &Clockwork) -> Self {
        Self {
            number: run.id.number.0,
            state: run.state.name(),
            state_words: words::state(run.state),
            over: run.state.is_over(),
            started: clock.show(run.started),
            result: words::result(run),
            remarks: words::remarks(run),
            reason: run.reason.as_deref().map(words::sentence),
            issues: run.counts.issues,
        }
    }

    pub(super) fn issues_counted(&self) -> String {
        words::counted(self.issues, "issue")
    }
}

/// A run under way, figure by figure: its name in the page, what it is, how much.
pub(super) struct Figures(pub(super) [(&'static str, &'static str, String); 5]);

impl Figures {
    /// Of the run under way in this process; of another's, nothing is known.
    pub(super) fn read(app: &App, run: &Run) -> Self {
        let progress = app
            .progress(&run.id.event)
            .map(|reader| reader.borrow().clone())
            .unwrap_or_default();
        Self::new(&progress)
    }

    fn new(progress: &Progress) -> Self {
        Self([
            ("records", "records read", words::number(progress.records)),
            ("pages", "pages", words::number(progress.pages)),
            ("bytes", "received", words::bytes(progress.bytes)),
            ("sent", "people with changes", words::number(progress.sent)),
            ("applied", "of them done", words::number(progress.applied)),
        ])
    }
}

/// What a run changed of one person.
pub(super) struct ChangeRow {
    pub(super) who: Option<String>,
    pub(super) action: &'static str,
    pub(super) action_words: &'static str,
    pub(super) fields: Vec<FieldChange>,
    pub(super) reason: Option<String>,
}

impl From<Change> for ChangeRow {
    fn from(change: Change) -> Self {
        Self {
            who: change.email.map(|email| email.to_string()),
            action: change.action.name(),
            action_words: match change.action {
                Action::Added => "Added",
                Action::Updated => "Updated",
                Action::Removed => "Removed",
                Action::Erased => "Erased",
            },
            fields: change
                .fields
                .into_iter()
                .map(|field| FieldChange {
                    field: field_words(&field.field),
                    ..field
                })
                .collect(),
            reason: change.reason.as_deref().map(words::sentence),
        }
    }
}

/// What a run had to say about one record.
pub(super) struct IssueRow {
    pub(super) severity: &'static str,
    pub(super) position: String,
    pub(super) source_id: String,
    pub(super) field: String,
    pub(super) reason: String,
}

impl From<Issue> for IssueRow {
    fn from(issue: Issue) -> Self {
        Self {
            severity: match issue.severity {
                Severity::Notice => "Notice",
                Severity::Warning => "Warning",
                Severity::Error => "Error",
            },
            position: words::number(u64::from(issue.position)),
            source_id: issue.source_id.unwrap_or_default(),
            field: issue.field.as_deref().map(field_words).unwrap_or_default(),
            reason: words::sentence(&issue.reason),
        }
    }
}

/// `job_title` as people read it.
fn field_words(name: &str) -> String {
    match name {
        "source_id" => "source ID".to_owned(),
        "email" => "e-mail".to_owned(),
        other => other.replace('_', " "),
    }
}
