//! Looking what is at the URLs of digital badges: beside the syncs, some at a time, and never twice at one URL.
//!
//! The hourly look at all events orders a round where people changed since the last one, or badges are left of it. So no
//! sync waits for a server of badges, and none fails by one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use attendee_sync_domain::badge::{BadgeFinding, BadgeFindings, BadgeHash, BadgeRound};
use attendee_sync_domain::ids::{EventId, RunNumber};
use attendee_sync_domain::people::{Presence, Versioned};
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::ports::{RunCommand, StoreError};
use crate::runs::engine::CommandOutcome;

/// URLs that are looked at in one round.
const ROUND_URLS: usize = 5_000;
/// The longest time of a round.
const ROUND_TIME: Duration = Duration::from_mins(5);
/// How long another process leaves a round alone: longer than one takes.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// URLs that are looked at at the same time.
const CONCURRENT_URLS: usize = 4;
/// URLs after which what was found is stored.
const PIECE: usize = 500;
/// Failures after which a server is left alone until the next round.
const MAX_FAILURES: u32 = 3;
/// Runs that are looked through for changes of people.
const RUNS: usize = 100;

/// What there is to look at in a round.
struct BadgesToCheck {
    /// The hashes of all badges of the event.
    alive: HashSet<BadgeHash>,
    /// URLs that nobody looked at, up to the limit of a round.
    urls: Vec<(BadgeHash, String)>,
    /// URLs beyond that limit.
    beyond: u64,
}

/// How often each server failed in this round.
#[derive(Default)]
struct ServerFailures(Mutex<HashMap<String, u32>>);

impl ServerFailures {
    fn is_left_alone(&self, host: &str) -> bool {
        let failures = self.0.lock();
        failures.is_ok_and(|all| all.get(host).is_some_and(|count| *count >= MAX_FAILURES))
    }

    fn note(&self, host: String, finding: BadgeFinding) {
        if let Ok(mut all) = self.0.lock() {
            let count = all.entry(host).or_default();
            *count = if finding.is_of_server() {
                *count + 1
            } else {
                0
            };
        }
    }
}

impl App {
    /// Orders that the badges of an event are checked, where there may be some that nobody looked at.
    pub(crate) async fn order_badges_if_due(&self, event: &EventId) -> Result<(), Error> {
        if self.are_badges_due(event).await? {
            self.order_badges(event).await?;
        }
        Ok(())
    }

    pub(crate) async fn order_badges(&self, event: &EventId) -> Result<(), Error> {
        let event = event.clone();
        let order = RunCommand::Badges { event };
        Ok(self.orders()?.order(&order, Duration::ZERO).await?)
    }

    async fn are_badges_due(&self, event: &EventId) -> Result<bool, Error> {
        let document = self.document(event).await?;
        if document.mapping.digital_badge.is_none() || self.is_purge_due(&document)? {
            return Ok(false);
        }
        let store = &self.parts.store;
        let round = store.badge_round(event).await?;
        let round = round.map(|stored| stored.value).unwrap_or_default();
        let now = self.parts.clock.now();
        if round.until.is_some_and(|until| until > now) {
            return Ok(false);
        }
        if round.left > 0 || round.until.is_some() {
            return Ok(true);
        }
        if store.newest_run(event).await? == round.seen {
            return Ok(false);
        }
        let runs = store.runs(event, None, RUNS).await?;
        let mut later = runs.iter().take_while(|run| run.id.number > round.seen);
        Ok(later.any(|run| run.counts.added + run.counts.updated + run.counts.moved > 0))
    }

    /// Looks at the URLs of an event's badges that nobody looked at, up to the limits of a round; the next one goes on.
    pub async fn check_badges(
        &self,
        event: &EventId,
        until: Option<Instant>,
    ) -> Result<CommandOutcome, Error> {
        match self.are_badges_due(event).await {
            Ok(true) => {}
            Ok(false) => return Ok(CommandOutcome::Nothing("no badge is left to check")),
            Err(Error::NoEvent(_)) => return Ok(CommandOutcome::Nothing("the event is gone")),
            Err(error) => return Err(error),
        }
        let store = &self.parts.store;
        if store.run_under_way(event).await?.is_some() {
            return Ok(CommandOutcome::Nothing("badges are checked after the run"));
        }
        let seen = store.newest_run(event).await?;
        let Some((version, before)) = self.begin_badge_round(event).await? else {
            return Ok(CommandOutcome::Nothing("badges are being checked"));
        };
        let latest = Instant::now() + ROUND_TIME;
        let until = until.map_or(latest, |until| until.min(latest));
        let checked = Box::pin(self.check_badges_until(event, until)).await;
        let (round, failed) = match checked {
            Ok(round) => (BadgeRound { seen, ..round }, None),
            Err(error) => (before, Some(error)),
        };
        let put = store.put_badge_round(event, &round, Some(version));
        match put.await {
            Ok(()) => {}
            // The event was purged or deleted meanwhile.
            Err(StoreError::Conflict) => {
                return Ok(CommandOutcome::Nothing("the event has changed meanwhile"));
            }
            Err(error) => return Err(error.into()),
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(CommandOutcome::Nothing("badges were checked")),
        }
    }

    /// Says that this process checks the badges. Returns the version of that and what was so before; nothing where
    /// another process is at it.
    async fn begin_badge_round(&self, event: &EventId) -> Result<Option<(u64, BadgeRound)>, Error> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let stored = store.badge_round(event).await?;
        let expected = stored.as_ref().map(|stored| stored.version);
        let before = stored.map(|stored| stored.value).unwrap_or_default();
        if before.until.is_some_and(|until| until > now) {
            return Ok(None);
        }
        let round = BadgeRound {
            until: now.checked_add(LEASE).ok(),
            ..before.clone()
        };
        match store.put_badge_round(event, &round, expected).await {
            Ok(()) => {
                let version = expected.map_or(1, |version| version + 1);
                Ok(Some((
                    version,
                    BadgeRound {
                        until: None,
                        ..before
                    },
                )))
            }
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn check_badges_until(
        &self,
        event: &EventId,
        until: Instant,
    ) -> Result<BadgeRound, Error> {
        let mut findings = self.parts.store.badge_findings(event, None).await?;
        let badges = self.badges_to_check(event, &findings).await?;
        let gone = findings.keep(&badges.alive);
        self.put_findings(event, &findings, gone).await?;
        let failures = ServerFailures::default();
        let mut left = badges.beyond;
        for piece in badges.urls.chunks(PIECE) {
            let failures = &failures;
            let found: Vec<_> = stream::iter(piece.to_vec())
                .map(|(hash, url)| async move {
                    (hash, self.look_at_badge(&url, failures, until).await)
                })
                .buffer_unordered(CONCURRENT_URLS)
                .collect()
                .await;
            let mut changed = BTreeSet::new();
            for (hash, finding) in found {
                let Some(finding) = finding else {
                    left += 1;
                    continue;
                };
                findings.note(hash, finding);
                changed.insert(hash.shard());
            }
            self.put_findings(event, &findings, changed).await?;
        }
        Ok(BadgeRound {
            seen: RunNumber::default(),
            until: None,
            checked: findings.checked(),
            bad: findings.bad(),
            left,
        })
    }

    async fn put_findings(
        &self,
        event: &EventId,
        findings: &BadgeFindings,
        shards: BTreeSet<u8>,
    ) -> Result<(), Error> {
        for shard in shards {
            let store = &self.parts.store;
            store.put_badge_findings(event, shard, findings).await?;
        }
        Ok(())
    }

    async fn badges_to_check(
        &self,
        event: &EventId,
        known: &BadgeFindings,
    ) -> Result<BadgesToCheck, Error> {
        let (_, community) = self.event_and_community(event).await?;
        let mut alive = HashSet::new();
        let mut urls = BTreeMap::new();
        let mut beyond = HashSet::new();
        self.each_attendee(event, |_, attendee| {
            let Some(url) = &attendee.digital_badge else {
                return;
            };
            let hash = BadgeHash::of(&community.key, url);
            alive.insert(hash);
            if attendee.presence != Presence::Attending || known.get(hash).is_some() {
                return;
            }
            if urls.len() < ROUND_URLS {
                urls.insert(hash, url.clone());
            } else if !urls.contains_key(&hash) {
                beyond.insert(hash);
            }
        })
        .await?;
        Ok(BadgesToCheck {
            alive,
            urls: urls.into_iter().collect(),
            beyond: beyond.len() as u64,
        })
    }

    /// Looks at one URL; nothing where the time is over, or its server has failed too often.
    async fn look_at_badge(
        &self,
        url: &str,
        failures: &ServerFailures,
        until: Instant,
    ) -> Option<BadgeFinding> {
        let parsed = url::Url::parse(url).ok();
        let host = parsed.as_ref().and_then(url::Url::host_str);
        let host = host.unwrap_or_default().to_owned();
        if Instant::now() >= until || failures.is_left_alone(&host) {
            return None;
        }
        let finding = self.parts.sources.badge(url).await;
        failures.note(host, finding);
        Some(finding)
    }

    /// Forgets what was found at URLs that have no file the app can show, so that they are looked at once more. Returns
    /// how many these are.
    ///
    /// # Errors
    /// Where badges are being checked.
    pub async fn check_bad_badges_again(&self, event: &EventId) -> Result<u64, Error> {
        let store = &self.parts.store;
        let Some((version, before)) = self.begin_badge_round(event).await? else {
            return Err(Error::Contended);
        };
        let mut findings = store.badge_findings(event, None).await?;
        let bad = findings.bad();
        let changed = findings.forget_bad();
        self.put_findings(event, &findings, changed).await?;
        let round = BadgeRound {
            checked: findings.checked(),
            bad: 0,
            left: before.left + bad,
            ..before
        };
        store.put_badge_round(event, &round, Some(version)).await?;
        if bad > 0 {
            self.order_badges(event).await?;
        }
        Ok(bad)
    }

    /// Returns how far the badges of an event are checked; nothing where nobody looked at any.
    pub async fn badge_round(&self, event: &EventId) -> Result<Option<BadgeRound>, Error> {
        let stored = self.parts.store.badge_round(event).await?;
        Ok(stored.map(|Versioned { value, .. }| value))
    }
}
