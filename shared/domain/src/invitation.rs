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

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{CommunityId, IdError, PersonId, PersonKey, RunNumber};

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
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Stored")]
pub struct Invitation {
    /// 1, and more where a person asked to send it again.
    number: u32,
    /// The run that added her; absent where a person asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<RunNumber>,
    /// The mail service's name for the newest mail that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// How often it was put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    put_off: Option<u32>,
    /// What became of it, the newest last.
    steps: Vec<InvitationStep>,
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
                    let reason = format!("put off {put_off} times, the last time: {reason}");
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
        let reason = "the program ended while it was sending; the mail may have gone out";
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
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
            steps: invitation.steps().to_vec(),
        }
    }
}

/// Why an address gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// Its server refuses mail for good.
    Bounce,
    /// Its owner reported a mail as spam.
    Complaint,
    /// Its owner unsubscribed.
    Unsubscribe,
    /// A person of the organiser put it there.
    Hand,
}

impl SuppressionReason {
    /// For people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Bounce => "mail to this address bounced",
            Self::Complaint => "a mail to this address was reported as spam",
            Self::Unsubscribe => "the person unsubscribed",
            Self::Hand => "the organiser put this address on the suppression list",
        }
    }

    /// Whether it says at least as much as another: what a person wants counts more than what a
    /// mail server says, and what she does with a spam button most of all.
    #[must_use]
    pub fn outweighs(self, other: Self) -> bool {
        let weight = |reason| match reason {
            Self::Bounce => 0,
            Self::Hand => 1,
            Self::Unsubscribe => 2,
            Self::Complaint => 3,
        };
        weight(self) >= weight(other)
    }
}

/// An address that gets no mail from a community. It is kept under the person's id, which does not
/// say who she is, and stays when she is erased: it is what keeps her from being mailed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suppression {
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    pub since: Timestamp,
}

/// Who may be unsubscribed by a link: a community, a person, and the proof that we made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// From whose mail.
    pub community: CommunityId,
    /// Who.
    pub person: PersonId,
    proof: [u8; PROOF_BYTES],
}

/// 128 bits: nobody guesses them.
const PROOF_BYTES: usize = 16;

impl UnsubscribeToken {
    /// The token of a person.
    #[must_use]
    pub fn new(key: &PersonKey, community: CommunityId, person: PersonId) -> Self {
        // No e-mail address begins so: no person's id is ever a proof.
        let proof = key.authenticate(&format!("unsubscribe/{community}/{person}"));
        Self {
            community,
            person,
            proof,
        }
    }

    /// Whether it was made with this key. Takes the same time wherever a wrong one differs.
    #[must_use]
    pub fn is_genuine(&self, key: &PersonKey) -> bool {
        let genuine = Self::new(key, self.community.clone(), self.person);
        let pairs = genuine.proof.iter().zip(self.proof);
        pairs.fold(0, |all, (one, other)| all | (one ^ other)) == 0
    }
}

impl fmt::Display for UnsubscribeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = u128::from_be_bytes(self.proof);
        write!(f, "{}.{}.{proof:032x}", self.community, self.person)
    }
}

impl FromStr for UnsubscribeToken {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(IdError::Person);
        let token = Self {
            community: next()?.parse()?,
            person: next()?.parse()?,
            // Written like a person's id.
            proof: next()?.parse::<PersonId>()?.to_bytes(),
        };
        match parts.next() {
            None => Ok(token),
            Some(_) => Err(IdError::Person),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn states(invitation: &Invitation) -> Vec<&'static str> {
        let steps = invitation.steps.iter();
        steps.map(|step| step.state.name()).collect()
    }

    fn sending() -> Invitation {
        Invitation::queued(Some(RunNumber(3)), at(1))
            .claimed(at(2))
            .unwrap()
    }

    fn sent() -> Invitation {
        sending().handed(&Handed::Over("m1".to_owned()), at(3))
    }

    #[test]
    fn it_is_claimed_once() {
        let queued = Invitation::queued(None, at(1));
        let sending = queued.claimed(at(2)).unwrap();
        assert_eq!(sending.claimed(at(3)), None);
        assert_eq!(sent().claimed(at(4)), None);
        assert_eq!(sent().abandoned(at(4)), None);
        assert_eq!(queued.abandoned(at(4)), None);
        assert_eq!(sending.given_up("too late", at(4)), None);
        assert_eq!(sent().given_up("too late", at(4)), None);
    }

    #[test]
    fn what_was_handed_back_is_queued_as_long_as_it_was() {
        let mut invitation = Invitation::queued(None, at(1));
        for second in 2..100 {
            let claimed = invitation.claimed(at(second)).unwrap();
            invitation = claimed.handed(&Handed::Back("try later".to_owned()), at(second));
        }
        assert_eq!(states(&invitation), ["queued"]);
        assert_eq!(invitation.since(), at(1));
        assert_eq!(invitation.reason(), Some("try later"));
    }

    #[test]
    fn what_is_put_off_again_and_again_fails_in_the_end() {
        let full = Handed::PutOff("mailbox full".to_owned());
        let mut invitation = Invitation::queued(None, at(1));
        let mut tries = 0;
        while let Some(claimed) = invitation.claimed(at(2)) {
            tries += 1;
            invitation = claimed.handed(&full, at(i64::from(tries) * 3_600));
        }
        assert_eq!(tries, MAX_PUT_OFF);
        assert_eq!(invitation.state(), InvitationState::Failed);
        assert_eq!(
            invitation.reason(),
            Some("put off 40 times, the last time: mailbox full")
        );
    }

    #[test]
    fn what_is_sent_again_is_put_off_from_the_beginning() {
        let full = Handed::PutOff("mailbox full".to_owned());
        let mut first = Invitation::queued(None, at(1));
        while let Some(claimed) = first.claimed(at(100_000)) {
            first = claimed.handed(&full, at(100_000));
        }
        let next = first.again(at(200_000)).unwrap();
        let claimed = next.claimed(at(300_000)).unwrap();
        assert_eq!(
            claimed.handed(&full, at(300_000)).state(),
            InvitationState::Queued
        );
    }

    #[test]
    fn what_is_tried_often_is_tried_for_a_day() {
        let full = Handed::PutOff("mailbox full".to_owned());
        let mut invitation = Invitation::queued(None, at(0));
        for second in 1..1_000 {
            let claimed = invitation.claimed(at(second)).unwrap();
            invitation = claimed.handed(&full, at(second));
        }
        assert_eq!(states(&invitation), ["queued"]);
        let claimed = invitation.claimed(at(24 * 3_600 - 1)).unwrap();
        let still = claimed.handed(&full, at(24 * 3_600 - 1));
        assert_eq!(still.state(), InvitationState::Queued);
        let failed = claimed.handed(&full, at(24 * 3_600));
        assert_eq!(failed.state(), InvitationState::Failed);
    }

    #[test]
    fn feedback_that_comes_before_our_own_record_stands() {
        let bounced = sending()
            .told(1, &Feedback::Bounced("no such user".to_owned()), at(3))
            .unwrap();
        let recorded = bounced.handed(&Handed::Over("m1".to_owned()), at(4));
        assert_eq!(recorded.state(), InvitationState::Bounced);
        assert_eq!(recorded.message_id(), Some("m1"));
    }

    #[test]
    fn later_feedback_never_takes_back_what_says_more() {
        let delivered = sent().told(1, &Feedback::Delivered, at(4)).unwrap();
        assert_eq!(delivered.told(1, &Feedback::Delivered, at(5)), None);
        let complained = delivered.told(1, &Feedback::Complained, at(5)).unwrap();
        assert_eq!(complained.told(1, &Feedback::Delivered, at(6)), None);
        assert_eq!(
            complained.told(1, &Feedback::Bounced(String::new()), at(6)),
            None
        );
        let bounced = sent()
            .told(1, &Feedback::Bounced("full".to_owned()), at(4))
            .unwrap();
        assert_eq!(bounced.told(1, &Feedback::Delivered, at(6)), None);
        assert_eq!(
            states(&bounced.told(1, &Feedback::Complained, at(6)).unwrap()),
            ["queued", "sending", "sent", "bounced", "complained"]
        );
    }

    #[test]
    fn who_sends_for_too_long_has_ended_and_one_who_has_not_still_writes_it_down() {
        let sending = sending();
        assert!(!sending.is_abandoned(at(2 + 20 * 60)));
        assert!(sending.is_abandoned(at(3 + 20 * 60)));
        assert!(!sent().is_abandoned(at(10_000)));
        let doubt = sending.abandoned(at(2_000)).unwrap();
        let late = doubt.handed(&Handed::Over("m1".to_owned()), at(2_001));
        assert_eq!(late.state(), InvitationState::Sent);
        let refused = doubt.handed(&Handed::Refused("no".to_owned()), at(2_001));
        assert_eq!(refused.state(), InvitationState::InDoubt);
    }

    #[test]
    fn a_doubt_is_resolved_by_the_mail_service() {
        let doubt = sending().abandoned(at(3)).unwrap();
        assert_eq!(doubt.state(), InvitationState::InDoubt);
        let known = doubt.told(1, &Feedback::Delivered, at(4)).unwrap();
        assert_eq!(known.state(), InvitationState::Delivered);
    }

    #[test]
    fn feedback_on_an_earlier_mail_says_nothing_of_the_next() {
        let again = sent().again(at(4)).unwrap();
        assert_eq!(again.number(), 2);
        assert_eq!(again.run(), None);
        assert_eq!(again.again(at(5)), None);
        let sending = again.claimed(at(5)).unwrap();
        assert_eq!(sending.told(1, &Feedback::Complained, at(6)), None);
        assert!(sending.told(2, &Feedback::Complained, at(6)).is_some());
    }

    #[test]
    fn steps_are_bounded_and_the_first_stays() {
        let mut invitation = sent();
        for second in 10..100 {
            let next = invitation.again(at(second)).unwrap();
            let claimed = next.claimed(at(second)).unwrap();
            invitation = claimed.handed(&Handed::Refused("x\r\ny".to_owned()), at(second));
        }
        assert_eq!(invitation.steps().len(), MAX_STEPS);
        assert_eq!(invitation.steps()[0].at, at(1));
        assert_eq!(invitation.reason(), Some("x  y"));
    }

    #[test]
    fn feedback_on_a_mail_that_did_not_go_changes_nothing() {
        let queued = Invitation::queued(None, at(1));
        let failed = sending().handed(&Handed::Refused("no".to_owned()), at(3));
        let bounced = Feedback::Bounced("no".to_owned());
        for feedback in [Feedback::Delivered, bounced, Feedback::Complained] {
            assert_eq!(queued.told(1, &feedback, at(4)), None);
            assert_eq!(failed.told(1, &feedback, at(4)), None);
        }
    }

    #[test]
    fn a_weaker_reason_takes_no_stronger_ones_place() {
        use SuppressionReason::{Bounce, Complaint, Hand, Unsubscribe};
        let order = [Bounce, Hand, Unsubscribe, Complaint];
        for (place, one) in order.iter().enumerate() {
            for (other_place, other) in order.iter().enumerate() {
                assert_eq!(one.outweighs(*other), place >= other_place);
            }
        }
    }

    #[test]
    fn an_unsubscribe_link_is_for_one_person_of_one_community() {
        let key = PersonKey([1; 32]);
        let person = PersonId::of(&key, &"ada@example.org".parse().unwrap());
        let other = PersonId::of(&key, &"bo@example.org".parse().unwrap());
        let acme: CommunityId = "acme".parse().unwrap();
        let token = UnsubscribeToken::new(&key, acme.clone(), person);
        let read: UnsubscribeToken = token.to_string().parse().unwrap();
        assert_eq!(read, token);
        assert!(read.is_genuine(&key));
        assert!(!read.is_genuine(&PersonKey([2; 32])));
        for changed in [
            UnsubscribeToken {
                person: other,
                ..token.clone()
            },
            UnsubscribeToken {
                community: "beta".parse().unwrap(),
                ..token.clone()
            },
        ] {
            assert!(!changed.is_genuine(&key));
        }
        let text = token.to_string();
        for bad in ["", "acme", &text[..text.len() - 1], &format!("{text}.x")] {
            assert!(bad.parse::<UnsubscribeToken>().is_err(), "{bad}");
        }
    }

    #[test]
    fn it_survives_being_stored() {
        let invitation = sent();
        let json = serde_json::to_string(&invitation).unwrap();
        assert_eq!(
            serde_json::from_str::<Invitation>(&json).unwrap(),
            invitation
        );
        assert!(serde_json::from_str::<Invitation>(r#"{"number":1,"steps":[]}"#).is_err());
    }
}
