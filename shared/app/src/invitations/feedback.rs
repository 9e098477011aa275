//! Feedback on mail: bounces, complaints, and people who unsubscribe.

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

/// Whether a bounce suppresses the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// The address gets no mail from now on.
    Permanent,
    /// Only this mail was not accepted; the address still gets mail.
    Transient,
}

/// An entry of the suppression list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct SuppressionView {
    /// The address, where its owner is a user.
    pub email: Option<EmailAddress>,
    /// First and last name of its owner, where they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's id, under which the entry is stored.
    pub person: PersonId,
    /// The reason and the time of the suppression.
    #[serde(flatten)]
    pub suppression: Suppression,
}

impl Exported for SuppressionView {
    fn columns() -> Vec<&'static str> {
        vec!["person", "email", "reason", "since"]
    }
}

impl App {
    /// Applies feedback of the mail service on a mail. Feedback that comes twice or in another
    /// order has the same result. Feedback on a deleted event is ignored.
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

    /// Suppresses a person's address. A weightier reason stays: a bounce does not replace a
    /// complaint.
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

    /// Unsubscribes the person for whom the link was made from all mail of the community. Returns
    /// `None` where this installation did not make the link.
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

    /// Returns the community of an unsubscribe link; `None` where this installation did not make
    /// the link.
    pub async fn unsubscribing(
        &self,
        token: &UnsubscribeToken,
    ) -> Result<Option<CommunityRecord>, Error> {
        let community = self.parts.store.community(&token.community).await?;
        Ok(community.filter(|community| token.is_genuine(&community.key)))
    }

    /// Adds an address to the suppression list by hand.
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

    /// Removes an address from the suppression list.
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

    /// Returns some entries of the suppression list, with the cursor of the next page.
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
