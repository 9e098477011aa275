//! Reminders to who was invited and has not entered: who is due, and queueing them.
//!
//! A reminder is queued by a conditional write that also notes its step, so whoever looks twice, or at the same
//! time as another, queues it once. It is sent as an invitation is.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::{Invitation, due_reminder};
use attendee_sync_domain::mail::InvitationTemplate;
use attendee_sync_domain::people::{Attendee, Presence, UserState};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::{DeliveryFailure, DispatchContext};
use crate::invitations::queue::with_invitation;
use crate::ports::{CommunityRecord, StoreError};

/// How often it is tried again because others changed the person meanwhile.
const MAX_TRIES: u32 = 8;

/// Somebody who is due to be reminded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DueReminder {
    /// Who they are.
    pub email: EmailAddress,
    /// The same for programs, and for addresses of pages.
    pub person: PersonId,
    /// First and last name.
    pub name: String,
    /// Which reminder it is, counting from 1.
    pub step: u8,
    /// When they were invited.
    pub invited: Timestamp,
}

impl App {
    /// Who is due to be reminded at a time, as things stand now: some of them in the order of ids, with the
    /// cursor of the next. Who gets no mail from the community is left out.
    pub async fn due_reminders(
        &self,
        event: &EventId,
        at: Timestamp,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<(Vec<DueReminder>, Option<PersonId>), Error> {
        let document = self.document(event).await?;
        let mut found = Vec::new();
        let mut after = after;
        if document.reminders.is_none() {
            return Ok((found, None));
        }
        loop {
            let page = self.parts.store.attendees(event, after, limit).await?;
            let is_last = page.len() < limit;
            for (person, attendee) in page {
                after = Some(person);
                let Some(step) = due_reminder(&document, &attendee, at) else {
                    continue;
                };
                let invited = attendee.invitation.and_then(|known| known.invited());
                let name = self.name_to_remind(&document, person).await?;
                let (Some(invited), Some(name)) = (invited, name) else {
                    continue;
                };
                found.push(DueReminder {
                    email: attendee.email,
                    person,
                    name,
                    step,
                    invited,
                });
                if found.len() == limit {
                    return Ok((found, after));
                }
            }
            if is_last {
                return Ok((found, None));
            }
        }
    }

    /// What somebody is called who gets mail; nothing of who gets none.
    async fn name_to_remind(
        &self,
        document: &EventDocument,
        person: PersonId,
    ) -> Result<Option<String>, Error> {
        let store = &self.parts.store;
        let suppressed = store.suppression(&document.community, person).await?;
        if suppressed.is_some() {
            return Ok(None);
        }
        let user = store.user(&document.community, person).await?;
        Ok(match user.map(|user| user.value) {
            Some(UserState::User(user)) => Some(user.profile.full_name()),
            _ => None,
        })
    }

    /// Queues the reminders that are due, at most as many as a run may invite; the others are queued the next
    /// time. Returns how many were queued. Nothing is queued that could not be sent.
    pub async fn queue_reminders(&self, event: &EventId) -> Result<u64, Error> {
        let (document, community) = self.event_and_community(event).await?;
        let Some(reminding) = document.reminding() else {
            return Ok(0);
        };
        if !document.invitations.enabled {
            return Ok(0);
        }
        if let Err(trouble) = self.template_to_send(&reminding) {
            tracing::warn!(%event, reason = trouble.reason, "no reminder can be sent");
            return Ok(0);
        }
        let most = usize::try_from(document.invitations.limit_per_run).unwrap_or(usize::MAX);
        let (now, mut due) = (self.parts.clock.now(), Vec::new());
        self.each_attendee(event, |person, attendee| {
            if due_reminder(&document, attendee, now).is_some() {
                due.push(person);
            }
        })
        .await?;
        let mut queued = 0;
        for person in due {
            if usize::try_from(queued).is_ok_and(|queued| queued >= most) {
                break;
            }
            queued += u64::from(self.remind(&document, &community, person).await?);
        }
        if queued > 0 {
            tracing::info!(%event, queued, "reminders");
            self.request_dispatch(event).await;
        }
        Ok(queued)
    }

    /// The same for every event; one that cannot be looked at is logged and left out.
    pub async fn queue_all_reminders(&self) -> Result<u64, Error> {
        let mut queued = 0;
        for community in self.parts.store.communities().await? {
            for event in self.parts.store.events(&community).await? {
                match self.queue_reminders(&event).await {
                    Ok(of_event) => queued += of_event,
                    Err(error) => {
                        let error = attendee_sync_domain::causes::with_causes(&error);
                        tracing::warn!(%event, error, "reminders are not queued");
                    }
                }
            }
        }
        Ok(queued)
    }

    /// Whether a reminder of this person was queued: it is due still, and they get mail.
    async fn remind(
        &self,
        document: &EventDocument,
        community: &CommunityRecord,
        person: PersonId,
    ) -> Result<bool, Error> {
        let (store, event) = (&self.parts.store, &document.event);
        for _ in 0..MAX_TRIES {
            let Some(stored) = store.attendee(event, person).await? else {
                return Ok(false);
            };
            let now = self.parts.clock.now();
            let step = due_reminder(document, &stored.value, now);
            let invitation = stored.value.invitation.as_ref();
            let next = step.zip(invitation);
            let Some(next) = next.and_then(|(step, known)| known.reminded(step, now)) else {
                return Ok(false);
            };
            if store.suppression(&community.id, person).await?.is_some() {
                return Ok(false);
            }
            let put = with_invitation(&stored, next);
            let batch = self.requested_batch(event).await?;
            match store.queue_invitation(event, person, &put, &batch).await {
                Ok(()) => {
                    self.index.note_attendee(event, person, Some(&put.value));
                    return Ok(true);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    /// Whether somebody still gets the mail that was claimed, or why they do not.
    pub(super) async fn may_be_mailed(
        &self,
        context: &DispatchContext<'_>,
        person: PersonId,
    ) -> Result<Result<(), String>, Error> {
        if let Err(reason) = self.addressee(context, person).await? {
            return Ok(Err(reason));
        }
        if context.reminder.is_none() {
            return Ok(Ok(()));
        }
        let event = &context.document.event;
        let stored = self.parts.store.attendee(event, person).await?;
        let has_entered = stored.is_some_and(|stored| {
            let invitation = stored.value.invitation.as_ref();
            let is_reminder = invitation.is_some_and(|known| known.reminder().is_some());
            is_reminder && stored.value.activity.entered_at.is_some()
        });
        Ok(if has_entered {
            Err("they have entered the event meanwhile".to_owned())
        } else {
            Ok(())
        })
    }
}

/// By which template somebody who waits is written to.
pub(super) enum TemplateChoice<'a> {
    Write(&'a InvitationTemplate),
    /// By none for now.
    Wait(DeliveryFailure),
    /// By none: they wait for a reminder that is not wanted any more.
    TakeBack,
}

pub(super) fn template_of<'a>(
    context: &'a DispatchContext<'_>,
    attendee: &Attendee,
    invitation: &Invitation,
) -> TemplateChoice<'a> {
    let is_wanted =
        attendee.presence == Presence::Attending && attendee.activity.entered_at.is_none();
    match (invitation.reminder(), context.reminder) {
        (None, _) => TemplateChoice::Write(context.template),
        (Some(_), Some(Ok(template))) if is_wanted => TemplateChoice::Write(template),
        (Some(_), Some(Err(trouble))) if is_wanted => TemplateChoice::Wait(trouble.clone()),
        (Some(_), _) => TemplateChoice::TakeBack,
    }
}
