//! The store: versions, conflicts, pages, and what is written together.

mod checkpoints;
mod closing;
mod memberships;
mod people;
mod runs;
mod waiting;

use super::Case;
use super::place::Place;

/// The contract.
pub(crate) fn cases() -> Vec<Case<Place>> {
    let mut cases = runs::cases();
    cases.extend(people::cases());
    cases.extend(memberships::cases());
    cases.extend(waiting::cases());
    cases.extend(closing::cases());
    cases.extend(checkpoints::cases());
    cases
}
