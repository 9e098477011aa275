//! What comes back: bounces, complaints, and people who want no mail.

use std::collections::HashMap;

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::invitation::{
    Feedback, Suppression, SuppressionReason, UnsubscribeToken,
};
use attendee_sync_domain::people::{User, UserState};

use crate::App;
use crate::error::Error;
use crate::invitations::queue::with_invitation;
use crate::people::export::Exported;
use crate::ports::{CommunityRecord, InvitationBatchId, InvitationRef, StoreError};

/// Whether the address gets no mail from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// It does not.
    Permanent,
    /// It does; this mail alone was not taken.
    Transient,
}

/// An address that gets no mail.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct SuppressionView {
    /// Which, where its owner is a user.
    pub email: Option<EmailAddress>,
    /// First and last name of its owner, where they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Under what it is kept.
    pub person: PersonId,
    /// Why and since when.
    #[serde(flatten)]
    pub suppression: Suppression,
}

impl Exported for SuppressionView {
    fn columns() -> Vec<&'static str> {
        vec!["person", "email", "reason", "since"]
    }
}

impl App {
    /// Takes what the mail service tells of a mail. Told twice, or in another order, it ends the
    /// same. Of an event that is gone it says nothing.
    pub async fn feedback(
        &self,
        about: &InvitationRef,
        feedback: &Feedback,
        lasting: Lasting,
    ) -> Result<(), Error> {
        let (document, community) = match self.event_and_community(&about.event).await {
            Ok(found) => found,
            Err(Error::NoEvent(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let reason = match feedback {
            Feedback::Bounced(_) if lasting == Lasting::Permanent => {
                Some(SuppressionReason::Bounce)
            }
            Feedback::Complained => Some(SuppressionReason::Complaint),
            Feedback::Bounced(_) | Feedback::Delivered => None,
        };
        if let Some(reason) = reason {
            self.suppress(&community.id, about.person, reason).await?;
        }
        loop {
            let stored = self
                .parts
                .store
                .attendee(&document.event, about.person)
                .await?;
            let Some(stored) = stored else {
                return Ok(());
            };
            let invitation = stored.value.invitation.as_ref();
            let told = invitation
                .and_then(|known| known.told(about.number, feedback, self.parts.clock.now()));
            let Some(told) = told else {
                return Ok(());
            };
            let invitation_batch = InvitationBatchId::of(&told);
            let put = with_invitation(&stored, told);
            match self
                .parts
                .store
                .put_invitation(&document.event, about.person, &put, invitation_batch)
                .await
            {
                Ok(()) => {
                    let event = &document.event;
                    self.index
                        .note_attendee(event, about.person, Some(&put.value));
                    return Ok(());
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What is said more strongly already stays: a complaint is not made a bounce.
    async fn suppress(
        &self,
        community: &CommunityId,
        person: PersonId,
        reason: SuppressionReason,
    ) -> Result<(), Error> {
        let known = self.parts.store.suppression(community, person).await?;
        if known.is_some_and(|known| known.reason.outweighs(reason)) {
            return Ok(());
        }
        let suppression = Suppression {
            reason,
            since: self.parts.clock.now(),
        };
        Ok(self
            .parts
            .store
            .suppress(community, person, &suppression)
            .await?)
    }

    /// Ends all mail of a community to whoever the link was made for. `None` where we did not make
    /// it.
    pub async fn unsubscribe(&self, token: &UnsubscribeToken) -> Result<Option<()>, Error> {
        if self.unsubscribing(token).await?.is_none() {
            return Ok(None);
        }
        self.suppress(
            &token.community,
            token.person,
            SuppressionReason::Unsubscribe,
        )
        .await?;
        Ok(Some(()))
    }

    /// The community that an unsubscribe link is about; `None` where we did not make it.
    pub async fn unsubscribing(
        &self,
        token: &UnsubscribeToken,
    ) -> Result<Option<CommunityRecord>, Error> {
        let community = self.parts.store.community(&token.community).await?;
        Ok(community.filter(|community| token.is_genuine(&community.key)))
    }

    /// Puts an address on the suppression list by hand.
    pub async fn suppress_address(
        &self,
        community: &CommunityId,
        address: &EmailAddress,
    ) -> Result<(), Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, address);
        self.suppress(&community.id, person, SuppressionReason::Hand)
            .await
    }

    /// Takes an address off the suppression list.
    pub async fn lift_suppression(
        &self,
        community: &CommunityId,
        address: &EmailAddress,
    ) -> Result<(), Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, address);
        Ok(self
            .parts
            .store
            .lift_suppression(&community.id, person)
            .await?)
    }

    /// Some of the addresses that get no mail; with the cursor of the next.
    pub async fn suppressions(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<(Vec<SuppressionView>, Option<PersonId>), Error> {
        self.known_community(community).await?;
        let found = self
            .parts
            .store
            .suppressions(community, after, limit)
            .await?;
        let next = (found.len() == limit)
            .then(|| found.last().map(|(person, _)| *person))
            .flatten();
        let people: Vec<PersonId> = found.iter().map(|(person, _)| *person).collect();
        let users = self.parts.store.users(community, &people).await?;
        let mut users: HashMap<PersonId, User> = users
            .into_iter()
            .filter_map(|(person, state)| match state {
                UserState::User(user) => Some((person, user)),
                UserState::Erased(_) => None,
            })
            .collect();
        let views = found.into_iter().map(|(person, suppression)| {
            let user = users.remove(&person);
            SuppressionView {
                name: user
                    .as_ref()
                    .map(|user| user.profile.full_name())
                    .filter(|name| !name.is_empty()),
                email: user.map(|user| user.email),
                person,
                suppression,
            }
        });
        Ok((views.collect(), next))
    }

    pub(crate) async fn known_community(&self, id: &CommunityId) -> Result<CommunityRecord, Error> {
        let community = self.parts.store.community(id).await?;
        community.ok_or_else(|| Error::NoCommunity(id.clone()))
    }
}
