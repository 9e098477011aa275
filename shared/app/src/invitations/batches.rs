//! Invitation batches: invitations that one run queued are released at its end, or held for a
//! person's approval.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::guard::judge_invitations;
use attendee_sync_domain::ids::{EventId, PersonId, RunId};
use attendee_sync_domain::people::Versioned;
use attendee_sync_domain::run::{Run, RunHold, RunState};

use crate::App;
use crate::error::Error;
use crate::invitations::recipients::QueuedRecipient;
use crate::ports::{InvitationBatch, InvitationBatchId, InvitationBatchState, StoreError};

impl App {
    /// At the end of a run, releases the invitations that it queued, or holds them and the run.
    pub(crate) async fn gather_invitations(
        &self,
        run: &mut Run,
        document: &EventDocument,
    ) -> Result<(), Error> {
        let queued = run.counts.invitations_queued;
        // A chain of interrupted runs may not invite more people than one complete run.
        let before = run
            .follows
            .as_ref()
            .map_or(0, |before| before.invitations_queued);
        let judged = if queued == 0 { 0 } else { queued + before };
        let Some(tripped) = judge_invitations(document.invitations.limit_per_run, judged) else {
            return match queued {
                0 => Ok(()),
                _ => {
                    self.put_run_batch(run, InvitationBatchState::Released)
                        .await
                }
            };
        };
        self.put_run_batch(run, InvitationBatchState::Held).await?;
        let hold = run.hold.get_or_insert_with(RunHold::default);
        hold.invitations = queued;
        hold.guards.push(tripped);
        let words = hold.in_words();
        if run.state.ended_early() {
            let failure = run.reason.take().unwrap_or_default();
            run.reason = Some(format!("{failure}; {words}"));
        } else {
            run.state = RunState::Held;
            run.reason = Some(words);
        }
        Ok(())
    }

    /// Stores the state of a run's invitation batch, whatever was stored before.
    pub(crate) async fn put_run_batch(
        &self,
        run: &Run,
        state: InvitationBatchState,
    ) -> Result<(), Error> {
        let invitation_batch = InvitationBatch {
            id: InvitationBatchId::Run(run.id.number),
            state,
            people: run.counts.invitations_queued,
        };
        self.store_invitation_batch(&run.id.event, invitation_batch)
            .await
    }

    /// Returns an invitation batch that is not finished.
    pub(crate) async fn invitation_batch(
        &self,
        event: &EventId,
        id: InvitationBatchId,
    ) -> Result<Option<Versioned<InvitationBatch>>, Error> {
        let invitation_batches = self.parts.store.invitation_batches(event).await?;
        Ok(invitation_batches
            .into_iter()
            .find(|stored| stored.value.id == id))
    }

    async fn store_invitation_batch(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatch,
    ) -> Result<(), Error> {
        loop {
            let stored = self.invitation_batch(event, invitation_batch.id).await?;
            let expected = stored.map(|stored| stored.version);
            match self
                .parts
                .store
                .put_invitation_batch(event, &invitation_batch, expected)
                .await
            {
                Err(StoreError::Conflict) => {}
                other => {
                    other?;
                    if invitation_batch.state != InvitationBatchState::Held {
                        self.request_dispatch(event).await;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Stores the decision about a run's invitation batch that waits for approval.
    pub(crate) async fn decide_batch(
        &self,
        id: &RunId,
        state: InvitationBatchState,
    ) -> Result<(), Error> {
        let Some(stored) = self
            .invitation_batch(&id.event, InvitationBatchId::Run(id.number))
            .await?
        else {
            // It was decided before and all is sent; only the run does not say so yet.
            return Ok(());
        };
        if stored.value.state == state {
            return Ok(());
        }
        let decided = InvitationBatch {
            state,
            ..stored.value
        };
        if stored.value.state != InvitationBatchState::Held {
            return Err(Error::NotHeld(id.clone()));
        }
        let put = self
            .parts
            .store
            .put_invitation_batch(&id.event, &decided, Some(stored.version));
        put.await.map_err(|error| match error {
            StoreError::Conflict => Error::NotHeld(id.clone()),
            other => Error::Store(other),
        })?;
        self.request_dispatch(&id.event).await;
        Ok(())
    }

    /// Returns some of the people whose invitations a run queued and that are not sent yet, with
    /// the cursor of the next page.
    pub async fn invited_by_run(
        &self,
        id: &RunId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<(Vec<EmailAddress>, Option<PersonId>), Error> {
        self.run(id).await?;
        let invitation_batch = InvitationBatchId::Run(id.number);
        let people = self
            .parts
            .store
            .waiting(&id.event, invitation_batch, after, limit)
            .await?;
        let next = (people.len() == limit)
            .then(|| people.last().copied())
            .flatten();
        let mut addresses = Vec::with_capacity(people.len());
        for person in people {
            // A person who was removed meanwhile is still in the batch, but waits no longer.
            if let QueuedRecipient::Here(stored, _) = self
                .queued_recipient(&id.event, person, invitation_batch)
                .await?
            {
                addresses.push(stored.value.email);
            }
        }
        Ok((addresses, next))
    }
}
