//! Hooks in: their addresses, what is refused of them, and what is taken.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use attendee_sync_domain::audit::AuditAction;
use attendee_sync_domain::config::HookSignature;
use attendee_sync_domain::hook::{
    HookDelivery, HookHeaders, HookQueue, HookRefusal, named_in, verify,
};
use attendee_sync_domain::ids::EventId;
use jiff::Timestamp;
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::ports::{HookAddress, StoreError};

/// How often a hook is tried to be stored while others are.
const MAX_TRIES: u32 = 20;
/// Refusals that a process remembers.
const REMEMBERED: usize = 200;
/// Refusals of one event that are shown.
const SHOWN: usize = 10;

/// What hooks this process took and refused.
#[derive(Debug, Default)]
pub(crate) struct HookTally(Mutex<HookCounts>);

#[derive(Debug, Default)]
struct HookCounts {
    taken: u64,
    refused: BTreeMap<HookRefusal, u64>,
    /// The last refusals of events that exist, the oldest first.
    last: VecDeque<(EventId, RefusedHook)>,
}

/// A hook that was refused by this process. Nothing of it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RefusedHook {
    /// When it came.
    pub received: Timestamp,
    /// Why it was refused.
    pub reason: HookRefusal,
}

/// What there is to show of an event's hooks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct HookView {
    /// When the address was made; there is none where this is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_made: Option<Timestamp>,
    /// How hooks have to be signed.
    pub signature: HookSignature,
    /// Since when hooks wait to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// What the last hooks led to, the newest first.
    pub deliveries: Vec<HookDelivery>,
    /// The last hooks that the process that answers refused, the newest first.
    pub refused: Vec<RefusedHook>,
}

impl HookTally {
    fn count(&self, event: &EventId, verdict: Result<(), RefusedHook>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match verdict {
            Ok(()) => counts.taken += 1,
            Err(refused) => {
                *counts.refused.entry(refused.reason).or_default() += 1;
                // Of an address that is none, nobody knows whose it was meant to be.
                if refused.reason != HookRefusal::UnknownAddress {
                    if counts.last.len() >= REMEMBERED {
                        counts.last.pop_front();
                    }
                    counts.last.push_back((event.clone(), refused));
                }
            }
        }
    }

    fn refused(&self, event: &EventId) -> Vec<RefusedHook> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.last.iter().rev().filter(|(of, _)| of == event);
        own.map(|(_, refused)| *refused).take(SHOWN).collect()
    }

    /// How many hooks were taken, and how many refused for each reason.
    pub(crate) fn totals(&self) -> (u64, BTreeMap<HookRefusal, u64>) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (counts.taken, counts.refused.clone())
    }
}

impl App {
    /// Takes a hook: verifies it, stores what it reports, and orders that to be read. Where it is refused, nothing is
    /// stored, and it is counted; the reason is returned.
    pub async fn receive_hook(
        &self,
        event: &EventId,
        key: &str,
        headers: &HookHeaders<'_>,
        body: &[u8],
    ) -> Result<Result<(), HookRefusal>, Error> {
        let verdict = Box::pin(self.take_hook(event, key, headers, body)).await?;
        self.count_hook(event, verdict);
        Ok(verdict)
    }

    /// Refuses a hook whose body was not taken, and counts it; gives the reason that it is refused for.
    pub async fn refuse_hook(
        &self,
        event: &EventId,
        key: &str,
        reason: HookRefusal,
    ) -> Result<HookRefusal, Error> {
        let address = self.parts.store.hook_address(event).await?;
        let reason = match address {
            Some(address) if address.has_key(key) => reason,
            _ => HookRefusal::UnknownAddress,
        };
        self.count_hook(event, Err(reason));
        Ok(reason)
    }

    fn count_hook(&self, event: &EventId, verdict: Result<(), HookRefusal>) {
        let received = self.parts.clock.now();
        let refused = |reason| RefusedHook { received, reason };
        self.hook_tally.count(event, verdict.map_err(refused));
    }

    /// How many hooks this process took, and how many it refused for each reason.
    #[must_use]
    pub fn hook_totals(&self) -> (u64, BTreeMap<HookRefusal, u64>) {
        self.hook_tally.totals()
    }

    async fn take_hook(
        &self,
        event: &EventId,
        key: &str,
        headers: &HookHeaders<'_>,
        body: &[u8],
    ) -> Result<Result<(), HookRefusal>, Error> {
        let address = self.parts.store.hook_address(event).await?;
        if !address.is_some_and(|address| address.has_key(key)) {
            return Ok(Err(HookRefusal::UnknownAddress));
        }
        let document = match self.document(event).await {
            Err(Error::NoEvent(_)) => return Ok(Err(HookRefusal::UnknownAddress)),
            other => other?,
        };
        let settings = document.hook.clone().unwrap_or_default();
        let secret = match document.hook_secret() {
            Some(name) => self.parts.secrets.secret(name).await?,
            None => None,
        };
        if settings.signature != HookSignature::None && secret.is_none() {
            return Ok(Err(HookRefusal::NoSecret));
        }
        let secret = secret.unwrap_or_else(|| SecretString::from(String::new()));
        let now = self.parts.clock.now();
        if let Err(reason) = verify(&settings, secret.expose_secret(), headers, body, now) {
            return Ok(Err(reason));
        }
        let target = named_in(&document, body);
        for _ in 0..MAX_TRIES {
            let stored = self.parts.store.hook_queue(event).await?;
            let expected = stored.as_ref().map(|stored| stored.version);
            let mut queue = stored.map(|stored| stored.value).unwrap_or_default();
            let is_forgotten = queue.is_forgotten(now);
            let waits_already = queue.pending.is_some();
            if !queue.receive(target.clone(), now) && !is_forgotten {
                return Ok(Ok(()));
            }
            if !waits_already || is_forgotten {
                // Before it is stored: what is stored is always on its way to be read.
                self.order_what_waits(event, &queue).await?;
            }
            match self
                .parts
                .store
                .put_hook_queue(event, &queue, expected)
                .await
            {
                Ok(()) => return Ok(Ok(())),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn order_what_waits(&self, event: &EventId, queue: &HookQueue) -> Result<(), Error> {
        let document = self.document(event).await?;
        // Whether it is really due then is looked at when it is read.
        let plan = queue.plan(&document.source, true);
        let due = plan.map_or(self.parts.clock.now(), |plan| plan.due);
        self.order_hooks(event, due).await
    }

    /// Returns what there is to show of an event's hooks.
    pub async fn hooks(&self, event: &EventId) -> Result<HookView, Error> {
        let document = self.document(event).await?;
        let address = self.parts.store.hook_address(event).await?;
        let queue = self.parts.store.hook_queue(event).await?;
        let queue = queue.map(|stored| stored.value).unwrap_or_default();
        let waiting = [queue.pending, queue.reading.map(|reading| reading.hooks)];
        Ok(HookView {
            address_made: address.map(|address| address.made),
            signature: document.hook.unwrap_or_default().signature,
            waiting_since: waiting.into_iter().flatten().map(|hooks| hooks.first).min(),
            deliveries: queue.deliveries,
            refused: self.hook_tally.refused(event),
        })
    }

    /// Returns the URL of an event's hooks that ends in this key.
    fn hook_url(&self, event: &EventId, key: &str) -> String {
        format!("{}/hooks/{event}/{key}", self.parts.public_url)
    }
}

impl Audited<'_> {
    /// Makes a new address for the hooks of an event, and returns it. It cannot be had again; the one before it counts
    /// no more.
    pub async fn make_hook_address(&self, event: &EventId) -> Result<SecretString, Error> {
        let app = self.app();
        app.document(event).await?;
        let key: [u8; 16] = rand::rng().random();
        let key = format!("{:032x}", u128::from_be_bytes(key));
        let address = HookAddress::of(&key, app.now());
        app.parts.store.put_hook_address(event, &address).await?;
        let action = AuditAction::HookAddressMade {
            event: event.clone(),
        };
        self.note_of_event(event, action).await;
        Ok(app.hook_url(event, &key).into())
    }
}
