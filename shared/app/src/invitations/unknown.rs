//! Invitations that an ended process was sending: it is unknown whether they were sent.

use attendee_sync_domain::ids::EventId;
use futures_util::future::try_join_all;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::PAGE;
use crate::invitations::recipients::QueuedRecipient;
use crate::ports::InvitationBatchId;

/// Events looked at at the same time.
const EVENTS_AT_ONCE: usize = 16;

impl App {
    /// Marks every invitation that an ended process was sending as unknown. Returns their number.
    /// May only be called by a process that knows that it is the only one.
    pub async fn mark_abandoned_unknown(&self) -> Result<u64, Error> {
        let mut events = Vec::new();
        for community in self.parts.store.communities().await? {
            events.extend(self.parts.store.events(&community).await?);
        }
        let mut doubts = 0;
        for some in events.chunks(EVENTS_AT_ONCE) {
            let mut marked = Vec::new();
            for event in some {
                marked.push(self.mark_event_unknown(event));
            }
            doubts += try_join_all(marked).await?.into_iter().sum::<u64>();
        }
        Ok(doubts)
    }

    async fn mark_event_unknown(&self, event: &EventId) -> Result<u64, Error> {
        let mut doubts = 0;
        for invitation_batch in self.parts.store.invitation_batches(event).await? {
            let id = invitation_batch.value.id;
            doubts += self.mark_batch_unknown(event, id).await?;
        }
        Ok(doubts)
    }

    async fn mark_batch_unknown(
        &self,
        event: &EventId,
        invitation_batch: InvitationBatchId,
    ) -> Result<u64, Error> {
        let mut doubts = 0;
        let mut after = None;
        loop {
            let people = self
                .parts
                .store
                .waiting(event, invitation_batch, after, PAGE)
                .await?;
            let Some(last) = people.last() else {
                return Ok(doubts);
            };
            after = Some(*last);
            for person in people {
                while let QueuedRecipient::Here(stored, invitation) = self
                    .queued_recipient(event, person, invitation_batch)
                    .await?
                {
                    let Some(next) = invitation.abandoned(self.parts.clock.now()) else {
                        break;
                    };
                    if self
                        .put(event, person, &stored, Some(next), invitation_batch)
                        .await?
                    {
                        doubts += 1;
                        break;
                    }
                }
            }
        }
    }
}
