//! Cleans the folder of mails that were written instead of being sent: an erasure deletes the mails
//! that name the person, and old mails are deleted by age.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::people::UserState;
use jiff::SignedDuration;

use crate::App;
use crate::error::Error;
use crate::ports::CommunityRecord;

/// For how many days a mail stays in the folder: long enough to read what a sync invited, and
/// short, as the folder is a copy of personal data that nobody needs.
pub const MAIL_KEPT_DAYS: i64 = 30;

/// A file that was begun longer ago is never finished: writing one takes less than a second.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(1);

impl App {
    /// Deletes from the mail folder what is older than [`MAIL_KEPT_DAYS`], and files that a process
    /// began and never finished. Returns the number of files deleted.
    pub async fn clear_mail_folder(&self) -> Result<u64, Error> {
        let Some(folder) = &self.parts.mail_folder else {
            return Ok(0);
        };
        let now = self.parts.clock.now();
        let before = |ago| now.saturating_sub(ago).unwrap_or(now);
        let kept = SignedDuration::from_hours(24 * MAIL_KEPT_DAYS);
        Ok(folder.clear(before(kept), before(ABANDONED_AFTER)).await?)
    }

    /// Deletes the stored mails to a person, and the stored tests that show the person's
    /// invitation.
    pub(crate) async fn forget_mail(&self, person: PersonId) -> Result<(), Error> {
        match &self.parts.mail_folder {
            Some(folder) => Ok(folder.forget(person).await?),
            None => Ok(()),
        }
    }

    /// Returns the people that a test mail names: its recipient first, then the person whose
    /// invitation it shows. Fails where the recipient was erased, as nothing is sent to them.
    pub(crate) async fn people_of_test(
        &self,
        community: &CommunityRecord,
        to: &EmailAddress,
        shown_as: &EmailAddress,
    ) -> Result<Vec<PersonId>, Error> {
        let recipient = PersonId::of(&community.key, to);
        if self.is_erased(community, recipient).await? {
            let reason = "the person with this address was erased from the community, and gets no \
                          mail of it; send the test to another address";
            return Err(Error::Mail(reason.to_owned()));
        }
        let shown_as = PersonId::of(&community.key, shown_as);
        let others = Some(shown_as).filter(|shown_as| *shown_as != recipient);
        Ok([recipient].into_iter().chain(others).collect())
    }

    /// Deletes the stored copy of a test if somebody whom it names was erased while it was written:
    /// that erasure may not have seen it.
    pub(crate) async fn forget_late_test(
        &self,
        community: &CommunityRecord,
        named: &[PersonId],
    ) -> Result<(), Error> {
        for person in named {
            if self.is_erased(community, *person).await? {
                self.forget_mail(*person).await?;
            }
        }
        Ok(())
    }

    async fn is_erased(
        &self,
        community: &CommunityRecord,
        person: PersonId,
    ) -> Result<bool, Error> {
        let user = self.parts.store.user(&community.id, person).await?;
        Ok(user.is_some_and(|user| matches!(user.value, UserState::Erased(_))))
    }
}
