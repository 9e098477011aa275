//! An attendee's invitation: at most one mail, whatever is delivered twice or cut off.
//!
//! ```text
//! none ─> queued ─> sending ─┬─> sent ─┬─> delivered ─┬─> complained
//!   ^        ^         │     │         └──────────────┴─> bounced
//!   │        └─────────┤     ├─> failed
//!   └── taken out      │     └─> in_doubt
//!     before it went   └ not taken: it goes later
//! ```
//!
//! Only a queued invitation can be claimed, and only a claimed one is sent. One whose sender ended
//! between the two is in doubt, and stays so until a person decides, or the mail service says what
//! became of it.

mod reminder;
mod suppression;
mod unsubscribe;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::RunNumber;

pub use reminder::due_reminder;
pub use suppression::{Suppression, SuppressionReason};
pub use unsubscribe::UnsubscribeToken;

/// Most steps that are kept; older ones go, but for the first.
const MAX_STEPS: usize = 24;
/// Nobody takes longer to send a mail and to write it down: longer than a function may run, and
/// than mail servers are waited for.
const LONGEST_SENDING: SignedDuration = SignedDuration::from_mins(20);
/// How often an invitation is put off before it fails, and for how long at least: where much goes
/// on it is tried often, and servers want some days (RFC 5321, section 4.5.4.1).
const MAX_PUT_OFF: u32 = 40;
const LEAST_PUT_OFF: SignedDuration = SignedDuration::from_hours(24);
/// Longest reason kept, in characters: mail servers write novels.
const MAX_REASON: usize = 300;

/// Where an invitation stands. An attendee without one is `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It waits to be sent.
    Queued,
    /// Somebody is sending it.
    Sending,
    /// The mail service has it.
    Sent,
    /// The recipient's mail server has it.
    Delivered,
    /// The recipient's mail server did not take it.
    Bounced,
    /// The recipient reported it as spam.
    Complained,
    /// It was not sent, for the reason given.
    Failed,
    /// Nobody knows whether it was sent.
    InDoubt,
}

impl InvitationState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Bounced,
        Self::Complained,
        Self::Failed,
        Self::InDoubt,
    ];

    /// The state as the interface names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
        }
    }

    /// Whether it is still to be sent, or being sent.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }
}

/// One step of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct InvitationStep {
    /// What it came to be.
    pub state: InvitationState,
    /// When.
    pub at: Timestamp,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An attendee's invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(try_from = "Stored")]
pub struct Invitation {
    /// 1, and more where a person asked to send it again.
    number: u32,
    /// The run that added them; absent where a person asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<RunNumber>,
    /// The mail service's name for the newest mail that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// How often it was put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    put_off: Option<u32>,
    /// When the newest invitation was handed over; of later mails, reminders, nothing is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invited: Option<Timestamp>,
    /// The step of the newest mail, where it is a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reminder: Option<u8>,
    /// How many steps of reminders are over.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    reminders: u8,
    /// What became of it, the newest last.
    steps: Vec<InvitationStep>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_none_yet(reminders: &u8) -> bool {
    *reminders == 0
}

#[derive(Deserialize)]
struct Stored {
    number: u32,
    #[serde(default)]
    run: Option<RunNumber>,
    #[serde(default)]
    put_off: Option<u32>,
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    invited: Option<Timestamp>,
    #[serde(default)]
    reminder: Option<u8>,
    #[serde(default)]
    reminders: u8,
    steps: Vec<InvitationStep>,
}

impl TryFrom<Stored> for Invitation {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if stored.steps.is_empty() {
            return Err("an invitation has at least one step");
        }
        Ok(Self {
            number: stored.number,
            run: stored.run,
            message_id: stored.message_id,
            put_off: stored.put_off,
            invited: stored.invited,
            reminder: stored.reminder,
            reminders: stored.reminders,
            steps: stored.steps,
        })
    }
}

/// What came of handing a mail over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The mail service took it, and calls it so.
    Over(String),
    /// It will never be taken.
    Refused(String),
    /// No mail is taken for now: it is as if nobody had tried.
    Back(String),
    /// This one was not taken; a later try may succeed.
    PutOff(String),
    /// It may have been taken.
    InDoubt(String),
}

/// What the mail service tells of a mail later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// The recipient's server took it.
    Delivered,
    /// It did not, and says why.
    Bounced(String),
    /// The recipient reported it as spam.
    Complained,
}

impl Invitation {
    /// A first one, queued: by the run that adds the attendee, or by a person.
    #[must_use]
    pub fn queued(run: Option<RunNumber>, now: Timestamp) -> Self {
        Self {
            number: 1,
            run,
            message_id: None,
            put_off: None,
            invited: None,
            reminder: None,
            reminders: 0,
            steps: vec![step(InvitationState::Queued, now, None)],
        }
    }

    /// The next one, queued because a person asked for it; `None` while one is under way.
    #[must_use]
    pub fn again(&self, now: Timestamp) -> Option<Self> {
        if self.state().is_under_way() {
            return None;
        }
        let mut next = self.clone();
        next.number += 1;
        next.run = None;
        next.put_off = None;
        next.reminder = None;
        next.push(InvitationState::Queued, now, None);
        Some(next)
    }

    /// Claimed by whoever sends it; `None` where it is not there to be claimed.
    #[must_use]
    pub fn claimed(&self, now: Timestamp) -> Option<Self> {
        if self.state() != InvitationState::Queued {
            return None;
        }
        Some(self.with(InvitationState::Sending, now, None))
    }

    /// What it is after it was handed over.
    #[must_use]
    pub fn handed(&self, handed: &Handed, now: Timestamp) -> Self {
        let mut next = self.clone();
        if let Handed::Over(message_id) = handed {
            next.message_id = Some(message_id.clone());
            if self.reminder.is_none() {
                next.invited = Some(now);
            }
        }
        match (handed, self.state()) {
            // Whoever doubted was too quick.
            (Handed::Over(_), InvitationState::InDoubt) => {
                next.push(InvitationState::Sent, now, None);
                return next;
            }
            (_, InvitationState::Sending) => {}
            // The recipient's server may have been quicker to tell than we to write.
            _ => return next,
        }
        match handed {
            Handed::Over(_) => next.push(InvitationState::Sent, now, None),
            Handed::Refused(reason) => next.push(InvitationState::Failed, now, Some(reason)),
            Handed::InDoubt(reason) => next.push(InvitationState::InDoubt, now, Some(reason)),
            Handed::Back(reason) => next.unclaim(reason, now),
            Handed::PutOff(reason) => {
                let put_off = self.put_off.unwrap_or(0) + 1;
                let waited = now.duration_since(self.waits_since());
                if put_off < MAX_PUT_OFF || waited < LEAST_PUT_OFF {
                    next.put_off = Some(put_off);
                    next.unclaim(reason, now);
                } else {
                    let reason = format!("deferred {put_off} times, most recently: {reason}");
                    next.push(InvitationState::Failed, now, Some(&reason));
                }
            }
        }
        next
    }

    /// When a claimed one was queued.
    fn waits_since(&self) -> Timestamp {
        let before_claim = self.steps.iter().rev().nth(1);
        before_claim.map_or(self.since(), |step| step.at)
    }

    /// Undoes a claim: what is tried often does not grow.
    fn unclaim(&mut self, reason: &str, now: Timestamp) {
        self.steps.pop();
        let since = self.steps.pop().map_or(now, |step| step.at);
        self.push(InvitationState::Queued, since, Some(reason));
    }

    /// Whether somebody has been sending it for so long that nobody does any more.
    #[must_use]
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        let took = now.duration_since(self.since());
        self.state() == InvitationState::Sending && took > LONGEST_SENDING
    }

    /// What it is once it is known that nobody sends it any more; `None` where nobody did.
    #[must_use]
    pub fn abandoned(&self, now: Timestamp) -> Option<Self> {
        if self.state() != InvitationState::Sending {
            return None;
        }
        let reason = "the program ended during sending; the mail may have been sent";
        Some(self.with(InvitationState::InDoubt, now, Some(reason)))
    }

    /// Given up before it was claimed; `None` where it is not queued.
    #[must_use]
    pub fn given_up(&self, reason: &str, now: Timestamp) -> Option<Self> {
        if self.state() != InvitationState::Queued {
            return None;
        }
        Some(self.with(InvitationState::Failed, now, Some(reason)))
    }

    /// What it is after feedback on the mail of this number; `None` where that changes nothing.
    #[must_use]
    pub fn told(&self, number: u32, feedback: &Feedback, now: Timestamp) -> Option<Self> {
        use InvitationState::{Bounced, Complained, Delivered, Failed, Queued};
        let state = self.state();
        if number != self.number || matches!(state, Queued | Failed) {
            return None;
        }
        match feedback {
            // What is known already says more.
            Feedback::Delivered if matches!(state, Delivered | Bounced | Complained) => None,
            Feedback::Bounced(_) if matches!(state, Bounced | Complained) => None,
            Feedback::Complained if state == Complained => None,
            Feedback::Delivered => Some(self.with(Delivered, now, None)),
            Feedback::Bounced(reason) => Some(self.with(Bounced, now, Some(reason))),
            Feedback::Complained => Some(self.with(Complained, now, None)),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> InvitationState {
        self.newest()
            .map_or(InvitationState::InDoubt, |step| step.state)
    }

    /// Since when.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.newest().map_or(Timestamp::UNIX_EPOCH, |step| step.at)
    }

    /// Why, where there is something to say.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.newest().and_then(|step| step.reason.as_deref())
    }

    /// The how-manieth it is.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The run that queued it; `None` where a person did.
    #[must_use]
    pub fn run(&self) -> Option<RunNumber> {
        self.run
    }

    /// The mail service's name for the mail.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// What became of it, the newest last.
    #[must_use]
    pub fn steps(&self) -> &[InvitationStep] {
        &self.steps
    }

    fn newest(&self) -> Option<&InvitationStep> {
        self.steps.last()
    }

    fn with(&self, state: InvitationState, at: Timestamp, reason: Option<&str>) -> Self {
        let mut next = self.clone();
        next.push(state, at, reason);
        next
    }

    fn push(&mut self, state: InvitationState, at: Timestamp, reason: Option<&str>) {
        if self.steps.len() >= MAX_STEPS {
            self.steps.remove(1);
        }
        self.steps.push(step(state, at, reason));
    }
}

fn step(state: InvitationState, at: Timestamp, reason: Option<&str>) -> InvitationStep {
    let clean = |reason: &str| -> String {
        let printable = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
        printable.take(MAX_REASON).collect()
    };
    InvitationStep {
        state,
        at,
        reason: reason.map(clean),
    }
}

/// An invitation, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct InvitationView {
    /// Where it stands.
    pub state: InvitationState,
    /// Since when.
    pub since: Timestamp,
    /// Why, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The how-manieth it is.
    pub number: u32,
    /// The mail service's name for the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Which reminder the newest mail is; nothing where that is an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder: Option<u8>,
    /// What became of it, the newest last.
    pub steps: Vec<InvitationStep>,
}

impl From<&Invitation> for InvitationView {
    fn from(invitation: &Invitation) -> Self {
        Self {
            state: invitation.state(),
            since: invitation.since(),
            reason: invitation.reason().map(str::to_owned),
            number: invitation.number(),
            message_id: invitation.message_id().map(str::to_owned),
            reminder: invitation.reminder(),
            steps: invitation.steps().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests;
