//! Words that somebody looks for on a page. They name people, so the addresses of pages have only a handle to them: they are kept for
//! the session that typed them.

use attendee_sync_domain::ids::EventId;
use axum::http::StatusCode;

use crate::access::Session;
use crate::console::Console;
use crate::extract::FormFields;
use crate::problem::HttpProblem;

/// The words of a handle.
pub(crate) struct KeptWords {
    /// The words; empty where there are none.
    pub(crate) text: String,
    /// Whether words were typed that are kept no longer.
    pub(crate) are_forgotten: bool,
}

impl KeptWords {
    /// The words that this handle stands for.
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

    /// The handle of the words that a form looks for; empty where it looks for none.
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

/// Words that somebody looked for are kept no longer: a file or a change goes by all or nothing.
pub(crate) fn forgotten_words() -> HttpProblem {
    HttpProblem::new(
        StatusCode::GONE,
        "your search has expired: a search is kept for an hour, and ends when somebody is erased; go back to the list and type it again",
    )
}
