//! Why things are with one person as they are, in words for whoever they ask: help desk,
//! organiser, registration system. From what is stored; the source is not asked.
//!
//! Of someone who was erased it says what it says of a stranger.

mod access;
mod changes;
mod fields;
mod groups;
mod pages;
mod records;

use jiff::Timestamp;
use serde::Serialize;

use crate::activity::AppActivity;
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

/// What is stored of one person, as far as it decides whether they may come in.
#[derive(Debug, Clone, Copy)]
pub struct StoredPerson<'k> {
    /// The event's configuration.
    pub document: &'k EventDocument,
    user: Option<&'k User>,
    attendee: Option<&'k Attendee>,
    /// The newest sync that read the whole feed, and when it ended. Only who is not in the event is
    /// told of it.
    pub last_complete: Option<(RunNumber, Timestamp)>,
}

impl<'k> StoredPerson<'k> {
    /// What is stored. A tombstone hides what an erasure has not deleted yet.
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

    /// Whether the event has an attendee like them, removed ones included.
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
    /// The user, or what is left of them.
    pub user: Option<UserState>,
    /// The attendee.
    pub attendee: Option<Attendee>,
    /// The newest sync that read the whole feed, and when it ended.
    pub last_complete: Option<(RunNumber, Timestamp)>,
    /// Whether the address gets mail.
    pub suppression: Option<Suppression>,
    /// What runs changed of them, the newest first.
    pub changes: Vec<ChangeExplained>,
    /// Their change in the run that waits for a decision.
    pub held: Option<(RunNumber, Option<Change>)>,
    /// The run whose approval their invitation waits for.
    pub held_invitation: Option<RunNumber>,
    /// What the newest run that has something to say of them says.
    pub issues: Option<(RunNumber, Vec<Issue>)>,
}

/// Why things are with one person as they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// In which event.
    pub event: EventId,
    /// The address that was asked about.
    pub email: EmailAddress,
    /// Whether they may come in, and why.
    pub access: Access,
    /// What else a person who asks should be told, a sentence each.
    pub notes: Vec<String>,
    /// The attendee, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee: Option<AttendeeExplained>,
    /// Their records, as they were when they were last read.
    pub records: Vec<RecordExplained>,
    /// Their profile and badge, field by field.
    pub fields: Vec<FieldExplained>,
    /// Their groups in the community.
    pub groups: Vec<GroupExplained>,
    /// Their invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationView>,
    /// Why they get no mail, where they get none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    /// What runs changed of them, the newest first.
    pub changes: Vec<ChangeExplained>,
    /// What waits for a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldExplained>,
    /// What the newest run that has something to say of their records says.
    pub issues: Vec<IssueExplained>,
}

/// The attendee in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct AttendeeExplained {
    /// Whether they attend.
    pub status: Presence,
    /// Why not, where they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when they are out because a person took them out by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "barred")]
    pub blocked: Option<Timestamp>,
    /// Whether they attend by decision of a person, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<PresenceByHand>,
    /// Their record's id in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// What the event app reported of them.
    pub activity: AppActivity,
    /// The run that wrote them last.
    pub run: RunId,
    /// When they were first seen.
    pub added: Timestamp,
    /// When something people see last changed.
    pub updated: Timestamp,
}

/// Something about one of their records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct IssueExplained {
    /// The run that says it.
    pub run: RunId,
    /// What.
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
            groups: Vec::new(),
            invitation: None,
            suppression: None,
            changes: Vec::new(),
            held: None,
            issues: Vec::new(),
        }
    }

    /// What the verdict does not say.
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
        let outvoted = records::outvoted(&self.records);
        let invitation =
            held_invitation.map(|run| format!("Their invitation waits for approval in run {run}"));
        let suppressed = self.suppression.as_ref().map(|suppression| {
            let why = suppression.reason.in_words();
            format!("They get no mail from this community: {why}")
        });
        held.chain(rejected)
            .chain(outvoted)
            .chain(invitation)
            .chain(suppressed)
            .collect()
    }
}

#[cfg(test)]
mod tests;
