//! Notes erasures beside the table, so that restoring an older backup does not bring an erased
//! person back.

use attendee_sync_domain::ids::{CommunityId, PersonId};
use jiff::SignedDuration;

use crate::App;
use crate::error::Error;
use crate::ports::{ERASURES_KEPT_DAYS, ErasedPerson};

impl App {
    /// Puts people on the list of erasures, where there is one. An erasure whose person cannot be put
    /// there is not finished, and the next run or start tries again.
    pub(crate) async fn list_erased(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<(), Error> {
        let Some(list) = &self.parts.erasure_list else {
            return Ok(());
        };
        let at = self.parts.clock.now();
        let erased: Vec<ErasedPerson> = people
            .iter()
            .map(|person| ErasedPerson {
                at,
                community: community.clone(),
                person: *person,
            })
            .collect();
        Ok(list.add(&erased).await?)
    }

    /// Removes entries older than [`ERASURES_KEPT_DAYS`] from the list of erasures. Returns their
    /// number.
    pub async fn trim_erasure_list(&self) -> Result<u64, Error> {
        let Some(list) = &self.parts.erasure_list else {
            return Ok(0);
        };
        let now = self.parts.clock.now();
        let kept = SignedDuration::from_hours(24 * ERASURES_KEPT_DAYS);
        let before = now.saturating_sub(kept).unwrap_or(now);
        Ok(list.drop_before(before).await?)
    }
}
