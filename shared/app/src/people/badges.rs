//! What is known of the digital badges of people.

use attendee_sync_domain::badge::{BadgeCheck, BadgeFinding, BadgeHash};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::people::{Attendee, Presence};

use crate::App;
use crate::error::Error;
use crate::ports::CommunityRecord;

/// People who are listed at a time.
const LISTED: usize = 100;
/// Attendees that are read at a time, and at most for one list.
const PAGE: usize = 500;
const MOST_READ: usize = 20_000;

/// People whose badge the app cannot show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBadges {
    /// Them, in the order of their ids.
    pub people: Vec<BadBadge>,
    /// After whom the list goes on, if it does.
    pub next: Option<PersonId>,
}

/// Somebody whose badge the app cannot show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBadge {
    /// Their id.
    pub person: PersonId,
    /// Their address.
    pub email: EmailAddress,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl App {
    /// Returns what is known of somebody's badge; nothing where they have none.
    pub(crate) async fn badge_check(
        &self,
        event: &EventId,
        community: &CommunityRecord,
        attendee: &Attendee,
    ) -> Result<Option<BadgeCheck>, Error> {
        let Some(url) = &attendee.digital_badge else {
            return Ok(None);
        };
        let hash = BadgeHash::of(&community.key, url);
        let store = &self.parts.store;
        let findings = store.badge_findings(event, Some(hash.shard())).await?;
        Ok(Some(findings.get(hash).into()))
    }

    /// Lists attendees whose badge the app cannot show. The list may end early, and then says where it goes on.
    pub async fn bad_badges(
        &self,
        event: &EventId,
        mut after: Option<PersonId>,
    ) -> Result<BadBadges, Error> {
        let (_, community) = self.event_and_community(event).await?;
        let store = &self.parts.store;
        let findings = store.badge_findings(event, None).await?;
        let mut people = Vec::new();
        if findings.bad() == 0 {
            return Ok(BadBadges { people, next: None });
        }
        for _ in 0..MOST_READ / PAGE {
            let page = store.attendees(event, after, PAGE).await?;
            for (person, attendee) in &page {
                let attends = attendee.presence == Presence::Attending;
                let url = attendee.digital_badge.as_ref().filter(|_| attends);
                let found = url.and_then(|url| findings.get(BadgeHash::of(&community.key, url)));
                if let Some(reason) = found.and_then(BadgeFinding::reason) {
                    people.push(BadBadge {
                        person: *person,
                        email: attendee.email.clone(),
                        reason,
                    });
                }
                if people.len() == LISTED {
                    let next = Some(*person);
                    return Ok(BadBadges { people, next });
                }
            }
            after = page.last().map(|(person, _)| *person);
            if page.len() < PAGE {
                return Ok(BadBadges { people, next: None });
            }
        }
        Ok(BadBadges {
            people,
            next: after,
        })
    }
}
