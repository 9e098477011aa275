//! What becomes of mails that were written into a folder: an erasure deletes those that name the
//! person, and time deletes the rest.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::people::UserState;
use jiff::SignedDuration;

use crate::App;
use crate::error::Error;
use crate::ports::CommunityRecord;

/// For how many days a mail stays in the folder: long enough to look at what a sync invited, and
/// short, as the folder is a copy of people's data that nobody needs.
pub const MAIL_KEPT_DAYS: i64 = 30;

/// A file that was begun so long ago is never finished: writing one takes less than a second.
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

    /// Deletes the mails that are kept to a person, and the tests that show their invitation.
    pub(crate) async fn forget_mail(&self, person: PersonId) -> Result<(), Error> {
        match &self.parts.mail_folder {
            Some(folder) => Ok(folder.forget(person).await?),
            None => Ok(()),
        }
    }

    /// The people that a test mail names: its recipient first, then as whom it is shown. Fails where
    /// the recipient was erased: nothing is sent to them.
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

    /// Deletes what is kept of a test if somebody whom it names was erased while it was written: their
    /// erasure may not have seen it.
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
