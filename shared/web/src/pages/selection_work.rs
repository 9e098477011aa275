//! One thing done with many attendees, person by person, as far as one request goes.
//!
//! Everything it does may be done twice: who asks again after a failure does no harm.

use std::time::Duration;

use attendee_sync_app::{App, BlockChange, Error, InvitationRequest};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use tokio::time::Instant;

use crate::extract::FormFields;
use crate::texts::{t, text};
use crate::words;

/// Most people of one request.
const PIECE: usize = 500;
/// How long one request works, about: in the cloud it is cut off after 26 seconds.
const PATIENCE: Duration = Duration::from_secs(8);
/// How many are invited in one call.
const INVITED: usize = 50;

/// What is done.
#[derive(Debug, Clone)]
pub(super) enum SelectionAction {
    Invite,
    JoinGroup(GroupName),
    LeaveGroup(GroupName),
    Block,
    Unblock,
}

use SelectionAction::{Block, Invite, JoinGroup, LeaveGroup, Unblock};

impl SelectionAction {
    /// What a form asks for, or why it cannot be done.
    pub(super) fn of(fields: &FormFields) -> Result<Self, String> {
        let group = || {
            let group = GroupName::parse(fields.get("into"));
            group.ok_or_else(|| t("selection-work-enter-the-name-of").to_owned())
        };
        match fields.get("action") {
            "invite" => Ok(Invite),
            "group" => group().map(JoinGroup),
            "ungroup" => group().map(LeaveGroup),
            "take_out" => Ok(Block),
            "let_in" => Ok(Unblock),
            _ => Err(t("selection-work-choose-an-action").to_owned()),
        }
    }

    /// As forms name it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Invite => "invite",
            JoinGroup(_) => "group",
            LeaveGroup(_) => "ungroup",
            Block => "take_out",
            Unblock => "let_in",
        }
    }

    pub(super) fn group(&self) -> &str {
        match self {
            JoinGroup(group) | LeaveGroup(group) => group.as_str(),
            Invite | Block | Unblock => "",
        }
    }

    /// What the button says, for so many.
    pub(super) fn button(&self, people: &str) -> String {
        match self {
            Invite => text!("selection-work-invite-people", people = people),
            JoinGroup(group) => text!(
                "selection-work-add-people-to-group",
                people = people,
                group = group
            ),
            LeaveGroup(group) => text!(
                "selection-work-remove-people-from-group",
                people = people,
                group = group
            ),
            Block => text!("selection-work-remove-and-block-people", people = people),
            Unblock => text!("selection-work-unblock-people", people = people),
        }
    }

    pub(super) fn will_happen(&self) -> &'static str {
        match self {
            Invite => t("selection-work-each-selected-attendee-without"),
            JoinGroup(_) => t("selection-work-they-are-added-to"),
            LeaveGroup(_) => t("selection-work-what-was-assigned-by"),
            Block => t("selection-work-they-are-removed-from"),
            Unblock => t("selection-work-the-removal-by-hand"),
        }
    }

    pub(super) fn is_grave(&self) -> bool {
        matches!(self, Invite | Block)
    }

    /// What was done with those it changed, and what is said of those it did not.
    fn outcome(&self) -> (&'static str, &'static str) {
        match self {
            Invite => (
                t("selection-work-invited"),
                t("selection-work-invited-already"),
            ),
            JoinGroup(_) => (
                t("selection-work-added-to-the-group"),
                t("selection-work-in-the-group-by"),
            ),
            LeaveGroup(_) => (
                t("selection-work-no-longer-in-the"),
                t("selection-work-not-in-the-group"),
            ),
            Block => (
                t("selection-work-removed-and-blocked"),
                t("selection-work-blocked-already"),
            ),
            Unblock => (
                t("selection-work-unblocked-they-have-access"),
                t("selection-work-not-blocked-before"),
            ),
        }
    }

    /// How many are seen to in one call.
    fn at_a_time(&self) -> usize {
        match self {
            Invite => INVITED,
            JoinGroup(_) | LeaveGroup(_) | Block | Unblock => 1,
        }
    }
}

/// What came of how many people.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SelectionTally {
    changed: u64,
    same: u64,
    not_attending: u64,
    suppressed: u64,
    gone: u64,
}

impl SelectionTally {
    /// The figures by the names that forms carry them under.
    pub(super) fn figures(&self) -> [(&'static str, u64); 5] {
        [
            ("done.changed", self.changed),
            ("done.same", self.same),
            ("done.not_attending", self.not_attending),
            ("done.suppressed", self.suppressed),
            ("done.gone", self.gone),
        ]
    }

    /// What the form of an earlier piece says.
    pub(super) fn carried(fields: &FormFields) -> Self {
        let figure = |name| fields.get(name).parse().unwrap_or(0);
        Self {
            changed: figure("done.changed"),
            same: figure("done.same"),
            not_attending: figure("done.not_attending"),
            suppressed: figure("done.suppressed"),
            gone: figure("done.gone"),
        }
    }

    /// How many people were seen to.
    pub(super) fn people(&self) -> u64 {
        self.figures().iter().map(|(_, count)| count).sum()
    }

    /// In sentences.
    pub(super) fn in_words(&self, action: &SelectionAction) -> Vec<String> {
        let (did, was) = action.outcome();
        let mut said = vec![match action {
            Invite => words::were_queued(self.changed),
            _ => format!("{did}: {}.", words::people(self.changed)),
        }];
        if self.suppressed > 0 {
            said.push(words::are_suppressed(self.suppressed));
        }
        for (count, what) in [
            (self.same, was),
            (
                self.not_attending,
                t("selection-work-not-attending-and-not"),
            ),
            (self.gone, t("selection-work-no-longer-in-the-event")),
        ] {
            if count > 0 {
                said.push(format!("{what}: {}.", words::people(count)));
            }
        }
        said
    }
}

/// How far it came.
pub(super) struct SelectionProgress {
    pub(super) tally: SelectionTally,
    /// Who was not seen to; the first of them perhaps in part, where it failed.
    pub(super) left: Vec<PersonId>,
    /// Why it went no further, where it failed.
    pub(super) failed: Option<Error>,
}

/// Where it is done.
pub(super) struct SelectionPlace {
    pub(super) community: CommunityId,
    pub(super) event: EventId,
}

/// Does it with as many of these people as one request goes, on top of what was done before.
pub(super) async fn carry_on(
    app: &App,
    by: &Actor,
    place: &SelectionPlace,
    action: &SelectionAction,
    people: Vec<PersonId>,
    mut tally: SelectionTally,
) -> SelectionProgress {
    let until = Instant::now() + PATIENCE;
    let (mut done, mut failed) = (0, None);
    let piece = people.get(..PIECE).unwrap_or(&people);
    for part in piece.chunks(action.at_a_time()) {
        if Instant::now() > until {
            break;
        }
        let before = tally;
        if let Err(error) = see_to(app, by, place, action, part, &mut tally).await {
            tally = before;
            failed = Some(error);
            break;
        }
        done += part.len();
    }
    SelectionProgress {
        tally,
        left: people.into_iter().skip(done).collect(),
        failed,
    }
}

async fn see_to(
    app: &App,
    by: &Actor,
    SelectionPlace { community, event }: &SelectionPlace,
    action: &SelectionAction,
    people: &[PersonId],
    tally: &mut SelectionTally,
) -> Result<(), Error> {
    let mut addresses = Vec::with_capacity(people.len());
    for person in people {
        match app.address_of(event, *person).await {
            Ok(address) => addresses.push(address),
            Err(Error::NoPerson) => tally.gone += 1,
            Err(error) => return Err(error),
        }
    }
    let acting = app.as_of(by);
    if let Invite = action {
        if addresses.is_empty() {
            return Ok(());
        }
        let these = InvitationRequest::These(addresses);
        let asked = acting.invite(event, &these).await?;
        tally.changed += asked.queued;
        tally.same += asked.already_invited;
        tally.not_attending += asked.not_attending;
        tally.suppressed += asked.suppressed;
        tally.gone += asked.unknown;
        return Ok(());
    }
    for address in &addresses {
        let changed = match action {
            JoinGroup(group) => acting
                .grant(community, group, address)
                .await
                .map(|granted| granted.changed),
            LeaveGroup(group) => acting
                .revoke(community, group, address)
                .await
                .map(|granted| granted.changed),
            Block => acting.set_blocked(event, address, BlockChange::Put).await,
            Unblock | Invite => {
                acting
                    .set_blocked(event, address, BlockChange::Lifted)
                    .await
            }
        };
        match changed {
            Ok(true) => tally.changed += 1,
            Ok(false) => tally.same += 1,
            Err(Error::NoPerson) => tally.gone += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
