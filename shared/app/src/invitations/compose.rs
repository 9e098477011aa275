//! The mail to an invited attendee: its recipient, its template, and the unsubscribe link.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::invitation::{Invitation, UnsubscribeToken};
use attendee_sync_domain::mail::{InvitationTemplate, Recipient};
use attendee_sync_domain::people::{Attendee, Presence, User, UserState};

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::DispatchContext;
use crate::ports::{CommunityRecord, InvitationRef, OutgoingMail};

impl App {
    /// The mail to an attendee, or why they get none.
    pub(super) async fn write_mail(
        &self,
        (context, template): (&DispatchContext<'_>, &InvitationTemplate),
        person: PersonId,
        attendee: &Attendee,
        invitation: &Invitation,
    ) -> Result<Result<OutgoingMail, String>, Error> {
        if attendee.presence != Presence::Attending {
            return Ok(Err("they no longer attend".to_owned()));
        }
        let user = match self.addressee(context, person).await? {
            Ok(user) => user,
            Err(reason) => return Ok(Err(reason)),
        };
        let about = InvitationRef {
            event: context.document.event.clone(),
            person,
            number: invitation.number(),
        };
        let mail = self.mail(template, context.community, attendee, &user, about);
        Ok(mail.map_err(|error| with_causes(&error)))
    }

    /// The user, or why they get no mail of the community.
    pub(super) async fn addressee(
        &self,
        context: &DispatchContext<'_>,
        person: PersonId,
    ) -> Result<Result<User, String>, Error> {
        let community = &context.community.id;
        if let Some(suppression) = self.parts.store.suppression(community, person).await? {
            return Ok(Err(suppression.reason.in_words().to_owned()));
        }
        let user = self.parts.store.user(community, person).await?;
        Ok(match user.map(|user| user.value) {
            Some(UserState::User(user)) => Ok(user),
            _ => Err("they are no longer a user".to_owned()),
        })
    }

    pub(crate) fn mail(
        &self,
        template: &InvitationTemplate,
        community: &CommunityRecord,
        attendee: &Attendee,
        user: &User,
        about: InvitationRef,
    ) -> Result<OutgoingMail, attendee_sync_domain::mail::LetterError> {
        let recipient = Recipient::of(attendee, user);
        let unsubscribe = self.unsubscribe_url(community, about.person);
        Ok(OutgoingMail {
            to: recipient.mailbox(),
            letter: template.letter(&recipient, &unsubscribe)?,
            about: Some(about),
            concerns: Vec::new(),
            unsubscribe: Some(unsubscribe),
            date: self.parts.clock.now(),
        })
    }

    pub(crate) fn unsubscribe_url(&self, community: &CommunityRecord, person: PersonId) -> String {
        let token = UnsubscribeToken::new(&community.key, community.id.clone(), person);
        format!("{}/unsubscribe/{token}", self.parts.public_url)
    }
}
