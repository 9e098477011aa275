//! What waits for a decision in a run, and the effect of each decision.

use attendee_sync_app::{App, Error};
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::run::{Action, Change, Run};

use super::change_names::ChangeNames;
use super::view::ChangeRow;
use crate::lists::links::PageLinks;
use crate::texts::{t, text};
use crate::words;

/// Most addresses that are shown; the API returns all.
const SHOWN: usize = 100;

/// What waits for a decision in a run.
pub(super) struct PendingSection {
    /// The guards that hold it.
    pub(super) why: Vec<String>,
    pub(super) people: u64,
    pub(super) invitations: u64,
    /// What happened to the changes that do not wait.
    pub(super) rest: &'static str,
    /// The effect of applying the changes.
    pub(super) effect: String,
    pub(super) changes: Vec<ChangeRow>,
    pub(super) pager: PageLinks,
    /// The first who would be invited.
    pub(super) invited: Vec<String>,
    pub(super) more_invited: bool,
}

impl PendingSection {
    pub(super) async fn read(
        app: &App,
        community: &CommunityId,
        run: &Run,
        part: u32,
    ) -> Result<Self, Error> {
        let (changes, next) = app.held(&run.id, part).await?;
        let hold = run.hold.clone().unwrap_or_default();
        let (people, invitations) = (hold.people, hold.invitations);
        let (invited, more) = match invitations {
            0 => (Vec::new(), None),
            _ => app.invited_by_run(&run.id, None, SHOWN).await?,
        };
        let whole = part == 0 && next.is_none();
        let names = ChangeNames::read(app, community, &changes).await?;
        Ok(Self {
            why: hold.guards.iter().map(words::why).collect(),
            people,
            invitations,
            rest: match (people + invitations, run.state) {
                (0, _) => t("waiting-all-changes-of-this"),
                (_, state) if state.ended_early() => t("waiting-changes-made-before-the"),
                _ => t("waiting-all-other-changes-of"),
            },
            effect: if whole {
                effect(&changes)
            } else {
                text!("waiting-as-listed", people = words::people(people))
            },
            changes: names.rows(changes, ChangeRow::planned),
            pager: pager(run, part == 0, next),
            invited: invited.iter().map(ToString::to_string).collect(),
            more_invited: more.is_some(),
        })
    }

    /// Returns whether a decision is needed; otherwise the section only informs.
    pub(super) fn is_decision(&self) -> bool {
        self.people + self.invitations > 0
    }

    /// Returns "600 people": the number of people who would be invited.
    pub(super) fn invitees(&self) -> String {
        words::people(self.invitations)
    }

    pub(super) fn apply(&self) -> String {
        match (self.people, self.invitations) {
            (people, 0) => words::counted(people, "waiting-apply"),
            (0, invitations) => words::counted(invitations, "waiting-send"),
            (people, invitations) => text!(
                "waiting-apply-and-send",
                changes = words::number(people),
                invitations = words::number(invitations)
            ),
        }
    }

    pub(super) fn discard(&self) -> String {
        match (self.people, self.invitations) {
            (people, 0) => words::counted(people, "waiting-discard-changes"),
            (0, invitations) => words::counted(invitations, "waiting-discard-invitations"),
            (people, invitations) => text!(
                "waiting-discard-both",
                changes = words::number(people),
                invitations = words::number(invitations)
            ),
        }
    }
}

/// The links below the waiting changes of a run.
fn pager(run: &Run, is_first: bool, next: Option<u32>) -> PageLinks {
    let path = format!("/events/{}/runs/{}", run.id.event, run.id.number);
    PageLinks::new(t("waiting-pages-of-waiting-changes"))
        .first(
            t("waiting-first-waiting-changes"),
            (!is_first).then(|| format!("{path}#held")),
        )
        .next(
            t("waiting-next-waiting-changes"),
            next.map(|next| format!("{path}?held={next}#held")),
        )
}

/// Describes the effect of applying all these changes: "removes 3 people from the event, and erases
/// 1 person permanently from the whole community".
fn effect(changes: &[Change]) -> String {
    let count = |action| {
        changes
            .iter()
            .filter(|change| change.action == action)
            .count() as u64
    };
    let parts = [
        (count(Action::Removed), "waiting-removes"),
        (count(Action::Moved), "waiting-moves"),
        (count(Action::Erased), "waiting-erases"),
        (count(Action::Updated), "waiting-changes"),
        (count(Action::Added), "waiting-adds"),
    ];
    parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, id)| text(id).with("people", words::people(count)).to_string())
        .reduce(|before, last| text!("waiting-and", before = before, last = last))
        .unwrap_or_default()
}
