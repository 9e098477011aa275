//! Reminders: the mails after an invitation to who has not entered. Each step goes out at most once, and as an
//! invitation that is sent again: claimed, handed over and recorded in the same way.

use jiff::{SignedDuration, Timestamp};

use super::{Invitation, InvitationState};
use crate::activity::AppActivity;
use crate::config::EventDocument;
use crate::people::{Attendee, Presence};
use crate::schedule::end_of_event;

/// Hours of a day after an invitation, whatever the clocks of a place do.
const HOURS_OF_A_DAY: i64 = 24;

impl Invitation {
    /// The step of the reminder that waits, is being sent or was sent last; `None` where that is an invitation.
    #[must_use]
    pub fn reminder(&self) -> Option<u8> {
        self.reminder
    }

    /// How many steps of reminders are over, whether or not each of them went out.
    #[must_use]
    pub fn reminders(&self) -> u8 {
        self.reminders
    }

    /// When the newest invitation was handed over; `None` where none was, or where a mail to this address failed.
    #[must_use]
    pub fn invited(&self) -> Option<Timestamp> {
        let arrived = matches!(
            self.state(),
            InvitationState::Sent | InvitationState::Delivered
        );
        let steps = self.steps.iter().rev();
        let newest = || {
            let mut sent = steps.filter(|step| step.state == InvitationState::Sent);
            sent.next().map(|step| step.at)
        };
        arrived.then(|| self.invited.or_else(newest)).flatten()
    }

    /// The reminder of this step, queued; `None` where it is over already, or no invitation was handed over.
    #[must_use]
    pub fn reminded(&self, step: u8, now: Timestamp) -> Option<Self> {
        if step <= self.reminders || self.invited().is_none() {
            return None;
        }
        let mut next = self.again(now)?;
        next.invited = self.invited();
        next.reminder = Some(step);
        next.reminders = step;
        Some(next)
    }

    /// A queued reminder that is not wanted any more, taken back; `None` where none is queued.
    #[must_use]
    pub fn reminder_withdrawn(&self) -> Option<Self> {
        if self.state() != InvitationState::Queued || self.reminder.is_none() {
            return None;
        }
        let mut before = self.clone();
        before.steps.pop();
        before.number = before.number.saturating_sub(1);
        before.reminder = None;
        (!before.steps.is_empty()).then_some(before)
    }
}

/// The step of the reminder that an attendee is due to get now; `None` where they get none: they were not
/// invited, have entered, do not attend, got it already, or the event is over.
#[must_use]
pub fn due_reminder(document: &EventDocument, attendee: &Attendee, now: Timestamp) -> Option<u8> {
    let reminders = document.reminders.as_ref()?;
    let AppActivity { entered_at, .. } = attendee.activity;
    let is_out = attendee.presence != Presence::Attending || entered_at.is_some();
    let is_over = end_of_event(document).is_some_and(|end| now > end);
    if is_out || is_over || !document.invitations.enabled {
        return None;
    }
    let invitation = attendee.invitation.as_ref()?;
    let waited = now.duration_since(invitation.invited()?);
    let is_due =
        |days: &u16| waited >= SignedDuration::from_hours(HOURS_OF_A_DAY * i64::from(*days));
    // Steps that were missed are not made up for one after the other.
    let step = reminders.after_days.iter().take_while(|days| is_due(days));
    let step = u8::try_from(step.count()).unwrap_or(u8::MAX);
    (step > invitation.reminders()).then_some(step)
}
