//! Users, attendees and groups: reading them, and deleting what an erasure leaves.

use std::collections::BTreeSet;

use async_trait::async_trait;
use attendee_sync_app::ports::{Application, Applied, Erasure, People, StoreError};
use attendee_sync_domain::group::{Group, GroupKey};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::people::{Attendee, UserState, Versioned};
use attendee_sync_domain::plan::Actual;

use super::DynamoStore;
use super::client::{Paging, Range};
use super::item::Stored;
use super::keys::{self, Key};

pub(super) fn person_of(item: &Stored) -> Result<PersonId, StoreError> {
    person_after(item, "")
}

/// The person whose id follows this in the sort key.
pub(super) fn person_after(item: &Stored, prefix: &str) -> Result<PersonId, StoreError> {
    let key = item.key();
    let id = key.sk.strip_prefix(prefix).unwrap_or_default();
    id.parse().map_err(|error| StoreError::Corrupt {
        key: key.pk,
        source: Box::new(error),
    })
}

pub(super) fn with_person<T: serde::de::DeserializeOwned>(
    item: &Stored,
) -> Result<(PersonId, T), StoreError> {
    Ok((person_of(item)?, item.doc()?))
}

/// References to logs that an attendee may have before it is looked up which of them are gone.
const MANY_REFERENCES: usize = 64;

impl DynamoStore {
    /// Leaves out references to logs that are gone, where an attendee has many, so that they are not
    /// written again. The newest stays in any case: a log may be written after its people.
    async fn prune_references(
        &self,
        event: &EventId,
        actual: &mut Actual,
    ) -> Result<(), StoreError> {
        let mut many: Vec<&mut Attendee> = actual
            .attendees
            .values_mut()
            .map(|stored| &mut stored.value)
            .filter(|attendee| attendee.log.len() > MANY_REFERENCES)
            .collect();
        if many.is_empty() {
            return Ok(());
        }
        let oldest = self.oldest_log(event).await?;
        for attendee in &mut many {
            let newest = attendee.log.last().copied();
            attendee
                .log
                .retain(|log| oldest.is_some_and(|oldest| log.0 >= oldest) || Some(*log) == newest);
        }
        Ok(())
    }

    /// The oldest run of which there is a log of changes.
    async fn oldest_log(&self, event: &EventId) -> Result<Option<RunNumber>, StoreError> {
        let pk = keys::log_partition(event);
        let range = Range::Prefix(keys::CHANGES.to_owned());
        let paging = Paging {
            newest_first: false,
            limit: Some(1),
        };
        let oldest = self.query(&pk, &range, paging).await?;
        let number = |item: &Stored| {
            let sk = item.key().sk;
            sk.strip_prefix(keys::CHANGES)?
                .split('#')
                .next()?
                .parse()
                .ok()
        };
        Ok(oldest.first().and_then(number).map(RunNumber))
    }

    /// Some of the items that lie under people's ids in 16 partitions, in the order of the ids.
    pub(super) async fn page_of_people(
        &self,
        partition: impl Fn(u8) -> String + Send,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut found = Vec::new();
        let first = after.map_or(0, PersonId::shard);
        for shard in first..keys::SHARDS {
            let range = match after {
                Some(person) if shard == first => Range::After(person.to_string()),
                _ => Range::All,
            };
            let paging = Paging {
                newest_first: false,
                limit: Some(limit - found.len()),
            };
            found.extend(self.query(&partition(shard), &range, paging).await?);
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl People for DynamoStore {
    async fn actual(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[PersonId],
        groups: &[GroupKey],
    ) -> Result<Actual, StoreError> {
        let mut actual = Actual::default();
        let users: Vec<Key> = people
            .iter()
            .map(|person| keys::user(community, *person))
            .collect();
        let attendees: Vec<Key> = people
            .iter()
            .map(|person| keys::attendee(event, *person))
            .collect();
        // Whoever erases her puts the tombstone first and deletes the attendee then. Read the other
        // way round, nobody is found who is a user and no attendee any more, and comes in again.
        for item in self.get_many(&attendees).await? {
            actual
                .attendees
                .insert(person_of(&item)?, item.versioned()?);
        }
        for item in self.get_many(&users).await? {
            actual.users.insert(person_of(&item)?, item.versioned()?);
        }
        super::singly::find_begun(self, event, &mut actual).await?;
        self.prune_references(event, &mut actual).await?;
        let stored_groups = actual
            .attendees
            .values()
            .flat_map(|attendee| &attendee.value.records)
            .flat_map(|record| &record.incoming.groups)
            .map(attendee_sync_domain::group::GroupName::key);
        let wanted: BTreeSet<GroupKey> = groups.iter().cloned().chain(stored_groups).collect();
        let wanted: Vec<Key> = wanted
            .iter()
            .map(|group| keys::group(community, group))
            .collect();
        for item in self.get_many(&wanted).await? {
            let group: Group = item.doc()?;
            actual.groups.insert(group.key, group.name);
        }
        Ok(actual)
    }

    async fn apply(&self, application: Application<'_>) -> Result<Applied, StoreError> {
        super::apply::apply(self, application).await
    }

    async fn attendees_by_short_id(
        &self,
        event: &EventId,
        people: &[u64],
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError> {
        let mut found = Vec::new();
        for short in people {
            let prefix = format!("{short:016x}");
            let shard = u8::try_from(short >> 60).unwrap_or(0);
            let pk = keys::attendees_partition(event, shard);
            for item in self
                .query(&pk, &Range::Prefix(prefix), Paging::default())
                .await?
            {
                found.push(with_person(&item)?);
            }
        }
        Ok(found)
    }

    async fn attendee(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<Option<Versioned<Attendee>>, StoreError> {
        let item = self.get(&keys::attendee(event, person)).await?;
        item.map(|item| item.versioned()).transpose()
    }

    async fn attendees(
        &self,
        event: &EventId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<(PersonId, Attendee)>, StoreError> {
        let partition = |shard| keys::attendees_partition(event, shard);
        let items = self.page_of_people(partition, after, limit).await?;
        items.iter().map(with_person).collect()
    }

    async fn users(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<Vec<(PersonId, UserState)>, StoreError> {
        let keys: Vec<Key> = people
            .iter()
            .map(|person| keys::user(community, *person))
            .collect();
        self.get_many(&keys)
            .await?
            .iter()
            .map(with_person)
            .collect()
    }

    async fn user(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<Versioned<UserState>>, StoreError> {
        let item = self.get(&keys::user(community, person)).await?;
        item.map(|item| item.versioned()).transpose()
    }

    async fn groups(&self, community: &CommunityId) -> Result<Vec<Group>, StoreError> {
        let pk = keys::groups_partition(community);
        let items = self.query(&pk, &Range::All, Paging::default()).await?;
        items.iter().map(Stored::doc).collect()
    }

    async fn group_size(
        &self,
        community: &CommunityId,
        group: &GroupKey,
    ) -> Result<u64, StoreError> {
        let mut size = 0;
        for shard in 0..keys::SHARDS {
            size += self
                .count(&keys::members_partition(community, group, shard))
                .await?;
        }
        Ok(size)
    }

    async fn erasures(&self, community: &CommunityId) -> Result<Vec<Erasure>, StoreError> {
        let pk = keys::community_partition(community);
        let range = Range::Prefix(keys::ERASURE_PREFIX.to_owned());
        let items = self.query(&pk, &range, Paging::default()).await?;
        items.iter().map(Stored::doc).collect()
    }

    async fn delete_attendee(
        &self,
        event: &EventId,
        person: PersonId,
        version: u64,
    ) -> Result<(), StoreError> {
        let delete = self.delete_if_action(&keys::attendee(event, person), version)?;
        self.transact(vec![delete]).await
    }

    async fn delete_memberships(
        &self,
        community: &CommunityId,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        let keys: Vec<Key> = erasure
            .groups
            .iter()
            .map(|group| keys::membership(community, group, erasure.person))
            .collect();
        self.delete_many(&keys).await
    }

    async fn end_erasure(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(), StoreError> {
        self.delete(&keys::erasure(community, person)).await
    }
}
