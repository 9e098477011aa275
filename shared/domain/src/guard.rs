//! Guards: the limits beyond which a run asks a person before it takes something away.
//!
//! Losses are guarded: people taken out or erased, and profile fields that go blank. What is added
//! or changed goes through. So are invitations, which cannot be called back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Guards;
use crate::profile::ProfileField;
use crate::run::{Action, Change, Counts};

/// So few are never many, whatever the percentage: for fields that go blank and for rejected
/// records. For removals the document says it.
pub const NEVER_MANY: u64 = 10;

/// Fields beside the profile's that can go blank.
const OTHER_FIELDS: [&str; 2] = ["groups", "digital_badge"];

/// What a person loses by a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Her place in the event, or all of her.
    Removal,
    /// These fields go blank.
    Blanks(BTreeSet<String>),
}

impl Loss {
    /// What a change takes away, if anything.
    #[must_use]
    pub fn of(change: &Change) -> Option<Self> {
        match change.action {
            // The same person comes in by another address.
            Action::Moved if change.corrected => return None,
            Action::Removed | Action::Moved | Action::Erased => return Some(Self::Removal),
            Action::Added | Action::Updated => {}
        }
        let blanks: BTreeSet<String> = change
            .fields
            .iter()
            .filter(|field| field.before.is_some() && field.after.is_none())
            .map(|field| field.field.clone())
            .filter(|field| is_guarded(field))
            .collect();
        (!blanks.is_empty()).then_some(Self::Blanks(blanks))
    }
}

fn is_guarded(field: &str) -> bool {
    OTHER_FIELDS.contains(&field) || ProfileField::ALL.iter().any(|known| known.name() == field)
}

/// The losses of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    /// People who would be taken out or erased.
    pub removals: u64,
    /// People for whom each field would go blank.
    pub blanks: BTreeMap<String, u64>,
}

impl Losses {
    /// Counts one person's.
    pub fn add(&mut self, loss: &Loss) {
        match loss {
            Loss::Removal => self.removals += 1,
            Loss::Blanks(fields) => {
                for field in fields {
                    *self.blanks.entry(field.clone()).or_default() += 1;
                }
            }
        }
    }

    /// Whether a percentage has to be taken, for which the attendees have to be counted.
    #[must_use]
    pub fn are_many(&self, guards: &Guards) -> bool {
        self.removals > u64::from(guards.removals_count)
            || self.blanks.values().any(|people| *people > NEVER_MANY)
    }
}

/// How many people percentages are taken of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// Attendees before the run.
    pub attending: u64,
    /// Attendees who have a value, by field.
    pub filled: BTreeMap<String, u64>,
}

impl Census {
    fn filled(&self, field: &str) -> u64 {
        self.filled.get(field).copied().unwrap_or(0)
    }
}

/// Which limit was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// `guards.removals_percent` and `guards.removals_count`.
    Removals,
    /// `guards.blanked_percent`, by this field.
    Blanked(String),
    /// `guards.rejected_percent`.
    Rejected,
    /// `invitations.limit_per_run`.
    Invitations,
}

/// A guard whose limit was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tripped {
    /// Which.
    pub guard: Guard,
    /// How many people or records passed it …
    pub count: u64,
    /// … of how many; for invitations, the limit itself.
    pub of: u64,
    /// The limit, in percent; 0 for invitations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit_percent: u8,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(percent: &u8) -> bool {
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
                "{count} of {of} attendees would be taken out, over guards.removals_percent ({limit_percent})"
            ),
            Guard::Blanked(field) => write!(
                f,
                "{} would go blank for {count} of the {of} attendees who have it, over guards.blanked_percent ({limit_percent})",
                field.replace('_', " ")
            ),
            Guard::Rejected => write!(
                f,
                "{count} of {of} records were rejected, over guards.rejected_percent ({limit_percent})"
            ),
            Guard::Invitations => write!(
                f,
                "{count} people would be invited, over invitations.limit_per_run ({of})"
            ),
        }
    }
}

/// What the guards say of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The guards whose limit was passed; none where the run may go on.
    pub tripped: Vec<Tripped>,
}

impl Verdict {
    /// Whether a loss waits for approval. Where most records could not be read, all of them do.
    #[must_use]
    pub fn holds(&self, loss: &Loss) -> bool {
        self.tripped.iter().any(|tripped| match &tripped.guard {
            Guard::Rejected => true,
            Guard::Removals => *loss == Loss::Removal,
            Guard::Blanked(field) => {
                matches!(loss, Loss::Blanks(fields) if fields.contains(field))
            }
            Guard::Invitations => false,
        })
    }

    /// Whether the run may go on.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.tripped.is_empty()
    }
}

/// Judges the invitations that a run queued.
#[must_use]
pub fn judge_invitations(limit_per_run: u32, queued: u64) -> Option<Tripped> {
    (queued > u64::from(limit_per_run)).then_some(Tripped {
        guard: Guard::Invitations,
        count: queued,
        of: u64::from(limit_per_run),
        limit_percent: 0,
    })
}

/// Judges the losses of a run that has been read to its end.
#[must_use]
pub fn judge(guards: &Guards, losses: &Losses, counts: &Counts, census: &Census) -> Verdict {
    let mut tripped = Vec::new();
    let mut check = |guard, count: u64, of: u64, floor: u64, limit_percent: u8| {
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
            Guard::Blanked(field.clone()),
            *people,
            census.filled(field).max(*people),
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
    Verdict { tripped }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PersonId, PersonKey};
    use crate::run::FieldChange;

    fn change(action: Action, fields: &[(&str, Option<&str>, Option<&str>)]) -> Change {
        let field = |(field, before, after): &(&str, Option<&str>, Option<&str>)| FieldChange {
            field: (*field).to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        Change {
            corrected: false,
            person: PersonId::of(&PersonKey([0; 32]), &"ada@example.org".parse().unwrap()),
            email: None,
            action,
            fields: fields.iter().map(field).collect(),
            reason: None,
        }
    }

    fn losses(removals: u64, company: u64) -> Losses {
        Losses {
            removals,
            blanks: BTreeMap::from([("company".to_owned(), company)]),
        }
    }

    fn census(attending: u64, with_company: u64) -> Census {
        Census {
            attending,
            filled: BTreeMap::from([("company".to_owned(), with_company)]),
        }
    }

    fn read(records_read: u64, rejected: u64) -> Counts {
        Counts {
            records_read,
            rejected,
            ..Counts::default()
        }
    }

    fn said(losses: &Losses, counts: &Counts, census: &Census) -> Vec<String> {
        let verdict = judge(&Guards::default(), losses, counts, census);
        verdict.tripped.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_takes_something_away_is_a_loss() {
        let blank = ("company", Some("Initech"), None);
        let filled = ("company", None, Some("Initech"));
        let changed = ("title", Some("Dr"), Some("Prof"));
        let source_id = ("source_id", Some("7"), None);
        let of = |action, fields: &[_]| Loss::of(&change(action, fields));
        assert_eq!(of(Action::Updated, &[filled, changed, source_id]), None);
        assert_eq!(of(Action::Removed, &[]), Some(Loss::Removal));
        assert_eq!(of(Action::Erased, &[]), Some(Loss::Removal));
        let company = Loss::Blanks(BTreeSet::from(["company".to_owned()]));
        assert_eq!(
            of(Action::Updated, &[changed, blank]),
            Some(company.clone())
        );
        // A user of another event loses it as well by becoming an attendee of this one.
        assert_eq!(of(Action::Added, &[blank]), Some(company));
    }

    #[test]
    fn removals_are_held_over_the_percentage_and_over_the_count() {
        assert_eq!(
            said(&losses(21, 0), &read(100, 0), &census(100, 0)),
            ["21 of 100 attendees would be taken out, over guards.removals_percent (20)"]
        );
        assert!(said(&losses(20, 0), &read(100, 0), &census(100, 0)).is_empty());
        assert!(said(&losses(10, 0), &read(12, 0), &census(10, 0)).is_empty());
        assert_eq!(said(&losses(11, 0), &read(12, 0), &census(11, 0)).len(), 1);
    }

    #[test]
    fn a_field_is_held_by_how_many_have_it() {
        assert_eq!(
            said(&losses(0, 11), &read(1_000, 0), &census(1_000, 20)),
            [
                "company would go blank for 11 of the 20 attendees who have it, over guards.blanked_percent (50)"
            ]
        );
        assert!(said(&losses(0, 11), &read(1_000, 0), &census(1_000, 22)).is_empty());
        assert!(said(&losses(0, 10), &read(10, 0), &census(10, 10)).is_empty());
    }

    #[test]
    fn where_most_records_are_rejected_every_loss_waits() {
        let verdict = judge(
            &Guards::default(),
            &losses(1, 0),
            &read(26, 11),
            &census(100, 0),
        );
        assert_eq!(
            verdict.tripped[0].to_string(),
            "11 of 26 records were rejected, over guards.rejected_percent (40)"
        );
        assert!(verdict.holds(&Loss::Removal));
        assert!(
            judge(
                &Guards::default(),
                &losses(1, 0),
                &read(20, 8),
                &census(100, 0)
            )
            .is_clear()
        );
    }

    #[test]
    fn more_invitations_than_the_limit_are_held_and_no_loss_with_them() {
        assert_eq!(judge_invitations(500, 500), None);
        let tripped = judge_invitations(500, 501).unwrap();
        assert_eq!(
            tripped.to_string(),
            "501 people would be invited, over invitations.limit_per_run (500)"
        );
        let verdict = Verdict {
            tripped: vec![tripped],
        };
        assert!(!verdict.holds(&Loss::Removal));
        assert_eq!(judge_invitations(0, 1).unwrap().of, 0);
    }

    #[test]
    fn a_guard_holds_its_own_losses_alone() {
        let blanks = |field: &str| Loss::Blanks(BTreeSet::from([field.to_owned()]));
        let verdict = judge(
            &Guards::default(),
            &losses(0, 60),
            &read(100, 0),
            &census(100, 100),
        );
        assert!(verdict.holds(&blanks("company")));
        assert!(!verdict.holds(&blanks("title")));
        assert!(!verdict.holds(&Loss::Removal));
    }
}
