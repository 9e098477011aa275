//! Limits how many checks of sources are under way at once in a community. A preview, a test of a
//! connection, an examination or a query to the source may each read a whole feed while a person
//! waits.
//!
//! Where requests have no time limit, one process serves all of them, and a request beyond the
//! limit waits a moment for a place. Where they have one, other processes serve requests too, so
//! the places are in the table: each is marked until its check is over or must have ended. If two
//! processes ask at the same instant, both may get the last place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use attendee_sync_app::ports::KeptKey;
use attendee_sync_app::{App, Error};
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::CommunityId;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::hosting::Hosting;
use crate::problem::HttpProblem;
use crate::sealed_store::{name, secret};
use crate::texts::t;

/// How long a request waits for a place in this process.
const WAIT: Duration = Duration::from_secs(2);
/// How long a place in the table is marked at most: no request lives longer (API Gateway quotas,
/// "Integration timeout" of HTTP APIs).
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// Seconds after which it makes sense to ask for a place again.
const AGAIN: u64 = 5;

/// The kinds of checks; checks of one kind share places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CheckKind {
    /// Previews, tests of a connection, and diagnoses.
    Feed,
    /// Queries to a source about one person. They have places of their own, because at an entrance
    /// people wait for them, whatever is tested meanwhile.
    Person,
}

impl CheckKind {
    /// Returns how many checks of this kind a community may have under way.
    fn places(self) -> usize {
        match self {
            Self::Feed => 2,
            Self::Person => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Person => "person",
        }
    }

    fn refusal(self) -> &'static str {
        match self {
            Self::Feed => t("check-places-this-community-already-runs"),
            Self::Person => t("check-places-this-community-already-reads"),
        }
    }
}

/// The semaphores of the places in this process that are occupied or waited for.
type PlacesHere = HashMap<(CommunityId, CheckKind), Arc<Semaphore>>;

/// The places of all communities.
#[derive(Clone)]
pub(crate) struct CheckPlaces {
    app: Arc<App>,
    hosting: Hosting,
    here: Arc<Mutex<PlacesHere>>,
}

/// An occupied place. Dropping it frees a place of the process; a place of the table is freed by
/// [`CheckPlaces::give_back`], or else when its time is over.
#[must_use]
pub(crate) enum CheckPlace {
    /// A place in this process.
    Here { _permit: OwnedSemaphorePermit },
    /// A place in the table, under this key while the stored mark is this one.
    InTable { key: KeptKey, mark: Vec<u8> },
}

impl CheckPlaces {
    pub(crate) fn new(app: &Arc<App>, hosting: Hosting) -> Self {
        Self {
            app: Arc::clone(app),
            hosting,
            here: Arc::default(),
        }
    }

    /// Occupies a place. Fails with status 429 where all are occupied.
    pub(crate) async fn take(
        &self,
        community: &CommunityId,
        kind: CheckKind,
    ) -> Result<CheckPlace, HttpProblem> {
        if self.hosting.stops_after_answer() {
            return self.take_in_table(community, kind).await;
        }
        let places = self.places_here(community, kind);
        match timeout(WAIT, places.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(CheckPlace::Here { _permit: permit }),
            Ok(Err(_)) => Err(HttpProblem::internal()),
            Err(_) => Err(HttpProblem::too_many_checks(kind.refusal(), AGAIN)),
        }
    }

    fn places_here(&self, community: &CommunityId, kind: CheckKind) -> Arc<Semaphore> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        // An occupied place, and a request that waits for one, keep their semaphore alive.
        here.retain(|_, places| Arc::strong_count(places) > 1);
        let places = here
            .entry((community.clone(), kind))
            .or_insert_with(|| Arc::new(Semaphore::new(kind.places())));
        Arc::clone(places)
    }

    async fn take_in_table(
        &self,
        community: &CommunityId,
        kind: CheckKind,
    ) -> Result<CheckPlace, HttpProblem> {
        let now = self.app.now();
        let until = now.saturating_add(LONGEST).unwrap_or(now);
        for number in 0..kind.places() {
            let key = name(&format!("check {} {number} of {community}", kind.name()));
            let taken = self
                .mark(key, now, until)
                .await
                .map_err(HttpProblem::from)?;
            if let Some(mark) = taken {
                return Ok(CheckPlace::InTable { key, mark });
            }
        }
        Err(HttpProblem::too_many_checks(kind.refusal(), AGAIN))
    }

    /// Marks a place in the table; `None` where it is occupied.
    async fn mark(
        &self,
        key: KeptKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Vec<u8>>, Error> {
        let store = self.app.expiring_store();
        if store.kept(key, now).await?.is_some() {
            return Ok(None);
        }
        let mark = secret().into_bytes();
        store.keep(key, mark.clone(), until).await?;
        // Of several marks written at the same time, the last one is valid.
        let stands = store.kept(key, now).await?;
        Ok(stands.filter(|stands| *stands == mark))
    }

    /// Frees a place. If the table does not accept that, the place is freed when its time is over.
    pub(crate) async fn give_back(&self, place: CheckPlace) {
        let CheckPlace::InTable { key, mark } = place else {
            return;
        };
        let (store, now) = (self.app.expiring_store(), self.app.now());
        let given = async {
            if store.kept(key, now).await? == Some(mark) {
                store.take_kept(key, now).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = given.await {
            let error = with_causes(&error);
            tracing::warn!(error, "the place of a check is given back by its time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{ConsoleWorld, ON_ONE_MACHINE};

    fn acme() -> CommunityId {
        "acme".parse().unwrap()
    }

    fn globex() -> CommunityId {
        "globex".parse().unwrap()
    }

    #[tokio::test]
    async fn a_community_has_two_places_on_one_machine_and_takes_none_of_another() {
        let world = ConsoleWorld::empty().await;
        let places = CheckPlaces::new(&world.app, ON_ONE_MACHINE);
        let one = places.take(&acme(), CheckKind::Feed).await.unwrap();
        let _other = places.take(&acme(), CheckKind::Feed).await.unwrap();
        let refused = places.take(&acme(), CheckKind::Feed).await;
        assert_eq!(refused.err().unwrap().status.as_u16(), 429);
        let _elsewhere = places.take(&globex(), CheckKind::Feed).await.unwrap();
        let _person = places.take(&acme(), CheckKind::Person).await.unwrap();
        // A request that waits gets the place that is freed.
        let acme = acme();
        let (next, ()) = tokio::join!(places.take(&acme, CheckKind::Feed), async {
            tokio::task::yield_now().await;
            places.give_back(one).await;
        });
        let _next = next.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_kept_of_communities_without_a_check() {
        let world = ConsoleWorld::empty().await;
        let places = CheckPlaces::new(&world.app, ON_ONE_MACHINE);
        for number in 0..100 {
            let community = format!("community-{number}").parse().unwrap();
            let place = places.take(&community, CheckKind::Feed).await.unwrap();
            places.give_back(place).await;
        }
        assert_eq!(places.here.lock().unwrap().len(), 1);
    }
}
