//! The store: versions, conflicts, pages, and what is written together.

mod checkpoints;
mod closing;
mod memberships;
mod people;
mod runs;
mod waiting;

use super::ContractCase;
use super::place::ContractPlace;

/// The contract.
pub(crate) fn cases() -> Vec<ContractCase<ContractPlace>> {
    let mut cases = runs::cases();
    cases.extend(people::cases());
    cases.extend(memberships::cases());
    cases.extend(waiting::cases());
    cases.extend(closing::cases());
    cases.extend(checkpoints::cases());
    cases
}
