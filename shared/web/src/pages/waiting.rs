//! What waits for a decision in a run, and the effect of each decision.

use attendee_sync_app::{App, Error};
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::run::{Action, Change, Run};

use super::change_names::ChangeNames;
use super::view::ChangeRow;
use crate::lists::links::PageLinks;
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
                (0, _) => "All changes of this run were applied; none of them removes anything.",
                (_, state) if state.ended_early() => {
                    "Changes made before the run ended were applied."
                }
                _ => "All other changes of this run were applied.",
            },
            effect: if whole {
                effect(&changes)
            } else {
                format!("changes {}, as listed below", words::people(people))
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
        let send = match self.invitations {
            1 => "end this invitation".to_owned(),
            many => format!("end these {} invitations", words::number(many)),
        };
        let apply = match self.people {
            0 => return format!("S{send}"),
            1 => "Apply this change".to_owned(),
            many => format!("Apply these {} changes", words::number(many)),
        };
        match self.invitations {
            0 => apply,
            _ => format!("{apply} and s{send}"),
        }
    }

    pub(super) fn discard(&self) -> String {
        let invitations = match self.invitations {
            1 => "this invitation".to_owned(),
            many => format!("these {} invitations", words::number(many)),
        };
        let changes = match self.people {
            0 => return format!("Discard {invitations}"),
            1 => "Discard this change".to_owned(),
            many => format!("Discard these {} changes", words::number(many)),
        };
        match self.invitations {
            0 => changes,
            _ => format!("{changes} and {invitations}"),
        }
    }
}

/// The links below the waiting changes of a run.
fn pager(run: &Run, is_first: bool, next: Option<u32>) -> PageLinks {
    let path = format!("/events/{}/runs/{}", run.id.event, run.id.number);
    PageLinks::new("Pages of waiting changes")
        .first(
            "First waiting changes",
            (!is_first).then(|| format!("{path}#held")),
        )
        .next(
            "Next waiting changes",
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
    let parts: Vec<String> = [
        (count(Action::Removed), "removes ", " from the event"),
        (
            count(Action::Moved),
            "removes ",
            " from the event because their tickets now have another address",
        ),
        (
            count(Action::Erased),
            "erases ",
            " permanently from the whole community",
        ),
        (count(Action::Updated), "changes the profile of ", ""),
        (
            count(Action::Added),
            "adds ",
            " with fields that become empty",
        ),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, before, after)| format!("{before}{}{after}", words::people(count)))
    .collect();
    parts.join(", and ")
}
