//! Queues invitations on request, counts them by state, and shows samples.

use std::collections::BTreeMap;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{EventDocument, Problems};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::{Invitation, InvitationState};
use attendee_sync_domain::mail::{InvitationTemplate, Letter, Mailbox, Recipient};
use attendee_sync_domain::people::{Attendee, Presence, UserState, Versioned};
use attendee_sync_domain::plan::Put;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::DeliveryPause;
use crate::ports::{
    CommunityRecord, InvitationBatch, InvitationBatchId, InvitationBatchState, MailError,
    OutgoingMail, RestoredBackup, Sent, StoreError,
};

/// Attendees read at a time.
const PAGE: usize = 1_000;

/// The people to invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitationRequest {
    /// Everybody who attends and has no invitation; refused where they are more than this.
    NotInvited {
        /// The number that was shown to the person who asks.
        at_most: Option<u64>,
    },
    /// These people, if they have no invitation.
    These(Vec<EmailAddress>),
    /// These people, even if they have an invitation, unless it is being sent.
    Again(Vec<EmailAddress>),
}

impl InvitationRequest {
    /// Returns whether the request names one person.
    #[must_use]
    pub fn is_one_person(&self) -> bool {
        match self {
            Self::NotInvited { .. } => false,
            Self::These(people) | Self::Again(people) => people.len() == 1,
        }
    }
}

/// The result of a request for invitations.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct InvitationsRequested {
    /// The number of invitations queued.
    pub queued: u64,
    /// People who have an invitation already.
    pub already_invited: u64,
    /// People who were removed from the event.
    pub not_attending: u64,
    /// People on the suppression list.
    pub suppressed: u64,
    /// People who are no attendees.
    pub unknown: u64,
}

/// The invitations of an event by state, and what they wait for.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct InvitationsView {
    /// Whether new attendees are invited.
    pub enabled: bool,
    /// The number of attendees by the state of their invitation, with `none` for those without one.
    /// A removed person is counted only if they have an invitation.
    #[cfg_attr(feature = "schemas", schema(value_type = BTreeMap<String, u64>))]
    pub states: BTreeMap<&'static str, u64>,
    /// Invitation batches that are not finished.
    pub waves: Vec<InvitationBatch>,
    /// The restore of a backup since which none is sent, until a person releases them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_since_restore: Option<RestoredBackup>,
    /// Why none is sent, where this process tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_pause: Option<DeliveryPause>,
}

/// A sample of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationSample {
    /// The recipient.
    pub to: Mailbox,
    /// The content of the mail.
    pub letter: Letter,
}

impl App {
    /// Queues invitations because a person asks for them.
    pub async fn invite(
        &self,
        event: &EventId,
        whom: &InvitationRequest,
    ) -> Result<InvitationsRequested, Error> {
        let (document, community) = self.event_and_community(event).await?;
        if !document.invitations.enabled {
            return Err(Error::InvitationsOff(event.clone()));
        }
        let people = match whom {
            InvitationRequest::NotInvited { at_most } => {
                let people = self.not_invited(event).await?;
                let number = people.len() as u64;
                if at_most.is_some_and(|at_most| number > at_most) {
                    return Err(Error::MoreToInvite(number));
                }
                people
            }
            InvitationRequest::These(addresses) | InvitationRequest::Again(addresses) => addresses
                .iter()
                .map(|address| PersonId::of(&community.key, address))
                .collect(),
        };
        let again = matches!(whom, InvitationRequest::Again(_));
        let mut asked = InvitationsRequested::default();
        for person in people {
            self.ask_for(&document, &community, person, again, &mut asked)
                .await?;
        }
        if asked.queued > 0 {
            self.request_dispatch(event).await;
        }
        Ok(asked)
    }

    /// Returns the batch of requested invitations with one more person. It is stored together with
    /// that person's invitation, so that no sender ends the batch before the person is sent theirs.
    pub(crate) async fn requested_batch(
        &self,
        event: &EventId,
    ) -> Result<Put<InvitationBatch>, Error> {
        let stored = self
            .invitation_batch(event, InvitationBatchId::Asked)
            .await?;
        let people = stored.as_ref().map_or(0, |stored| stored.value.people);
        Ok(Put {
            expected: stored.map(|stored| stored.version),
            value: InvitationBatch {
                id: InvitationBatchId::Asked,
                state: InvitationBatchState::Released,
                people: people + 1,
            },
        })
    }

    async fn ask_for(
        &self,
        document: &EventDocument,
        community: &CommunityRecord,
        person: PersonId,
        again: bool,
        asked: &mut InvitationsRequested,
    ) -> Result<(), Error> {
        loop {
            let Some(stored) = self.parts.store.attendee(&document.event, person).await? else {
                asked.unknown += 1;
                return Ok(());
            };
            if stored.value.presence != Presence::Attending {
                asked.not_attending += 1;
                return Ok(());
            }
            let now = self.parts.clock.now();
            let next = match &stored.value.invitation {
                None => Some(Invitation::queued(None, now)),
                Some(invitation) if again => invitation.again(now),
                Some(_) => None,
            };
            let Some(next) = next else {
                asked.already_invited += 1;
                return Ok(());
            };
            let suppressed = self.parts.store.suppression(&community.id, person).await?;
            if suppressed.is_some() {
                asked.suppressed += 1;
                return Ok(());
            }
            let put = with_invitation(&stored, next);
            let invitation_batch = self.requested_batch(&document.event).await?;
            match self
                .parts
                .store
                .queue_invitation(&document.event, person, &put, &invitation_batch)
                .await
            {
                Ok(()) => {
                    let event = &document.event;
                    self.index.note_attendee(event, person, Some(&put.value));
                    asked.queued += 1;
                    if asked.queued == 1 {
                        self.post_wanted.notify_one();
                    }
                    return Ok(());
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn not_invited(&self, event: &EventId) -> Result<Vec<PersonId>, Error> {
        let mut people = Vec::new();
        self.each_attendee(event, |person, attendee| {
            if attendee.presence == Presence::Attending && attendee.invitation.is_none() {
                people.push(person);
            }
        })
        .await?;
        Ok(people)
    }

    /// Returns the state of an event's invitations.
    pub async fn invitations(&self, event: &EventId) -> Result<InvitationsView, Error> {
        let document = self.document(event).await?;
        let mut states: BTreeMap<&'static str, u64> = InvitationState::ALL
            .map(|state| (state.name(), 0))
            .into_iter()
            .chain([("none", 0)])
            .collect();
        self.each_attendee(event, |_, attendee| {
            let name = match &attendee.invitation {
                Some(invitation) => invitation.state().name(),
                None if attendee.presence == Presence::Attending => "none",
                None => return,
            };
            *states.entry(name).or_default() += 1;
        })
        .await?;
        let invitation_batches = self.parts.store.invitation_batches(event).await?;
        let held_since_restore = self.invitation_hold(&document.community).await?;
        let delivery_pause = self.delivery_pause(event);
        let delivery_pause =
            delivery_pause.or_else(|| self.refused_sender(&document, &invitation_batches));
        Ok(InvitationsView {
            enabled: document.invitations.enabled,
            states,
            waves: invitation_batches
                .into_iter()
                .map(|invitation_batch| invitation_batch.value)
                .collect(),
            held_since_restore,
            delivery_pause,
        })
    }

    pub(crate) async fn each_attendee(
        &self,
        event: &EventId,
        mut look: impl FnMut(PersonId, &Attendee),
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.parts.store.attendees(event, after, PAGE).await?;
            for (person, attendee) in &page {
                look(*person, attendee);
            }
            after = page.last().map(|(person, _)| *person);
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// The invitation as this attendee would get it, or an example of a person; by the template of
    /// `document`, which need not be stored.
    pub async fn sample_invitation(
        &self,
        document: &EventDocument,
        to: Option<&EmailAddress>,
    ) -> Result<InvitationSample, Error> {
        let template = InvitationTemplate::new(document)
            .map_err(|problems| Error::Configuration(Problems(problems)))?;
        let recipient = match to {
            None => Recipient::example(),
            Some(address) => {
                let community = self.parts.store.community(&document.community).await?;
                let community = community.ok_or(Error::NoPerson)?;
                let person = PersonId::of(&community.key, address);
                let found = self.recipient(document, person).await?;
                found.ok_or(Error::NoPerson)?
            }
        };
        // The sample has no real link: a person who reads the sample must not unsubscribe the
        // attendee.
        let unsubscribe = format!("{}/unsubscribe/example", self.parts.public_url);
        let letter = template.letter(&recipient, &unsubscribe);
        Ok(InvitationSample {
            to: recipient.mailbox(),
            letter: letter.map_err(|error| Error::Mail(with_causes(&error)))?,
        })
    }

    async fn recipient(
        &self,
        document: &EventDocument,
        person: PersonId,
    ) -> Result<Option<Recipient>, Error> {
        let attendee = self.parts.store.attendee(&document.event, person).await?;
        let user = self.parts.store.user(&document.community, person).await?;
        let (Some(attendee), Some(user)) = (attendee, user) else {
            return Ok(None);
        };
        Ok(match &user.value {
            UserState::User(user) => Some(Recipient::of(&attendee.value, user)),
            UserState::Erased(_) => None,
        })
    }

    /// Sends a sample to a person who wants to look at it. It counts as nobody's invitation.
    /// `concerns` are the people whom it names.
    pub(crate) async fn send_sample(
        &self,
        sample: InvitationSample,
        to: EmailAddress,
        concerns: &[PersonId],
    ) -> Result<Sent, MailError> {
        let Some(mailer) = &self.parts.mailer else {
            return Err(MailError::Unavailable {
                reason: "this process sends no mail".to_owned(),
                retry_after: None,
            });
        };
        let mut letter = sample.letter;
        letter.subject = format!("[Test] {}", letter.subject);
        let mail = OutgoingMail {
            about: None,
            concerns: concerns.to_vec(),
            to: Mailbox {
                name: None,
                address: to,
            },
            letter,
            unsubscribe: None,
            date: self.parts.clock.now(),
        };
        mailer.send(&mail).await
    }
}

pub(crate) fn with_invitation(
    stored: &Versioned<Attendee>,
    invitation: Invitation,
) -> Put<Attendee> {
    Put {
        expected: Some(stored.version),
        value: Attendee {
            invitation: Some(invitation),
            ..stored.value.clone()
        },
    }
}
