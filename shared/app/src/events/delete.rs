//! Deletes an event for good: its configuration, its attendees, its runs and their logs. Users
//! stay, but lose the event and the groups that only this event gave them.

use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{EventDocument, SecretName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use attendee_sync_domain::people::{UserState, Versioned};
use attendee_sync_domain::plan::Put;

use crate::App;
use crate::error::Error;
use crate::ports::{AttendanceRemoval, StoreError};

/// Attendees deleted at a time.
pub(crate) const PIECE: usize = 100;
/// For how long one request, or one run of the cloud edition, clears what events left.
const CLEARING: Duration = Duration::from_secs(18);

impl App {
    /// Closes an event if it is stored in this version. Nobody sees it from then on;
    /// [`Self::finish_closings`] deletes the rest of it.
    pub async fn close_event(&self, event: &EventId, version: u64) -> Result<CommunityId, Error> {
        let document = self.document(event).await?;
        match self.parts.store.close_event(&document, version).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => {
                return Err(match self.parts.store.run_under_way(event).await? {
                    Some(number) => Error::Busy(RunId {
                        event: event.clone(),
                        number,
                    }),
                    None => Error::Changed,
                });
            }
            Err(error) => return Err(error.into()),
        }
        self.forget_event(event);
        self.clear_schedules(event).await;
        for name in secrets_of(&document) {
            // The event is gone even if this fails, and nothing uses its credentials any more.
            if let Err(error) = self.parts.secrets.remove_secret(&name).await {
                let error = with_causes(&error);
                tracing::error!(%event, %name, error, "a deleted event's credential stays stored");
            }
        }
        Ok(document.community)
    }

    /// Deletes what remains of closed events, whether this process closed them or one that ended
    /// meanwhile.
    pub async fn finish_closings(&self, community: &CommunityId) -> Result<(), Error> {
        for event in self.parts.store.closing(community).await? {
            while !self.remove_some_attendances(community, &event).await? {}
            self.index.forget(&event);
            self.forget_event(&event);
            self.parts.store.end_closing(community, &event).await?;
            self.fold_memberships(community).await;
        }
        Ok(())
    }

    /// Does the same for as long as one request may take; the next caller clears the rest.
    pub async fn clear_closings(&self, community: &CommunityId) -> Result<(), Error> {
        let clearing = async {
            self.finish_closings(community).await?;
            self.finish_purges(community).await?;
            self.finish_regroupings(community).await
        };
        let done = tokio::time::timeout(CLEARING, clearing).await;
        done.unwrap_or(Ok(()))
    }

    /// Clears the rest of deleted events at the start of another event's run, as far as it gets. A
    /// failure is only logged, as it is no failure of that run.
    pub(crate) async fn clear_what_was_left(&self, community: &CommunityId) {
        if let Err(error) = self.clear_closings(community).await {
            let error = with_causes(&error);
            tracing::warn!(error, "what a deleted event left is not cleared yet");
        }
    }

    /// Forgets what this process keeps in memory of an event. A new event may later have the same
    /// id.
    fn forget_event(&self, event: &EventId) {
        if let Ok(mut met) = self.met.lock() {
            met.remove(event);
        }
        if let Ok(mut delivery_pauses) = self.delivery_pauses.lock() {
            delivery_pauses.remove(event);
        }
    }

    /// Deletes some attendees of an event, each with their user's part in it; whether nobody is left.
    pub(crate) async fn remove_some_attendances(
        &self,
        community: &CommunityId,
        event: &EventId,
    ) -> Result<bool, Error> {
        let page = self.parts.store.attendees(event, None, PIECE).await?;
        let people: Vec<PersonId> = page.iter().map(|(person, _)| *person).collect();
        if people.is_empty() {
            return Ok(true);
        }
        let mut actual = self
            .parts
            .store
            .actual(community, event, &people, &[])
            .await?;
        let attendance_removals: Vec<AttendanceRemoval> = people
            .iter()
            .filter_map(|person| {
                let version = actual.attendees.get(person)?.version;
                let user = actual.users.remove(person);
                Some(self.attendance_removal(*person, version, user, event))
            })
            .collect();
        let departed = self
            .parts
            .store
            .remove_attendance(community, event, &attendance_removals)
            .await;
        for attendance_removal in &attendance_removals {
            if let Some(put) = &attendance_removal.user {
                let user = Some(&put.value);
                self.index
                    .note_user(community, attendance_removal.person, user);
            }
        }
        match departed {
            // Where an attendee was changed meanwhile, the remaining ones are read again.
            Ok(()) | Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn attendance_removal(
        &self,
        person: PersonId,
        version: u64,
        user: Option<Versioned<UserState>>,
        event: &EventId,
    ) -> AttendanceRemoval {
        let now = self.parts.clock.now();
        let changed = user.and_then(|stored| match stored.value {
            UserState::User(user) => Some((stored.version, user.without_event(event, now))),
            UserState::Erased(_) => None,
        });
        let (user, leaves) = match changed {
            Some((version, (value, leaves))) => {
                let expected = Some(version);
                (Some(Put { expected, value }), leaves)
            }
            None => (None, Vec::new()),
        };
        AttendanceRemoval {
            person,
            version,
            user,
            leaves,
        }
    }
}

/// Names all credentials that may have been stored for the event of this document, by whichever kind of
/// authentication it had, and that of its hooks.
fn secrets_of(document: &EventDocument) -> Vec<SecretName> {
    let mut names = SecretName::all_generated(&document.secret_owner());
    for name in [document.named_secret(), document.hook_secret()] {
        let other = name.filter(|name| !names.contains(name));
        names.extend(other.cloned());
    }
    names
}
