//! Hooks in: a registration system reports that something changed.
//!
//! What a hook says is never believed: it only says what is worth reading. Here is how one is verified, what it
//! names, and when what several of them report is read.

mod named;
mod queue;
mod signature;

pub use named::named_in;
pub use queue::{
    HookDelivery, HookOutcome, HookQueue, HookReads, HookTarget, MOST_TARGETS, PendingHooks,
    PlannedHookRead, ReadingHooks,
};
pub use signature::{HookHeaders, HookRefusal, is_standard_secret, sign_standard, verify};
