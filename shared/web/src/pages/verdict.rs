//! The verdict at the top of a person's page: whether they may enter, why, and the next action.

use attendee_sync_app::{App, Error, Explanation};
use attendee_sync_domain::ids::{PersonId, RunId, RunNumber};
use attendee_sync_domain::issue::Severity;

use super::EventHead;
use super::one_person;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
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
            t("verdict-has-access")
        } else {
            t("verdict-no-access")
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
            text!("verdict-let-them-in-in", email = email),
        ),
        Some(attendee) if attendee.blocked.is_some() => {
            said(DeskStep::Unblock, t("verdict-somebody-blocked-them-by"))
        }
        Some(attendee) if attendee.by_hand.is_some() => {
            said(DeskStep::None, t("verdict-somebody-removed-them-from"))
        }
        _ if found.held.is_some() => said(DeskStep::None, t("verdict-a-change-of-theirs")),
        _ if is_rejected() => said(DeskStep::Sync, t("verdict-their-record-has-an")),
        Some(_) => said(DeskStep::AskSource, t("verdict-if-they-have-a")),
        None => said(DeskStep::Sync, t("verdict-look-for-the-address")),
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
            t("verdict-a-sync-of-the").to_owned()
        } else {
            String::new()
        };
        Ok(Some(Self {
            is_under_way: !is_over,
            headline,
        }))
    }
}
