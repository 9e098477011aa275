//! Which changes and issues of a run somebody asks for: the same words in the API, on the page and
//! in the files.

use attendee_sync_app::{ChangeFilter, IssueFilter};
use attendee_sync_domain::issue::Severity;
use attendee_sync_domain::run::Action;
use attendee_sync_domain::search::Words;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::HttpProblem;

/// Which changes. What is empty asks for nothing.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct ChangeQuery {
    /// What happened to the person.
    #[param(pattern = "^(added|updated|removed|erased)?$")]
    pub(crate) action: String,
    /// Words, each of which is part of the person's address or name.
    pub(crate) search: String,
}

/// Which issues. What is empty asks for nothing.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct IssueQuery {
    /// How much they matter.
    #[param(pattern = "^(notice|warning|error)?$")]
    pub(crate) severity: String,
    /// What kind they are, by their stable word.
    pub(crate) code: String,
    /// The profile field or part of the configuration they are about.
    pub(crate) field: String,
}

fn bad(detail: &str) -> HttpProblem {
    HttpProblem::new(StatusCode::BAD_REQUEST, detail)
}

impl ChangeQuery {
    pub(crate) fn filter(&self) -> Result<ChangeFilter, HttpProblem> {
        let named = |action: &Action| action.name() == self.action;
        Ok(ChangeFilter {
            action: match self.action.as_str() {
                "" => None,
                _ => Some(
                    Action::ALL
                        .into_iter()
                        .find(named)
                        .ok_or_else(|| bad("action is added, updated, removed or erased"))?,
                ),
            },
            words: Words::of(&self.search),
        })
    }
}

impl IssueQuery {
    pub(crate) fn filter(&self) -> Result<IssueFilter, HttpProblem> {
        let named = |severity: &Severity| severity.name() == self.severity;
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(IssueFilter {
            severity: match self.severity.as_str() {
                "" => None,
                _ => Some(
                    Severity::ALL
                        .into_iter()
                        .find(named)
                        .ok_or_else(|| bad("severity is notice, warning or error"))?,
                ),
            },
            code: given(&self.code),
            field: given(&self.field),
        })
    }
}
