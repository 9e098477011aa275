//! The list of erasures that is kept beside the table: a backup that is older than an erasure has the
//! person, and the list says that they are to be erased again.

use async_trait::async_trait;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use jiff::Timestamp;

/// For how many days an erasure stays on the list. Restoring an older backup may bring erased
/// people back.
pub const ERASURES_KEPT_DAYS: i64 = 400;

/// An erased person, by an id that nobody can turn back into an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ErasedPerson {
    /// When the erasure was noted.
    pub at: Timestamp,
    /// The community that they were erased from.
    pub community: CommunityId,
    /// Their id in it.
    pub person: PersonId,
}

/// Why the list could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ErasureListError {
    /// It is a file.
    #[error(
        "the list of erasures cannot be written; free space on its disk and check its permissions, then try again"
    )]
    File(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is a table.
    #[error(
        "the table of erasures could not be used; check that it is there and that its stage was deployed whole, then try again"
    )]
    Table(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The list of erasures. It contains only ids and times.
#[async_trait]
pub trait ErasureList: Send + Sync {
    /// Adds people. Once this returns, a power cut does not lose them.
    async fn add(&self, erased: &[ErasedPerson]) -> Result<(), ErasureListError>;
    /// Returns who of a community is on the list, in any order.
    async fn of_community(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<ErasedPerson>, ErasureListError>;
    /// Removes people who were erased before this time. Returns their number.
    async fn drop_before(&self, time: Timestamp) -> Result<u64, ErasureListError>;
}
