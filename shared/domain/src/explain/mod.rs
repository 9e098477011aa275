//! Explains the state of one person in words: for the help desk, the organiser and the registration
//! system. It uses what is stored; the source is not queried.
//!
//! For an erased person the explanation is the same as for a stranger.

mod access;
mod changes;
mod fields;
mod groups;
mod pages;
mod records;

use jiff::Timestamp;
use serde::Serialize;

use crate::activity::AppActivity;
use crate::badge::BadgeCheck;
use crate::config::EventDocument;
use crate::email::EmailAddress;
use crate::hand::PresenceByHand;
use crate::ids::{EventId, RunId, RunNumber};
use crate::invitation::{InvitationView, Suppression};
use crate::issue::{Issue, Severity};
use crate::people::{Attendee, Presence, User, UserState};
use crate::run::Change;

pub use access::{Access, access, locked_fields};
pub use changes::{ChangeExplained, HeldExplained};
pub use fields::FieldExplained;
pub use groups::GroupExplained;
pub use records::RecordExplained;

/// The stored data of one person, as far as it decides whether they may enter.
#[derive(Debug, Clone, Copy)]
pub struct StoredPerson<'k> {
    /// The event's configuration.
    pub document: &'k EventDocument,
    user: Option<&'k User>,
    attendee: Option<&'k Attendee>,
    /// The newest sync that read the whole feed, and when it ended. The explanation mentions it
    /// only for people who are not in the event.
    pub last_complete: Option<(RunNumber, Timestamp)>,
}

impl<'k> StoredPerson<'k> {
    /// Returns the stored data. A tombstone hides data that an erasure has not deleted yet.
    #[must_use]
    pub fn new(
        document: &'k EventDocument,
        user: Option<&'k UserState>,
        attendee: Option<&'k Attendee>,
    ) -> Self {
        let (user, attendee) = match user {
            Some(UserState::User(user)) => (Some(user), attendee),
            Some(UserState::Erased(_)) => (None, None),
            None => (None, attendee),
        };
        Self {
            document,
            user,
            attendee,
            last_complete: None,
        }
    }

    /// Returns whether the event has an attendee for this person, including removed ones.
    #[must_use]
    pub fn is_in_event(&self) -> bool {
        self.attendee.is_some()
    }
}

/// Everything that is found about one person.
#[derive(Debug, Clone)]
pub struct PersonFindings {
    /// The event's configuration.
    pub document: EventDocument,
    /// The address that was asked about.
    pub email: EmailAddress,
    /// The user, or the tombstone of an erased user.
    pub user: Option<UserState>,
    /// The attendee, including a removed one.
    pub attendee: Option<Attendee>,
    /// The newest sync that read the whole feed, and when it ended.
    pub last_complete: Option<(RunNumber, Timestamp)>,
    /// The reason why the address gets no mail, if it gets none.
    pub suppression: Option<Suppression>,
    /// The changes that runs made to the person, the newest first.
    pub changes: Vec<ChangeExplained>,
    /// The person's change in the run that waits for a decision.
    pub held: Option<(RunNumber, Option<Change>)>,
    /// The run whose approval the person's invitation waits for.
    pub held_invitation: Option<RunNumber>,
    /// The issues about the person in the newest run that has any.
    pub issues: Option<(RunNumber, Vec<Issue>)>,
    /// Whether the app can show their digital badge, if they have one.
    pub badge: Option<BadgeCheck>,
}

/// The explanation of one person's state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The event.
    pub event: EventId,
    /// The address that was asked about.
    pub email: EmailAddress,
    /// Whether the person may enter, and why.
    pub access: Access,
    /// Further remarks for a person who asks, one sentence each.
    pub notes: Vec<String>,
    /// The attendee, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee: Option<AttendeeExplained>,
    /// Their records, as they were when they were last read.
    pub records: Vec<RecordExplained>,
    /// Their profile and badge, field by field.
    pub fields: Vec<FieldExplained>,
    /// Whether the app can show their digital badge, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge: Option<BadgeCheck>,
    /// Their groups in the community.
    pub groups: Vec<GroupExplained>,
    /// The person's invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationView>,
    /// The reason why the address gets no mail, if it gets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    /// The changes that runs made to the person, the newest first.
    pub changes: Vec<ChangeExplained>,
    /// The change that waits for a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldExplained>,
    /// The issues about the person's records in the newest run that has any.
    pub issues: Vec<IssueExplained>,
}

/// A summary of the attendee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct AttendeeExplained {
    /// Whether they attend.
    pub status: Presence,
    /// The reason, where they do not attend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The time at which a person blocked them by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "barred")]
    pub blocked: Option<Timestamp>,
    /// Whether they attend by decision of a person, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<PresenceByHand>,
    /// The id of their record in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// What the event app reported of them.
    pub activity: AppActivity,
    /// The run that wrote them last.
    pub run: RunId,
    /// The time at which they were first added.
    pub added: Timestamp,
    /// The time of the last visible change.
    pub updated: Timestamp,
}

/// An issue about one of the person's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct IssueExplained {
    /// The run that reported it.
    pub run: RunId,
    /// The issue.
    #[serde(flatten)]
    pub issue: Issue,
}

/// Explains one person.
#[must_use]
pub fn explain(found: PersonFindings) -> Explanation {
    let known = StoredPerson {
        last_complete: found.last_complete,
        ..StoredPerson::new(
            &found.document,
            found.user.as_ref(),
            found.attendee.as_ref(),
        )
    };
    let event = found.document.event.clone();
    let access = access(&known);
    if matches!(found.user, Some(UserState::Erased(_))) {
        return Explanation::nothing(event, found.email, access);
    }
    let run = |number| RunId {
        event: event.clone(),
        number,
    };
    let attendee = known.attendee;
    let held = found.held.map(|(number, change)| HeldExplained {
        run: run(number),
        change,
    });
    let issues = found.issues.into_iter().flat_map(|(number, issues)| {
        let run = run(number);
        issues.into_iter().map(move |issue| IssueExplained {
            run: run.clone(),
            issue,
        })
    });
    let mut explanation = Explanation {
        records: attendee.map(records::records).unwrap_or_default(),
        fields: fields::fields(&known),
        groups: groups::groups(&known),
        attendee: attendee.map(|attendee| AttendeeExplained {
            status: attendee.presence,
            reason: attendee.reason.clone(),
            blocked: attendee.blocked,
            by_hand: attendee.by_hand,
            source_id: attendee.source_id.clone(),
            activity: attendee.activity,
            run: run(attendee.run),
            added: attendee.added,
            updated: attendee.updated,
        }),
        invitation: attendee
            .and_then(|attendee| attendee.invitation.as_ref())
            .map(InvitationView::from),
        suppression: found.suppression,
        changes: found.changes,
        held,
        issues: issues.collect(),
        badge: found.badge,
        ..Explanation::nothing(event.clone(), found.email, access)
    };
    explanation.notes = explanation.in_notes(found.held_invitation.map(run).as_ref());
    explanation
}

impl Explanation {
    fn nothing(event: EventId, email: EmailAddress, access: Access) -> Self {
        Self {
            event,
            email,
            access,
            notes: Vec::new(),
            attendee: None,
            records: Vec::new(),
            fields: Vec::new(),
            badge: None,
            groups: Vec::new(),
            invitation: None,
            suppression: None,
            changes: Vec::new(),
            held: None,
            issues: Vec::new(),
        }
    }

    /// Returns the remarks that the verdict does not contain: pending changes, rejected records,
    /// and mail.
    fn in_notes(&self, held_invitation: Option<&RunId>) -> Vec<String> {
        let held = self.held.iter().map(HeldExplained::in_words);
        let rejected = self
            .issues
            .iter()
            .filter(|found| found.issue.severity == Severity::Error)
            .map(|found| {
                let Issue {
                    position, reason, ..
                } = &found.issue;
                format!(
                    "Run {} rejected record {position} of this person: {reason}",
                    found.run
                )
            });
        let overridden_removal = records::overridden_removal(&self.records);
        let invitation =
            held_invitation.map(|run| format!("Their invitation waits for approval in run {run}"));
        let suppressed = self.suppression.as_ref().map(|suppression| {
            let why = suppression.reason.in_words();
            format!("They get no mail from this community: {why}")
        });
        held.chain(rejected)
            .chain(overridden_removal)
            .chain(invitation)
            .chain(suppressed)
            .collect()
    }
}

#[cfg(test)]
mod tests;
