//! What guards hold of a run, and the decision about it.

use serde::{Deserialize, Serialize};

use crate::guard::{Guard, Tripped};

/// The changes and invitations of a run that guards hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RunHold {
    /// Number of people whose changes wait; 0 where guards only ask for a person's attention.
    pub people: u64,
    /// Number of invitations that wait.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invitations: u64,
    /// The guards whose limit was exceeded.
    pub guards: Vec<Tripped>,
    /// The decision about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<HoldDecision>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl RunHold {
    /// Returns the reason and the decision in words, for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let why: Vec<String> = self.guards.iter().map(ToString::to_string).collect();
        let (whose, wait, were) = match (self.people, self.invitations) {
            (0, 0) => return format!("{}; no change waits for approval", why.join("; ")),
            (0, 1) => ("1 invitation".to_owned(), "waits", "was"),
            (0, many) => (format!("{many} invitations"), "wait", "were"),
            (1, 0) => ("the change of 1 person".to_owned(), "waits", "was"),
            (many, 0) => (format!("the changes of {many} people"), "wait", "were"),
            (people, many) => (
                format!("the changes of {people} and the invitations of {many} people"),
                "wait",
                "were",
            ),
        };
        let what = match self.decision {
            None => format!("{whose} {wait} for approval"),
            Some(HoldDecision::Approved) => format!("{whose} {were} approved"),
            Some(HoldDecision::Discarded) => format!("{whose} {were} discarded"),
            Some(HoldDecision::Superseded) => {
                format!("{whose} {were} not applied, as a newer run checked them again")
            }
        };
        format!("{}; {what}", why.join("; "))
    }

    /// Returns what still waits after a newer run checked the same people again: invitations, which
    /// that run does not know. `None` where nothing waits.
    #[must_use]
    pub fn without_changes(&self) -> Option<Self> {
        (self.invitations > 0).then(|| Self {
            people: 0,
            guards: self
                .guards
                .iter()
                .filter(|tripped| tripped.guard == Guard::Invitations)
                .cloned()
                .collect(),
            ..self.clone()
        })
    }

    /// Returns whether invitations wait for a person's decision.
    #[must_use]
    pub fn keeps_invitations(&self) -> bool {
        self.invitations > 0 && self.decision.is_none()
    }

    /// Returns whether changes wait or a person's attention is asked for. A newer run supersedes
    /// these.
    #[must_use]
    pub fn is_about_changes(&self) -> bool {
        let other = |tripped: &Tripped| tripped.guard != Guard::Invitations;
        self.people > 0 || self.guards.iter().any(other)
    }
}

/// The decision about what a run held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HoldDecision {
    /// A person approved it.
    Approved,
    /// A person discarded it.
    Discarded,
    /// A newer run checked the same people again.
    Superseded,
}
