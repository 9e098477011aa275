//! The filters of a run's changes and issues, and their form in links and forms.
//!
//! Search texts may name people. They are kept for the session that typed them; addresses of pages
//! contain only a handle.

use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::issue::{Issue, Severity};
use serde::Deserialize;

use crate::access::Session;
use crate::console::Console;
use crate::extract::FormFields;
use crate::lists::choices::{FilterOption, named, names, offers};
use crate::lists::filters::{ChangeQuery, IssueQuery};
use crate::lists::kept_words::KeptWords;
use crate::lists::links::{FileLinks, ListAddress, PageLinks};
use crate::problem::HttpProblem;
use crate::texts::t;

/// The query of the page's address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RunPageQuery {
    action: String,
    /// The handle of the search text.
    words: String,
    severity: String,
    code: String,
    field: String,
    /// The start of the page of changes.
    pub(super) changes: Option<String>,
    /// The number of issues before the page of issues.
    pub(super) issues: Option<String>,
    /// The part of the held changes that is shown.
    pub(super) held: u32,
    /// The person that the run is about.
    pub(super) person: Option<String>,
}

impl RunPageQuery {
    /// Reads the filters of a submitted form.
    pub(super) async fn typed(
        console: &Console,
        session: &Session,
        event: &EventId,
        fields: &FormFields,
    ) -> Result<Self, HttpProblem> {
        let field = |name| fields.get(name).to_owned();
        Ok(Self {
            action: field("action"),
            words: KeptWords::keep(console, session, event, fields).await?,
            severity: field("severity"),
            code: field("code"),
            field: field("field"),
            ..Self::default()
        })
    }

    /// Returns the filter of the changes, and whether its search text is no longer kept.
    pub(super) async fn change_query(
        &self,
        console: &Console,
        session: &Session,
    ) -> Result<(ChangeQuery, bool), HttpProblem> {
        let words = KeptWords::read(console, session, &self.words).await?;
        let query = ChangeQuery {
            action: self.action.clone(),
            search: words.text,
        };
        Ok((query, words.are_forgotten))
    }

    pub(super) fn issue_query(&self) -> IssueQuery {
        IssueQuery {
            severity: self.severity.clone(),
            code: self.code.clone(),
            field: self.field.clone(),
        }
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

impl ListAddress for RunPageQuery {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = self.filters().to_vec();
        pairs.push(("changes", self.changes.as_deref().unwrap_or_default()));
        pairs.push(("issues", self.issues.as_deref().unwrap_or_default()));
        pairs
    }
}

/// The filters as the page shows them.
pub(super) struct RunFilterView {
    asked: RunPageQuery,
    pub(super) search: String,
    /// Whether a search text was typed that is no longer kept.
    pub(super) forgotten: bool,
    pub(super) severities: Vec<FilterOption>,
    pub(super) codes: Vec<FilterOption>,
    pub(super) fields: Vec<FilterOption>,
}

impl RunFilterView {
    /// Returns the filters for a run with these issues, which must be all of the run.
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
            codes: names(codes, &asked.code),
            fields: names(fields, &asked.field),
            asked: RunPageQuery {
                changes: None,
                issues: None,
                words: if forgotten {
                    String::new()
                } else {
                    asked.words.clone()
                },
                ..asked.clone()
            },
        }
    }

    /// Returns whether a filter of the changes is set.
    pub(super) fn narrow_changes(&self) -> bool {
        !self.asked.action.is_empty() || !self.asked.words.is_empty()
    }

    /// Returns whether a filter of the issues is set.
    pub(super) fn narrow_issues(&self) -> bool {
        let asked = &self.asked;
        [&asked.severity, &asked.code, &asked.field]
            .iter()
            .any(|filter| !filter.is_empty())
    }

    pub(super) fn actions(&self) -> Vec<FilterOption> {
        let choices = [
            ("added", t("run-filter-added")),
            ("updated", t("run-filter-updated")),
            ("removed", t("run-filter-removed")),
            ("moved", t("run-filter-moved")),
            ("erased", t("run-filter-erased")),
        ];
        offers(&choices, &self.asked.action)
    }

    /// Returns the other filters, which the form of the changes sends along.
    pub(super) fn beside_changes(&self) -> Vec<(&'static str, &str)> {
        self.carried(&["severity", "code", "field"])
    }

    /// Returns the other filters, which the form of the issues sends along.
    pub(super) fn beside_issues(&self) -> Vec<(&'static str, &str)> {
        self.carried(&["action", "words"])
    }

    fn carried(&self, names: &[&str]) -> Vec<(&'static str, &str)> {
        let filters = self.asked.filters().into_iter();
        filters
            .filter(|(name, value)| names.contains(name) && !value.is_empty())
            .collect()
    }

    /// Returns the links below the changes of the run at `path`; `found` says whether there are
    /// some on this page.
    pub(super) fn changes_pager(
        &self,
        path: &str,
        is_first: bool,
        next: Option<String>,
        found: bool,
    ) -> PageLinks {
        let further = if found {
            t("run-filter-next-changes")
        } else {
            t("run-filter-search-further")
        };
        let page = |from| {
            let asked = self.asked.with(|asked| asked.changes = from);
            format!("{path}{asked}#changes")
        };
        PageLinks::new(t("run-filter-pages-of-changes"))
            .first(
                t("run-filter-first-changes"),
                (!is_first).then(|| page(None)),
            )
            .next(further, next.map(|next| page(Some(next))))
    }

    /// The links below the issues of the run at `path`.
    pub(super) fn issues_pager(
        &self,
        path: &str,
        is_first: bool,
        next: Option<usize>,
    ) -> PageLinks {
        let page = |from: Option<usize>| {
            let from = from.map(|from| from.to_string());
            let asked = self.asked.with(|asked| asked.issues = from);
            format!("{path}{asked}#issues")
        };
        PageLinks::new(t("run-filter-pages-of-issues"))
            .first(
                t("run-filter-first-issues"),
                (!is_first).then(|| page(None)),
            )
            .next(
                t("run-filter-next-issues"),
                next.map(|next| page(Some(next))),
            )
    }

    /// The links to the changes of the run at `path` as files.
    pub(super) fn change_files(&self, path: &str) -> FileLinks {
        FileLinks::of(
            &format!("{path}/changes/file"),
            &self.asked,
            t("run-filter-the-changes"),
        )
    }

    /// Returns the links to the files of the issues of the run at `path`.
    pub(super) fn issue_files(&self, path: &str) -> FileLinks {
        FileLinks::of(
            &format!("{path}/issues/file"),
            &self.asked,
            t("run-filter-the-issues"),
        )
    }

    pub(super) fn all_changes(&self) -> String {
        self.asked.with(|asked| {
            asked.action.clear();
            asked.words.clear();
        })
    }

    pub(super) fn all_issues(&self) -> String {
        self.asked.with(|asked| {
            asked.severity.clear();
            asked.code.clear();
            asked.field.clear();
        })
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
            (count > 0 || name == chosen).then(|| named(name, count, chosen))
        })
        .collect()
}
