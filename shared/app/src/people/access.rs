//! Access control: whether a person may come in. The app asks at every sign-in.

use std::sync::PoisonError;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::explain::{Access, StoredPerson, access};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, PersonId, RunNumber};
use attendee_sync_domain::run::{Run, RunState};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::ports::{AccessFacts, CommunityRecord};

/// The number of newest runs among which the last complete one is searched.
const RUNS: usize = 20;

/// What is stored of a person that decides about access to one event.
pub(crate) struct AccessSubject {
    pub(crate) community: CommunityRecord,
    pub(crate) person: PersonId,
    pub(crate) document: EventDocument,
    pub(crate) admission: AccessFacts,
}

impl App {
    /// Whether the person with this address may come in. Somebody nobody knows may not; that is no
    /// error.
    ///
    /// One request to the table for four items: configuration, user, attendee, options of groups. Two items before
    /// it the first time this process is asked about an event; the newest runs after it where they
    /// is not in the event. It sees every removal, and every erasure from its first write on.
    pub async fn access(&self, event: &EventId, email: &EmailAddress) -> Result<Access, Error> {
        let asked = self.ask_for_person(event, email).await?;
        let AccessFacts { user, attendee, .. } = &asked.admission;
        let mut known = StoredPerson::new(&asked.document, user.as_ref(), attendee.as_ref());
        if !known.is_in_event() {
            known.last_complete = self.last_complete(event).await?.map(in_short);
        }
        let mut access = access(&known);
        let (options, now) = (&asked.admission.group_options, self.parts.clock.now());
        let counts = |name: &GroupName| options.is_in_force(&name.key(), &asked.document, now);
        access.groups.retain(counts);
        Ok(access)
    }

    /// The same about one page of the app: `allowed` says whether this person may see it.
    pub async fn access_to_page(
        &self,
        event: &EventId,
        email: &EmailAddress,
        name: &str,
    ) -> Result<Access, Error> {
        let document = self.document(event).await?;
        let page = document.access.page(name);
        let page = page.ok_or_else(|| Error::no_page(&document, name))?;
        Ok(self.access(event, email).await?.to_page(page))
    }

    pub(crate) async fn ask_for_person(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<AccessSubject, Error> {
        let met = {
            let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            met.get(event).cloned()
        };
        let mut community = match met {
            Some(community) => community,
            None => self.meet(event).await?,
        };
        let mut person = PersonId::of(&community.key, email);
        let mut admission = self
            .parts
            .store
            .access_facts(&community.id, event, person)
            .await?;
        let mut document = admission.document.take();
        if document
            .as_ref()
            .is_some_and(|known| known.community != community.id)
        {
            // The event was deleted and created again in another community.
            community = self.meet(event).await?;
            person = PersonId::of(&community.key, email);
            admission = self
                .parts
                .store
                .access_facts(&community.id, event, person)
                .await?;
            document = admission.document.take();
        }
        Ok(AccessSubject {
            document: document.ok_or_else(|| Error::NoEvent(event.clone()))?,
            community,
            person,
            admission,
        })
    }

    async fn meet(&self, event: &EventId) -> Result<CommunityRecord, Error> {
        let (_, community) = self.event_and_community(event).await?;
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        met.insert(event.clone(), community.clone());
        Ok(community)
    }

    /// The newest of the last runs that read the whole feed.
    pub(crate) async fn last_complete(&self, event: &EventId) -> Result<Option<Run>, Error> {
        let runs = self.parts.store.runs(event, None, RUNS).await?;
        let whole =
            |run: &Run| run.complete && matches!(run.state, RunState::Succeeded | RunState::Held);
        Ok(runs.into_iter().find(whole))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over an option")]
pub(crate) fn in_short(run: Run) -> (RunNumber, Timestamp) {
    (run.id.number, run.finished.unwrap_or(run.started))
}
