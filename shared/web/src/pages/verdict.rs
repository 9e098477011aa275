//! The verdict at the top of a person's page: whether they may enter, why, and the next action.

use attendee_sync_app::{App, Error, Explanation};
use attendee_sync_domain::ids::{PersonId, RunId, RunNumber};
use attendee_sync_domain::issue::Severity;

use super::EventHead;
use super::one_person;
use crate::problem::HttpProblem;
use crate::words;

/// Whether a person may enter, why, and the next action.
pub(super) struct Verdict {
    pub(super) allowed: bool,
    /// The reason, in one sentence.
    pub(super) reason: String,
    /// The advice, in one or two sentences.
    pub(super) advice: String,
    /// The button for the next action.
    pub(super) step: DeskStep,
}

/// The next action of the help desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeskStep {
    /// No action in this console.
    None,
    /// Reads this person's record, and applies it.
    Sync,
    /// Reads the source's answer, and changes nothing.
    AskSource,
    /// Unblocks the person.
    Unblock,
}

impl Verdict {
    pub(super) fn of(found: &Explanation) -> Self {
        let (step, advice) = advice(found);
        Self {
            allowed: found.access.allowed,
            reason: words::sentence(&found.access.reason),
            advice,
            step,
        }
    }

    pub(super) fn headline(&self) -> &'static str {
        if self.allowed {
            "Has access"
        } else {
            "No access"
        }
    }

    /// Returns the class for style sheets.
    pub(super) fn tone(&self) -> &'static str {
        if self.allowed { "good" } else { "bad" }
    }

    /// Returns a sign with the same meaning as the colour.
    pub(super) fn sign(&self) -> &'static str {
        if self.allowed { "\u{2713}" } else { "\u{2715}" }
    }

    pub(super) fn is_to_sync(&self) -> bool {
        self.step == DeskStep::Sync
    }

    pub(super) fn is_to_ask(&self) -> bool {
        self.step == DeskStep::AskSource
    }

    pub(super) fn is_to_unblock(&self) -> bool {
        self.step == DeskStep::Unblock
    }
}

fn advice(found: &Explanation) -> (DeskStep, String) {
    let email = &found.email;
    let is_rejected = || {
        let mut issues = found.issues.iter();
        issues.any(|issue| issue.issue.severity == Severity::Error)
    };
    let said = |step, text: &str| (step, text.to_owned());
    match &found.attendee {
        _ if found.access.allowed => (
            DeskStep::None,
            format!("Let them in. In the app they sign in as {email}, with no other address."),
        ),
        Some(attendee) if attendee.blocked.is_some() => said(
            DeskStep::Unblock,
            "Somebody blocked them by hand: ask who runs the event before you unblock them.",
        ),
        Some(attendee) if attendee.by_hand.is_some() => said(
            DeskStep::None,
            "Somebody removed them from the list by hand: ask who runs the event before you add them again.",
        ),
        _ if found.held.is_some() => said(
            DeskStep::None,
            "A change of theirs waits for approval: ask who runs the event to decide about it.",
        ),
        _ if is_rejected() => said(
            DeskStep::Sync,
            "Their record has an error, listed below: have it corrected in the registration system, then sync this person.",
        ),
        Some(_) => said(
            DeskStep::AskSource,
            "If they have a valid ticket, check what the registration system says of them now.",
        ),
        None => said(
            DeskStep::Sync,
            "Look for the address on their ticket. If it is this one, sync this person: they may have registered since the last sync.",
        ),
    }
}

/// The sync of one person, as their page shows it.
pub(super) struct DeskSync {
    pub(super) is_under_way: bool,
    /// The result, once the sync is over.
    pub(super) headline: String,
}

impl DeskSync {
    /// Reads the sync; `None` where there is no such run.
    pub(super) async fn read(
        app: &App,
        head: &EventHead,
        number: u32,
        person: Option<PersonId>,
    ) -> Result<Option<Self>, HttpProblem> {
        let id = RunId {
            event: head.id().clone(),
            number: RunNumber(number),
        };
        let run = match app.run(&id).await {
            Ok(run) => run,
            Err(Error::NoRun(_)) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let is_over = run.state.is_over();
        let is_theirs = one_person::is_about_one(&run, None) || run.state.ended_early();
        let headline = if is_over && is_theirs {
            let (mut changes, _) = app.changes(&id, None).await?;
            changes.retain(|change| person.is_none_or(|person| change.person == person));
            one_person::headline(&run, &changes)
        } else if is_over {
            "A sync of the whole event was under way and is over now. If this person is still missing, sync them once more.".to_owned()
        } else {
            String::new()
        };
        Ok(Some(Self {
            is_under_way: !is_over,
            headline,
        }))
    }
}
