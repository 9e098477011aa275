//! An attendee's invitation: at most one mail, even if messages are delivered twice or a process
//! crashes.
//!
//! ```text
//! none ─> queued ─> sending ─┬─> sent ─┬─> delivered ─┬─> complained
//!   ^        ^         │     │         └──────────────┴─> bounced
//!   │        └─────────┤     ├─> failed
//!   └── taken out      │     └─> in_doubt
//!     before it went   └ not taken: it goes later
//! ```
//!
//! Only a queued invitation can be claimed, and only a claimed one is sent. If the sender ends
//! between the two, the state is `in_doubt` (unknown) until a person decides, or the mail service
//! reports what happened.

mod reminder;
mod suppression;
mod unsubscribe;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::RunNumber;

pub use reminder::due_reminder;
pub use suppression::{Suppression, SuppressionReason};
pub use unsubscribe::UnsubscribeToken;

/// Most steps that are kept; older ones are dropped, except for the first.
const MAX_STEPS: usize = 24;
/// Longest time for sending a mail and recording it: longer than a function may run and than a mail
/// server is waited for.
const LONGEST_SENDING: SignedDuration = SignedDuration::from_mins(20);
/// Most deferrals of an invitation before it fails, and the least time before that: a busy event
/// tries often, and servers need some days (RFC 5321, section 4.5.4.1).
const MAX_PUT_OFF: u32 = 40;
const LEAST_PUT_OFF: SignedDuration = SignedDuration::from_hours(24);
/// Longest reason that is stored, in characters: mail servers may send long texts.
const MAX_REASON: usize = 300;

/// The state of an invitation. An attendee without an invitation has the state `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// The invitation waits to be sent.
    Queued,
    /// A process has claimed the invitation and is sending it.
    Sending,
    /// The mail service accepted the mail.
    Sent,
    /// The recipient's mail server accepted the mail.
    Delivered,
    /// The recipient's mail server rejected the mail.
    Bounced,
    /// The recipient reported the mail as spam.
    Complained,
    /// The mail was not sent, for the reason given.
    Failed,
    /// It is unknown whether the mail was sent.
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

    /// Returns the state's name in the API.
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

    /// Returns whether the invitation waits to be sent or is being sent.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }
}

/// One change of an invitation's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct InvitationStep {
    /// The new state.
    pub state: InvitationState,
    /// The time of the change.
    pub at: Timestamp,
    /// The reason, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An attendee's invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(try_from = "Stored")]
pub struct Invitation {
    /// The number of this invitation: 1, and more where a person asked to send it again.
    number: u32,
    /// The run that added the attendee; absent where a person requested the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<RunNumber>,
    /// The mail service's id of the newest mail that it accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// The number of deferrals.
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
    /// The changes of state, the newest last.
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

/// The result of handing a mail over to the mail service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The mail service accepted the mail under this message id.
    Over(String),
    /// The mail service will never accept the mail.
    Refused(String),
    /// The mail service accepts no mail at present. The invitation is queued as if nobody had
    /// tried.
    Back(String),
    /// The mail service deferred this mail; a later attempt may succeed.
    PutOff(String),
    /// It is unknown whether the mail service accepted the mail.
    InDoubt(String),
}

/// Later feedback of the mail service about a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// The recipient's mail server accepted the mail.
    Delivered,
    /// The recipient's mail server rejected the mail, for this reason.
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

    /// Returns the next invitation, queued because a person asked for it; `None` while one is under
    /// way.
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

    /// Returns the invitation as claimed by a sender; `None` where it is not queued.
    #[must_use]
    pub fn claimed(&self, now: Timestamp) -> Option<Self> {
        if self.state() != InvitationState::Queued {
            return None;
        }
        Some(self.with(InvitationState::Sending, now, None))
    }

    /// Returns the invitation after it was handed over.
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
            // The sender was thought to have ended, but it had only been slow.
            (Handed::Over(_), InvitationState::InDoubt) => {
                next.push(InvitationState::Sent, now, None);
                return next;
            }
            (_, InvitationState::Sending) => {}
            // Feedback from the recipient's server may arrive before the result is recorded.
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

    /// Returns the time at which a claimed invitation was queued.
    fn waits_since(&self) -> Timestamp {
        let before_claim = self.steps.iter().rev().nth(1);
        before_claim.map_or(self.since(), |step| step.at)
    }

    /// Undoes a claim and drops its step, so that repeated attempts do not make the history longer.
    fn unclaim(&mut self, reason: &str, now: Timestamp) {
        self.steps.pop();
        let since = self.steps.pop().map_or(now, |step| step.at);
        self.push(InvitationState::Queued, since, Some(reason));
    }

    /// Returns whether the invitation has been sending for so long that its sender must have ended.
    #[must_use]
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        let took = now.duration_since(self.since());
        self.state() == InvitationState::Sending && took > LONGEST_SENDING
    }

    /// Returns the invitation once its sender is known to have ended; `None` where it was not being
    /// sent.
    #[must_use]
    pub fn abandoned(&self, now: Timestamp) -> Option<Self> {
        if self.state() != InvitationState::Sending {
            return None;
        }
        let reason = "the program ended during sending; the mail may have been sent";
        Some(self.with(InvitationState::InDoubt, now, Some(reason)))
    }

    /// Returns the invitation as given up before it was claimed; `None` where it is not queued.
    #[must_use]
    pub fn given_up(&self, reason: &str, now: Timestamp) -> Option<Self> {
        if self.state() != InvitationState::Queued {
            return None;
        }
        Some(self.with(InvitationState::Failed, now, Some(reason)))
    }

    /// Returns the invitation after feedback on the mail of this number; `None` where the feedback
    /// changes nothing.
    #[must_use]
    pub fn told(&self, number: u32, feedback: &Feedback, now: Timestamp) -> Option<Self> {
        use InvitationState::{Bounced, Complained, Delivered, Failed, Queued};
        let state = self.state();
        if number != self.number || matches!(state, Queued | Failed) {
            return None;
        }
        match feedback {
            // The known state already says more.
            Feedback::Delivered if matches!(state, Delivered | Bounced | Complained) => None,
            Feedback::Bounced(_) if matches!(state, Bounced | Complained) => None,
            Feedback::Complained if state == Complained => None,
            Feedback::Delivered => Some(self.with(Delivered, now, None)),
            Feedback::Bounced(reason) => Some(self.with(Bounced, now, Some(reason))),
            Feedback::Complained => Some(self.with(Complained, now, None)),
        }
    }

    /// Returns the current state.
    #[must_use]
    pub fn state(&self) -> InvitationState {
        self.newest()
            .map_or(InvitationState::InDoubt, |step| step.state)
    }

    /// Returns the time since which the invitation is in its state.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.newest().map_or(Timestamp::UNIX_EPOCH, |step| step.at)
    }

    /// Returns the reason of the current state, if there is one.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.newest().and_then(|step| step.reason.as_deref())
    }

    /// Returns the number of this invitation: 1 for the first.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The run that queued it; `None` where a person did.
    #[must_use]
    pub fn run(&self) -> Option<RunNumber> {
        self.run
    }

    /// Returns the mail service's id of the mail.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Returns the changes of state, the newest last.
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
    /// The current state.
    pub state: InvitationState,
    /// The time since which it is in this state.
    pub since: Timestamp,
    /// The reason of the current state, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of this invitation: 1 for the first.
    pub number: u32,
    /// The mail service's id of the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Which reminder the newest mail is; nothing where that is an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder: Option<u8>,
    /// The changes of state, the newest last.
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
