//! Users, attendees and groups: reading them, and deleting what an erasure leaves.

use std::collections::BTreeSet;

use async_trait::async_trait;
use attendee_sync_app::ports::{Application, Applied, Erasure, People, StoreError};
use attendee_sync_domain::group::{Group, GroupKey};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::people::{Attendee, UserState, Versioned};
use attendee_sync_domain::plan::Actual;

use super::TableStore;
use super::keys;
use crate::table::{
    Durability, KeyRange, QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction,
};

pub(super) fn person_of(item: &TableItem) -> Result<PersonId, StoreError> {
    person_after(item, "")
}

/// The person whose id follows this in the sort key.
pub(super) fn person_after(item: &TableItem, prefix: &str) -> Result<PersonId, StoreError> {
    let key = item.key.clone();
    let id = key.sk.strip_prefix(prefix).unwrap_or_default();
    id.parse().map_err(|error| StoreError::Corrupt {
        key: key.pk,
        source: Box::new(error),
    })
}

pub(super) fn with_person<T: serde::de::DeserializeOwned>(
    item: &TableItem,
) -> Result<(PersonId, T), StoreError> {
    Ok((person_of(item)?, item.doc()?))
}

/// The number of log references that an attendee may have before obsolete ones are removed.
const MANY_REFERENCES: usize = 64;

impl TableStore {
    /// Removes references to logs that no longer exist, where an attendee has many, so that they
    /// are not written again. The newest always stays: a log may be written after its people.
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

    /// Returns the oldest run that has a log of changes.
    async fn oldest_log(&self, event: &EventId) -> Result<Option<RunNumber>, StoreError> {
        let pk = keys::log_partition(event);
        let range = KeyRange::Prefix(keys::CHANGES.to_owned());
        let paging = QueryPaging {
            newest_first: false,
            limit: Some(1),
        };
        let oldest = self.table.query(&pk, &range, paging).await?;
        let number = |item: &TableItem| {
            let sk = &item.key.sk;
            sk.strip_prefix(keys::CHANGES)?
                .split('#')
                .next()?
                .parse()
                .ok()
        };
        Ok(oldest.first().and_then(number).map(RunNumber))
    }

    /// Returns some of the items that are stored by people's ids in 16 partitions, in the order of
    /// the ids.
    pub(super) async fn page_of_people(
        &self,
        partition: impl Fn(u8) -> String + Send,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<TableItem>, StoreError> {
        let mut found = Vec::new();
        let first = after.map_or(0, PersonId::shard);
        for shard in first..keys::SHARDS {
            let range = match after {
                Some(person) if shard == first => KeyRange::After(person.to_string()),
                _ => KeyRange::All,
            };
            let paging = QueryPaging {
                newest_first: false,
                limit: Some(limit - found.len()),
            };
            found.extend(self.table.query(&partition(shard), &range, paging).await?);
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl People for TableStore {
    async fn actual(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: &[PersonId],
        groups: &[GroupKey],
    ) -> Result<Actual, StoreError> {
        let mut actual = Actual::default();
        let users: Vec<TableKey> = people
            .iter()
            .map(|person| keys::user(community, *person))
            .collect();
        let attendees: Vec<TableKey> = people
            .iter()
            .map(|person| keys::attendee(event, *person))
            .collect();
        // Attendees are read before users, because an erasure writes the tombstone first and
        // deletes the attendee then. In the other order, a read might find the user from before and
        // no attendee, and the person would be added again.
        for item in self.table.get_many(&attendees).await? {
            actual
                .attendees
                .insert(person_of(&item)?, item.versioned()?);
        }
        for item in self.table.get_many(&users).await? {
            actual.users.insert(person_of(&item)?, item.versioned()?);
        }
        self.prune_references(event, &mut actual).await?;
        let stored_groups = actual
            .attendees
            .values()
            .flat_map(|attendee| &attendee.value.records)
            .flat_map(|record| &record.incoming.groups)
            .map(attendee_sync_domain::group::GroupName::key);
        let wanted: BTreeSet<GroupKey> = groups.iter().cloned().chain(stored_groups).collect();
        let wanted: Vec<GroupKey> = wanted.into_iter().collect();
        for group in self.groups_named(community, &wanted).await? {
            actual.groups.insert(group.key, group.name);
        }
        Ok(actual)
    }

    async fn apply(&self, application: Application<'_>) -> Result<Applied, StoreError> {
        super::apply::apply(self, application).await
    }

    async fn groups_named(
        &self,
        community: &CommunityId,
        groups: &[GroupKey],
    ) -> Result<Vec<Group>, StoreError> {
        let wanted = groups.iter().map(|group| keys::group(community, group));
        let items = self.table.get_many(&wanted.collect::<Vec<_>>()).await?;
        items.iter().map(TableItem::doc).collect()
    }

    async fn make_groups(
        &self,
        community: &CommunityId,
        groups: &[Group],
    ) -> Result<u64, StoreError> {
        super::apply::make_groups(self, community, groups).await
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
                .table
                .query(&pk, &KeyRange::Prefix(prefix), QueryPaging::default())
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
        let item = self.table.get(&keys::attendee(event, person)).await?;
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
        let keys: Vec<TableKey> = people
            .iter()
            .map(|person| keys::user(community, *person))
            .collect();
        self.table
            .get_many(&keys)
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
        let item = self.table.get(&keys::user(community, person)).await?;
        item.map(|item| item.versioned()).transpose()
    }

    async fn groups(&self, community: &CommunityId) -> Result<Vec<Group>, StoreError> {
        let pk = keys::groups_partition(community);
        let items = self
            .table
            .query(&pk, &KeyRange::All, QueryPaging::default())
            .await?;
        items.iter().map(TableItem::doc).collect()
    }

    async fn erasures(&self, community: &CommunityId) -> Result<Vec<Erasure>, StoreError> {
        let pk = keys::erasures_partition(community);
        let items = self
            .table
            .query(&pk, &KeyRange::All, QueryPaging::default())
            .await?;
        items.iter().map(TableItem::doc).collect()
    }

    async fn delete_attendee(
        &self,
        event: &EventId,
        person: PersonId,
        version: u64,
    ) -> Result<(), StoreError> {
        let delete = WriteAction::delete_if(keys::attendee(event, person), version);
        self.table.transact(vec![delete], Durability::Normal).await
    }

    async fn end_erasures(
        &self,
        community: &CommunityId,
        people: &[PersonId],
    ) -> Result<(), StoreError> {
        // The content of the notes is deleted first: once the notes themselves are deleted, nobody
        // purges the engine's logs again.
        let bare = |person: &PersonId| {
            let erasure = Erasure {
                person: *person,
                groups: Vec::new(),
                event: None,
                source_ids: Vec::new(),
            };
            let note = TableItemBuilder::new(keys::erasure(community, *person)).doc(&erasure)?;
            Ok(WriteAction::put(note.build()))
        };
        let notes = people.iter().map(bare).collect::<Result<Vec<_>, _>>()?;
        for part in notes.chunks(self.table.transaction_limits().actions) {
            let part = part.to_vec();
            self.table.transact(part, Durability::Normal).await?;
        }
        self.table.purge_deleted().await?;
        let notes = people
            .iter()
            .map(|person| keys::erasure(community, *person));
        self.table.delete_many(&notes.collect::<Vec<_>>()).await
    }
}
