//! The filters over a run's changes and issues: what is asked for, and how links and forms say it.
//!
//! Words that are looked for name people. They are kept for the session that typed them; addresses
//! of pages have only a handle to them.

use std::collections::BTreeMap;

use attendee_sync_app::ExportFormat;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::issue::{Issue, Severity};
use serde::Deserialize;

use super::attendee_filter::{FilterOption, behind, file_format, offers, words_of};
use crate::access::Session;
use crate::console::Console;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::run_query::{ChangeQuery, IssueQuery};
use crate::words;

/// What the address of the page asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RunPageQuery {
    action: String,
    /// The handle of the words that are looked for.
    words: String,
    severity: String,
    code: String,
    field: String,
    /// Where the page of changes begins.
    pub(super) changes: Option<String>,
    /// Where the page of issues begins.
    pub(super) issues: usize,
    /// The part of what is held.
    pub(super) held: u32,
    /// Whom the run is about.
    pub(super) person: Option<String>,
    /// Of a file: `jsonl`; otherwise CSV.
    format: String,
}

impl RunPageQuery {
    /// What a form asks for.
    pub(super) async fn typed(
        console: &Console,
        session: &Session,
        event: &EventId,
        fields: &FormFields,
    ) -> Result<Self, HttpProblem> {
        let field = |name| fields.get(name).to_owned();
        Ok(Self {
            action: field("action"),
            words: words_of(console, session, event, fields).await?,
            severity: field("severity"),
            code: field("code"),
            field: field("field"),
            ..Self::default()
        })
    }

    /// Which changes; and whether the words that were looked for are not known any more.
    pub(super) async fn change_query(
        &self,
        console: &Console,
        session: &Session,
    ) -> Result<(ChangeQuery, bool), HttpProblem> {
        let search = console.searches.look(session, &self.words).await?;
        let forgotten = search.is_none() && !self.words.is_empty();
        let query = ChangeQuery {
            action: self.action.clone(),
            search: search.as_deref().unwrap_or_default().to_owned(),
        };
        Ok((query, forgotten))
    }

    pub(super) fn issue_query(&self) -> IssueQuery {
        IssueQuery {
            severity: self.severity.clone(),
            code: self.code.clone(),
            field: self.field.clone(),
        }
    }

    pub(super) fn format(&self) -> ExportFormat {
        file_format(&self.format)
    }

    /// What stands behind a page's address to ask for the same; with the question mark.
    pub(super) fn address(&self) -> String {
        let issues = match self.issues {
            0 => String::new(),
            from => from.to_string(),
        };
        let more = [
            ("changes", self.changes.as_deref().unwrap_or_default()),
            ("issues", &issues),
            ("format", &self.format),
        ];
        behind(self.filters().into_iter().chain(more))
    }

    fn filters(&self) -> [(&'static str, &str); 6] {
        [
            ("action", &self.action),
            ("words", &self.words),
            ("severity", &self.severity),
            ("code", &self.code),
            ("field", &self.field),
            ("person", self.person.as_deref().unwrap_or_default()),
        ]
    }
}

/// The filters as the page shows them.
pub(super) struct RunFilterView {
    asked: RunPageQuery,
    pub(super) search: String,
    /// Whether words were looked for that are not known any more.
    pub(super) forgotten: bool,
    pub(super) severities: Vec<FilterOption>,
    pub(super) codes: Vec<FilterOption>,
    pub(super) fields: Vec<FilterOption>,
}

impl RunFilterView {
    /// Over these issues, all of the run.
    pub(super) fn new(
        asked: &RunPageQuery,
        query: ChangeQuery,
        forgotten: bool,
        issues: &[Issue],
    ) -> Self {
        let codes = issues.iter().map(|issue| issue.code.as_str());
        let fields = issues.iter().filter_map(|issue| issue.field.as_deref());
        Self {
            search: query.search,
            forgotten,
            severities: severities(issues, &asked.severity),
            codes: counted(codes, &asked.code),
            fields: counted(fields, &asked.field),
            asked: RunPageQuery {
                changes: None,
                issues: 0,
                words: if forgotten {
                    String::new()
                } else {
                    asked.words.clone()
                },
                ..asked.clone()
            },
        }
    }

    /// Whether something narrows the changes.
    pub(super) fn narrow_changes(&self) -> bool {
        !self.asked.action.is_empty() || !self.asked.words.is_empty()
    }

    /// Whether something narrows the issues.
    pub(super) fn narrow_issues(&self) -> bool {
        let asked = &self.asked;
        [&asked.severity, &asked.code, &asked.field]
            .iter()
            .any(|filter| !filter.is_empty())
    }

    pub(super) fn actions(&self) -> Vec<FilterOption> {
        let choices = [
            ("added", "Added"),
            ("updated", "Updated"),
            ("removed", "Removed"),
            ("moved", "Moved"),
            ("erased", "Erased"),
        ];
        offers(&choices, &self.asked.action)
    }

    /// What the form over the changes carries of the other filters.
    pub(super) fn beside_changes(&self) -> Vec<(&'static str, &str)> {
        self.carried(&["severity", "code", "field"])
    }

    /// What the form over the issues carries of the other filters.
    pub(super) fn beside_issues(&self) -> Vec<(&'static str, &str)> {
        self.carried(&["action", "words"])
    }

    fn carried(&self, names: &[&str]) -> Vec<(&'static str, &str)> {
        let filters = self.asked.filters().into_iter();
        filters
            .filter(|(name, value)| names.contains(name) && !value.is_empty())
            .collect()
    }

    pub(super) fn first(&self) -> String {
        self.with(|_| {})
    }

    pub(super) fn next_changes(&self, cursor: &str) -> String {
        self.with(|asked| asked.changes = Some(cursor.to_owned()))
    }

    pub(super) fn next_issues(&self, from: usize) -> String {
        self.with(|asked| asked.issues = from)
    }

    pub(super) fn all_changes(&self) -> String {
        self.with(|asked| {
            asked.action.clear();
            asked.words.clear();
        })
    }

    pub(super) fn all_issues(&self) -> String {
        self.with(|asked| {
            asked.severity.clear();
            asked.code.clear();
            asked.field.clear();
        })
    }

    pub(super) fn file(&self, format: &str) -> String {
        self.with(|asked| format.clone_into(&mut asked.format))
    }

    fn with(&self, change: impl FnOnce(&mut RunPageQuery)) -> String {
        let mut asked = self.asked.clone();
        change(&mut asked);
        asked.address()
    }
}

fn severities(issues: &[Issue], chosen: &str) -> Vec<FilterOption> {
    Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| {
            let count = issues.iter().filter(|issue| issue.severity == severity);
            let count = count.count();
            let name = severity.name();
            (count > 0 || name == chosen).then(|| offer(name, count, chosen))
        })
        .collect()
}

/// Each of these once, with how often it comes; what is chosen also where it comes never.
fn counted<'i>(all: impl Iterator<Item = &'i str>, chosen: &'i str) -> Vec<FilterOption> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    if !chosen.is_empty() {
        counts.entry(chosen).or_default();
    }
    let counts = counts.into_iter();
    counts
        .map(|(name, count)| offer(name, count, chosen))
        .collect()
}

fn offer(name: &str, count: usize, chosen: &str) -> FilterOption {
    let words = words::capitalised(&words::field_name(name));
    let count = words::number(count as u64);
    (
        name.to_owned(),
        format!("{words} ({count})"),
        name == chosen,
    )
}
