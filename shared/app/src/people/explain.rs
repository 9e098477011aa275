//! Explains the state of one person: gathers what is stored of them.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::explain::{ChangeExplained, Explanation, PersonFindings, explain};
use attendee_sync_domain::ids::{EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::invitation::{Invitation, InvitationState};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::{Attendee, UserState};
use attendee_sync_domain::run::{Change, Run, RunHold};

use crate::App;
use crate::error::Error;
use crate::people::access::{AccessSubject, in_short};
use crate::ports::{InvitationBatchId, InvitationBatchState};

/// Changes shown of one person.
const CHANGES: usize = 20;

impl App {
    /// Explains the state of the person with this address in an event, by what is stored; the
    /// source is not queried.
    pub async fn explanation(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<Explanation, Error> {
        // On the heap: it is large, and every caller's future would be too.
        Box::pin(self.explain_findings(event, email)).await
    }

    async fn explain_findings(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<Explanation, Error> {
        let AccessSubject {
            community,
            person,
            document,
            admission,
        } = self.ask_for_person(event, email).await?;
        let last_complete = self.last_complete(event).await?;
        let mut found = PersonFindings {
            document,
            email: email.clone(),
            user: admission.user,
            attendee: admission.attendee,
            last_complete: last_complete.clone().map(in_short),
            suppression: None,
            changes: Vec::new(),
            held: None,
            held_invitation: None,
            issues: None,
            badge: None,
        };
        if matches!(found.user, Some(UserState::Erased(_))) {
            return Ok(explain(found));
        }
        found.suppression = self.parts.store.suppression(&community.id, person).await?;
        if let Some(attendee) = &found.attendee {
            found.changes = self.changes_of(event, person, attendee).await?;
            found.held_invitation = self.held_invitation(event, attendee).await?;
            found.badge = self.badge_check(event, &community, attendee).await?;
        }
        found.held = self.held_of(event, person).await?;
        let newest = self.parts.store.runs(event, None, 1).await?.pop();
        for run in newest.into_iter().chain(last_complete) {
            let issues = self
                .issues_of(&run.id, person, found.attendee.as_ref())
                .await?;
            if !issues.is_empty() {
                found.issues = Some((run.id.number, issues));
                break;
            }
        }
        Ok(explain(found))
    }

    /// Returns the latest changes of an attendee. The attendee's item names the batches whose logs
    /// have them, so only these are read.
    async fn changes_of(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Attendee,
    ) -> Result<Vec<ChangeExplained>, Error> {
        let mut found = Vec::new();
        for batch in attendee.log.iter().rev() {
            let changes = self.parts.store.batch_changes(event, *batch).await?;
            let id = RunId {
                event: event.clone(),
                number: batch.0,
            };
            let run = self.parts.store.run(&id).await?;
            let stands = run.map(|run| (run.state, run.finished.unwrap_or(run.started)));
            let theirs = changes.into_iter().filter(|change| change.person == person);
            found.extend(theirs.map(|change| ChangeExplained::new(id.clone(), stands, change)));
            if found.len() >= CHANGES {
                found.truncate(CHANGES);
                break;
            }
        }
        Ok(found)
    }

    async fn held_invitation(
        &self,
        event: &EventId,
        attendee: &Attendee,
    ) -> Result<Option<RunNumber>, Error> {
        let queued = attendee
            .invitation
            .as_ref()
            .filter(|invitation| invitation.state() == InvitationState::Queued);
        let Some(run) = queued.and_then(Invitation::run) else {
            return Ok(None);
        };
        let invitation_batches = self.parts.store.invitation_batches(event).await?;
        let held = invitation_batches.iter().any(|invitation_batch| {
            invitation_batch.value.id == InvitationBatchId::Run(run)
                && invitation_batch.value.state == InvitationBatchState::Held
        });
        Ok(held.then_some(run))
    }

    /// Returns the number of the run that waits for a decision and contains the person, with the
    /// person's change.
    async fn held_of(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<Option<(RunNumber, Option<Change>)>, Error> {
        let Some(number) = self.parts.store.earlier_runs(event).await?.held else {
            return Ok(None);
        };
        let id = RunId {
            event: event.clone(),
            number,
        };
        let waits = |run: &Run| {
            let undecided = |hold: &RunHold| hold.decision.is_none();
            run.state.is_over() && run.hold.as_ref().is_some_and(undecided)
        };
        if !self.parts.store.run(&id).await?.as_ref().is_some_and(waits) {
            return Ok(None);
        }
        for part in 0.. {
            let Some(held) = self.parts.store.held(&id, part).await? else {
                break;
            };
            if let Some(theirs) = held.into_iter().find(|held| held.delta.person == person) {
                return Ok(Some((number, theirs.change)));
            }
        }
        Ok(None)
    }

    /// Returns the issues of a run about the person: by the person's id, or by the ids of the
    /// attendee's records.
    async fn issues_of(
        &self,
        run: &RunId,
        person: PersonId,
        attendee: Option<&Attendee>,
    ) -> Result<Vec<Issue>, Error> {
        let records = attendee.iter().flat_map(|attendee| &attendee.records);
        let source_ids: Vec<&String> = records
            .filter_map(|record| record.incoming.source_id.as_ref())
            .collect();
        let mut issues = self.parts.store.issues(run).await?;
        issues.retain(|issue| match issue.person {
            Some(whose) => whose == person,
            None => issue
                .source_id
                .as_ref()
                .is_some_and(|id| source_ids.contains(&id)),
        });
        Ok(issues)
    }
}
