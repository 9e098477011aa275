//! Limits the number of test mails of each person and of each community.
//!
//! The times of the latest tests are in the table, so that all processes count together. Each is
//! added by a write that fails where another was added meanwhile: simultaneous requests cannot
//! exceed the limit.

use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::CommunityId;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::App;
use crate::error::Error;
use crate::invitations::test_mail::TestRefused;
use crate::ports::{KeptKey, StoreError};

/// Most test mails that one person sends within an hour.
pub(crate) const PER_HOUR: usize = 10;
/// Most test mails that the people of a community send within a day.
pub(crate) const PER_DAY: usize = 100;

/// A limit: the key under which the times are stored, the maximum number, and the period.
#[derive(Debug, Clone, Copy)]
struct TestLimit {
    key: KeptKey,
    most: usize,
    within: SignedDuration,
}

impl TestLimit {
    /// Returns the limit of a person, which counts all communities together.
    fn of_person(by: &Actor) -> Self {
        let who = match by {
            Actor::Owner => "owner".to_owned(),
            Actor::Token(name) => format!("token {name}"),
            Actor::Person(name) => format!("person {name}"),
            Actor::Automatic => "automatic".to_owned(),
        };
        Self {
            key: key("by", &who),
            most: PER_HOUR,
            within: SignedDuration::from_hours(1),
        }
    }

    fn of_community(community: &CommunityId) -> Self {
        Self {
            key: key("in", community.as_str()),
            most: PER_DAY,
            within: SignedDuration::from_hours(24),
        }
    }
}

fn key(scope: &str, whose: &str) -> KeptKey {
    KeptKey(Sha256::digest(format!("test mails {scope} {whose}")).into())
}

/// A test mail that was counted.
#[derive(Debug)]
pub(crate) struct CountedTestMail {
    by: CountedTest,
    within: CountedTest,
}

/// One counted test mail: when, and in which limit.
#[derive(Debug, Clone, Copy)]
struct CountedTest {
    limit: TestLimit,
    at: Timestamp,
}

impl App {
    /// Counts one more test mail of a person in a community, or refuses it.
    pub(crate) async fn count_test_mail(
        &self,
        by: &Actor,
        community: &CommunityId,
    ) -> Result<CountedTestMail, Error> {
        let by = self.count_test(TestLimit::of_person(by)).await?;
        let by = by.map_err(|retry_after_seconds| TestRefused::PersonLimit {
            retry_after_seconds,
        })?;
        let within = TestLimit::of_community(community);
        match self.count_test(within).await? {
            Ok(within) => Ok(CountedTestMail { by, within }),
            Err(retry_after_seconds) => {
                self.uncount_test(by).await?;
                Err(TestRefused::CommunityLimit {
                    retry_after_seconds,
                }
                .into())
            }
        }
    }

    /// Uncounts a test mail. Where the table does not accept that, the mail stays counted.
    pub(crate) async fn uncount_test_mail(&self, turn: CountedTestMail) {
        for counted in [turn.by, turn.within] {
            if let Err(error) = self.uncount_test(counted).await {
                let error = with_causes(&error);
                tracing::warn!(error, "a test mail that was not sent is counted as one");
            }
        }
    }

    /// Counts one test mail, or returns the number of seconds after which one may be counted.
    async fn count_test(&self, limit: TestLimit) -> Result<Result<CountedTest, u64>, Error> {
        loop {
            let at = self.parts.clock.now();
            let counted = self.parts.store.kept(limit.key, at).await?;
            let mut times = times_within(counted.as_deref(), limit.within, at);
            if times.len() >= limit.most {
                let oldest = times.iter().min().copied().unwrap_or(at);
                let left = oldest.duration_since(at) + limit.within;
                let left = u64::try_from(left.as_millis()).unwrap_or_default();
                return Ok(Err(left.div_ceil(1_000).max(1)));
            }
            times.push(at);
            if self
                .put_tests(limit, counted.as_deref(), &times, at)
                .await?
            {
                return Ok(Ok(CountedTest { limit, at }));
            }
        }
    }

    async fn uncount_test(&self, CountedTest { limit, at }: CountedTest) -> Result<(), Error> {
        loop {
            let now = self.parts.clock.now();
            let counted = self.parts.store.kept(limit.key, now).await?;
            let mut times = times_within(counted.as_deref(), limit.within, now);
            let Some(place) = times.iter().position(|known| *known == at) else {
                return Ok(());
            };
            times.remove(place);
            if self
                .put_tests(limit, counted.as_deref(), &times, now)
                .await?
            {
                return Ok(());
            }
        }
    }

    /// Stores the times. Returns false where other times were stored meanwhile.
    async fn put_tests(
        &self,
        limit: TestLimit,
        before: Option<&[u8]>,
        times: &[Timestamp],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let bytes = serde_json::to_vec(times).unwrap_or_default();
        // A second longer: the table counts whole ones.
        let until = now + limit.within + SignedDuration::from_secs(1);
        let put = self
            .parts
            .store
            .replace_kept(limit.key, before, bytes, until, now)
            .await;
        match put {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn times_within(counted: Option<&[u8]>, within: SignedDuration, now: Timestamp) -> Vec<Timestamp> {
    let mut times: Vec<Timestamp> = counted
        .and_then(|bytes| serde_json::from_slice(bytes).ok())
        .unwrap_or_default();
    times.retain(|at| now.duration_since(*at) < within);
    times
}
