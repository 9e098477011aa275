//! Audit log entries about actions that change nothing: sign-ins, sign-outs, and exports of lists
//! of people.

use attendee_sync_domain::audit::{AuditAction, ExportedList, RunLogPart, SignInMethod};
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use futures_util::{StreamExt, stream};

use crate::audited::{Audited, unrecorded};

/// Communities whose logs are written at the same time.
const AT_ONCE: usize = 8;

impl Audited<'_> {
    /// Notes a sign-in in the log of every community in which the person has a role.
    pub async fn note_sign_in(&self, authority: &Authority, method: SignInMethod) {
        self.note_everywhere(authority, AuditAction::SignedIn { method })
            .await;
    }

    /// Notes that somebody signed out, in the same logs.
    pub async fn note_sign_out(&self, authority: &Authority) {
        self.note_everywhere(authority, AuditAction::SignedOut)
            .await;
    }

    /// Notes that a file of so many attendees is being sent.
    pub async fn note_attendees_exported(&self, event: &EventId, count: u64) {
        let action = AuditAction::AttendeesExported {
            event: event.clone(),
            count,
        };
        self.note_of_event(event, action).await;
    }

    /// Notes that a file of a run's changes or issues is being sent.
    pub async fn note_run_log_exported(&self, run: &RunId, part: RunLogPart) {
        let action = AuditAction::RunLogExported {
            run: run.clone(),
            part,
        };
        self.note_of_event(&run.event, action).await;
    }

    /// Notes that a file of a list of the community is being sent.
    pub async fn note_list_exported(&self, community: &CommunityId, list: ExportedList) {
        self.note(community, AuditAction::ListExported { list })
            .await;
    }

    async fn note_everywhere(&self, authority: &Authority, action: AuditAction) {
        let communities = match self.app().parts.store.communities().await {
            Ok(communities) => communities,
            Err(error) => return unrecorded(&self.entry(action), &with_causes(&error)),
        };
        let theirs = communities
            .iter()
            .filter(|community| authority.role_in(community).is_some());
        stream::iter(theirs)
            .for_each_concurrent(AT_ONCE, |community| self.note(community, action.clone()))
            .await;
    }
}
