//! Purging an event: once its time is over, everything that is stored about its people is deleted, and counts stay.
//!
//! First no run of the event opens any more. Then its attendees are deleted a hundred at a time, each with their user's
//! part in it, as when an event is deleted; then its logs, fingerprints and invitations. Users stay in the community.
//! Whoever is cut off leaves a note, by which the next process goes on.

use std::time::Duration;

use attendee_sync_domain::audit::{Actor, AuditAction, AuditEntry};
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{DocumentProblem, EventDocument, Problems};
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use attendee_sync_domain::schedule::purge_time;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::events::delete::PIECE;
use crate::ports::{CommunityRecord, RunCommand, StoreError};
use crate::runs::engine::CommandOutcome;

/// After how long a purge is tried again that met a run under way.
const AGAIN_AFTER: Duration = Duration::from_mins(15);

/// When what is stored about an event's people is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct PurgeView {
    /// From when on.
    pub at: Timestamp,
    /// When it was, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<Timestamp>,
}

/// What came of looking whether an event is to be purged.
#[derive(Debug, PartialEq, Eq)]
enum PurgeProgress {
    /// It is not, or was purged before.
    NotDue,
    /// It was purged.
    Done,
    /// A run is under way.
    Busy(RunId),
    /// The time of this process was over before all was done.
    TimeOver,
}

impl App {
    /// Whether nothing may be stored about the people of an event any more.
    pub(crate) fn is_purge_due(&self, document: &EventDocument) -> Result<bool, Error> {
        let time = purge_time(document)?;
        Ok(time.is_some_and(|time| time <= self.parts.clock.now()))
    }

    /// Returns an event with its community, to store something about its people.
    ///
    /// # Errors
    /// Where nothing may be stored about them any more.
    pub(crate) async fn event_to_change(
        &self,
        event: &EventId,
    ) -> Result<(EventDocument, CommunityRecord), Error> {
        let (document, community) = self.event_and_community(event).await?;
        if self.is_purge_due(&document)? {
            return Err(Error::Purged(event.clone()));
        }
        Ok((document, community))
    }

    /// Returns when what is stored about an event's people is deleted; `None` where its configuration does not say.
    pub(crate) async fn purge_view(
        &self,
        document: &EventDocument,
    ) -> Result<Option<PurgeView>, Error> {
        let Some(at) = purge_time(document)? else {
            return Ok(None);
        };
        let record = self.parts.store.purge_record(&document.event).await?;
        let done = record.map(|record| record.at).filter(|done| *done >= at);
        Ok(Some(PurgeView { at, done }))
    }

    /// Refuses a document by which what is stored would be deleted at once: a year may be mistyped.
    pub(crate) fn refuse_purge_at_once(
        &self,
        document: &EventDocument,
        before: Option<&EventDocument>,
    ) -> Result<(), Error> {
        let was_so = before.is_some_and(|before| {
            before.purge_after == document.purge_after && before.time_zone == document.time_zone
        });
        if was_so || !self.is_purge_due(document)? {
            return Ok(());
        }
        Err(Error::Configuration(Problems(vec![DocumentProblem {
            path: "purge_after".to_owned(),
            reason: "is past: what is stored about the people would be deleted at once; give a time to come, or \
                     delete the event"
                .to_owned(),
        }])))
    }

    /// Purges the events whose time is over. An event that cannot be purged now is logged, and tried again by the next
    /// call.
    pub async fn purge_what_is_due(&self) -> Result<(), Error> {
        for community in self.parts.store.communities().await? {
            self.finish_purges(&community).await?;
            for event in self.parts.store.events(&community).await? {
                match self.purge_if_due(&event, None).await {
                    Ok(PurgeProgress::Busy(run)) => {
                        tracing::info!(%run, "a run is under way; its event is purged later");
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let error = with_causes(&error);
                        tracing::warn!(%event, error, "an event was not purged");
                    }
                }
            }
        }
        Ok(())
    }

    /// Purges an event if its time is over, as far as the time of this process allows; the rest is ordered. `None` where
    /// nothing is to be purged.
    pub(crate) async fn purge_in_time(
        &self,
        event: &EventId,
        until: Instant,
    ) -> Result<Option<CommandOutcome>, Error> {
        let (wait, why) = match self.purge_if_due(event, Some(until)).await {
            Ok(PurgeProgress::NotDue) | Err(Error::NoEvent(_)) => return Ok(None),
            Ok(PurgeProgress::Done) => {
                return Ok(Some(CommandOutcome::Nothing("the event was purged")));
            }
            Ok(PurgeProgress::TimeOver) => (Duration::ZERO, "the purge goes on"),
            Ok(PurgeProgress::Busy(run)) => {
                if self.is_abandoned(&run).await? {
                    if let Some(started) = self.follow(&run).await? {
                        // An approval that was cut off ends first.
                        self.begin_run(started, until).await?;
                    }
                    (Duration::ZERO, "the purge begins once more")
                } else {
                    (AGAIN_AFTER, "a run is under way; the event is purged later")
                }
            }
            Err(error) => return Err(error),
        };
        let event = event.clone();
        let order = RunCommand::Due { event };
        self.orders()?.order(&order, wait).await?;
        Ok(Some(CommandOutcome::Nothing(why)))
    }

    async fn purge_if_due(
        &self,
        event: &EventId,
        until: Option<Instant>,
    ) -> Result<PurgeProgress, Error> {
        let document = self.document(event).await?;
        if !self.is_purge_due(&document)? || self.is_purged(event).await? {
            return Ok(PurgeProgress::NotDue);
        }
        for number in self.runs_that_wait(event).await? {
            let run = RunId {
                event: event.clone(),
                number,
            };
            match self.discard(&run).await {
                Ok(_) | Err(Error::NotHeld(_)) => {}
                Err(Error::Busy(run)) => return Ok(PurgeProgress::Busy(run)),
                Err(error) => return Err(error),
            }
        }
        match self.parts.store.begin_purge(&document).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => {
                let number = self.parts.store.newest_run(event).await?;
                let event = event.clone();
                return Ok(PurgeProgress::Busy(RunId { event, number }));
            }
            Err(error) => return Err(error.into()),
        }
        tracing::info!(%event, "what is stored about the event's people is being deleted");
        self.go_on_purging(&document.community, event, until).await
    }

    /// Whether nothing came since the last purge.
    async fn is_purged(&self, event: &EventId) -> Result<bool, Error> {
        let store = &self.parts.store;
        let Some(record) = store.purge_record(event).await? else {
            return Ok(false);
        };
        Ok(record.newest == store.newest_run(event).await?
            && store.attendees(event, None, 1).await?.is_empty())
    }

    /// Ends the purges that were begun, by this process or by one that ended under them.
    pub(crate) async fn finish_purges(&self, community: &CommunityId) -> Result<(), Error> {
        for event in self.parts.store.purging(community).await? {
            self.go_on_purging(community, &event, None).await?;
        }
        Ok(())
    }

    async fn go_on_purging(
        &self,
        community: &CommunityId,
        event: &EventId,
        until: Option<Instant>,
    ) -> Result<PurgeProgress, Error> {
        loop {
            if self.parts.mail_folder.is_some() {
                for (person, _) in self.parts.store.attendees(event, None, PIECE).await? {
                    self.forget_mail(person).await?;
                }
            }
            if self.remove_some_attendances(community, event).await? {
                break;
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(PurgeProgress::TimeOver);
            }
        }
        // What waits for forms may name people of the event, and the program cannot tell whom.
        self.shred_drafts(community).await?;
        let now = self.parts.clock.now();
        self.parts.store.end_purge(community, event, now).await?;
        self.index.forget(event);
        self.fold_memberships(community).await;
        tracing::info!(%event, "what was stored about the event's people is deleted");
        Ok(PurgeProgress::Done)
    }

    /// Writes into the audit log which events were purged. Runs purge, and may not write it; so whoever looks at the log
    /// does.
    pub(crate) async fn record_purges(&self, community: &CommunityId) -> Result<(), Error> {
        let store = &self.parts.store;
        for (event, record) in store.unrecorded_purges(community).await? {
            let action = AuditAction::EventPurged {
                event: event.clone(),
                count: record.attendees,
            };
            let entry = AuditEntry {
                at: record.at,
                by: Actor::Automatic,
                action,
            };
            let note = (community.clone(), entry);
            match store.record_purge(&event, &record, &note).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
