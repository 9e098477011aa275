//! How many checks of sources are under way at once in a community. A preview, a test of a connection,
//! an examination or a question to the source may each read a whole feed while somebody waits.
//!
//! Where a request takes as long as it likes, one process serves all of them, and whoever comes too many waits
//! a moment for a place. Where it has a limit, other processes serve requests too, so the places are in the
//! table, marked until the check is over or cannot be under way any more. Two processes that ask in the same
//! instant may both get the last one.

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

/// How long somebody waits for a place in the process.
const WAIT: Duration = Duration::from_secs(2);
/// How long a place in the table is marked at most: no request lives longer (API Gateway quotas,
/// "Integration timeout" of HTTP APIs).
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// Seconds after which it makes sense to ask for a place again.
const AGAIN: u64 = 5;

/// Checks that share their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CheckKind {
    /// Previews, tests of a connection, and diagnoses.
    Feed,
    /// Questions to a source about one person. They have places of their own: at the doors somebody
    /// waits for them, whatever is tested meanwhile.
    Person,
}

impl CheckKind {
    /// How many of them a community may have under way.
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
            Self::Feed => {
                "this community already runs two previews, connection tests or feed checks, which is the \
                 limit; try again when one of them has ended"
            }
            Self::Person => {
                "this community already reads four people from its sources, which is the limit; try \
                 again in a few seconds"
            }
        }
    }
}

/// The places in this process that somebody has or waits for.
type PlacesHere = HashMap<(CommunityId, CheckKind), Arc<Semaphore>>;

/// The places of all communities.
#[derive(Clone)]
pub(crate) struct CheckPlaces {
    app: Arc<App>,
    hosting: Hosting,
    here: Arc<Mutex<PlacesHere>>,
}

/// A place that somebody has. Dropping it gives back one of the process; one of the table is given back by
/// [`CheckPlaces::give_back`], or else by its time.
#[must_use]
pub(crate) enum CheckPlace {
    /// In this process.
    Here { _permit: OwnedSemaphorePermit },
    /// In the table, under this key while it holds this mark.
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

    /// Takes a place. Fails with status 429 where all are taken.
    pub(crate) async fn take(
        &self,
        community: &CommunityId,
        kind: CheckKind,
    ) -> Result<CheckPlace, HttpProblem> {
        if self.hosting.stands_still() {
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
        // A place that is taken, and somebody who waits for one, hold their semaphore.
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

    /// Marks a place in the table, unless somebody else has it.
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
        // Of those who came at the same time, the last one stands.
        let stands = store.kept(key, now).await?;
        Ok(stands.filter(|stands| *stands == mark))
    }

    /// Gives a place back, also where the table does not take it: then its time does.
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
        // Who waits gets the place of who goes.
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
