//! Storing a configuration, for pages and API alike.

use std::sync::Arc;

use attendee_sync_app::{Configured, Error};
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::EventId;
use axum::http::StatusCode;
use serde_json::Value;

use crate::console::Console;
use crate::permits;
use crate::problem::HttpProblem;
use crate::texts::{t, text};

/// The condition on what is stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SaveCondition {
    /// No condition.
    Any,
    /// The event does not exist yet.
    Absent,
    /// The event exists.
    Present,
    /// The event has one of these versions.
    Version(Vec<u64>),
}

impl SaveCondition {
    fn check(&self, event: &EventId, stored: Option<u64>) -> Result<(), HttpProblem> {
        let holds = match self {
            Self::Any => true,
            Self::Absent => stored.is_none(),
            Self::Present => stored.is_some(),
            Self::Version(versions) => stored.is_some_and(|stored| versions.contains(&stored)),
        };
        if holds {
            Ok(())
        } else {
            Err(self.fails(event))
        }
    }

    fn fails(&self, event: &EventId) -> HttpProblem {
        let detail = match self {
            Self::Absent => text!("save-there-is-an-event", event = event),
            _ => t("save-the-configuration-was-changed").to_owned(),
        };
        HttpProblem::new(StatusCode::PRECONDITION_FAILED, detail)
    }
}

/// The result of saving a configuration.
pub(crate) struct Saved {
    pub(crate) configured: Configured,
    pub(crate) version: u64,
    /// Whether the event is new.
    pub(crate) created: bool,
}

impl Console {
    /// Checks a document, and that it is for `event`. The result contains no credential.
    pub(crate) fn check(
        &self,
        document: &Value,
        event: Option<&EventId>,
    ) -> Result<EventDocument, HttpProblem> {
        let checked = self.app.check_configuration(document)?.document;
        Self::of_event(checked, event)
    }

    /// Checks a document that is only tested and may be incomplete, and that it is for `event`.
    pub(crate) fn check_for_test(
        &self,
        document: &Value,
        event: Option<&EventId>,
    ) -> Result<EventDocument, HttpProblem> {
        Self::of_event(self.app.check_for_test(document)?, event)
    }

    fn of_event(
        checked: EventDocument,
        event: Option<&EventId>,
    ) -> Result<EventDocument, HttpProblem> {
        match event {
            Some(event) if *event != checked.event => Err(HttpProblem::at(
                "event",
                text!("save-this-is-the-configuration", event = event),
            )),
            _ => Ok(checked),
        }
    }

    /// Checks and stores a document, if it is for `event`, its author may store it and the
    /// condition is met.
    pub(crate) async fn save(
        &self,
        author: &Authority,
        document: &Value,
        event: Option<&EventId>,
        condition: &SaveCondition,
    ) -> Result<Saved, HttpProblem> {
        let checked = self.check(document, event)?;
        self.require_author(author, document, &checked).await?;
        let _alone = self.saving.lock().await;
        let stored = self.version(&checked.event).await?;
        condition.check(&checked.event, stored)?;
        let acting = self.app.as_of(&author.who);
        let who = permits::author(author);
        // The future is boxed because it is large: it would make every caller's future large.
        let configure = || Box::pin(acting.configure_version(document, stored, who));
        let configured = match configure().await {
            // The remains of a deleted event of this name are deleted first, as far as there is
            // time.
            Err(Error::Closing(_)) => {
                Box::pin(self.app.clear_closings(&checked.community)).await?;
                configure().await?
            }
            // Another process changed it; requests of this process wait for each other.
            Err(Error::Changed) if *condition != SaveCondition::Any => {
                return Err(condition.fails(&checked.event));
            }
            other => other?,
        };
        let version = self.version(&checked.event).await?;
        Ok(Saved {
            configured,
            version: version.unwrap_or(1),
            created: stored.is_none(),
        })
    }

    /// Stores an earlier version of an event's configuration once more, as the newest, where its author may and the
    /// condition holds. Its credentials are those that are stored now.
    pub(crate) async fn restore_configuration(
        &self,
        author: &Authority,
        event: &EventId,
        id: &str,
        condition: &SaveCondition,
    ) -> Result<Saved, HttpProblem> {
        let former = self.app.configuration_version(event, id).await?;
        let document = serde_json::to_value(&former.document).map_err(|error| {
            tracing::error!(error = %error, "a configuration could not be written out");
            HttpProblem::internal()
        })?;
        Box::pin(self.save(author, &document, Some(event), condition)).await
    }

    /// Deletes an event, if the condition is met. Its data is deleted afterwards; where the process
    /// stops after the answer, as much as possible is deleted before, and the next run of its
    /// community deletes the rest.
    pub(crate) async fn remove(
        &self,
        author: &Authority,
        event: &EventId,
        condition: &SaveCondition,
    ) -> Result<(), HttpProblem> {
        let _alone = self.saving.lock().await;
        let stored = self.version(event).await?;
        let Some(version) = stored else {
            return Err(Error::NoEvent(event.clone()).into());
        };
        condition.check(event, stored)?;
        let acting = self.app.as_of(&author.who);
        let community = acting.close_event(event, version).await?;
        let app = Arc::clone(&self.app);
        let clearing = async move {
            if let Err(error) = app.finish_closings(&community).await {
                let error = with_causes(&error);
                tracing::error!(
                    error,
                    "what an event left is deleted by the next run or the next start"
                );
            }
        };
        self.hosting.run_after_answer(Box::pin(clearing)).await;
        Ok(())
    }

    async fn version(&self, event: &EventId) -> Result<Option<u64>, HttpProblem> {
        let stored = self.app.find_event(event).await?;
        Ok(stored.map(|stored| stored.version))
    }
}
