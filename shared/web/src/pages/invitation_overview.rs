//! The invitations of an event at a glance: counts by state, what waits, and what is being sent.

use std::collections::BTreeMap;

use attendee_sync_app::InvitationsView;
use attendee_sync_app::ports::{InvitationBatch, InvitationBatchId, InvitationBatchState};
use attendee_sync_domain::ids::RunNumber;

use crate::texts::{t, text};
use crate::words::{self, Clockwork, ShownTime};

/// Show the state of the invitations.
pub(super) struct Overview {
    pub(super) enabled: bool,
    pub(super) states: Vec<StateCount>,
    pub(super) not_invited: u64,
    /// Runs that wait for approval, each with the number of invitations it would queue.
    pub(super) held: Vec<(RunNumber, String)>,
    /// What is being sent, in sentences.
    pub(super) under_way: Vec<String>,
    /// The reason why nothing is sent until a person decides.
    pub(super) restore_hold: Option<RestoreHold>,
    /// The time since which nothing is sent, and the reason.
    pub(super) delivery_pause: Option<(ShownTime, String)>,
}

/// Invitations are held because a backup was restored.
pub(super) struct RestoreHold {
    /// When the backup was made.
    pub(super) made: ShownTime,
    /// When it was restored.
    pub(super) restored: ShownTime,
    /// The number of the event's invitations that wait.
    pub(super) waiting: String,
}

/// The number of invitations in a state.
pub(super) struct StateCount {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    /// The status of the attendees who are counted.
    pub(super) status: &'static str,
    pub(super) count: String,
}

impl Overview {
    pub(super) fn new(view: InvitationsView, clock: &Clockwork) -> Self {
        let invitation_batches = |wanted| {
            view.waves
                .iter()
                .filter(move |invitation_batch| invitation_batch.state == wanted)
        };
        let held = invitation_batches(InvitationBatchState::Held).filter_map(|invitation_batch| {
            match invitation_batch.id {
                InvitationBatchId::Run(number) => {
                    Some((number, words::people(invitation_batch.people)))
                }
                InvitationBatchId::Asked => None,
            }
        });
        let queued = view.states.get("queued").copied().unwrap_or(0);
        let restore_hold = view.held_since_restore.as_ref().map(|hold| RestoreHold {
            made: clock.show(hold.backup_made),
            restored: clock.show(hold.restored),
            waiting: words::counted(queued, "count-invitations"),
        });
        // The delivery pause would only repeat what the hold says.
        let delivery_pause = view.delivery_pause.filter(|_| restore_hold.is_none());
        let going = invitation_batches(InvitationBatchState::Released)
            .chain(invitation_batches(InvitationBatchState::Discarded));
        Self {
            enabled: view.enabled,
            not_invited: view.states.get("none").copied().unwrap_or(0),
            held: held.collect(),
            under_way: if restore_hold.is_some() {
                Vec::new()
            } else {
                going.map(under_way).collect()
            },
            restore_hold,
            states: states(&view.states),
            delivery_pause: delivery_pause.map(|delivery_pause| {
                let reason = words::sentence(&delivery_pause.reason);
                (clock.show(delivery_pause.since), reason)
            }),
        }
    }

    pub(super) fn invite(&self) -> String {
        text!(
            "invitation-overview-invite-the-not-invited",
            not_invited = words::number(self.not_invited)
        )
    }
}

fn states(counts: &BTreeMap<&'static str, u64>) -> Vec<StateCount> {
    words::invitation_states()
        .map(|name| StateCount {
            name,
            words: words::invitation(name),
            // A removed attendee is counted only if they have an invitation.
            status: if name == "none" { "attending" } else { "all" },
            count: words::number(counts.get(name).copied().unwrap_or(0)),
        })
        .collect()
}

fn under_way(invitation_batch: &InvitationBatch) -> String {
    let is_discarded = invitation_batch.state == InvitationBatchState::Discarded;
    match (invitation_batch.id, is_discarded) {
        (InvitationBatchId::Asked, true) => t("invitation-overview-requested-discarded").to_owned(),
        (InvitationBatchId::Asked, false) => t("invitation-overview-requested-sent").to_owned(),
        (InvitationBatchId::Run(number), true) => {
            text!("invitation-overview-of-run-discarded", number = number)
        }
        (InvitationBatchId::Run(number), false) => {
            text!("invitation-overview-of-run-sent", number = number)
        }
    }
}
