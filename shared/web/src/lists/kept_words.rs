//! Search texts of pages. They may name people, so the addresses of pages contain only a handle:
//! the texts are kept for the session that typed them.

use attendee_sync_domain::ids::EventId;
use axum::http::StatusCode;

use crate::access::Session;
use crate::console::Console;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::texts::t;

/// The search text of a handle.
pub(crate) struct KeptWords {
    /// The text; empty where there is none.
    pub(crate) text: String,
    /// Whether the text is no longer kept.
    pub(crate) are_forgotten: bool,
}

impl KeptWords {
    /// Returns the search text of this handle.
    pub(crate) async fn read(
        console: &Console,
        session: &Session,
        handle: &str,
    ) -> Result<Self, HttpProblem> {
        let kept = console.searches.look(session, handle).await?;
        let text = kept.as_deref().unwrap_or_default().to_owned();
        Ok(Self {
            are_forgotten: text.is_empty() && !handle.is_empty(),
            text,
        })
    }

    /// Keeps the search text of a form and returns its handle; empty where the text is empty.
    pub(crate) async fn keep(
        console: &Console,
        session: &Session,
        event: &EventId,
        fields: &FormFields,
    ) -> Result<String, HttpProblem> {
        let text = fields.get("search").trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        let community = console.app.document(event).await?.community;
        let seal = console.searches.begin(&community).await?;
        console.searches.keep(session, &seal, &text.into()).await
    }
}

/// Returns the problem that a search text is no longer kept: a file or a change must not use only
/// some of the filters.
pub(crate) fn forgotten_words() -> HttpProblem {
    HttpProblem::new(
        StatusCode::GONE,
        t("lists-kept-words-your-search-has-expired"),
    )
}
