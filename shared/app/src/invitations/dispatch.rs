//! Sends queued invitations: each is claimed, handed to the mail service and recorded, one after
//! the other.
//!
//! The claim is a conditional write, and only the process that made it sends the mail. An
//! invitation that was claimed and not recorded is unknown: a process that knows that the sender
//! has ended marks it so, and nobody sends it again unless a person asks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::{Handed, InvitationState};
use attendee_sync_domain::mail::InvitationTemplate;
use attendee_sync_domain::people::Versioned;
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::invitations::recipients::QueuedRecipient;
use crate::invitations::reminders::{TemplateChoice, template_of};
use crate::invitations::restore::held_since_restore;
use crate::ports::{
    CommunityRecord, InvitationBatch, InvitationBatchId, InvitationBatchState, MailError, Mailer,
    OutgoingMail,
};

/// People read from an invitation batch at a time; the configuration is read again for each page.
pub(super) const PAGE: usize = 100;
/// How often a write is tried again because a sync changed the person meanwhile.
const MAX_TRIES: u32 = 20;

/// The result of sending an event's invitations.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct DispatchResult {
    /// Invitations handed to the mail service.
    pub sent: u64,
    /// Invitations that failed for good.
    pub failed: u64,
    /// Invitations of which it is unknown whether they were sent.
    pub in_doubt: u64,
    /// Invitations taken back, because the person no longer attends or is no longer to be invited.
    pub taken_back: u64,
    /// Invitations that the recipient's mail server deferred; they are tried again.
    pub put_off: u64,
    /// Why sending stopped although invitations are left.
    pub trouble: Option<DeliveryFailure>,
}

/// Why no mail is sent for now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeliveryFailure {
    /// The reason, for people.
    pub reason: String,
    /// After how many seconds the mail service says to try again.
    pub retry_after_seconds: Option<u64>,
    /// Whose mails cannot be sent.
    pub keeps: PauseScope,
}

/// Whose mails a delivery failure holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseScope {
    /// The mails of every event: the mail service accepts none.
    All,
    /// The mails of this event only, until somebody changes its configuration.
    Event,
}

/// Why the invitations of an event wait, and since when.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DeliveryPause {
    /// The reason, for people.
    pub reason: String,
    /// When this process first noticed it.
    pub since: Timestamp,
}

/// What is needed to send an event's invitations.
pub(super) struct DispatchContext<'a> {
    pub(super) document: &'a EventDocument,
    pub(super) community: &'a CommunityRecord,
    pub(super) template: &'a InvitationTemplate,
    /// That of reminders, or why none can be sent; nothing where the event has none.
    pub(super) reminder: Option<&'a Result<InvitationTemplate, DeliveryFailure>>,
    pub(super) mailer: &'a dyn Mailer,
}

/// The outcome for one recipient of the batch.
enum RecipientOutcome {
    Sent,
    Failed,
    InDoubt,
    PutOff,
    /// A reminder that is not wanted any more.
    TakenBack,
    /// The person's invitation is not in this batch any more.
    NotOurs,
    /// Another process is sending the mail.
    BeingSent,
    Unavailable(DeliveryFailure),
}

impl App {
    /// Sends the released invitations of an event, until none is left or the mail service accepts
    /// none.
    pub async fn dispatch_invitations(&self, event: &EventId) -> Result<DispatchResult, Error> {
        let mut posted = DispatchResult::default();
        let invitation_batches = self.parts.store.invitation_batches(event).await?;
        let hold = self.hold_of_batches(event, &invitation_batches).await?;
        for invitation_batch in invitation_batches {
            if hold.is_some() && invitation_batch.value.state == InvitationBatchState::Released {
                continue;
            }
            self.dispatch_batch(event, &invitation_batch, &mut posted)
                .await?;
            if posted.trouble.is_some() {
                break;
            }
        }
        if posted.trouble.is_none() {
            posted.trouble = hold.as_ref().map(held_since_restore);
        }
        self.note_delivery_pause(event, posted.trouble.as_ref());
        self.work_tally.mails(&posted);
        Ok(posted)
    }

    fn note_delivery_pause(&self, event: &EventId, trouble: Option<&DeliveryFailure>) {
        let mut all = self.delivery_pauses.lock();
        let all = all.as_deref_mut().ok();
        match (all, trouble) {
            (None, _) => {}
            (Some(all), None) => {
                all.remove(event);
            }
            (Some(all), Some(trouble)) => {
                let now = self.parts.clock.now();
                let known = all.entry(event.clone()).or_insert_with(|| DeliveryPause {
                    reason: String::new(),
                    since: now,
                });
                known.reason.clone_from(&trouble.reason);
            }
        }
    }

    /// Returns why this process sends no invitations of an event, if it tried and could not.
    #[must_use]
    pub fn delivery_pause(&self, event: &EventId) -> Option<DeliveryPause> {
        self.delivery_pauses.lock().ok()?.get(event).cloned()
    }

    /// Starts no further mail, because the process is about to end. A mail that is being sent is
    /// not interrupted, as it would be unknown whether it was sent.
    pub fn stop_dispatching(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.post_wanted.notify_one();
    }

    /// Returns whether no further mail is started.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Returns the events that have invitation batches which are not held.
    pub async fn events_to_dispatch(&self) -> Result<Vec<EventId>, Error> {
        let mut events = Vec::new();
        for community in self.parts.store.communities().await? {
            for event in self.parts.store.events(&community).await? {
                let invitation_batches = self.parts.store.invitation_batches(&event).await?;
                if invitation_batches.iter().any(|invitation_batch| {
                    invitation_batch.value.state != InvitationBatchState::Held
                }) {
                    events.push(event);
                }
            }
        }
        Ok(events)
    }

    async fn dispatch_batch(
        &self,
        event: &EventId,
        invitation_batch: &Versioned<InvitationBatch>,
        posted: &mut DispatchResult,
    ) -> Result<(), Error> {
        let id = invitation_batch.value.id;
        let mut newest = Some(invitation_batch.clone());
        let mut after = None;
        let mut left = false;
        loop {
            // A run that is continued holds the batch again that it had released.
            let Some(now) = newest.filter(|invitation_batch| {
                invitation_batch.value.state != InvitationBatchState::Held
            }) else {
                return Ok(());
            };
            let people = self.parts.store.waiting(event, id, after, PAGE).await?;
            after = people.last().copied();
            if people.is_empty() {
                break;
            }
            left |= self
                .dispatch_page(event, &now.value, &people, posted)
                .await?;
            if posted.trouble.is_some() || self.is_closing() {
                return Ok(());
            }
            newest = self.invitation_batch(event, id).await?;
        }
        if !left {
            self.parts
                .store
                .end_invitation_batch(event, invitation_batch)
                .await?;
        }
        Ok(())
    }

    /// Sends the mails of one page. Returns whether somebody is left waiting.
    async fn dispatch_page(
        &self,
        event: &EventId,
        invitation_batch: &InvitationBatch,
        people: &[PersonId],
        posted: &mut DispatchResult,
    ) -> Result<bool, Error> {
        let (document, community) = self.event_and_community(event).await?;
        if invitation_batch.state == InvitationBatchState::Discarded {
            let mut left = false;
            for person in people {
                left |= !self
                    .take_back(event, *person, invitation_batch.id, posted)
                    .await?;
            }
            return Ok(left);
        }
        if !document.invitations.enabled {
            posted.trouble = Some(DeliveryFailure::of_event(
                "invitations are off; queued invitations are kept",
            ));
            return Ok(true);
        }
        let Some(mailer) = &self.parts.mailer else {
            posted.trouble = Some(DeliveryFailure::new("this process sends no mail"));
            return Ok(true);
        };
        let template = match self.template_to_send(&document) {
            Ok(template) => template,
            Err(trouble) => {
                posted.trouble = Some(trouble);
                return Ok(true);
            }
        };
        let reminding = document.reminding();
        let reminder = reminding.map(|reminding| self.template_to_send(&reminding));
        let context = DispatchContext {
            document: &document,
            community: &community,
            template: &template,
            reminder: reminder.as_ref(),
            mailer: &**mailer,
        };
        let mut left = false;
        for person in people {
            if self.is_closing() {
                return Ok(true);
            }
            match self
                .dispatch_one(&context, *person, invitation_batch.id)
                .await?
            {
                RecipientOutcome::Sent => posted.sent += 1,
                RecipientOutcome::Failed => posted.failed += 1,
                RecipientOutcome::InDoubt => posted.in_doubt += 1,
                RecipientOutcome::PutOff => {
                    posted.put_off += 1;
                    left = true;
                }
                RecipientOutcome::TakenBack => posted.taken_back += 1,
                RecipientOutcome::NotOurs => {}
                RecipientOutcome::BeingSent => left = true,
                RecipientOutcome::Unavailable(trouble) => {
                    posted.trouble = Some(trouble);
                    return Ok(true);
                }
            }
        }
        Ok(left)
    }

    async fn dispatch_one(
        &self,
        context: &DispatchContext<'_>,
        person: PersonId,
        invitation_batch: InvitationBatchId,
    ) -> Result<RecipientOutcome, Error> {
        let event = &context.document.event;
        for _ in 0..MAX_TRIES {
            let (stored, invitation) = match self
                .queued_recipient(event, person, invitation_batch)
                .await?
            {
                QueuedRecipient::Here(stored, invitation) => (stored, invitation),
                QueuedRecipient::Elsewhere(seen) => {
                    if self
                        .drop_waiting(event, invitation_batch, person, seen)
                        .await?
                    {
                        return Ok(RecipientOutcome::NotOurs);
                    }
                    continue;
                }
            };
            match invitation.state() {
                InvitationState::Queued => {}
                InvitationState::Sending => {
                    let now = self.parts.clock.now();
                    if !invitation.is_abandoned(now) {
                        return Ok(RecipientOutcome::BeingSent);
                    }
                    let doubt = invitation.abandoned(now);
                    if self
                        .put(event, person, &stored, doubt, invitation_batch)
                        .await?
                    {
                        return Ok(RecipientOutcome::InDoubt);
                    }
                    continue;
                }
                _ => {
                    let seen = Some(stored.version);
                    if self
                        .drop_waiting(event, invitation_batch, person, seen)
                        .await?
                    {
                        return Ok(RecipientOutcome::NotOurs);
                    }
                    continue;
                }
            }
            let template = match template_of(context, &stored.value, &invitation) {
                TemplateChoice::Write(template) => template,
                TemplateChoice::Wait(trouble) => return Ok(RecipientOutcome::Unavailable(trouble)),
                TemplateChoice::TakeBack => {
                    let before = invitation.reminder_withdrawn();
                    if self
                        .put(event, person, &stored, before, invitation_batch)
                        .await?
                    {
                        return Ok(RecipientOutcome::TakenBack);
                    }
                    continue;
                }
            };
            let mail = match self
                .write_mail((context, template), person, &stored.value, &invitation)
                .await?
            {
                Ok(mail) => mail,
                Err(reason) => {
                    let given_up = invitation.given_up(&reason, self.parts.clock.now());
                    if self
                        .put(event, person, &stored, given_up, invitation_batch)
                        .await?
                    {
                        return Ok(RecipientOutcome::Failed);
                    }
                    continue;
                }
            };
            let claimed = invitation.claimed(self.parts.clock.now());
            if !self
                .put(event, person, &stored, claimed, invitation_batch)
                .await?
            {
                continue;
            }
            return self
                .hand_over(context, person, invitation_batch, &mail)
                .await;
        }
        // A sync keeps changing the person; they are tried again the next time.
        Ok(RecipientOutcome::PutOff)
    }

    /// Hands over the mail of a claimed invitation. The suppression list is read again here: an
    /// entry that was added before the claim counts even if the first read missed it.
    async fn hand_over(
        &self,
        context: &DispatchContext<'_>,
        person: PersonId,
        invitation_batch: InvitationBatchId,
        mail: &OutgoingMail,
    ) -> Result<RecipientOutcome, Error> {
        let (outcome, trouble) = match self.may_be_mailed(context, person).await {
            Ok(Ok(())) => (context.mailer.send(mail).await, None),
            Ok(Err(reason)) => (Err(MailError::Refused(reason)), None),
            Err(error) => (Err(not_tried()), Some(error)),
        };
        let number = mail.about.as_ref().map_or(0, |about| about.number);
        let done = self
            .record(
                &context.document.event,
                person,
                (invitation_batch, number),
                outcome,
            )
            .await?;
        trouble.map_or(Ok(done), Err)
    }

    /// Records the outcome of handing a mail over. A sync may change the person meanwhile; the
    /// write is repeated until it succeeds.
    async fn record(
        &self,
        event: &EventId,
        person: PersonId,
        (invitation_batch, number): (InvitationBatchId, u32),
        outcome: Result<crate::ports::Sent, MailError>,
    ) -> Result<RecipientOutcome, Error> {
        let (handed, done) = outcome_of(outcome);
        loop {
            let (stored, invitation) = match self
                .queued_recipient(event, person, invitation_batch)
                .await?
            {
                QueuedRecipient::Here(stored, invitation) => (stored, invitation),
                QueuedRecipient::Elsewhere(seen) => {
                    if seen.is_none() {
                        // The person was erased while the mail was being sent.
                        self.forget_mail(person).await?;
                    }
                    if self
                        .drop_waiting(event, invitation_batch, person, seen)
                        .await?
                    {
                        return Ok(done);
                    }
                    continue;
                }
            };
            if invitation.number() != number {
                // It took so long that a person has asked for the next invitation meanwhile.
                return Ok(done);
            }
            let next = invitation.handed(&handed, self.parts.clock.now());
            if self
                .put(event, person, &stored, Some(next), invitation_batch)
                .await?
            {
                return Ok(done);
            }
        }
    }
}

/// Returns the error of a mail that was not handed over after all.
fn not_tried() -> MailError {
    MailError::Unavailable {
        reason: "the table could not be read".to_owned(),
        retry_after: None,
    }
}

impl DeliveryFailure {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            retry_after_seconds: None,
            keeps: PauseScope::All,
        }
    }

    pub(crate) fn of_event(reason: impl Into<String>) -> Self {
        Self {
            keeps: PauseScope::Event,
            ..Self::new(reason)
        }
    }
}

fn outcome_of(outcome: Result<crate::ports::Sent, MailError>) -> (Handed, RecipientOutcome) {
    match outcome {
        Ok(sent) => (Handed::Over(sent.message_id), RecipientOutcome::Sent),
        Err(MailError::Refused(reason)) => (Handed::Refused(reason), RecipientOutcome::Failed),
        Err(MailError::InDoubt(reason)) => (Handed::InDoubt(reason), RecipientOutcome::InDoubt),
        Err(MailError::Deferred(reason)) => (Handed::PutOff(reason), RecipientOutcome::PutOff),
        Err(MailError::Unavailable {
            reason,
            retry_after,
        }) => (
            Handed::Back(reason.clone()),
            RecipientOutcome::Unavailable(DeliveryFailure {
                reason,
                retry_after_seconds: retry_after.as_ref().map(Duration::as_secs),
                keeps: PauseScope::All,
            }),
        ),
    }
}
