//! Test mails: a sample of an invitation, sent to a person who wants to look at it.
//!
//! A test could be used to send mail in an organiser's name. So it goes only to few addresses, a
//! few times an hour, from a sender of the community, and it is recorded in the audit log before
//! the mail server gets it.

use attendee_sync_domain::audit::AuditAction;
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::SuppressionReason;
use attendee_sync_domain::people::Presence;

use crate::audited::Audited;
use crate::error::Error;
use crate::invitations::test_limits::{PER_DAY, PER_HOUR};
use crate::ports::{CommunityRecord, MailError};

/// A test mail that a person asks for.
#[derive(Debug, Clone, Copy)]
pub struct TestMail<'a> {
    /// The event whose invitation is shown.
    pub event: &'a EventId,
    /// A checked document that is not stored, whose template is used instead of the stored one. May
    /// only be given for a person who may store it.
    pub unsaved: Option<&'a EventDocument>,
    /// The attendee whose invitation is shown; without one, an example of a person.
    pub shown_as: Option<&'a EmailAddress>,
    /// The recipient.
    pub to: &'a EmailAddress,
    /// The address of the person who asks, where an identity provider vouches for it.
    pub own_address: Option<&'a EmailAddress>,
}

/// Why a test is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestRefused {
    /// Tests may not be sent to this address.
    #[error(
        "a test can be sent to attendees of this event, to the saved test recipients, and to your own address at the identity provider; this address is none of these: ask an admin to add it to the test recipients"
    )]
    Recipient,
    /// The recipient is an attendee and would see another attendee's data.
    #[error(
        "a test sent to an attendee shows their own mail or an example person; leave this field empty, or send the test to one of the test recipients"
    )]
    OtherAttendee,
    /// The community sends no mail to the address.
    #[error("{}; the address is on the community's suppression list, and gets no test mail", .0.in_words())]
    Suppressed(SuppressionReason),
    /// The person who asks has sent the hourly maximum of tests.
    #[error(
        "you have sent {PER_HOUR} test mails within an hour, which is the limit; try again in {}",
        in_words(*.retry_after_seconds)
    )]
    PersonLimit {
        /// The seconds after which the next test may be sent.
        retry_after_seconds: u64,
    },
    /// The people of the community have sent the daily maximum of tests.
    #[error(
        "the people of this community have sent {PER_DAY} test mails within a day, which is the limit; try again in {}",
        in_words(*.retry_after_seconds)
    )]
    CommunityLimit {
        /// The seconds after which the next test may be sent.
        retry_after_seconds: u64,
    },
}

/// Returns a duration in words, rounded up.
fn in_words(seconds: u64) -> String {
    match (seconds.div_ceil(60), seconds.div_ceil(3_600)) {
        (1, _) => "a minute".to_owned(),
        (minutes, ..=2) => format!("{minutes} minutes"),
        (_, hours) => format!("{hours} hours"),
    }
}

impl Audited<'_> {
    /// Sends a test. Fails without sending where the recipient, the sender or the number of tests
    /// is refused, and where the audit log cannot be written.
    pub async fn send_test(&self, wanted: TestMail<'_>) -> Result<(), Error> {
        let app = self.app();
        let (stored, community) = app.event_and_community(wanted.event).await?;
        let person = PersonId::of(&community.key, wanted.to);
        self.require_test_recipient(&stored, person, wanted).await?;
        self.require_no_suppression(&community, person).await?;
        let document = wanted.unsaved.unwrap_or(&stored);
        if document.community != stored.community {
            return Err(Error::OtherCommunity {
                event: stored.event,
                community: stored.community,
            });
        }
        let sample = app.sample_invitation(document, wanted.shown_as).await?;
        app.require_sender(document, &sample.letter.from)?;
        let concerns = app
            .people_of_test(&community, wanted.to, &sample.to.address)
            .await?;
        let turn = app.count_test_mail(self.by(), &community.id).await?;
        let action = AuditAction::TestMailAsked {
            event: wanted.event.clone(),
            person,
            saved: wanted.unsaved.is_none(),
        };
        let note = (community.id.clone(), self.entry(action));
        app.parts.store.record(&note).await?;
        let sent = app.send_sample(sample, wanted.to.clone(), &concerns).await;
        app.forget_late_test(&community, &concerns).await?;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => {
                if matches!(error, MailError::Unavailable { .. }) {
                    // Nothing was sent, so the test is not counted.
                    app.uncount_test_mail(turn).await;
                }
                Err(Error::Mail(with_causes(&error)))
            }
        }
    }

    async fn require_test_recipient(
        &self,
        stored: &EventDocument,
        person: PersonId,
        wanted: TestMail<'_>,
    ) -> Result<(), Error> {
        let is_named = stored.invitations.test_recipients.contains(wanted.to);
        if is_named || wanted.own_address == Some(wanted.to) {
            return Ok(());
        }
        let attendee = self
            .app()
            .parts
            .store
            .attendee(wanted.event, person)
            .await?;
        let attends =
            attendee.is_some_and(|attendee| attendee.value.presence == Presence::Attending);
        if !attends {
            return Err(TestRefused::Recipient.into());
        }
        match wanted.shown_as {
            Some(other) if other != wanted.to => Err(TestRefused::OtherAttendee.into()),
            _ => Ok(()),
        }
    }

    async fn require_no_suppression(
        &self,
        community: &CommunityRecord,
        person: PersonId,
    ) -> Result<(), Error> {
        let store = &self.app().parts.store;
        match store.suppression(&community.id, person).await? {
            Some(suppression) => Err(TestRefused::Suppressed(suppression.reason).into()),
            None => Ok(()),
        }
    }
}
