//! Guards: the limits beyond which a run asks a person before it takes something away (invariant
//! 8).
//!
//! Losses are guarded: people removed or erased, and profile fields that go blank. People who are
//! only missing from the source are guarded at any size of event, because nobody ordered their
//! removal. Additions and changes are applied at once, unless the event has a limit for additions.
//! Invitations are guarded, too, because a mail cannot be undone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Guards;
use crate::plan::Delta;
use crate::profile::AttendeeField;
use crate::run::{Action, Change, Counts};

/// Up to this number, losses are never held, whatever the percentage: it applies to fields that go
/// blank and to rejected records. For removals the document sets the number.
pub const NEVER_MANY: u64 = 10;

/// With fewer attendees than this, more than half may be missing.
const FEW: u64 = 4;

/// The loss that a change causes for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The person is removed from the event, or erased.
    Removal,
    /// The person is removed, because the source no longer contains them.
    Missing,
    /// These fields of the person go blank.
    Blanks(BTreeSet<AttendeeField>),
    /// The person loses nothing: they are new. Used only where the event has a limit for additions.
    Addition,
}

impl Loss {
    /// Returns the loss that a change causes, if any.
    #[must_use]
    pub fn of(change: &Change, delta: &Delta) -> Option<Self> {
        match change.action {
            // The same person attends with another address.
            Action::Moved if change.corrected => return None,
            Action::Removed if delta.missing => return Some(Self::Missing),
            Action::Removed | Action::Moved | Action::Erased => return Some(Self::Removal),
            Action::Added | Action::Updated => {}
        }
        let blanks: BTreeSet<AttendeeField> = change
            .fields
            .iter()
            .filter(|field| field.before.is_some() && field.after.is_none())
            .map(|field| field.field)
            .filter(|field| is_guarded(*field))
            .collect();
        (!blanks.is_empty()).then_some(Self::Blanks(blanks))
    }

    /// Returns the loss that a change causes, if any. An addition counts, too.
    #[must_use]
    pub fn or_addition(change: &Change, delta: &Delta) -> Option<Self> {
        Self::of(change, delta)
            .or_else(|| (change.action == Action::Added).then_some(Self::Addition))
    }
}

fn is_guarded(field: AttendeeField) -> bool {
    !matches!(field, AttendeeField::Email | AttendeeField::SourceId)
}

/// The losses of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    /// Number of people who would be removed or erased.
    pub removals: u64,
    /// Number of those who are only missing from the source.
    pub missing: u64,
    /// Number of people who would be added, where the event has a limit for that.
    pub additions: u64,
    /// People for whom each field would go blank.
    pub blanks: BTreeMap<AttendeeField, u64>,
}

impl Losses {
    /// Counts the loss of one person.
    pub fn add(&mut self, loss: &Loss) {
        match loss {
            Loss::Removal => self.removals += 1,
            Loss::Missing => {
                self.removals += 1;
                self.missing += 1;
            }
            Loss::Addition => self.additions += 1,
            Loss::Blanks(fields) => {
                for field in fields {
                    *self.blanks.entry(*field).or_default() += 1;
                }
            }
        }
    }

    /// Returns the least number of attendees with which the guards for missing and for added people
    /// hold nothing, as far as they depend on that number.
    #[must_use]
    pub fn attendees_needed_to_pass(&self, guards: &Guards) -> u64 {
        let percent = guards.additions_percent.map_or(u64::MAX, u64::from).max(1);
        let for_additions = match self.additions {
            0..=NEVER_MANY => 0,
            many => many.saturating_mul(100).div_ceil(percent),
        };
        for_additions.max(self.missing * 2)
    }

    /// Returns whether a percentage is needed, for which the attendees have to be counted.
    #[must_use]
    pub fn are_many(&self, guards: &Guards) -> bool {
        self.removals > u64::from(guards.removals_count)
            || self.blanks.values().any(|people| *people > NEVER_MANY)
    }
}

/// The numbers of people that percentages refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// Attendees before the run.
    pub attending: u64,
    /// Attendees who have a value, by field.
    pub filled: BTreeMap<AttendeeField, u64>,
}

impl Census {
    fn filled(&self, field: AttendeeField) -> u64 {
        self.filled.get(&field).copied().unwrap_or(0)
    }
}

/// The guard whose limit was exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// `guards.removals_percent` and `guards.removals_count`.
    Removals,
    /// All attendees are missing from the source, or more than half of at least four.
    Missing,
    /// `guards.additions_percent`.
    Additions,
    /// `guards.blanked_percent`, by this field.
    Blanked(AttendeeField),
    /// `guards.rejected_percent`.
    Rejected,
    /// `invitations.limit_per_run`.
    Invitations,
}

/// A guard whose limit was exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Tripped {
    /// The guard.
    pub guard: Guard,
    /// The number of people or records that exceeded it …
    pub count: u64,
    /// … and the total they are compared with; for invitations, the limit itself.
    pub of: u64,
    /// The limit, in percent; 0 for invitations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit_percent: u16,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(percent: &u16) -> bool {
    *percent == 0
}

impl fmt::Display for Tripped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            guard,
            count,
            of,
            limit_percent,
        } = self;
        match guard {
            Guard::Removals => write!(
                f,
                "{count} of {of} attendees would be removed, more than guards.removals_percent ({limit_percent})"
            ),
            Guard::Missing => write!(
                f,
                "{count} of {of} attendees are missing from the source and would be removed; check that it still sends the whole list"
            ),
            Guard::Additions => write!(
                f,
                "{count} people would be added to {of} attendees, more than guards.additions_percent ({limit_percent}); check that this is the list of this event"
            ),
            Guard::Blanked(field) => write!(
                f,
                "{} would be emptied for {count} of the {of} attendees who have a value, more than guards.blanked_percent ({limit_percent})",
                field.name().replace('_', " ")
            ),
            Guard::Rejected => write!(
                f,
                "{count} of {of} records were rejected, more than guards.rejected_percent ({limit_percent})"
            ),
            Guard::Invitations => write!(
                f,
                "{count} people would be invited, over invitations.limit_per_run ({of})"
            ),
        }
    }
}

/// The result of all guards for a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardVerdict {
    /// The guards whose limit was exceeded; empty where the run may go on.
    pub tripped: Vec<Tripped>,
}

impl GuardVerdict {
    /// Returns whether a loss waits for approval. Where too many records were rejected, every loss
    /// does.
    #[must_use]
    pub fn holds(&self, loss: &Loss) -> bool {
        self.tripped.iter().any(|tripped| match &tripped.guard {
            Guard::Rejected => *loss != Loss::Addition,
            Guard::Removals => matches!(loss, Loss::Removal | Loss::Missing),
            Guard::Missing => *loss == Loss::Missing,
            Guard::Additions => *loss == Loss::Addition,
            Guard::Blanked(field) => {
                matches!(loss, Loss::Blanks(fields) if fields.contains(field))
            }
            Guard::Invitations => false,
        })
    }

    /// Returns whether the run may go on.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.tripped.is_empty()
    }
}

/// Evaluates the guard for the invitations that a run queued.
#[must_use]
pub fn judge_invitations(limit_per_run: u32, queued: u64) -> Option<Tripped> {
    (queued > u64::from(limit_per_run)).then_some(Tripped {
        guard: Guard::Invitations,
        count: queued,
        of: u64::from(limit_per_run),
        limit_percent: 0,
    })
}

/// Evaluates the guards for the losses of a run that has read the whole feed.
#[must_use]
pub fn judge(guards: &Guards, losses: &Losses, counts: &Counts, census: &Census) -> GuardVerdict {
    let mut tripped = Vec::new();
    let mut check = |guard, count: u64, of: u64, floor: u64, limit_percent: u8| {
        let limit_percent = u16::from(limit_percent);
        if count > floor && count * 100 > of * u64::from(limit_percent) {
            tripped.push(Tripped {
                guard,
                count,
                of,
                limit_percent,
            });
        }
    };
    check(
        Guard::Removals,
        losses.removals,
        census.attending,
        guards.removals_count.into(),
        guards.removals_percent,
    );
    for (field, people) in &losses.blanks {
        check(
            Guard::Blanked(*field),
            *people,
            census.filled(*field).max(*people),
            NEVER_MANY,
            guards.blanked_percent,
        );
    }
    check(
        Guard::Rejected,
        counts.rejected,
        counts.records_read,
        NEVER_MANY,
        guards.rejected_percent,
    );
    tripped.extend(missing(losses.missing, census.attending));
    tripped.extend(additions(guards, losses.additions, census.attending));
    GuardVerdict { tripped }
}

/// Trips if all attendees are missing, or more than half of at least four.
fn missing(missing: u64, attending: u64) -> Option<Tripped> {
    let is_most = missing >= attending || (attending >= FEW && missing * 2 > attending);
    (missing > 0 && is_most).then_some(Tripped {
        guard: Guard::Missing,
        count: missing,
        of: attending.max(missing),
        limit_percent: 50,
    })
}

/// Trips if too many people would be added; never for an event without attendees.
fn additions(guards: &Guards, additions: u64, attending: u64) -> Option<Tripped> {
    let limit_percent = guards.additions_percent?;
    let is_over = attending > 0 && additions * 100 > attending * u64::from(limit_percent);
    (additions > NEVER_MANY && is_over).then_some(Tripped {
        guard: Guard::Additions,
        count: additions,
        of: attending,
        limit_percent,
    })
}

#[cfg(test)]
mod tests;
